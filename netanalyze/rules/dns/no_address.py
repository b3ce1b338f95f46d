"""The name exists and has no address.

What it finds
    A, and AAAA if it was asked for, answered NOERROR in full and without an
    address. Steps of a search list are left out.

Why a program hangs
    It fails at once, with the same "no such host" as a name that does not
    exist. The time goes into what the command tries next.

What to do
    See what the name has, and whether others say the same:
        dig NAME ANY; dig NAME CNAME; dig AAAA NAME; dig @1.1.1.1 NAME
    A canonical name that leads to nothing, or a mail domain used as a host:
    correct the name. Addresses elsewhere only: a filter, or an inner zone of
    the same name that lacks the record.

Look-alikes
    dns/name-not-found: NXDOMAIN. dns/one-family-unanswered: the other type was
    not answered rather than empty. dns/unroutable-answer: a filter that gives
    0.0.0.0 instead of nothing.

Known false alarms
    A name asked only to see whether it exists, or an IPv6-only name asked for A
    by a client that never asks AAAA.

References
    RFC 2308 section 2.2 (NODATA); RFC 4074 section 4 (misbehaving servers for
    AAAA); Go 1.27 net/dnsclient_unix.go.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.lookups import NOERROR
from netanalyze.flows.search_list import search_steps
from netanalyze.rules import Observations
from netanalyze.wire.message.dns import AAAA, A
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """A and AAAA (or the one that was asked) answered NOERROR without an address."""
    steps = search_steps(seen.lookups)
    for lookup in seen.lookups:
        asked = [t for t in lookup.transactions if t.qtype in (A, AAAA)]
        if not asked or lookup.addresses or id(lookup) in steps:
            continue
        if A not in lookup.families or not all(t.answered and t.rcode == NOERROR and not t.truncated for t in asked):
            continue
        if any(t.cut for t in asked):
            continue  # the addresses may stand where the snap length cut
        first = asked[0]
        yield Finding(
            cause="dns/no-address",
            culprit=seen.resolver(first.resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, lookup.start_ns),
            message=message("{name} exists and has no address", name=lookup.name),
            evidence=frames(
                *((t.response_frame, message("{name}: NOERROR, no address", name=lookup.name)) for t in asked[:2])
            ),
            confidence=0.9,
            fatal=True,
            quantities={"name": lookup.name},
        )

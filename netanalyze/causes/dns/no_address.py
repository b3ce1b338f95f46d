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

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE, PUT_FIRST, VAIN
from netanalyze.findings import Finding, frames
from netanalyze.flows.names.lookups import NOERROR
from netanalyze.flows.screen import odd
from netanalyze.wire.message.dns import AAAA, A
from netanalyze.wording import message

CAUSE = Cause(
    "dns/no-address",
    meaning="The name exists, and has neither an A nor an AAAA record.",
    headline="The name {name} exists and has no address.",
    answered=True,
    fits=("dns-unresolved", "dns-no-such-host"),
)

NO_RECORD = Proved(
    0.9, "every query for an address is answered NOERROR without one", Basis.FRAMES,
    "the answers can be read whole; another resolver may have other records",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A and AAAA (or the one that was asked) answered NOERROR without an address."""
    for lookup in odd(case.lookups):
        asked = [t for t in lookup.transactions if t.qtype in (A, AAAA)]
        if A not in lookup.families or lookup.addresses or id(lookup) in case.index.steps:
            continue
        if not all(t.answered and t.rcode == NOERROR and not t.truncated for t in asked):
            continue
        if any(t.cut for t in asked):
            continue  # the addresses may stand where the snap length cut
        nothing = message("{name}: NOERROR, no address", name=lookup.name)
        yield CAUSE.finding(
            case.resolver(asked[0].resolver), lookup.span,
            message("{name} exists and has no address", name=lookup.name),
            frames(*((t.response_frame, nothing) for t in asked[:2])),
            confidence(NO_RECORD), fatal=True, quantities={"name": lookup.name},
        )  # fmt: skip


ADVICE = Page(
    where=offers("the name's own zone, or the resolver; not the path"),
    fix=offers(
        COMPARE,
        Offer("An IPv6-only name: see whether AAAA is there", "dig +tries=1 +time=2 {name} AAAA"),
        PUT_FIRST,
        Offer("A filter answers: ask who runs the resolver", otherwise=True),
    ),
    verify=DNS_CHECK,
    no_use=VAIN,
)

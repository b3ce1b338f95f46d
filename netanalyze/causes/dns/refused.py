"""The resolver refuses to answer this client.

What it finds
    A lookup that got no address, answered REFUSED, with no other answer that
    settles it.

Why a program hangs
    Clients go on to the next resolver at once; if all refuse, the lookup fails
    in milliseconds ("server misbehaving" in Go). A hang comes only from a
    further resolver in the list that is silent.

What to do
    Ask as the client did, and ask another one:
        grep nameserver /etc/resolv.conf
        dig @RESOLVER NAME; dig @1.1.1.1 NAME
    Use the resolver of the network or VPN you are in; the operator can admit
    this client's addresses (allow-recursion in BIND, access-control in
    unbound).

Look-alikes
    dns/server-failure: SERVFAIL, the resolver tried and failed.
    dns/resolver-unreachable: ICMP says that nobody is there.
    dns/resolver-unanswered: nothing is said at all.

Known false alarms
    An authoritative server in resolv.conf refuses all but its own zone: true,
    but the mistake is in the list, not in the server.

References
    RFC 1035 section 4.1.1 (RCODE 5); RFC 8914 section 4 (extended errors may
    say why); Go 1.27 net/dnsclient_unix.go (errServerMisbehaving).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE, PUT_FIRST, VAIN
from netanalyze.causes.dns._names import NAME_CUT, name_cut
from netanalyze.findings import Finding, frames
from netanalyze.flows.names.lookups import REFUSED, settles
from netanalyze.flows.screen import odd
from netanalyze.wording import saying

CAUSE = Cause(
    "dns/refused",
    meaning="The resolver refuses to answer this client or this question (REFUSED).",
    headline="The resolver {place} refuses to answer.",
    unnamed={"place": "in use"},
    answered=True,
    fits=("dns-unresolved", "dns-server-misbehaving"),
)

BY_RCODE = Proved(0.95, "the answer's rcode is REFUSED", Basis.FRAMES, "the resolver itself says so, by name")


def check(case: Case) -> Iterator[Finding]:
    """A lookup that got no address and was answered REFUSED."""
    for lookup in odd(case.lookups):
        refused = [t for t in lookup.transactions if t.answered and t.rcode == REFUSED]
        if not refused or lookup.addresses or any(t.answered and settles(t) for t in lookup.transactions):
            continue
        say = saying(name=lookup.name, resolver=refused[0].resolver)
        yield CAUSE.finding(
            case.resolver(refused[0].resolver), (lookup.start_ns, max(lookup.end_ns, refused[-1].response_ns)),
            say("{resolver} refuses to answer for {name}"),
            frames((refused[0].query_frame, say("query for {name}")), (refused[0].response_frame, "answered REFUSED")),
            confidence(BY_RCODE, NAME_CUT.when(name_cut(lookup))),
            fatal=True, quantities={"name": lookup.name, "answers": len(refused)},
            attributes={"rcode": "REFUSED"},
        )  # fmt: skip


ADVICE = Page(
    where=offers("resolver: it will not answer this client or question"),
    fix=offers(COMPARE, PUT_FIRST, Offer("Use the resolver of the network (or VPN) you are in")),
    verify=DNS_CHECK,
    no_use=VAIN,
)

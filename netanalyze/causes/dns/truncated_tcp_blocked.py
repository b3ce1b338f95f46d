"""The answer was cut to fit UDP (TC bit), and DNS over TCP does not work.

What it finds
    A truncated answer over UDP, then TCP to port 53 of a resolver of that
    lookup within WITHIN (30 s), that brought no answer: refused, silent,
    rejected by ICMP, given up, or connected and mute.

Why a program hangs
    A truncated answer must be asked for again over TCP. Where a firewall drops
    TCP port 53, Go waits 5 s an attempt and two attempts; where the port is
    refused, the lookup fails at once. Short answers work all the while.

What to do
    Ask over TCP, then open the port:
        dig +tcp +tries=1 +time=3 @RESOLVER NAME
        nc -vz -w 3 RESOLVER 53
    Let TCP port 53 through to the resolver (RFC 7766 makes it part of DNS), use
    a resolver that takes larger UDP answers (EDNS), or thin the records out.

Look-alikes
    dns/resolver-unanswered: UDP is silent as well. tcp/syn-unanswered and
    tcp/refused leave port 53 to this rule. dns/edns-dropped: larger answers
    would have been possible with OPT.

Known false alarms
    A client that gave the TCP connection up because another answer sufficed.

References
    RFC 7766 section 5 (TCP is required); RFC 1035 section 4.2; Go 1.27
    net/dnsclient_unix.go (exchange: udp, then tcp); measured: 10 s with TCP
    port 53 dropped.
"""

from bisect import bisect_left
from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import PUT_FIRST, VAIN
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wording import saying

CAUSE = Cause(
    "dns/truncated-tcp-blocked",
    meaning="The answer does not fit a datagram (TC), and the resolver cannot be asked over TCP.",
    headline="The answer is too large for UDP, and TCP to {place}:53 does not work.",
    guarded_by="dns",
    fits=("dial-timeout", "dns-timeout", "dns-unresolved", "dns-server-misbehaving", "dns-refused"),
)

DNS_PORT = 53
WITHIN = Threshold(
    30, "s",
    source="Go net/http/transport.go: Dialer.Timeout of 30 s counts names and connection together",
    why="the same question follows over TCP at once; what comes later belongs to another lookup",
)  # fmt: skip
HOW = {
    "refused": "refused by the resolver (RST)",
    "silent": "never answered",
    "rejected": "rejected by ICMP",
    "aborted": "given up",
    "connected": "connected, but no answer came",
}

TRIES = 8
"""Connections to one resolver after one truncated answer of which so many are taken for the lookup's: Go makes two
at the most, libc as many, and those of other lookups at the same time are theirs."""

TCP_IN_VAIN = Proved(
    0.93, "the answer bears TC, and no TCP connection to the resolver brought one", Basis.LAB,
    "both halves stand in the frames; the connection may have been another lookup's",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A truncated answer, then TCP to port 53 of the resolver that brings none."""
    by_resolver: dict[str, list[Flow]] = {}
    for flow in sorted((f for f in odd(case.flows) if f.server.port == DNS_PORT), key=_begun):
        by_resolver.setdefault(flow.server.address, []).append(flow)
    for lookup in odd(case.lookups):
        cut = [t for t in lookup.transactions if t.answered and t.truncated and t.transport == "udp"]
        if not cut or any(t.answered and t.transport == "tcp" for t in lookup.transactions):
            continue
        tries = _tries(by_resolver, lookup, cut[0].response_ns)
        if not tries or any(f.server.sent_data for f in tries):
            continue  # an answer came over TCP, though the capture may not have it whole
        how, start = outcome(tries[0]), cut[0].response_ns
        end = max(*(f.progress_ns if how == "refused" else f.last_ns for f in tries), lookup.end_ns)
        end = max(end, min(tries[-1].last_ns, case.end_ns))
        say = saying(name=lookup.name, resolver=cut[0].resolver, how=HOW[how], time=duration(end - start))
        yield CAUSE.finding(
            case.resolver(cut[0].resolver), (start, end),
            say("the answer for {name} does not fit UDP, and TCP to {resolver}:53 is {how} ({time})"),
            frames(
                (cut[0].response_frame, say("answer for {name} with the TC bit: ask over TCP")),
                (tries[0].first_frame, say("TCP to {resolver}:53: {how}")),
                (tries[0].server.rst_frame or tries[0].last_frame, "the last word of that connection"),
            ),
            confidence(TCP_IN_VAIN), tries[0], fatal=not lookup.addresses, also_flows=tuple(f.id for f in tries[1:]),
            quantities={"name": lookup.name, "attempts": len(tries)}, attributes={"outcome": how},
        )  # fmt: skip


def _tries(by_resolver: dict[str, list[Flow]], lookup: Lookup, since_ns: int) -> list[Flow]:
    """The connections to a lookup's resolvers since an answer that was cut; of very many the first."""
    found: list[Flow] = []
    until_ns = lookup.end_ns + WITHIN.ns
    for resolver in lookup.resolvers[:TRIES]:
        flows = by_resolver.get(resolver, [])
        at = bisect_left(flows, since_ns, key=_begun)
        found += [f for f in flows[at : at + TRIES] if f.first_ns <= until_ns]
    return sorted(found, key=lambda f: f.id)


def _begun(flow: Flow) -> int:
    return flow.first_ns


ADVICE = Page(
    where=offers("resolver or a firewall before it: TCP port 53 is shut"),
    fix=offers(
        Offer("See it: the same question over TCP", "dig +tcp +tries=1 +time=3 @{resolver} {name}"),
        Offer("Let TCP port 53 through, here and before the resolver"),
        PUT_FIRST,
    ),
    verify=commands(Offer("", "dig +tcp +tries=1 +time=3 @{resolver} {name}"), "dig +tcp +tries=1 +time=3 {name}"),
    no_use=VAIN,
)

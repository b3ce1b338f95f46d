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

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

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


def check(seen: Observations) -> Iterator[Finding]:
    """A truncated answer, then TCP to port 53 of the resolver that brings none."""
    for lookup in seen.lookups:
        cut = [t for t in lookup.transactions if t.answered and t.truncated and t.transport == "udp"]
        if not cut or any(t.answered and t.transport == "tcp" for t in lookup.transactions):
            continue
        tries = [
            f for f in seen.flows
            if f.server.port == DNS_PORT and f.server.address in lookup.resolvers
            and f.first_ns >= cut[0].response_ns and f.first_ns <= lookup.end_ns + WITHIN.ns
        ]  # fmt: skip
        if not tries:
            continue
        how = outcome(tries[0])
        end = max(max(f.progress_ns if how == "refused" else f.last_ns for f in tries), lookup.end_ns)
        end = min(max(end, tries[-1].last_ns), max(seen.end_ns, end))
        yield Finding(
            cause="dns/truncated-tcp-blocked",
            culprit=seen.resolver(cut[0].resolver),
            start_ns=cut[0].response_ns,
            end_ns=end,
            message=message(
                "the answer for {name} does not fit UDP, and TCP to {resolver}:53 is {how} ({time})",
                name=lookup.name,
                resolver=cut[0].resolver,
                how=HOW[how],
                time=duration(end - cut[0].response_ns),
            ),
            evidence=frames(
                (cut[0].response_frame, message("answer for {name} with the TC bit: ask over TCP", name=lookup.name)),
                (tries[0].first_frame, message("TCP to {resolver}:53: {how}", resolver=cut[0].resolver, how=HOW[how])),
                (tries[0].server.rst_frame or tries[0].last_frame, "the last word of that connection"),
            ),
            confidence=0.93,
            fatal=not lookup.addresses,
            flow_id=tries[0].id,
            also_flows=tuple(f.id for f in tries[1:]),
            quantities={"name": lookup.name, "attempts": len(tries)},
            attributes={"outcome": how},
        )

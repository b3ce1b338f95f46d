"""The answer was cut to fit UDP (TC bit), and DNS over TCP does not work."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.dialing import outcome
from netanalyze.rules import Observations
from netanalyze.units import duration

DNS_PORT = 53
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
            and f.first_ns >= cut[0].response_ns and f.first_ns <= lookup.end_ns + 30_000_000_000
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
            message=f"the answer for {lookup.name} does not fit UDP, and TCP to {cut[0].resolver}:53 is {HOW[how]} "
            f"({duration(end - cut[0].response_ns)})",
            evidence=frames(
                (cut[0].response_frame, f"answer for {lookup.name} with the TC bit: ask over TCP"),
                (tries[0].first_frame, f"TCP to {cut[0].resolver}:53: {HOW[how]}"),
                (tries[0].server.rst_frame or tries[0].last_frame, "the last word of that connection"),
            ),
            confidence=0.93,
            fatal=not lookup.addresses,
            flow_id=tries[0].id,
            also_flows=tuple(f.id for f in tries[1:]),
            quantities={"name": lookup.name, "attempts": len(tries)},
            attributes={"outcome": how},
        )

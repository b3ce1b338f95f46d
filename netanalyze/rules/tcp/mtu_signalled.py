"""ICMP says that a packet is too big for the path."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.units import duration


def check(seen: Observations) -> Iterator[Finding]:
    """ICMP fragmentation needed, or packet too big, that quotes a judged flow."""
    for flow in seen.flows:
        signals = [e for e in flow.icmp if e.what == "too_big"]
        if not signals:
            continue
        first = signals[0]
        went_on = flow.client.acked_ns > first.ns
        end = next((g.end_ns for g in flow.gaps if g.start_ns <= first.ns <= g.end_ns), first.ns)
        yield Finding(
            cause="tcp/mtu-signalled",
            culprit=seen.path(flow),
            start_ns=first.ns,
            end_ns=max(end, first.ns) if went_on else max(seen.end_ns, first.ns),
            message=f"the path takes {first.mtu or 'fewer'} octets at most, says ICMP"
            + (f"; smaller segments went through {duration(flow.client.acked_ns - first.ns)} later" if went_on else ""),
            evidence=frames(*((e.frame, f"ICMP: too big, next hop takes {e.mtu} octets") for e in signals[:3])),
            confidence=0.6 if went_on else 0.85,
            fatal=not went_on,
            flow_id=flow.id,
            quantities={"mtu": first.mtu, "signals": len(signals)},
            attributes={"mtu": first.mtu},
        )

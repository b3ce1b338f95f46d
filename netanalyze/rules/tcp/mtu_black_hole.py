"""Full-size segments vanish, small ones pass, and no ICMP says so."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.black_hole import downward, upward
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s", source="RFC 6298: a segment lost by chance is repaired within a time-out or two, 0.2 to 1 s",
    why="the missing segment was sent again in vain at least twice",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A hole that full-size segments should fill, with smaller segments behind it delivered, to the end."""
    for flow in seen.flows:
        hole = downward(flow, seen.end_ns) or upward(flow, seen.end_ns)
        if hole is None or hole.end_ns - hole.start_ns < PATIENCE.ns:
            continue
        signalled = [e for e in flow.icmp if e.what == "too_big"]
        yield Finding(
            cause="tcp/mtu-black-hole",
            culprit=seen.path(flow),
            start_ns=hole.start_ns,
            end_ns=hole.end_ns,
            message=hole.sentence + f" ({duration(hole.end_ns - hole.start_ns)})",
            evidence=frames(*hole.frames),
            confidence=hole.confidence,
            fatal=True,
            flow_id=flow.id,
            quantities={"missing": hole.missing, "mss": flow.client.mss or flow.server.mss},
            attributes={"direction": hole.direction},
            counter_evidence=tuple(f"frame {e.frame}: ICMP gave {e.mtu} octets for the other direction" for e in signalled[:1]),
            alternatives=hole.alternatives
            or (
                Alternative(
                    "tcp/loss", "the same segment may have been lost each time by chance",
                    f"ping -M do -s 1472 {flow.server.address}",
                ),
            ),
        )  # fmt: skip

"""Everything stopped for a while, and came back."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.outages import OFTEN, interrupted, interruptions
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1.2, "s", source="RFC 6298: a single lost segment is repaired after one time-out, 0.2 to 1 s",
    why="longer, the repeats were lost too: not one segment, but the path was gone",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A gap of PATIENCE or longer that retransmission ended, and after which the flow went on."""
    for flow in seen.flows:
        broken = interruptions(flow)
        if len(broken) >= OFTEN:
            continue  # tcp/loss
        for gap in broken:
            if gap.end_ns - gap.start_ns < PATIENCE.ns:
                continue
            why = interrupted(flow, gap)
            yield Finding(
                cause="tcp/outage",
                culprit=seen.path(flow),
                start_ns=gap.start_ns,
                end_ns=gap.end_ns,
                message=f"nothing passed for {duration(gap.end_ns - gap.start_ns)}, then the path came back: {why}",
                evidence=frames(
                    (gap.last_frame, "the last that passed before it"),
                    (gap.first_resent_frame, "first retransmission meanwhile"),
                    (gap.last_resent_frame if gap.last_resent_frame != gap.first_resent_frame else 0, "last one"),
                    (gap.next_frame, "the first that passed after it"),
                ),
                confidence=0.85 if gap.resent_0 >= 2 else 0.7,
                flow_id=flow.id,
                quantities={"resent": gap.resent_0 + gap.resent_1},
            )

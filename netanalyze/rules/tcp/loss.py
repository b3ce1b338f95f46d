"""Segments are lost at a rate that limits the transfer."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.marks import LOST_SEGMENT, RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.flows.observe import Flow, Gap
from netanalyze.flows.outages import OFTEN, interruptions
from netanalyze.flows.rate import download_rate
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops", "acked_unseen")
RATE = Threshold(
    0.02, "of segments", source="Mathis et al., CCR 27(3), 1997: throughput goes with 1/sqrt(p)",
    why="at 2 % and 50 ms a connection gets about 2 Mbit/s, whatever the link; 0.5 % is common and harmless",
)  # fmt: skip
COUNT = Threshold(
    8, "segments", source="RFC 6675: one recovery repairs a burst of losses at once",
    why="fewer are one accident, not a rate",
)  # fmt: skip


LOST_TIME = Threshold(
    1, "s", source="RFC 6298 section 2.4: one time-out may last a second",
    why="what the repeated time-outs cost must exceed a single one's",
)  # fmt: skip


def _again_and_again(seen: Observations, flow: Flow, broken: list[Gap]) -> Finding:
    """Losses that only time-outs repaired, several times over."""
    lost = sum(g.end_ns - g.start_ns for g in broken)
    way = "down" if sum(g.resent_0 for g in broken) == 0 else "up"
    return Finding(
        cause="tcp/loss",
        culprit=seen.path(flow),
        start_ns=broken[0].start_ns,
        end_ns=broken[-1].end_ns,
        message=f"{len(broken)} times only a time-out repaired a loss on the way to {flow.host or flow.server.address}: "
        f"{duration(lost)} in all",
        evidence=frames(
            (broken[0].last_frame, "the last before the first of them"),
            (broken[0].next_frame, "repaired"),
            (broken[-1].next_frame, f"the last of {len(broken)} is repaired"),
        ),
        confidence=0.85,
        flow_id=flow.id,
        quantities={"times": len(broken), "lost_seconds": lost / 1e9},
        attributes={"direction": way},
    )


def check(seen: Observations) -> Iterator[Finding]:
    """Repaired losses in one direction of a flow above RATE and COUNT."""
    for flow in seen.flows:
        if not flow.established:
            continue
        broken = interruptions(flow)
        if len(broken) >= OFTEN and sum(g.end_ns - g.start_ns for g in broken) >= LOST_TIME.ns:
            yield _again_and_again(seen, flow, broken)
            continue
        for direction, half in enumerate(flow.halves):
            repaired = max(half.resent - half.dsacks, 0)
            lost = repaired
            segments = max(half.packets, 1)
            progress = flow.halves[direction].last_data_ns
            if lost < COUNT.value or lost / segments < RATE.value or progress == NEVER_NS:
                continue
            if half.streak >= 4 and half.streak >= lost - 2:
                continue  # the same segment again and again: a black hole, not a rate
            rate = download_rate(flow) if direction else None
            if rate is not None and rate.steady:
                continue  # what was lost did not change the pace: a thin link drops the tail of its queue
            marks = [p for p in flow.packets if p.direction == direction and p.marks & (RETRANSMISSION | LOST_SEGMENT)
                     and not p.marks & SPURIOUS_RETRANSMISSION]  # fmt: skip
            if not marks:
                continue
            share = lost / segments
            way = "from" if direction else "to"
            yield Finding(
                cause="tcp/loss",
                culprit=seen.path(flow),
                start_ns=marks[0].time_ns,
                end_ns=max(marks[-1].time_ns, marks[0].time_ns),
                message=f"{lost} of {segments} segments {way} {flow.host or flow.server.address} were lost ({share:.1%})",
                evidence=frames(
                    (marks[0].frame_number, "first segment sent again, or missing"),
                    (marks[len(marks) // 2].frame_number, "one of them in the middle"),
                    (marks[-1].frame_number, f"last of {len(marks)} seen"),
                ),
                confidence=0.9 if share >= 0.03 else 0.75,
                flow_id=flow.id,
                quantities={"lost": lost, "segments": segments, "rate": round(share, 4)},
                attributes={"direction": "down" if direction else "up"},
            )

"""Segments arrive out of order, enough to make the sender believe in loss."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.marks import OUT_OF_ORDER
from netanalyze.rules import Observations

UNDERMINED_BY = ("duplicate_frames", "clock_step")
NEEDLESS = Threshold(
    5, "retransmissions", source="RFC 4653: reordering costs by the fast retransmissions it triggers",
    why="a few needless repeats cost nothing that anybody notices",
)  # fmt: skip
SHARE = Threshold(
    0.02, "of segments", source="RFC 4737 section 4.2; Bennett et al., ToN 7(6), 1999",
    why="below this, windows do not shrink noticeably",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Out-of-order segments together with D-SACKs for repeats that were needless."""
    for flow in seen.flows:
        for direction, half in enumerate(flow.halves):
            segments = max(half.octets // max(half.largest, 1), 1)
            if half.dsacks < NEEDLESS.value or half.out_of_order / segments < SHARE.value or half.dsacks / segments < SHARE.value:
                continue
            shown = [p for p in flow.packets if p.direction == direction and p.marks & OUT_OF_ORDER]
            if not shown and not half.sacked_frame:
                continue
            yield Finding(
                cause="tcp/reordering",
                culprit=seen.path(flow),
                start_ns=flow.first_ns,
                end_ns=flow.last_ns,
                message=f"{half.out_of_order} of {segments} segments were overtaken, and {half.dsacks} repeats were needless",
                evidence=frames((shown[0].frame_number if shown else half.sacked_frame, "an overtaken segment, or the SACK for it")),
                confidence=0.6,
                flow_id=flow.id,
                quantities={"overtaken": half.out_of_order, "needless": half.dsacks, "segments": segments},
            )

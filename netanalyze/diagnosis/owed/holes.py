"""A hole in what one side sent that nobody filled: the other side says by SACK, or by acknowledging the same again and again,
that it has what lies behind, and its sender is silent from then on, to the end of the capture."""

from netanalyze.causes.case import AT_END, LONG_GONE_NS, Case
from netanalyze.diagnosis.owed.open_moves import HANGING, Open
from netanalyze.findings import Threshold
from netanalyze.flows.flow import Flow
from netanalyze.units import duration
from netanalyze.wording import message

ASKED_AGAIN = Threshold(
    3, "acknowledgments", source="RFC 5681 section 3.2: three of the same number ask for a segment that was lost",
    why="fewer come of segments that overtook one another",
)  # fmt: skip


def hole_left(case: Case, flow: Flow) -> Open | None:
    """A hole that its sender owed a repeat, and never sent one, for HANGING or longer."""
    if flow.ended() is not None:
        return None
    for direction, half in enumerate(flow.halves):
        other = flow.halves[1 - direction]
        if half.acked < 0 or half.all_acked or other.last_frame < half.last_frame:
            continue
        behind = half.sacked > half.acked and half.sacked_frame > half.last_data_frame
        if not behind and other.duplicate_acks < ASKED_AGAIN.value:
            continue
        since, end = max(half.last_ns, half.acked_ns), case.end_ns
        if end - since < HANGING.ns or end - flow.last_ns > LONG_GONE_NS:
            continue
        words = {"host": flow.destination, "time": duration(end - since)}
        return Open(
            message("a segment of {host} was lost, and not sent again for {time}", **words)
            if direction
            else message("a segment to {host} was lost, and not sent again for {time}", **words),
            since,
            end,
            (
                (half.last_data_frame, "the last data"),
                (other.last_frame, "what lies before it is asked for, and does not come"),
            ),
            at_end=end >= case.end_ns - AT_END.ns,
        )
    return None

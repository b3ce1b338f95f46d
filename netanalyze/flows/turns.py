"""Whose turn of speaking it was when nothing moved."""

import numpy as np

from netanalyze.flows.application import Application
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.within import last_by
from netanalyze.tracking.bins import BIN

FULL = 2
"""Full segments that carry a body, where all that came is on average a half of one or longer: control frames of HTTP/2 and
alerts have less than 200 octets (netanalyze.flows.application)."""
LARGE = 500
"""Octets from which a segment is full."""


def spoke_last(flow: Flow, gap: Gap, read: Application | None) -> int | None:
    """Whose turn the last was up to a gap, 0 the client's; None where only control frames were said.

    Records tell it, control frames aside. Whose records are not in the capture (their beginnings lie in lost segments, or
    behind the snap length), but who sent full segments since the other side's last one, it was as well.
    """
    turn = read.turn(gap.last_frame) if read is not None else gap.data_direction
    other = gap.data_direction
    if read is None or turn is None or turn == other or other < 0:
        return turn
    since = last_by(read.responses if turn else read.requests, gap.last_frame)
    return other if since is not None and _bulk_between(flow, other, since.time_ns, gap.start_ns) else turn


def _bulk_between(flow: Flow, direction: int, start_ns: int, end_ns: int) -> bool:
    """Whether what one side sent between two moments was large, and came in large segments."""
    bins, half = flow.bins[direction], flow.halves[direction]
    if bins is None or half.largest < LARGE:
        return False
    when = bins[1][:, BIN.LAST_NS]
    first, last = np.searchsorted(when, (start_ns, end_ns), side="right")
    between = bins[1][first:last]
    octets, packets = int(between[:, BIN.OCTETS].sum()), int(between[:, BIN.PACKETS].sum())
    return octets >= FULL * half.largest and 2 * octets >= packets * half.largest

"""What was said and is not in the capture: an extract, a filter, a recorder that lost frames.

Octets that the other side acknowledged arrived there; where no frame of the file bears them, nobody who reads it can say that
they were never sent.
"""

import functools
from bisect import bisect_left, bisect_right
from itertools import accumulate

from netanalyze.flows.flow import Flow
from netanalyze.tracking.sequence import NO_OFFSET

SHARE = 0.1
"""Of what one side sent so much: a recorder that loses a frame in a hundred still shows what became of a conversation."""


class _Coverage:
    """Which octets of one side's stream the capture has: put in order once, and asked of each finding."""

    def __init__(self, flow: Flow, direction: int):
        half, self._packets = flow.halves[direction], flow.data_packets[direction]
        self._sent = half.acked - (half.fin_frame > 0 and half.acked > half.fin_offset)
        ranges = sorted((p.offset, p.offset + p.length) for p in self._packets)
        self._first = 1 if half.syn_count else min(ranges, default=(self._sent,))[0]
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)
        self._before = [0, *accumulate(end - start for start, end in zip(self._starts, self._ends))]
        self._not_kept = half.octets - sum(p.length for p in self._packets)

    @functools.cached_property
    def _by_time(self) -> tuple[list[int], list[int], list[int]]:
        """Of each packet, in the order of time: when, how far the stream had come by it, where what came from then on begins."""
        packets = sorted(self._packets, key=lambda p: p.time_ns)
        reached = list(accumulate((p.offset + p.length for p in packets), max))
        begins = list(accumulate((p.offset for p in reversed(packets)), min))
        return [p.time_ns for p in packets], reached, begins[::-1]

    def lacking(self, between: tuple[int, int] | None) -> int:
        """Octets that are known to have been sent, and of which no packet is in the capture."""
        begin, end = self._first, self._sent
        if between is not None:
            times, reached, begins = self._by_time
            if at := bisect_right(times, between[0]):
                begin = reached[at - 1]
            if (at := bisect_left(times, between[1])) < len(times):
                end = min(end, begins[at])
        if begin >= end:
            return 0
        return max(end - begin - (self._below(end) - self._below(begin)) - self._not_kept, 0)

    def _below(self, offset: int) -> int:
        """The octets below an offset that the capture has."""
        at = bisect_right(self._starts, offset) - 1
        return self._before[at] + min(offset, self._ends[at]) - self._starts[at] if at >= 0 else 0


def unseen(flow: Flow, direction: int, between: tuple[int, int] | None = None) -> int:
    """Octets that one side is known to have sent and that the capture lacks.

    A lower bound: of a long flow not every packet is kept, and each octet that was seen is taken for one that is missing.

    Args:
        between: only those beyond what that side had been seen to send by the one moment (ns), and before what it is seen to send
            at the other or later; None all of them.
    """
    if flow.halves[direction].acked == NO_OFFSET:
        return 0
    key = f"coverage {direction}"
    if key not in flow.known:
        flow.known[key] = _Coverage(flow, direction)
    return flow.known[key].lacking(between)


def lacks_words(flow: Flow) -> bool:
    """Whether the capture lacks a good part of what either side said."""
    if not flow.is_tcp or flow.smooth:
        return False
    return any(unseen(flow, side) > SHARE * max(flow.halves[side].acked - 1, 1) for side in (0, 1))

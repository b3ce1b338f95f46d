"""The critical path of a run: from its end backwards, what ended last, and before that what ended last before it began.

What lies on it held the run up; what ended earlier beside it did not, however long it took. The idea is that of critical
path analysis (Kelley and Walker 1959), read from times alone as in tracing of distributed programs: what a client begins it
begins because of what ended last.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, TypeVar

AT_ONCE_NS = 1_000_000
"""An end and a beginning this close are one moment: a capture's clock, and two frames of one write."""


class Lasting(Protocol):
    """What begins and ends."""

    @property
    def start_ns(self) -> int:
        """When it began."""

    @property
    def end_ns(self) -> int:
        """When it ended."""


class PathSpan(Lasting, Protocol):
    """What the path is made of."""

    @property
    def flow_id(self) -> int | None:
        """The flow it belongs to; None for a lookup."""


S = TypeVar("S", bound=PathSpan)


def critical_path(spans: Sequence[S]) -> list[S]:
    """The spans on the path, the last one first.

    Of those that end at one moment the one of the flow that went on is taken, for a flow's own next step follows from it.
    """
    order = sorted((span for span in spans if span.end_ns > span.start_ns), key=lambda span: span.end_ns)
    ends = [span.end_ns for span in order]
    # of each flow's spans; those that come too late are dropped
    places: dict[int | None, list[int]] = defaultdict(list)
    for place, span in enumerate(order):
        places[span.flow_id].append(place)
    path: list[S] = []
    at = len(order)
    while at:
        found = order[at - 1]
        if path:
            since, own = path[-1].start_ns, places[path[-1].flow_id]
            while own and (own[-1] >= at or order[own[-1]].start_ns >= since):
                own.pop()
            if own and ends[own[-1]] >= since - AT_ONCE_NS:
                found = order[own[-1]]
        path.append(found)
        at = bisect_right(ends, found.start_ns + AT_ONCE_NS, hi=at)
        while at and order[at - 1].start_ns >= found.start_ns:
            at -= 1
    return path

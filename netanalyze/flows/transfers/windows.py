"""How long, and from when to when, one side of a flow had its receive window closed."""

from collections.abc import Sequence

from netanalyze.flows.flow import Flow, Gap
from netanalyze.units import NEVER_NS


def window_closed_ns(flow: Flow, direction: int, until_ns: int) -> int:
    """ns for which a side announced a window of zero in all, to the flow's end or ``until_ns``; 0 where it never did."""
    half = flow.halves[direction]
    if not half.zero_count:
        return 0
    still = min(flow.last_ns, until_ns) - half.zero_since_ns if half.zero_since_ns != NEVER_NS else 0
    return half.zero_ns + max(still, 0)


def span_of(gaps: Sequence[Gap], flow: Flow, direction: int, until_ns: int) -> tuple[int, int]:
    """From when to when (ns) the window was closed: the ``gaps`` in which that was seen; without them by the announcements."""
    if gaps:
        return gaps[0].start_ns, max(gaps[-1].end_ns, gaps[0].start_ns)
    since = flow.halves[direction].zero_since_ns
    start = since if since != NEVER_NS else flow.first_ns
    return start, max(min(flow.last_ns, until_ns), start)

"""The critical path of a run: from its end backwards, what ended last, and before that what ended last before it began.

What lies on it held the run up; what ended earlier beside it did not, however long it took. The idea is that of critical
path analysis (Kelley and Walker 1959), read from times alone as in tracing of distributed programs: what a client begins it
begins because of what ended last.
"""

import numpy as np

from netanalyze.columns import coded, in_order
from netanalyze.kernel import Engine, kernel

AT_ONCE_NS = 1_000_000
"""An end and a beginning this close are one moment: a capture's clock, and two frames of one write."""


def critical_path(starts: np.ndarray, ends: np.ndarray, flows: np.ndarray, engine: Engine) -> np.ndarray:
    """The places of the spans on the path, the last one first, ``i8 (n,)``.

    Of those that end at one moment the one of the flow that went on is taken, for a flow's own next step follows from it.

    Args:
        starts, ends, flows: of the spans, ``i8``; of a lookup the flow is -1.
    """
    lasting = np.flatnonzero(ends > starts)
    order = lasting[np.argsort(ends[lasting], kind="stable")]
    whose = coded(flows[order])[1]
    of_flow = in_order(whose)
    behind = np.searchsorted(whose[of_flow], np.arange(int(whose.max(initial=-1)) + 1), "right")
    before = np.searchsorted(whose[of_flow], np.arange(len(behind)))
    columns = [np.ascontiguousarray(one, dtype=np.int64) for one in (starts[order], ends[order], whose, of_flow)]
    path = np.empty(len(order), dtype=np.int64)
    count = engine.run(path_back, *columns, before.astype(np.int64), behind.astype(np.int64), len(order), path)
    return order[path[: int(count)]]


@kernel
def path_back(starts, ends, flows, of_flow, before, behind, spans, path):
    """Write the places of the spans on the path to ``path``, the last one first; returns how many.

    Args:
        starts, ends, flows: of spans in the order of their ends; ``spans`` is how many.
        of_flow: their places, flow by flow and each flow's in order: those of flow ``f`` lie from ``before[f]`` to ``behind[f]``,
            which moves down as spans are passed.
    """
    count, at = 0, spans
    while at > 0:
        found = at - 1
        if count > 0:
            last = path[count - 1]
            flow, since = flows[last], starts[last]
            own = behind[flow]
            while own > before[flow] and (of_flow[own - 1] >= at or starts[of_flow[own - 1]] >= since):
                own -= 1
            behind[flow] = own
            if own > before[flow] and ends[of_flow[own - 1]] >= since - AT_ONCE_NS:
                found = of_flow[own - 1]
        path[count] = found
        count += 1
        at = passed(starts, ends, at, starts[found])
    return count


@kernel
def passed(starts, ends, at, since):
    """How many of the first ``at`` spans may come before one that began at ``since``: that ended by then, and began before."""
    while at > 0 and (ends[at - 1] > since + AT_ONCE_NS or starts[at - 1] >= since):
        at -= 1
    return at

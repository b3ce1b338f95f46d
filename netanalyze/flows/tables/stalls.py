"""The table of stalls: those that are objects, and those of plain flows and lookups."""

from typing import Any

import numpy as np

from netanalyze.flows.names.lookup_spans import LookupSpans
from netanalyze.flows.smooth.stalls import Stalls
from netanalyze.flows.smooth.waits import WAIT, WAITS
from netanalyze.flows.table import StallTable
from netanalyze.tracking.gaps import RESOLUTION_NS
from netanalyze.waiting import Waiting

LAST = 1 << 62
"""Behind every flow's number."""


def stall_table(stalls: Stalls, lookups: LookupSpans) -> StallTable:
    """All stalls in order of time: of flows and lookups, and of plain lookups that took ``RESOLUTION_NS`` or longer."""
    spans = lookups.where(lookups.end_ns - lookups.start_ns >= RESOLUTION_NS)
    waits, owners = stalls.plain
    count = len(spans)
    fields = ("start_ns", "end_ns", "waiting_for", "waiting_on", "last_frame", "next_frame", "resent")
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in stalls.odd] for name in fields}
    ids = [LAST if one.flow is None else one.flow.id for one in stalls.odd] + owners.tolist() + [LAST] * count
    owed = [WAITS[code] for code in waits[:, WAIT.OWED].tolist()]
    for name, of_flows, of_lookups in (
        ("start_ns", waits[:, WAIT.START_NS].tolist(), spans.start_ns.tolist()),
        ("end_ns", waits[:, WAIT.END_NS].tolist(), spans.end_ns.tolist()),
        ("waiting_for", [what for what, _ in owed], [Waiting.DNS_RESPONSE] * count),
        ("waiting_on", [who for _, who in owed], ["resolver"] * count),
        ("last_frame", waits[:, WAIT.LAST_FRAME].tolist(), spans.first_frame.tolist()),
        ("next_frame", waits[:, WAIT.NEXT_FRAME].tolist(), spans.decided_by.tolist()),
        ("resent", [0] * len(waits), [0] * count),
    ):
        columns[name] += of_flows + of_lookups
    columns["flow_id"] = [-1 if one == LAST else one for one in ids]
    # at one moment flows come first, by their numbers, then lookups in the order of their first frames
    place = (
        [0 if one.lookup is None else one.last_frame for one in stalls.odd]
        + [0] * len(waits)
        + spans.first_frame.tolist()
    )
    order = np.lexsort(
        (ids, np.array(place, dtype=np.int64) * bool(count), np.array(columns["start_ns"], dtype=np.int64))
    )
    return StallTable(**columns).where(order)

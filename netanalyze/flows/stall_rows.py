"""The table of stalls: those that are objects, and those of plain lookups."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from netanalyze.flows.names.lookup_spans import LookupSpans
from netanalyze.flows.stalls import Stall
from netanalyze.flows.table import StallTable
from netanalyze.tracking.gaps import RESOLUTION_NS
from netanalyze.waiting import Waiting


def stall_table(stalls: Sequence[Stall], lookups: LookupSpans) -> StallTable:
    """All stalls in order of time: of flows and lookups, and of plain lookups that took ``RESOLUTION_NS`` or longer."""
    spans = lookups.where(lookups.end_ns - lookups.start_ns >= RESOLUTION_NS)
    count = len(spans)
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in stalls]
        for name in ("start_ns", "end_ns", "waiting_for", "waiting_on", "last_frame", "next_frame", "resent")
    }
    columns["flow_id"] = [-1 if one.flow is None else one.flow.id for one in stalls] + [-1] * count
    for name, values in (
        ("start_ns", spans.start_ns.tolist()), ("end_ns", spans.end_ns.tolist()),
        ("waiting_for", [Waiting.DNS_RESPONSE] * count), ("waiting_on", ["resolver"] * count),
        ("last_frame", spans.first_frame.tolist()), ("next_frame", spans.decided_by.tolist()), ("resent", [0] * count),
    ):  # fmt: skip
        columns[name] += values
    # at one moment flows come first, in their order, then lookups in the order of their first frames
    place = [0 if one.lookup is None else one.last_frame for one in stalls] + spans.first_frame.tolist()
    order = np.lexsort((np.array(place) * bool(count), np.array(columns["start_ns"])))
    return StallTable(**columns).where(order)

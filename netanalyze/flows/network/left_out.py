"""What is looked at of very many flows and lookups: as much as the end of an analysis may cost, and may take of memory.

What is left out is said in the diagnostics, with how many.
"""

import numpy as np

from netanalyze.diagnostics import Diagnostics
from netanalyze.flows.screen import Lookups
from netanalyze.tracking.gaps import GAP
from netanalyze.tracking.history import PACKED
from netanalyze.tracking.memory import JUDGED_FLOW_TAKES, JUDGED_LOOKUP_TAKES, JUDGED_ROW_TAKES, Memory
from netanalyze.tracking.records import FLOW_AT, PACKED_RECORD
from netanalyze.tracking.tracker import FlowTracker
from netanalyze.units import NEVER_NS
from netanalyze.wording import message

FLOWS_MOST, LOOKUPS_MOST = 50_000, 50_000
"""Flows looked at one by one; of more, those with the most packets are taken. Lookups of which there may be something to say
(netanalyze.flows.screen), of which the first are; plain ones have no bound. A diagnostic says so. So many take 12 s and 9 s of
plain Python at the end of a run (benchmarks/hostile_captures.py: a refused attempt 0.24 ms, a lookup without an answer 0.18 ms,
on a 2024 server core); a day of a desk's traffic has fewer of either."""


def judged_flows(
    tracker: FlowTracker, lookups: int, memory: Memory, diagnostics: Diagnostics
) -> tuple[list[int], tuple[int, int]]:
    """Ids of the flows that are looked at one by one, all or those with the most packets; and between which times others were.

    Args:
        lookups: how many queries there are, which take of the memory as well.
    """
    state = tracker.state
    if state.count <= FLOWS_MOST and not memory.bounded:
        return list(range(state.count)), tracker.untracked
    first_ns, last_ns = tracker.untracked
    packets = state.half("packets", 0) + state.half("packets", 1)
    ids = np.argsort(-packets, kind="stable")[:FLOWS_MOST]
    if memory.bounded:
        cost = np.full(state.count, JUDGED_FLOW_TAKES)
        for flows in (
            tracker.kept[:, PACKED.FLOW_ID],
            tracker.records[:, PACKED_RECORD.HEADER] >> FLOW_AT,
            tracker.gaps[:, GAP.FLOW_ID],
        ):
            cost += JUDGED_ROW_TAKES * np.bincount(flows, minlength=state.count)[: state.count]
        room = max(memory.rest - lookups * JUDGED_LOOKUP_TAKES, memory.rest // 2)
        ids = ids[: max(1, int(np.searchsorted(np.cumsum(cost[ids]), room, "right")))]
        memory.take(int(cost[ids].sum()))
    if len(ids) < state.count:
        diagnostics.add("detail_limit", state.count - len(ids))
        others = np.ones(state.count, dtype=bool)
        others[ids] = False
        begun_ns = int(state.flow("first_ns")[others].min())
        first_ns = begun_ns if last_ns == NEVER_NS else min(begun_ns, first_ns)
        last_ns = max(last_ns, int(state.flow("last_ns")[others].max()))
    leave_out(diagnostics, MOST_PACKETS, len(ids), state.count)
    return ids.tolist(), (first_ns, last_ns)


MOST_PACKETS = "the {some} of {all} flows with the most packets are judged"
FIRST_LOOKUPS = "the first {some} of {all} lookups are judged"


def judged_lookups(lookups: Lookups, memory: Memory, diagnostics: Diagnostics) -> Lookups:
    """The lookups that are judged: all, or where there is something to say of very many, those up to the last of the first."""
    first_frame = lookups.odd[LOOKUPS_MOST].first_frame if len(lookups.odd) > LOOKUPS_MOST else None
    if (most := memory.rest // JUDGED_LOOKUP_TAKES) < len(lookups):
        frames = np.sort(np.append(lookups.plain.first_frame, [one.first_frame for one in lookups.odd]))
        first_frame = min(int(frames[most]), first_frame or int(frames[most]))
    if first_frame is None:
        return lookups
    kept = lookups.before_frame(first_frame)
    leave_out(diagnostics, FIRST_LOOKUPS, len(kept), len(lookups), first_frame)
    return kept


def leave_out(diagnostics: Diagnostics, words: str, kept: int, there: int, first_frame: int | None = None) -> None:
    """Say that of ``there`` things only ``kept`` are looked at; nothing where that is all."""
    if there > kept:
        said = message(words, some=f"{kept:,}", all=f"{there:,}")
        diagnostics.add("left_out", there - kept, first_frame, said)

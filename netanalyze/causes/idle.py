"""Since when nobody owed anything when a run ended: what it did from then on is the client's own time."""

import itertools
from collections.abc import Iterator

import numpy as np

from netanalyze.causes.case import Case
from netanalyze.flows.rows import numbers_of, of_flows, of_halves, of_mask, plain_flows
from netanalyze.flows.screen import odd
from netanalyze.flows.stalls import Stall
from netanalyze.units import NEVER_NS


def _stalls_since(case: Case, ns: int) -> list[Stall]:
    """The stalls of flows, of plain ones those that went on after a moment."""
    plain = plain_flows(case.flows)
    late = [s for flow in of_mask(plain, of_flows(plain, "last_ns") >= ns) for s in case.stalls_of(flow)]
    found = [(s.flow.id, s) for s in (*odd(case.stalls), *late) if s.flow is not None]
    return [s for _, s in sorted(found, key=lambda one: one[0])]


def idle_at_end(case: Case) -> tuple[int, int] | None:
    """Since when, and since which frame, nobody owed anything; None where a wait lay open at the end, or where flows that are
    not looked at went on."""
    found = _idle_at_end(case)
    return None if found is not None and case.unseen[1] > found[0] else found


def _idle_at_end(case: Case) -> tuple[int, int] | None:
    if case.owed() or not case.flows:
        return None
    late_ns = case.end_ns - 2 * 10**9
    asked = [s for s in _stalls_since(case, late_ns) if s.waiting_for == "request"]
    moments = [s.start_ns for s in asked if s.end_ns >= late_ns and not s.goes_on]
    if moments and not any(end is not None and end[2] < late_ns for end in _ends(case)):
        begun, latest = set(moments), max(moments)
        stall = next(s for s in asked if s.start_ns == latest)
        idle = {s.flow.id for s in asked if s.flow and s.start_ns in begun}
        said = np.stack(of_halves(case.flows, "last_data_ns"), axis=1)
        said[np.isin(numbers_of(case.flows), list(idle))] = NEVER_NS
        flow, side = divmod(int(said.argmax()), 2)
        busy = case.flows[flow].halves[side]
        if int(said.max()) > stall.start_ns:  # others went on meanwhile
            return busy.last_data_ns, busy.last_data_frame
        return stall.start_ns, stall.last_frame
    if any(end is None or end[2] >= late_ns for end in _ends(case, late_ns)):
        return None
    progress_ns = of_flows(case.flows, "progress_ns")
    last = case.flows[int(np.where(progress_ns != NEVER_NS, progress_ns, 0).argmax())]
    return last.progress_ns, last.progress_frame


def _ends(case: Case, since_ns: int = NEVER_NS) -> Iterator[tuple[str, int, int, int] | None]:
    """How the flows ended whose end was not that of a surplus handshake, which is no work done; where that matters alone,
    those that ended since a moment."""
    ended = plain_flows(case.flows)
    ended = of_mask(ended, of_halves(ended, "fin_ns")[0] >= since_ns) if since_ns != NEVER_NS else ended
    for flow in itertools.chain(odd(case.flows), ended):
        if not case.used_later(flow):
            yield flow.ended()

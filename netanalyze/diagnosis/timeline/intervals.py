"""The spans of a run as columns: what moved, was owed or was the client's own time, flow by flow, and the lookups."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from netanalyze.causes.case import Case
from netanalyze.flows.flow import Flow
from netanalyze.flows.later import body_had
from netanalyze.flows.screen import spans as lookup_spans
from netanalyze.flows.stalls import Stall
from netanalyze.flows.timeline.phases import phase_at, phases, under_way
from netanalyze.result.ledger import NO_FLOW
from netanalyze.units import NEVER_NS
from netanalyze.waiting import Waiting

ACTIVE, OWED, OWN = 0, 1, 2


@dataclass(slots=True, eq=False)
class Interval:
    """A span with a possible owner; ``rank`` ACTIVE, OWED or OWN."""

    start_ns: int
    end_ns: int
    rank: int
    phase: str
    flow_id: int | None
    stall: Stall | None = None
    note: str = ""

    @property
    def waiting(self) -> Waiting | None:
        """The move that is owed in it; None where none is."""
        return self.stall.waiting_for if self.stall is not None and self.rank == OWED else None


class Kind(NamedTuple):
    """What the ledger says of a span of which nobody is to blame."""

    phase: str
    note: str
    waiting: Waiting | None


class Intervals:
    """The spans of a run; an object is made of a lookup's where one is asked for.

    Attributes:
        start_ns, end_ns, rank, flow: ``i8 (n,)``; the flow of a lookup is ``NO_FLOW``.
        kind: the place of what the ledger says of each among ``kinds``.
        name: of a lookup the place of its name among ``names``, -1 of a flow's.
    """

    def __init__(self, case: Case):
        self._objects = [one for one in _of_flows(case) if one.end_ns > one.start_ns]
        looked = lookup_spans(case.lookups)
        looked = looked.where(looked.end_ns > looked.start_ns)
        own, rows = self._objects, len(looked)
        self._made: dict[int, Interval] = {}

        def column(name: str, of_lookups: np.ndarray) -> np.ndarray:
            return np.concatenate([np.array([getattr(one, name) for one in own], dtype=np.int64), of_lookups])

        self.start_ns, self.end_ns = column("start_ns", looked.start_ns), column("end_ns", looked.end_ns)
        self.rank = column("rank", np.full(rows, OWED))
        self.flow = column("flow_id", np.full(rows, NO_FLOW))
        kinds: dict[Kind, int] = {}
        of_flows = [kinds.setdefault(_kind(one), len(kinds)) for one in own]
        self.names = looked.name.texts
        codes = [kinds.setdefault(Kind("dns", name, None), len(kinds)) for name in self.names]
        of_lookups = np.array(codes, dtype=np.int64)[looked.name.codes]
        self.kinds, self.kind = list(kinds), np.concatenate([np.array(of_flows, dtype=np.int64), of_lookups])
        self.name = np.concatenate([np.full(len(own), -1), looked.name.codes])

    def __len__(self) -> int:
        return len(self.start_ns)

    def __getitem__(self, at: int) -> Interval:
        if at < len(self._objects):
            return self._objects[at]
        if at not in self._made:
            start, end = int(self.start_ns[at]), int(self.end_ns[at])
            self._made[at] = Interval(start, end, OWED, "dns", None, None, self.names[self.name[at]])
        return self._made[at]


def intervals(case: Case) -> Intervals:
    """Everything that moved, was owed or was the client's own time; made once a case."""
    if "intervals" not in case.derived:
        case.derived["intervals"] = Intervals(case)
    return case.derived["intervals"]


def _kind(span: Interval) -> Kind:
    waiting = span.waiting
    return Kind(span.phase, f"waiting for {waiting.noun}" if waiting else span.note, waiting)


def _of_flows(case: Case) -> Iterator[Interval]:
    for flow in case.flows:
        stop = flow.progress_ns if flow.progress_ns != NEVER_NS else flow.last_ns
        stalls = case.stalls_of(flow)
        at, moving = flow.first_ns, under_way(flow, stalls)
        for stall in stalls:
            if stall.start_ns > at:
                yield from _busy(flow, at, stall.start_ns)
            at = max(at, stall.end_ns)
            if id(stall) in moving:
                yield Interval(stall.start_ns, stall.end_ns, ACTIVE, "transfer", flow.id)
                continue
            own = stall.waiting_for is Waiting.FIN_ACK or (
                stall.waiting_on == "client" and stall.waiting_for.clients_move
            )
            own = own or (stall.waiting_for is Waiting.BODY and body_had(case.client.name, stall, case.index.begun))
            phase = stall.waiting_for.phase or phase_at(flow, stall.start_ns)
            yield Interval(stall.start_ns, stall.end_ns, OWN if own else OWED, phase, flow.id, stall)
        if stop > at:
            yield from _busy(flow, at, stop)


def _busy(flow: Flow, start: int, end: int) -> Iterator[Interval]:
    """The time from ``start`` to ``end``, in which octets moved, cut where one phase ends and the next begins."""
    for until, phase in phases(flow):
        if start < min(until, end):
            yield Interval(start, min(until, end), ACTIVE, phase, flow.id)
            start = min(until, end)

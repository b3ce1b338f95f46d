"""The spans of a run as columns: what moved, was owed or was the client's own time, flow by flow, and the lookups."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from netanalyze.causes.case import Case
from netanalyze.flows.flow import Flow
from netanalyze.flows.later import body_had
from netanalyze.flows.rows import plain_ids, told_of
from netanalyze.flows.screen import odd
from netanalyze.flows.screen import spans as lookup_spans
from netanalyze.flows.smooth.spans import ACTIVE, OWED, OWN, PHASES, SPAN, lay_out
from netanalyze.flows.smooth.waits import WAITS
from netanalyze.flows.stalls import Stall
from netanalyze.flows.timeline.phases import phase_at, phases, under_way
from netanalyze.result.ledger import NO_FLOW
from netanalyze.units import NEVER_NS
from netanalyze.waiting import Waiting


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
        self._case = case
        flows = odd(case.flows)
        objects = [one for flow in flows for one in _of_flow(case, flow) if one.end_ns > one.start_ns]
        plain, kinds_of_plain = _of_plain(case)
        looked = lookup_spans(case.lookups)
        looked = looked.where(looked.end_ns > looked.start_ns)
        rows, self._of_flows = len(looked), len(objects) + len(plain)
        ids = np.concatenate([np.array([one.flow_id for one in objects], dtype=np.int64), plain[:, SPAN.FLOW]])
        order = np.argsort(ids, kind="stable") if len(plain) else np.arange(len(objects))

        def column(of_objects: Iterable[int], of_plain: np.ndarray, of_lookups: np.ndarray) -> np.ndarray:
            of_flows = np.concatenate([np.array(list(of_objects), dtype=np.int64), of_plain])
            return np.concatenate([of_flows[order], of_lookups])

        self.start_ns = column((one.start_ns for one in objects), plain[:, SPAN.START_NS], looked.start_ns)
        self.end_ns = column((one.end_ns for one in objects), plain[:, SPAN.END_NS], looked.end_ns)
        self.rank = column((one.rank for one in objects), plain[:, SPAN.RANK], np.full(rows, OWED))
        self.flow = np.concatenate([ids[order], np.full(rows, NO_FLOW)])
        kinds: dict[Kind, int] = {}
        of_objects = [kinds.setdefault(_kind(one), len(kinds)) for one in objects]
        codes = [kinds.setdefault(kind, len(kinds)) for kind in kinds_of_plain]
        of_plain = np.array(codes, dtype=np.int64)[plain[:, SPAN.PHASE]]
        self.names = looked.name.texts
        codes = [kinds.setdefault(Kind("dns", name, None), len(kinds)) for name in self.names]
        of_lookups = np.array(codes, dtype=np.int64)[looked.name.codes]
        self.kinds, self.kind = list(kinds), column(of_objects, of_plain, of_lookups)
        self.name = np.concatenate([np.full(self._of_flows, -1), looked.name.codes])
        own = order < len(objects)
        self._made = dict(zip(np.flatnonzero(own).tolist(), map(objects.__getitem__, order[own].tolist())))

    def __len__(self) -> int:
        return len(self.start_ns)

    def __getitem__(self, at: int) -> Interval:
        if at not in self._made and at < self._of_flows:  # a plain flow's
            flow = self._case.index.flows[int(self.flow[at])]
            first = int(np.searchsorted(self.flow[: self._of_flows], flow.id))
            spans = (one for one in _of_flow(self._case, flow) if one.end_ns > one.start_ns)
            self._made.update(enumerate(spans, first))
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


def _of_flow(case: Case, flow: Flow) -> Iterator[Interval]:
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
        own = _is_own(stall.waiting_for, stall.waiting_on)
        own = own or (stall.waiting_for is Waiting.BODY and body_had(case.client.name, stall, case.index.begun))
        phase = stall.waiting_for.phase or phase_at(flow, stall.start_ns)
        yield Interval(stall.start_ns, stall.end_ns, OWN if own else OWED, phase, flow.id, stall)
    if stop > at:
        yield from _busy(flow, at, stop)


def _is_own(waiting: Waiting, on: str) -> bool:
    """Whether a wait is the client's own time."""
    return waiting is Waiting.FIN_ACK or (on == "client" and waiting.clients_move)


def _of_plain(case: Case) -> tuple[np.ndarray, list[Kind]]:
    """The spans of plain flows, rows of ``SPAN`` whose flow is an id and whose phase the place of a kind among those given."""
    told = told_of(case.flows)
    if told is None:
        return np.empty((0, SPAN.WIDTH), dtype=np.int64), []
    ranks = np.array([OWN if _is_own(*owed) else OWED for owed in WAITS], dtype=np.int64)
    placed = np.array([bool(waiting.phase) for waiting, _ in WAITS], dtype=np.int64)
    flows, waits = len(told.places), len(told.waits)
    rows = np.empty((3 * flows + 2 * waits, SPAN.WIDTH), dtype=np.int64)
    matrices = [np.ascontiguousarray(one).reshape(-1) for one in (told.smooth, told.talks, told.waits)]
    count = case.engine.run(lay_out, *matrices[:2], flows, matrices[2], waits, ranks, placed, rows.reshape(-1))
    rows = rows[:count]
    kinds = []
    for owed, ((waiting, _), rank) in enumerate(zip(WAITS, ranks.tolist())):
        waits_for = waiting if owed and rank == OWED else None
        note = f"waiting for {waiting.noun}" if waits_for else ""
        kinds += [Kind(phase or waiting.phase, note, waits_for) for phase in (*PHASES, "")]
    rows[:, SPAN.PHASE] += rows[:, SPAN.OWED] * (len(PHASES) + 1)
    rows[:, SPAN.FLOW] = plain_ids(case.flows)[rows[:, SPAN.FLOW]]
    return rows, kinds


def _busy(flow: Flow, start: int, end: int) -> Iterator[Interval]:
    """The time from ``start`` to ``end``, in which octets moved, cut where one phase ends and the next begins."""
    for until, phase in phases(flow):
        if start < min(until, end):
            yield Interval(start, min(until, end), ACTIVE, phase, flow.id)
            start = min(until, end)

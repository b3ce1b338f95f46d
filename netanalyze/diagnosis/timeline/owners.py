"""Who has each piece of a run, and which finding explains it.

Of most pieces no finding is: these are decided by a kernel over the spans. The others are looked at one by one, those that lie
behind each other and are of the same spans at the same time of all findings once.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.columns import distinct
from netanalyze.diagnosis.covering import Covering, spread, surer
from netanalyze.diagnosis.on_behalf import on_behalf
from netanalyze.diagnosis.rests import Rest
from netanalyze.diagnosis.timeline.intervals import Interval, Intervals
from netanalyze.findings import Finding
from netanalyze.flows.smooth.spans import ACTIVE, OWED, OWN
from netanalyze.flows.stalls import Stall
from netanalyze.flows.timeline.critical_path import critical_path
from netanalyze.flows.timeline.first_to_end import RANKS, RIVALS, first_to_end
from netanalyze.flows.timeline.spans import Sweep
from netanalyze.waiting import Waiting

NOBODY, NO_MATTER = -1, -2
"""No span; a span that no finding is about."""
SURE, DOUBTFUL = 0.9, 0.7
"""Of a few waits at one time, one whose cause is proved goes before one whose cause is a guess."""
AN_ANSWER = (Waiting.REQUEST, Waiting.RESPONSE, Waiting.SERVER_HELLO, Waiting.CONNECT_REPLY)
"""Waits for what somebody has to say, and not for segments under way."""


class Piece(NamedTuple):
    """Who has a piece of the run, and which finding explains it.

    Attributes:
        owner: the place of its span, ``NOBODY``, or ``NO_MATTER``: the kernel's.
        alone: no other cause would have held the run up there as well.
        rest: the command rests between two tries.
    """

    owner: int
    finding: Finding | None
    alone: bool = True
    rest: bool = False


class Owners:
    """The pieces of a run and their owners.

    Attributes:
        owner: the place of each piece's span, ``NOBODY`` where nothing lies open.
        found: of the pieces in which it matters, in order: (first, behind the last, the piece).
    """

    def __init__(self, case: Case, findings: list[Finding], spans: Intervals, resting: list[Rest], moments: np.ndarray):
        self._end, self._spans, self._case = case.wall[1], spans, case
        self._lefts, self._rights = moments[:-1], moments[1:]
        self._sure = any(f.confidence >= SURE for f in findings)
        self.owner, self._rivals = self._first_to_end()
        self.found: list[tuple[int, int, Piece]] = []
        if findings or resting:
            self._covering, self._joined = Covering(findings), on_behalf(case, findings)
            self._resting = Sweep((rest.start_ns, rest.end_ns, (), rest) for rest in resting)
            self._path = critical_path_of(spans, case) if findings else np.empty(0, dtype=np.int64)
            self._on_path = set(self._path.tolist())
            self._explain([*findings, *resting])

    def _first_to_end(self) -> tuple[np.ndarray, np.ndarray]:
        spans, pieces = self._spans, len(self._lefts)
        order = np.argsort(spans.start_ns, kind="stable")
        columns = [np.ascontiguousarray(column[order]) for column in (spans.start_ns, spans.end_ns, spans.rank)]
        lefts, count = np.ascontiguousarray(self._lefts), len(order)
        heaps, sizes = np.empty(max(RANKS * count, 1), dtype=np.int64), np.zeros(RANKS, dtype=np.int64)
        owners = np.empty(pieces, dtype=np.int64)
        rivals = np.empty(pieces * RIVALS if self._sure else 0, dtype=np.int64)
        arguments = columns, count, lefts, pieces, heaps, sizes, owners, rivals, int(self._sure)
        self._case.engine.run(first_to_end, *columns, *arguments[1:])
        order = np.append(order, NOBODY)  # what is none stays none
        return order[owners], order[rivals].reshape(-1, RIVALS)

    def _explain(self, lasting: Sequence[Finding | Rest]) -> None:
        """Look at the pieces in which a finding may matter."""
        edges = distinct(np.array([ns for one in lasting for ns in (one.start_ns, one.end_ns)], dtype=np.int64))
        covered = _covered(self._lefts, edges, lasting)
        about = np.append(self._covering.about(self._spans), False)  # of nobody, behind the last
        ranks = np.append(self._spans.rank, OWN)[self.owner]
        own = ranks == OWN
        asked = np.where(own | about[self.owner], self.owner, NO_MATTER)
        path = self._path_waits()
        path = np.where((about[path] | about[self.owner]) & (path != self.owner) & ~own, path, NOBODY)
        rivals = np.where(about[self._rivals] & (ranks == OWED)[:, None], self._rivals, NOBODY) if self._sure else None
        matters = own | about[self.owner] | (path != NOBODY)
        columns = [asked, path, np.searchsorted(edges, self._lefts, "right"), ranks]
        if rivals is not None:
            matters |= (rivals != NOBODY).any(axis=1)
            columns += list(rivals.T)
        rows = np.flatnonzero(matters & covered)
        if not len(rows):
            return
        keys = np.stack([column[rows] for column in columns])
        changes = np.flatnonzero((np.diff(keys, axis=1) != 0).any(axis=0) | (np.diff(rows) != 1)) + 1
        starts = np.concatenate([[0], changes])
        ends = np.concatenate([changes, [len(rows)]])
        for first, behind in zip(starts.tolist(), ends.tolist()):
            at, until = int(rows[first]), int(rows[behind - 1]) + 1
            key = keys[:, first].tolist()
            piece = self._of(key[0], key[3], key[1], key[4:], int(self._lefts[at]), int(self._rights[at]))
            if piece.owner != NO_MATTER:
                self.found.append((at, until, piece))

    def _path_waits(self) -> np.ndarray:
        """Of each piece the wait on the critical path, ``NOBODY`` where no wait is."""
        steps = self._path[::-1]
        if not len(steps):
            return np.full(len(self._lefts), NOBODY)
        spans = self._spans
        at = np.searchsorted(spans.end_ns[steps], self._lefts, "right")
        steps = np.append(steps, NOBODY)[at]
        waits = (steps != NOBODY) & (spans.rank[steps] == OWED) & (spans.start_ns[steps] <= self._lefts)
        return np.where(waits, steps, NOBODY)

    def _of(self, owner: int, rank: int, path: int, rivals: list[int], left: int, right: int) -> Piece:
        """Whose the piece from ``left`` to ``right`` is, where it matters."""
        finding = None if owner == NO_MATTER else self._cause(owner, left, right)
        if rank == OWN:
            resting = self._resting.covering(left, right)
            if finding is not None or resting is None:
                return Piece(owner, finding)
            return Piece(owner, resting[1].finding, rest=True)
        held_up = self._held_up(owner, finding, path, left, right)
        if held_up is not None:
            longer = held_up.finding
            return held_up._replace(alone=longer is None or _alike(longer, finding, self._joined))
        return self._proved(owner, finding, rivals, left, right) if rank == OWED else Piece(owner, finding)

    def _held_up(self, owner: int, finding: Finding | None, path: int, left: int, right: int) -> Piece | None:
        """The wait on the critical path that held the run up meanwhile, where it is another one."""
        if path == NOBODY:
            return None
        longer = self._cause(path, left, right)
        if not (longer if finding is None else self._led_nowhere(owner)):
            return None
        return Piece(path, longer) if finding is not None or self._spans.end_ns[path] < self._end else None

    def _led_nowhere(self, owner: int) -> bool:
        """Whether a wait was over before the run was and led to nothing that ended later than what was waited for beside it."""
        spans = self._spans
        return bool(spans.rank[owner] == OWED and spans.end_ns[owner] < self._end and owner not in self._on_path)

    def _proved(self, owner: int, finding: Finding | None, rivals: list[int], left: int, right: int) -> Piece:
        """Of several waits that lie open the one whose cause is proved has the time."""
        if finding is None or finding.confidence < DOUBTFUL:
            for rival in rivals:
                other = self._cause(rival, left, right) if rival != NOBODY else None
                if other is not None and other.confidence >= SURE:
                    return Piece(rival, other)
        return Piece(owner, finding)

    def _cause(self, owner: int, left: int, right: int) -> Finding | None:
        return _cause(None if owner == NOBODY else self._spans[owner], left, right, self._covering)


def critical_path_of(spans: Intervals, case: Case) -> np.ndarray:
    """The places of the spans on the critical path, the last one first; the client's own time is none."""
    places = np.flatnonzero(spans.rank != OWN)
    return places[critical_path(spans.start_ns[places], spans.end_ns[places], spans.flow[places], case.engine)]


def _covered(lefts: np.ndarray, edges: np.ndarray, lasting: Sequence[Finding | Rest]) -> np.ndarray:
    """Which pieces lie in one of some spans, at the ``edges`` of which they are cut."""
    begun = np.searchsorted(edges, [one.start_ns for one in lasting])
    ended = np.searchsorted(edges, [one.end_ns for one in lasting])
    more = np.bincount(begun, minlength=len(edges)) - np.bincount(ended, minlength=len(edges))
    open_ = np.concatenate([[0], np.cumsum(more)])
    return open_[np.searchsorted(edges, lefts, "right")] > 0


def _held_up(stall: Stall) -> bool:
    """Whether segments were waited for, and not somebody's answer: a wait for octets under way, or one with repeats."""
    resent = stall.gap is not None and stall.gap.resent_0 + stall.gap.resent_1 > 0
    return resent or stall.waiting_for not in AN_ANSWER


def _alike(first: Finding, other: Finding | None, joined: Mapping[int, Finding]) -> bool:
    """Whether two findings are one cause at one place, seen of the helper that asked for the command as well."""
    other = joined.get(id(other), other)
    return other is not None and (first.cause, first.culprit) == (other.cause, other.culprit)


def _cause(owner: Interval | None, left: int, right: int, covering: Covering) -> Finding | None:
    """The finding that explains a piece: of the owner's flow, or of no flow, that covers it."""
    if owner is None or owner.rank == OWN:
        here = covering.of_flow(None, "here", _is_here, left, right)
        if owner is None:
            return surer(here, covering.of_any_flow("fatal", lambda f: f.fatal, left, right))
        return surer(
            here, covering.of_flow(owner.flow_id, "own time", lambda f: bool(cause_of(f.cause).own_time), left, right)
        )
    if owner.flow_id is None:
        if owner.phase != "dns":
            return None
        return covering.of_lookup(owner.note, left, right)
    if owner.rank == ACTIVE:
        return covering.of_flow(owner.flow_id, "spread", spread, left, right)
    if owner.stall is not None and not _held_up(owner.stall):
        return covering.of_flow(
            owner.flow_id, "by answer", lambda f: not cause_of(f.cause).owns_repairs_only, left, right
        )
    return covering.of_flow(owner.flow_id, "any", lambda f: True, left, right)


def _is_here(finding: Finding) -> bool:
    """Whether a finding that is about no flow may own time in which no flow owes anything."""
    cause = cause_of(finding.cause)
    unheard = cause.owns_lookups and "name" in finding.quantities  # its answers are in the capture, and were not heard
    return cause.shows_no_packets or unheard or finding.evidence[0].kind == "socket"

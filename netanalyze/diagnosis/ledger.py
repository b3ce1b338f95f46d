"""The ledger: every instant of the run has exactly one owner, and the rows add up to the whole.

The run is cut at every moment at which something began or ended. In each piece the owner is, in
this order: a flow on which octets were moving; the wait that ended first, for what ended it let the
run go on; the client's own time. What ran beside the owner did not hold the run up: a wait with a cause that is not on the
critical path gives way to the one that is.
"""

import heapq
import itertools
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.diagnosis.covering import Covering, surer
from netanalyze.diagnosis.on_behalf import on_behalf
from netanalyze.diagnosis.rests import NOTE, Rest, rests
from netanalyze.findings import Culprit, Finding
from netanalyze.flows.flow import Flow
from netanalyze.flows.later import body_had
from netanalyze.flows.screen import spans as lookup_spans
from netanalyze.flows.stalls import Stall
from netanalyze.flows.timeline.critical_path import Lasting, critical_path
from netanalyze.flows.timeline.phases import phase_at, phases, under_way
from netanalyze.flows.timeline.spans import Sweep
from netanalyze.flows.transfers.limiter import carries_bulk, limiter
from netanalyze.flows.transfers.transfers import SENDER, limit_at
from netanalyze.redaction import redacted_value
from netanalyze.result import LedgerRow
from netanalyze.units import NEVER_NS
from netanalyze.waiting import Waiting

PHASE_OF = {"dns": "dns", "tcp": "connect", "quic": "connect", "tls": "tls", "http": "request"}
"""The phase of a wait that no packet shows, by its cause."""
IDLE_NS = 1_000_000_000
"""Client's own time of this length or longer is called idle: nothing was asked of the network."""
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


BEFORE = "before netanalyze joined: not known"
"""The time of a run that was going on already, as far as no socket counts back into it."""
SURE, DOUBTFUL, RIVALS = 0.9, 0.7, 5
"""Of a few waits at one time, one whose cause is proved goes before one whose cause is a guess."""


def _busy(flow: Flow, start: int, end: int) -> list[Interval]:
    """The time from ``start`` to ``end``, in which octets moved, cut where one phase ends and the next begins."""
    found = []
    for until, phase in phases(flow):
        if start < min(until, end):
            found.append(Interval(start, min(until, end), ACTIVE, phase, flow.id))
            start = min(until, end)
    return found


def intervals(case: Case) -> list[Interval]:
    """Everything that moved, was owed or was the client's own time, flow by flow, and the lookups."""
    out: list[Interval] = []
    for flow in case.flows:
        stop = flow.progress_ns if flow.progress_ns != NEVER_NS else flow.last_ns
        at, moving = flow.first_ns, under_way(flow, case.stalls_of(flow))
        for stall in case.stalls_of(flow):
            if stall.start_ns > at:
                out += _busy(flow, at, stall.start_ns)
            at = max(at, stall.end_ns)
            if id(stall) in moving:
                out.append(Interval(stall.start_ns, stall.end_ns, ACTIVE, "transfer", flow.id))
                continue
            closing = stall.waiting_for is Waiting.FIN_ACK
            own = closing or (stall.waiting_on == "client" and stall.waiting_for.clients_move)
            own = own or body_had(case.client.name, stall, case.index.begun)
            phase = stall.waiting_for.phase or phase_at(flow, stall.start_ns)
            out.append(Interval(stall.start_ns, stall.end_ns, OWN if own else OWED, phase, flow.id, stall))
        if stop > at:
            out += _busy(flow, at, stop)
    for span in lookup_spans(case.lookups):
        out.append(Interval(span.start_ns, span.end_ns, OWED, "dns", None, None, span.name))
    return [i for i in out if i.end_ns > i.start_ns]


def account(case: Case, findings: list[Finding]) -> tuple[list[LedgerRow], dict[int, int]]:
    """Cut the run from its beginning to its end (``wall``) into rows.

    Returns:
        The rows, in order, adding up to the whole; and by ``id(finding)`` the ns it owns.
    """
    start, end = case.wall
    if end <= start:
        return [], {}
    findings = [f for f in findings if not (cause_of(f.cause).never_root or cause_of(f.cause).about_capture)]
    spans, resting = intervals(case), rests(case.client, findings, end)
    lasting: tuple[Lasting, ...] = (*spans, *resting, *findings)
    moments = {start, end} | {ns for one in lasting for ns in (one.start_ns, one.end_ns)}
    joined_ns = case.run.joined_ns if case.run is not None else NEVER_NS
    moments |= {joined_ns} - {NEVER_NS}
    owners, limited = _Owners(case, findings, spans, resting), _Limits(case)
    rows: list[tuple[str, str | None, Culprit | None, int | None, str, Waiting | None]] = []
    edges: list[int] = []
    owned: dict[int, int] = defaultdict(int)
    for left, right in itertools.pairwise(sorted(ns for ns in moments if start <= ns <= end)):
        piece = owners.of(left, right)
        if piece.finding is not None and piece.alone:
            owned[id(piece.finding)] += right - left
        phase, note = piece.phase, piece.note or limited.by(piece.owner, left)
        waiting = None if note else _waited_for(piece.owner)
        if piece.finding is None and right <= joined_ns:
            phase, note, waiting = "unexplained", BEFORE, None
        elif not note:
            note = f"waiting for {waiting.noun}" if waiting else piece.owner.note if piece.owner else ""
        cause = piece.finding.cause if piece.finding else None
        flow = piece.owner.flow_id if piece.owner else None
        row = (phase, cause, _blamed(piece.finding, piece.owner), flow, note, waiting)
        if not rows or rows[-1] != row:
            rows.append(row)
            edges.append(left)
    between = itertools.pairwise([*edges, end])
    return [_idle(LedgerRow(left, right, *row)) for (left, right), row in zip(between, rows)], dict(owned)


def redacted_ledger(rows: Sequence[LedgerRow]) -> tuple[LedgerRow, ...]:
    """A ledger without secrets: of what its rows say there are few different things, which are looked at once each."""
    things = {_key(one): one for row in rows for one in (row.note, row.culprit)}
    secret = {key for key, one in things.items() if redacted_value(one) is not one}
    if not secret:
        return tuple(rows)
    return tuple(row if secret.isdisjoint(map(_key, (row.note, row.culprit))) else redacted_value(row) for row in rows)


def _key(thing: object) -> object:
    """What tells a text from others: it itself; of anything else which object it is."""
    return thing if type(thing) is str else id(thing)


class _Piece(NamedTuple):
    """Who has a piece of the run, and which finding explains it.

    Attributes:
        alone: no other cause would have held the run up there as well.
        rest: the command rests between two tries.
    """

    owner: Interval | None
    finding: Finding | None
    alone: bool = True
    rest: bool = False

    @property
    def note(self) -> str:
        """What is said of a rest."""
        return NOTE if self.rest else ""

    @property
    def phase(self) -> str:
        """The ledger's phase."""
        phase = "local" if self.owner is None or self.rest else self.owner.phase
        if self.finding is None:
            return phase
        cause = cause_of(self.finding.cause)
        if cause.phase == "local":
            return "local"
        if self.owner is None:
            return phase if self.rest else PHASE_OF.get(cause.phase, phase)
        return (cause.own_time or phase) if self.owner.rank == OWN else phase


class _Owners:
    """Who has each piece of the run, asked in order of time."""

    def __init__(self, case: Case, findings: list[Finding], spans: list[Interval], resting: list[Rest]):
        self._end = case.wall[1]
        self._pending = deque(enumerate(sorted(spans, key=lambda span: span.start_ns)))
        self._begun: tuple[list[tuple[int, int, Interval]], ...] = ([], [], [])
        self._covering = Covering(findings)
        self._rests = Sweep((rest.start_ns, rest.end_ns, (), rest) for rest in resting)
        self._explained, self._sure = bool(findings or resting), any(f.confidence >= SURE for f in findings)
        self._path, self._joined = _Path(spans if findings else ()), on_behalf(case, findings)

    def of(self, left: int, right: int) -> _Piece:
        """Whose the piece from ``left`` to ``right`` is."""
        owner = self._first_to_end(left)
        if not self._explained:
            return _Piece(owner, None)
        finding = _cause(owner, left, right, self._covering)
        if owner is None or owner.rank == OWN:
            rest = self._rests.covering(left, right) if finding is None else None
            return _Piece(owner, finding) if rest is None else _Piece(owner, rest[1].finding, rest=True)
        held_up = self._held_up(owner, finding, left, right)
        if held_up is not None:
            longer = held_up.finding
            return held_up._replace(alone=longer is None or _alike(longer, finding, self._joined))
        return self._proved(owner, finding, left, right) if owner.rank == OWED else _Piece(owner, finding)

    def _first_to_end(self, left: int) -> Interval | None:
        """Of what lies open, octets that move before waits, and waits before the client's own time, what ends first."""
        while self._pending and self._pending[0][1].start_ns <= left:
            place, span = self._pending.popleft()
            heapq.heappush(self._begun[span.rank], (span.end_ns, place, span))
        for heap in self._begun:
            while heap and heap[0][0] <= left:
                heapq.heappop(heap)
            if heap:
                return heap[0][2]
        return None

    def _held_up(self, owner: Interval, finding: Finding | None, left: int, right: int) -> _Piece | None:
        """The wait on the critical path that held the run up meanwhile, where it is another one."""
        wait = self._path.wait(left)
        if wait is None or wait is owner:
            return None
        longer = _cause(wait, left, right, self._covering)
        if not (longer if finding is None else self._path.led_nowhere(owner, self._end)):
            return None
        return _Piece(wait, longer) if finding is not None or wait.end_ns < self._end else None

    def _proved(self, owner: Interval, finding: Finding | None, left: int, right: int) -> _Piece:
        """Of several waits that lie open the one whose cause is proved has the time."""
        if self._sure and (finding is None or finding.confidence < DOUBTFUL):
            for _, _, rival in self._begun[OWED][1:RIVALS]:
                other = _cause(rival, left, right, self._covering) if rival.end_ns > left else None
                if other is not None and other.confidence >= SURE:
                    return _Piece(rival, other)
        return _Piece(owner, finding)


def _blamed(finding: Finding | None, owner: Interval | None) -> Culprit | None:
    """Who has a piece: of a dial to several addresses the one that was tried then."""
    if finding is None:
        return None
    flow = owner.stall.flow if owner is not None and owner.stall is not None else None
    culprit = finding.culprit
    if flow is None or flow.id not in finding.also_flows or culprit.role == "path" or culprit.address is None:
        return culprit
    return replace(culprit, address=flow.server.address, port=flow.server.port)


AN_ANSWER = (Waiting.REQUEST, Waiting.RESPONSE, Waiting.SERVER_HELLO, Waiting.CONNECT_REPLY)
"""Waits for what somebody has to say, and not for segments under way."""


def _held_up(stall: Stall) -> bool:
    """Whether segments were waited for, and not somebody's answer: a wait for octets under way, or one with repeats."""
    resent = stall.gap is not None and stall.gap.resent_0 + stall.gap.resent_1 > 0
    return resent or stall.waiting_for not in AN_ANSWER


class _Path:
    """The critical path of the run, asked piece by piece in order of time."""

    def __init__(self, intervals: Sequence[Interval]):
        self.steps = critical_path([i for i in intervals if i.rank != OWN])
        self.on = {id(step) for step in self.steps}

    def led_nowhere(self, owner: Interval, end: int) -> bool:
        """Whether a wait was over before the run was and led to nothing that ended later than what was waited for beside it."""
        return owner.rank == OWED and owner.end_ns < end and id(owner) not in self.on

    def wait(self, left: int) -> Interval | None:
        """The wait on the path at ``left``, where a wait is."""
        while self.steps and self.steps[-1].end_ns <= left:
            self.steps.pop()
        step = self.steps[-1] if self.steps else None
        return step if step is not None and step.rank == OWED and step.start_ns <= left else None


def _alike(first: Finding, other: Finding | None, joined: Mapping[int, Finding]) -> bool:
    """Whether two findings are one cause at one place, seen of the helper that asked for the command as well."""
    other = joined.get(id(other), other)
    return other is not None and (first.cause, first.culprit) == (other.cause, other.culprit)


def _idle(row: LedgerRow) -> LedgerRow:
    """The client's own time is called idle where it is long and nothing explains it."""
    if row.phase == "local" and row.cause is None and row.ns >= IDLE_NS:
        return LedgerRow(row.start_ns, row.end_ns, "idle", None, None, row.flow_id, "nothing was asked of the network")
    return row


def _waited_for(owner: Interval | None) -> Waiting | None:
    """The move that was owed in a piece; None where none was."""
    return owner.stall.waiting_for if owner is not None and owner.stall is not None and owner.rank == OWED else None


class _Limits:
    """Who limits each flow's transfer; each flow is looked at once."""

    def __init__(self, case: Case):
        self._case = case
        self._by: dict[int, str] = {}

    def by(self, owner: Interval | None, left: int) -> str:
        """Who limits the transfer that a piece belongs to, where that can be told: octets that move, or the wait for the next
        window of them. A pause of the sender is a wait of its own."""
        if owner is None or owner.phase != "transfer" or owner.flow_id is None or owner.rank == OWN:
            return ""
        flow = self._case.index.flows.get(owner.flow_id)
        if flow is None or not carries_bulk(flow) or (owner.rank == OWED and limit_at(flow, left) in ("", SENDER)):
            return ""
        if owner.flow_id not in self._by:
            found = limiter([flow])
            self._by[owner.flow_id] = f"limited by the {found.who}" if found else ""
        return self._by[owner.flow_id]


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
        return covering.of_lookup(owner.note, _about_names, lambda f: cause_of(f.cause).phase == "dns", left, right)
    if owner.rank == ACTIVE:
        return covering.of_flow(owner.flow_id, "spread", spread, left, right)
    if owner.stall is not None and not _held_up(owner.stall):
        return covering.of_flow(
            owner.flow_id, "by answer", lambda f: not cause_of(f.cause).owns_repairs_only, left, right
        )
    return covering.of_flow(owner.flow_id, "any", lambda f: True, left, right)


def spread(finding: Finding) -> bool:
    """Whether a finding owns the moments in which octets moved as well: its cause set their pace."""
    return cause_of(finding.cause).owns_retries or "spent" in finding.quantities


def _is_here(finding: Finding) -> bool:
    """Whether a finding that is about no flow may own time in which no flow owes anything."""
    cause = cause_of(finding.cause)
    unheard = cause.owns_lookups and "name" in finding.quantities  # its answers are in the capture, and were not heard
    return cause.shows_no_packets or unheard or finding.evidence[0].kind == "socket"


def _about_names(finding: Finding) -> bool:
    return cause_of(finding.cause).holds_up_lookups

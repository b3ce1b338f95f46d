"""The ledger: every instant of the run has exactly one owner, and the rows add up to the whole.

The run is cut at every moment at which something began or ended. In each piece the owner is, in
this order: a flow on which octets were moving; the wait that ended first, for what ended it let the
run go on; the client's own time. What ran beside the owner did not hold the run up: a wait with a cause that is not on the
critical path gives way to the one that is.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.columns import distinct
from netanalyze.diagnosis.rests import NOTE, Rest, rests
from netanalyze.diagnosis.timeline.intervals import Interval, Intervals, intervals
from netanalyze.diagnosis.timeline.owners import NOBODY, Owners, Piece
from netanalyze.findings import Culprit, Finding
from netanalyze.flows.rows import plain_ids
from netanalyze.flows.smooth.spans import OWED, OWN
from netanalyze.flows.transfers.limiter import carries_bulk, limiter
from netanalyze.flows.transfers.transfer import SENDER
from netanalyze.flows.transfers.transfers import limit_at
from netanalyze.redaction import redacted_value
from netanalyze.result.ledger import NO_FLOW, Ledger, RowWords
from netanalyze.units import NEVER_NS

PHASE_OF = {"dns": "dns", "tcp": "connect", "quic": "connect", "tls": "tls", "http": "request"}
"""The phase of a wait that no packet shows, by its cause."""
IDLE_NS = 1_000_000_000
"""Client's own time of this length or longer is called idle: nothing was asked of the network."""
BEFORE = "before netanalyze joined: not known"
"""The time of a run that was going on already, as far as no socket counts back into it."""
AFTER = "after the capture had ended: not known"
"""The time of a run that outlasted its capture."""
UNSEEN = RowWords("unexplained", note="more connections than are looked at: not known")
"""The client's own time, as far as flows that are not looked at went on meanwhile."""
IDLE = RowWords("idle", note="nothing was asked of the network")


def account(case: Case, findings: list[Finding]) -> tuple[Ledger, dict[int, int]]:
    """Cut the run from its beginning to its end (``wall``) into rows.

    Returns:
        The rows, in order, adding up to the whole; and by ``id(finding)`` the ns it owns.
    """
    start, end = case.wall
    if end <= start:
        return Ledger.of(()), {}
    findings = [f for f in findings if not (cause_of(f.cause).never_root or cause_of(f.cause).about_capture)]
    spans, resting = intervals(case), rests(case.client, findings, end)
    moments = _moments(case, spans, [*resting, *findings])
    owners = Owners(case, findings, spans, resting, moments)
    pieces = _Pieces(case, spans, owners, moments)
    owned: dict[int, int] = defaultdict(int)
    for first, behind, piece in owners.found:
        if piece.finding is not None and piece.alone:
            owned[id(piece.finding)] += int(moments[behind] - moments[first])
    return pieces.ledger(), dict(owned)


def _moments(case: Case, spans: Intervals, lasting: Sequence[Rest | Finding]) -> np.ndarray:
    """When the run is cut: its beginning and end, and whatever began or ended between them."""
    start, end = case.wall
    few = [start, end, *(ns for one in lasting for ns in (one.start_ns, one.end_ns))]
    few += [*_captured(case), *case.unseen]
    moments = np.concatenate([spans.start_ns, spans.end_ns, np.array(few, dtype=np.int64)])
    return distinct(moments[(moments >= start) & (moments <= end)])


def _captured(case: Case) -> tuple[int, int]:
    """From when and until when the run was captured; NEVER_NS where from its beginning, to its end."""
    return (case.run.joined_ns, case.run.captured_until_ns) if case.run is not None else (NEVER_NS, NEVER_NS)


def redacted_ledger(rows: Ledger) -> Ledger:
    """A ledger without secrets: of what its rows say there are few different things, which are looked at once each."""
    return rows.saying(
        [one._replace(note=redacted_value(one.note), culprit=redacted_value(one.culprit)) for one in rows.words]
    )


class _Pieces:
    """What is said of each piece: of most what is said of its span, of some, one by one, what their findings make of it."""

    def __init__(self, case: Case, spans: Intervals, owners: Owners, moments: np.ndarray):
        self._case, self._spans, self._moments = case, spans, moments
        self._limits = _Limits(case)
        words = [RowWords(kind.phase, note=kind.note, waiting=kind.waiting) for kind in spans.kinds]
        self._known = {one: code for code, one in enumerate(words)}
        self._code = np.append(spans.kind, self._place(RowWords("local")))[owners.owner]
        self._flow = np.append(spans.flow, NO_FLOW)[owners.owner]
        from_ns, until_ns = _captured(case)
        self._before, self._after = moments[1:] <= from_ns, (moments[:-1] >= until_ns) & (until_ns != NEVER_NS)
        for place in self._to_be_looked_at(owners.owner).tolist():
            owner = int(owners.owner[place])
            limited = owner != NOBODY and self._limits.may_tell(spans[owner])
            self._say(place, place + 1, Piece(owner, None), limited)
        for first, behind, piece in owners.found:
            limited = piece.owner != NOBODY and self._limits.may_tell(spans[piece.owner])
            unseen = self._before[first] or self._after[behind - 1]
            step = 1 if limited or unseen else behind - first
            for place in range(first, behind, step):
                self._say(place, place + step, piece, limited)

    def _to_be_looked_at(self, owner: np.ndarray) -> np.ndarray:
        """Where a piece without a finding says more than its span: who limits a transfer, what was not seen."""
        kinds, spans = self._spans.kinds, self._spans
        transfer = np.array([kind.phase == "transfer" for kind in kinds], dtype=bool)
        here = transfer[spans.kind] if len(kinds) else np.zeros(0, dtype=bool)
        some = here & (spans.flow != NO_FLOW) & (spans.rank != OWN)
        some = np.flatnonzero(some & ~np.isin(spans.flow, plain_ids(self._case.flows)))
        bulk = [flow for flow in distinct(spans.flow[some]).tolist() if self._limits.is_bulk(flow)]
        limited = np.zeros(len(spans) + 1, dtype=bool)
        if bulk:
            limited[some] = np.isin(spans.flow[some], bulk)
        return np.flatnonzero(limited[owner] | self._before | self._after)

    def _place(self, words: RowWords) -> int:
        return self._known.setdefault(words, len(self._known))

    def _say(self, first: int, behind: int, piece: Piece, limited: bool) -> None:
        """Note what is said of some pieces behind each other; ``limited``: who limits a transfer may be told of their span."""
        owner = self._spans[piece.owner] if piece.owner != NOBODY else None
        by = self._limits.by(owner, int(self._moments[first])) if owner is not None and limited else ""
        note = NOTE if piece.rest else by
        phase, waiting = _phase(piece, owner), None if note or owner is None else owner.waiting
        if piece.finding is None and (self._before[behind - 1] or self._after[first]):
            phase, note, waiting = "unexplained", BEFORE if self._before[behind - 1] else AFTER, None
        elif not note:
            note = f"waiting for {waiting.noun}" if waiting else owner.note if owner else ""
        cause = piece.finding.cause if piece.finding else None
        words = RowWords(phase, cause, _blamed(piece.finding, owner), note, waiting)
        self._code[first:behind] = self._place(words)
        self._flow[first:behind] = NO_FLOW if owner is None or owner.flow_id is None else owner.flow_id

    def ledger(self) -> Ledger:
        """Rows of what lies side by side and says the same; the client's own time is idle where it is long."""
        own = [place for one, place in self._known.items() if one.phase == "local" and one.cause is None]
        from_ns, until_ns = self._case.unseen
        if until_ns != NEVER_NS:
            unseen = (self._moments[:-1] >= from_ns) & (self._moments[1:] <= until_ns)
            self._code[unseen & np.isin(self._code, own)] = self._place(UNSEEN)
        changes = np.flatnonzero((np.diff(self._code) != 0) | (np.diff(self._flow) != 0)) + 1
        first = np.concatenate([[0], changes])
        edges = np.append(self._moments[first], self._moments[-1])
        code, flow = self._code[first], self._flow[first]
        code = np.where(np.isin(code, own) & (np.diff(edges) >= IDLE_NS), self._place(IDLE), code)
        return Ledger(edges, flow, code, list(self._known))


def _phase(piece: Piece, owner: Interval | None) -> str:
    """The ledger's phase of a piece."""
    phase = "local" if owner is None or piece.rest else owner.phase
    if piece.finding is None:
        return phase
    cause = cause_of(piece.finding.cause)
    if cause.phase == "local":
        return "local"
    if owner is None:
        return phase if piece.rest else PHASE_OF.get(cause.phase, phase)
    return (cause.own_time or phase) if owner.rank == OWN else phase


def _blamed(finding: Finding | None, owner: Interval | None) -> Culprit | None:
    """Who has a piece: of a dial to several addresses the one that was tried then."""
    if finding is None:
        return None
    flow = owner.stall.flow if owner is not None and owner.stall is not None else None
    culprit = finding.culprit
    if flow is None or flow.id not in finding.also_flows or culprit.role == "path" or culprit.address is None:
        return culprit
    return replace(culprit, address=flow.server.address, port=flow.server.port)


class _Limits:
    """Who limits each flow's transfer; each flow is looked at once."""

    def __init__(self, case: Case):
        self._case = case
        self._by: dict[int, str] = {}

    def is_bulk(self, flow_id: int) -> bool:
        """Whether a flow carried so much that its limit may be told."""
        flow = self._case.index.flows.get(flow_id)
        return flow is not None and carries_bulk(flow)

    def may_tell(self, owner: Interval) -> bool:
        """Whether who limits a transfer may be told of a span."""
        if owner.phase != "transfer" or owner.flow_id is None or owner.rank == OWN:
            return False
        return self.is_bulk(owner.flow_id)

    def by(self, owner: Interval, left: int) -> str:
        """Who limits the transfer that a piece of which it may be told belongs to: octets that move, or the wait for the next
        window of them. A pause of the sender is a wait of its own."""
        flow = self._case.index.flows[owner.flow_id]
        if owner.rank == OWED and limit_at(flow, left) in ("", SENDER):
            return ""
        if flow.id not in self._by:
            found = limiter([flow])
            self._by[flow.id] = f"limited by the {found.who}" if found else ""
        return self._by[flow.id]

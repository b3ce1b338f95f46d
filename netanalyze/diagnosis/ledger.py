"""The ledger: every instant of the run has exactly one owner, and the rows add up to the whole.

The run is cut at every moment at which something began or ended. In each piece the owner is, in
this order: a flow on which octets were moving; the wait that ended first, for what ended it let the
run go on; the client's own time. What ran beside the owner did not hold the run up: a wait with a cause that is not on the
critical path gives way to the one that is.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from netanalyze.diagnosis.critical_path import critical_path
from netanalyze.diagnosis.group import NEVER_ROOT
from netanalyze.diagnosis.limiter import limiter
from netanalyze.diagnosis.on_behalf import on_behalf
from netanalyze.diagnosis.rests import NOTE, rests
from netanalyze.findings import Culprit, Finding
from netanalyze.flows.gaps import KIND_DATA
from netanalyze.flows.later import body_had
from netanalyze.flows.observe import Flow
from netanalyze.flows.stalls import Stall
from netanalyze.result import LedgerRow
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS

STALL_PHASE = {
    "dns_response": "dns", "syn_ack": "connect", "connect_reply": "connect", "server_hello": "tls", "server_flight": "tls",
    "client_finished": "local", "response": "request", "body": "transfer", "window_update": "transfer", "request": "local",
    "fin_ack": "local",
}  # fmt: skip
PHASE_OF = {"dns": "dns", "tcp": "connect", "tls": "tls", "http": "request"}
"""The phase of a wait that no packet shows, by its cause."""
IDLE_NS = 1_000_000_000
"""Client's own time of this length or longer is called idle: nothing was asked of the network."""
ACTIVE, OWED, OWN = 0, 1, 2


@dataclass(frozen=True)
class Interval:
    """A span with a possible owner; ``rank`` ACTIVE, OWED or OWN."""

    start_ns: int
    end_ns: int
    rank: int
    phase: str
    flow_id: int | None
    stall: Stall | None = None
    note: str = ""


NEVER_ENDS_NS = 2**63 - 1
SURE, DOUBTFUL, RIVALS = 0.9, 0.7, 5
"""Of a few waits at one time, one whose cause is proved goes before one whose cause is a guess."""


def phases(flow: Flow) -> list[tuple[int, str]]:
    """What a flow was busy with, and until when: connect, tls, transfer; the last one has no end."""
    found: list[tuple[int, str]] = []
    if flow.seen_from_start:
        if flow.established_ns == NEVER_NS:
            return [(NEVER_ENDS_NS, "connect")]
        found.append((flow.established_ns, "connect"))
    if flow.tls is not None:
        client = flow.application_records(0)[:2]
        if not client:
            return [*found, (NEVER_ENDS_NS, "tls")]
        found.append((client[-1].time_ns, "tls"))
    return [*found, (NEVER_ENDS_NS, "transfer")]


def phase_at(flow: Flow, ns: int) -> str:
    """What a flow was busy with at a moment: connect, tls or transfer."""
    return next(phase for end, phase in phases(flow) if ns < end)


def _busy(flow: Flow, start: int, end: int) -> list[Interval]:
    """The time from ``start`` to ``end``, in which octets moved, cut where one phase ends and the next begins."""
    found = []
    for until, phase in phases(flow):
        if start < min(until, end):
            found.append(Interval(start, min(until, end), ACTIVE, phase, flow.id))
            start = min(until, end)
    return found


def under_way(flow: Flow, stalls: Iterable[Stall]) -> set[int]:
    """By id, the waits for a response that were none: what ended them was under way before they began.

    Nothing answers within less than a round trip; a thin link has such gaps between any two segments. An acknowledgment
    in between is no end of a wait.
    """
    found, begun, ended = set(), NEVER_NS, NEVER_NS
    for stall in stalls:
        if stall.waiting_for == "response" and stall.gap is not None:
            begun, ended = begun if ended == stall.start_ns else stall.start_ns, stall.end_ns
            if stall.gap.next_kind == KIND_DATA and ended - begun < flow.round_trip_ns:
                found.add(id(stall))
    return found


def intervals(seen: Observations) -> list[Interval]:
    """Everything that moved, was owed or was the client's own time, flow by flow, and the lookups."""
    out: list[Interval] = []
    for flow in seen.flows:
        stop = flow.progress_ns if flow.progress_ns != NEVER_NS else flow.last_ns
        at, moving = flow.first_ns, under_way(flow, seen.stalls_of(flow))
        for stall in seen.stalls_of(flow):
            if stall.start_ns > at:
                out += _busy(flow, at, stall.start_ns)
            at = max(at, stall.end_ns)
            if id(stall) in moving:
                out.append(Interval(stall.start_ns, stall.end_ns, ACTIVE, "transfer", flow.id))
                continue
            closing = stall.waiting_for == "fin_ack"
            mine = ("request", "client_finished", "fin_ack", "ack")
            own = closing or (stall.waiting_on == "client" and stall.waiting_for in mine)
            own = own or body_had(seen.client.name, stall, seen.flows, seen.transactions)
            phase = STALL_PHASE.get(stall.waiting_for) or phase_at(flow, stall.start_ns)
            out.append(Interval(stall.start_ns, stall.end_ns, OWN if own else OWED, phase, flow.id, stall))
        if stop > at:
            out += _busy(flow, at, stop)
    for lookup in seen.lookups:
        out.append(Interval(lookup.start_ns, lookup.end_ns, OWED, "dns", None, note=lookup.name))
    return [i for i in out if i.end_ns > i.start_ns]


def _covering(findings: Iterable[Finding]) -> dict[int | None, list[Finding]]:
    by_flow: dict[int | None, list[Finding]] = defaultdict(list)
    for finding in findings:
        for flow in {finding.flow_id, *finding.also_flows}:
            by_flow[flow].append(finding)
    return by_flow


def account(seen: Observations, findings: list[Finding]) -> tuple[list[LedgerRow], dict[int, int]]:
    """Cut the run from ``seen.start_ns`` to ``seen.end_ns`` into rows.

    Returns:
        The rows, in order, adding up to the whole; and by ``id(finding)`` the ns it owns.
    """
    start, end = seen.start_ns, seen.end_ns
    if end <= start:
        return [], {}
    spans = intervals(seen)
    findings = [f for f in findings if not f.cause.startswith((*NEVER_ROOT, "capture/"))]
    resting = rests(seen.client, findings, end)
    edges = {start, end} | {moment for rest in resting for moment in (rest.start_ns, rest.end_ns)}
    for item in spans:
        edges |= {item.start_ns, item.end_ns}
    for one in findings:
        edges |= {one.start_ns, one.end_ns}
    points = sorted(e for e in edges if start <= e <= end)
    pending = sorted(spans, key=lambda i: i.start_ns)
    heaps: tuple[list, list, list] = ([], [], [])
    by_flow = _covering(findings)
    rows: list[LedgerRow] = []
    owned: dict[int, int] = defaultdict(int)
    limits: dict[int, str] = {}
    path, joined = _Path(spans), on_behalf(seen, findings)
    following = 0
    for left, right in itertools.pairwise(points):
        while following < len(pending) and pending[following].start_ns <= left:
            item = pending[following]
            heapq.heappush(heaps[item.rank], (item.end_ns, following, item))
            following += 1
        owner = None
        for rank in (ACTIVE, OWED, OWN):
            heap = heaps[rank]
            while heap and heap[0][0] <= left:
                heapq.heappop(heap)
            if heap:
                owner = heap[0][2]
                break
        finding = _cause(owner, left, right, by_flow)
        shorter, beside = finding, path.wait(left) if owner is not None and owner.rank != OWN else None
        if beside is not None and owner is not None:
            longer = _cause(beside, left, right, by_flow)
            held_up = longer if finding is None else path.led_nowhere(owner, end)
            if beside is not owner and held_up and (finding is not None or beside.end_ns < end):
                owner, finding = beside, longer
            else:
                beside = None
        for _, _, rival in heaps[OWED][1:RIVALS] if owner is not None and owner.rank == OWED and not beside else ():
            theirs = _cause(rival, left, right, by_flow) if rival.end_ns > left else None
            if theirs is not None and theirs.confidence >= SURE and (finding is None or finding.confidence < DOUBTFUL):
                owner, finding = rival, theirs  # several waits lie open: the one that is proved has the time
        rest = None
        if finding is None and (owner is None or owner.rank == OWN):
            rest = next((r for r in resting if r.start_ns <= left and right <= r.end_ns), None)
            finding = rest.finding if rest is not None else None
        if finding is not None and (beside is None or _alike(finding, shorter, joined)):
            owned[id(finding)] += right - left  # not where another cause would have held the run up as well
        phase = owner.phase if owner and rest is None else "local"
        flow_id = owner.flow_id if owner else None
        if finding is not None and owner is None and rest is None:
            phase = PHASE_OF.get(finding.cause.partition("/")[0], phase)
        if finding is not None and owner is not None and owner.rank == OWN:
            phase = OWN_TIME.get(finding.cause, phase)
        if finding is not None and finding.cause.startswith("local/"):
            phase = "local"
        note = NOTE if rest is not None else _note(owner) or _limited(owner, limits, seen)
        row = LedgerRow(left, right, phase, finding.cause if finding else None, _blamed(finding, owner), flow_id, note)
        last = rows[-1] if rows else None
        if last and (last.phase, last.cause, last.culprit, last.flow_id, last.note) == (
            row.phase, row.cause, row.culprit, row.flow_id, row.note,
        ):  # fmt: skip
            rows[-1] = LedgerRow(last.start_ns, right, *(row.phase, row.cause, row.culprit, row.flow_id, row.note))
        else:
            rows.append(row)
    return [_idle(row) for row in rows], dict(owned)


def _blamed(finding: Finding | None, owner: Interval | None) -> Culprit | None:
    """Who has a piece: of a dial to several addresses the one that was tried then."""
    if finding is None:
        return None
    flow = owner.stall.flow if owner is not None and owner.stall is not None else None
    culprit = finding.culprit
    if flow is None or flow.id not in finding.also_flows or culprit.role == "path" or culprit.address is None:
        return culprit
    return replace(culprit, address=flow.server.address, port=flow.server.port)


def _held_up(stall: Stall) -> bool:
    """Whether segments were waited for, and not somebody's answer: a wait for octets under way, or one with repeats."""
    resent = stall.gap is not None and stall.gap.resent_0 + stall.gap.resent_1 > 0
    return resent or stall.waiting_for not in ("request", "response", "server_hello", "connect_reply")


class _Path:
    """The critical path of the run, asked piece by piece in order of time."""

    def __init__(self, intervals: list[Interval]):
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


def _alike(one: Finding, other: Finding | None, joined: Mapping[int, Finding]) -> bool:
    """Whether two findings are one cause at one place, seen of the helper that asked for the command as well."""
    other = joined.get(id(other), other)
    return other is not None and (one.cause, one.culprit) == (other.cause, other.culprit)


def _idle(row: LedgerRow) -> LedgerRow:
    """The client's own time is called idle where it is long and nothing explains it."""
    if row.phase == "local" and row.cause is None and row.ns >= IDLE_NS:
        return LedgerRow(row.start_ns, row.end_ns, "idle", None, None, row.flow_id, "nothing was asked of the network")
    return row


def _limited(owner: Interval | None, limits: dict[int, str], seen: Observations) -> str:
    """Who limits the transfer that owns a piece, where that can be told; each flow is looked at once."""
    if owner is None or owner.rank != ACTIVE or owner.phase != "transfer" or owner.flow_id is None:
        return ""
    if owner.flow_id not in limits:
        flow = next((f for f in seen.flows if f.id == owner.flow_id), None)
        found = limiter(flow, seen.stalls_of(flow)) if flow is not None else None
        limits[owner.flow_id] = f"limited by the {found.who}" if found else ""
    return limits[owner.flow_id]


def _note(owner: Interval | None) -> str:
    if owner is None:
        return ""
    if owner.stall is not None and owner.rank == OWED:
        return f"waiting for {owner.stall.waiting_for.replace('_', ' ')}"
    return owner.note


def _cause(owner: Interval | None, left: int, right: int, by_flow: dict) -> Finding | None:
    """The finding that explains a piece: of the owner's flow, or of no flow, that covers it."""
    if owner is None or owner.rank == OWN:
        candidates = [
            f for f in by_flow.get(None, [])
            if f.cause.startswith(("local/", "tcp/no-route")) or f.evidence[0].kind == "socket"
        ]  # fmt: skip
        if owner is not None:
            candidates += [f for f in by_flow.get(owner.flow_id, []) if f.cause in OWN_TIME]
        else:
            candidates += [f for flow, fs in by_flow.items() if flow is not None for f in fs if f.fatal]
    else:
        candidates = list(by_flow.get(owner.flow_id, []))
        if owner.phase == "dns" and owner.flow_id is None:  # a lookup may go on over TCP
            candidates += [
                f for flow, fs in by_flow.items() if flow is not None for f in fs if f.cause.startswith("dns/")
            ]
        if owner.rank == ACTIVE:
            candidates = [f for f in candidates if f.cause in SPREAD]
        elif owner.stall is not None and not _held_up(owner.stall):
            candidates = [f for f in candidates if f.cause not in BY_RATE]
    covering = [f for f in candidates if f.start_ns <= left and right <= f.end_ns]
    if owner is not None and owner.phase == "dns":
        covering = [f for f in covering if f.cause.startswith(("dns/", "tcp/no-route")) and same_name(f, owner.note)]
    elif owner is not None and owner.flow_id is None:
        covering = []
    return max(covering, key=lambda f: (f.confidence, -(f.end_ns - f.start_ns)), default=None)


def same_name(finding: Finding, name: str) -> bool:
    """Whether a finding is about the lookup of ``name``, or about none in particular."""
    wanted = finding.quantities.get("name")
    return wanted is None or wanted == name or name.startswith(str(wanted) + ".")


OWN_TIME = {
    "tcp/receiver-window-closed": "transfer", "tcp/half-closed": "local", "http/response-missing": "request",
    "tcp/path-death": "request", "tcp/idle-connection-dropped": "request",
}  # fmt: skip
"""Causes that own time in which the packets alone show nobody owing anything, and what the command then waited for."""
SPREAD = (
    "tcp/throttled",
    "tcp/path-death",
    "tcp/syn-unanswered",
    "tls/client-hello-dropped",
    "tls/large-client-hello-dropped",
)
"""Causes that own even the moments in which the client tried again."""
BY_RATE = ("tcp/loss", "tcp/reordering")
"""Causes that go on beside the exchange, and own only those waits in which segments were missing."""

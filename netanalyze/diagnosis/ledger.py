"""The ledger: every instant of the run has exactly one owner, and the rows add up to the whole.

The run is cut at every moment at which something began or ended. In each piece the owner is, in
this order: a flow on which octets were moving; the wait that ended first, for what ended it let the
run go on; the client's own time. What ran beside the owner did not hold the run up.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from netanalyze.diagnosis.group import NEVER_ROOT
from netanalyze.diagnosis.limiter import limiter
from netanalyze.findings import Finding
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


def _intervals(seen: Observations) -> list[Interval]:
    out: list[Interval] = []
    for flow in seen.flows:
        stop = flow.progress_ns if flow.progress_ns != NEVER_NS else flow.last_ns
        at = flow.first_ns
        for stall in seen.stalls_of(flow):
            if stall.start_ns > at:
                out += _busy(flow, at, stall.start_ns)
            at = max(at, stall.end_ns)
            closing = stall.waiting_for == "fin_ack"
            mine = ("request", "client_finished", "fin_ack", "ack")
            own = closing or (stall.waiting_on == "client" and stall.waiting_for in mine)
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
    intervals = _intervals(seen)
    findings = [f for f in findings if not f.cause.startswith((*NEVER_ROOT, "capture/"))]
    edges = {start, end}
    for item in intervals:
        edges |= {item.start_ns, item.end_ns}
    for one in findings:
        edges |= {one.start_ns, one.end_ns}
    points = sorted(e for e in edges if start <= e <= end)
    pending = sorted(intervals, key=lambda i: i.start_ns)
    heaps: tuple[list, list, list] = ([], [], [])
    by_flow = _covering(findings)
    rows: list[LedgerRow] = []
    owned: dict[int, int] = defaultdict(int)
    limits: dict[int, str] = {}
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
        for _, _, rival in heaps[OWED][1:RIVALS] if owner is not None and owner.rank == OWED else ():
            theirs = _cause(rival, left, right, by_flow) if rival.end_ns > left else None
            if theirs is not None and theirs.confidence >= SURE and (finding is None or finding.confidence < DOUBTFUL):
                owner, finding = rival, theirs  # several waits lie open: the one that is proved has the time
        if finding is not None:
            owned[id(finding)] += right - left
        phase = owner.phase if owner else "local"
        flow_id = owner.flow_id if owner else None
        if finding is not None and owner is None:
            phase = PHASE_OF.get(finding.cause.partition("/")[0], phase)
        if finding is not None and finding.cause.startswith("local/"):
            phase = "local"
        note = _note(owner) or _limited(owner, limits, seen)
        row = LedgerRow(
            left, right, phase, finding.cause if finding else None, finding.culprit if finding else None, flow_id, note
        )
        last = rows[-1] if rows else None
        if last and (last.phase, last.cause, last.culprit, last.flow_id, last.note) == (
            row.phase, row.cause, row.culprit, row.flow_id, row.note,
        ):  # fmt: skip
            rows[-1] = LedgerRow(last.start_ns, right, *(row.phase, row.cause, row.culprit, row.flow_id, row.note))
        else:
            rows.append(row)
    return [_idle(row) for row in rows], dict(owned)


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
        if owner.rank == ACTIVE:
            candidates = [f for f in candidates if f.cause in SPREAD]
    covering = [f for f in candidates if f.start_ns <= left and right <= f.end_ns]
    if owner is not None and owner.phase == "dns":
        covering = [f for f in covering if f.cause.startswith(("dns/", "tcp/no-route")) and _same_name(f, owner.note)]
    elif owner is not None and owner.flow_id is None:
        covering = []
    return max(covering, key=lambda f: (f.confidence, -(f.end_ns - f.start_ns)), default=None)


def _same_name(finding: Finding, name: str) -> bool:
    wanted = finding.quantities.get("name")
    return wanted is None or wanted == name or name.startswith(str(wanted) + ".")


OWN_TIME = (
    "tcp/receiver-window-closed", "tcp/half-closed", "http/response-missing", "tcp/path-death", "tcp/idle-connection-dropped",
)  # fmt: skip
"""Causes that own time in which the packets alone show nobody owing anything."""
SPREAD = (
    "tcp/throttled",
    "tcp/path-death",
    "tcp/syn-unanswered",
    "tls/client-hello-dropped",
    "tls/large-client-hello-dropped",
)
"""Causes that own even the moments in which the client tried again."""

"""How a run stands at a moment: what it waits for, until when, and the cause as far as the packets carry one by now.

No verdict: that is given at the end. Here is only what explains the wait that lies open; a cause is told no sooner than
the rule for it holds, and one that cannot be told from another yet is told with that other.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Precedence, cause_of
from netanalyze.clients.go import KEEPALIVE_IDLE
from netanalyze.diagnosis.asked import waited_for
from netanalyze.diagnosis.headlines import headline
from netanalyze.diagnosis.ledger import account
from netanalyze.diagnosis.rests import rests
from netanalyze.diagnosis.verdict import decide
from netanalyze.findings import Finding, Threshold
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.stalls import Stall
from netanalyze.processes import CERTAIN
from netanalyze.units import NEVER_NS
from netanalyze.waiting import Waiting
from netanalyze.wording import Text, clause, message

PRESENT = Threshold(
    0.6, "s", source="chosen here: dumpcap's 0.3 s of latency (libpcap's read timeout) and a tick of the clock",
    why="a finding that reaches so close to now still explains what is going on",
)  # fmt: skip
LATE = Threshold(
    2, "s", source="tcpdump(1), --immediate-mode: libpcap hands packets over up to a second late; twice that",
    why="packets of a socket that was seen so long ago are not captured here",
)  # fmt: skip


@dataclass(frozen=True)
class OwedMove:
    """One move that is owed: by whom, since when, and when the client will give up (None: it has no timer for this).

    ``again``: it then tries once more. ``url`` is what was asked for, where the command said so;
    ``wanted`` what it opens the connection for, and how many more requests wait.
    """

    waiting_for: Waiting
    start_ns: int
    host: str | None = None
    address: str | None = None
    port: int | None = None
    gives_up_ns: int | None = None
    again: bool = False
    flow_id: int | None = None
    url: str | None = None
    wanted: Text = ""


@dataclass(frozen=True)
class RunStatus:
    """How a run stands at ``now_ns``.

    Attributes:
        moved_ns: when something last moved: an octet that was new, an answer, a first try.
        wait: the wait that lies open and matters most, None where nobody owes a move.
        finding: the cause that explains it by now.
        rivals: causes that nobody can tell from it yet.
        open_until_ns: when that will be told, None unknown.
        client: name of the command, as clients are named.
        note: what the command waits for where that is not the network.
        resting: it rests between two tries; what it draws meanwhile to show that it lives is no progress.
    """

    now_ns: int
    moved_ns: int = NEVER_NS
    wait: OwedMove | None = None
    finding: Finding | None = None
    rivals: tuple[str, ...] = ()
    open_until_ns: int | None = None
    client: str = "generic"
    note: Text = ""
    resting: bool = False


def run_status(case: Case, findings: list[Finding], now_ns: int) -> RunStatus:
    """How the run stands at the end of ``case``, which is now."""
    finding = _explaining(case, findings, now_ns)
    waits = _waits(case, now_ns)
    mine = [w for w in waits if finding is not None and _same(w, finding)]
    wait = min(mine or waits, key=lambda w: w.start_ns, default=None)
    waiting = cause_of(finding.cause).waiting if finding is not None else None
    if wait is None and finding is not None and waiting is not None:
        who = finding.culprit
        wait = OwedMove(waiting, finding.start_ns, who.host, who.address, who.port, flow_id=finding.flow_id)
    if wait is not None and not wait.url:
        asked = waited_for(case, wait.host, wait.flow_id, wait.start_ns, now_ns)
        wait = replace(wait, wanted=asked.line if asked is not None else "")
    rivals, until = _open(case, finding, wait)
    moved = _moved(case)
    if mine and finding is not None and finding.fatal:  # whatever moves beside it, this does not
        moved = min(moved, finding.start_ns)
    unknown = wait is None and finding is None
    rest = _resting(case, findings, now_ns) if unknown else ""
    note = rest or _local_wait(case, findings) if unknown else ""
    return RunStatus(now_ns, moved, wait, finding, rivals, until, case.client.name, note, bool(rest))


def _resting(case: Case, findings: list[Finding], now_ns: int) -> Text:
    """That the command rests between two tries, and why the last one failed; '' where it does not."""
    resting = [rest for rest in rests(case.client, findings, now_ns) if rest.start_ns < now_ns <= rest.end_ns]
    if not resting:
        return ""
    why = clause(headline(resting[-1].finding))
    since = f"{(now_ns - resting[-1].start_ns) / 1e9:.1f} s"
    return message("{who} rests before it tries again, {since}: {why}", who=case.client.name, since=since, why=why)


def _local_wait(case: Case, findings: list[Finding]) -> Text:
    """What the processes wait for, where no flow owes a move; '' where that is not known."""
    if case.processes is None:
        return ""
    verdict, _ = decide(case, findings, *account(case, findings))
    return clause(verdict.summary) if verdict.attributes.get("not_network") else ""


def _same(wait: OwedMove, finding: Finding) -> bool:
    """Whether a finding is about a wait."""
    if wait.flow_id is not None:
        return wait.flow_id in (finding.flow_id, *finding.also_flows)
    return finding.flow_id is None and wait.host is not None and finding.quantities.get("name", wait.host) == wait.host


def _explaining(case: Case, findings: list[Finding], now_ns: int) -> Finding | None:
    """The finding that explains the present: the verdict's if the run ended now, else the surest of those that stand."""
    present = [
        f for f in findings
        if f.end_ns >= now_ns - PRESENT.ns and not (cause_of(f.cause).about_client or cause_of(f.cause).about_capture)
    ]  # fmt: skip
    if not present:
        return next(
            (
                f
                for f in findings
                if cause_of(f.cause).precedence is Precedence.AFTER_FAILURES and _for_long(case, now_ns)
            ),
            None,
        )
    ledger, owned = account(case, findings)
    verdict, _ = decide(case, findings, ledger, owned)
    root = findings[verdict.finding] if verdict.finding is not None else None
    if root is not None and any(f is root for f in present):
        return root
    fatal = [f for f in present if f.fatal]
    return max(fatal, key=lambda f: (f.confidence, f.end_ns - f.start_ns), default=None)


def _for_long(case: Case, now_ns: int) -> bool:
    """Whether a socket of the command has been there for so long that its packets should have come."""
    sockets = case.processes.sockets if case.processes is not None else ()
    return any(s.owned == CERTAIN and s.remote_port and now_ns - s.first_ns >= LATE.ns for s in sockets)


def _waits(case: Case, now_ns: int) -> list[OwedMove]:
    """Everything that is owed at ``now_ns``."""
    waits = [
        _of_stall(case, s)
        for s in case.stalls
        if s.open and s.flow is not None and s.end_ns >= now_ns and s.waiting_for is not Waiting.FIN_ACK
        and (s.waiting_on != "client" or s.waiting_for is Waiting.WINDOW_UPDATE)
    ]  # fmt: skip
    waits += [_of_lookup(case, x) for x in case.lookups if not x.decided_by and x.unanswered and x.end_ns >= now_ns]
    return waits or _open_in_trace(case)


def _open_in_trace(case: Case) -> list[OwedMove]:
    """Requests that the command says are open, on the connections they must have gone out on."""
    waits = []
    for request in case.trace.open_requests if case.trace else ():
        flow = case.index.resting.get(request.host)
        if flow is not None and request.time_ns is not None:
            address, port = flow.server.address, flow.server.port
            waits.append(
                OwedMove(Waiting.RESPONSE, request.time_ns, flow.host, address, port, flow_id=flow.id, url=request.url)
            )
    return waits


def _of_stall(case: Case, stall: Stall) -> OwedMove:
    flow = stall.flow
    assert flow is not None, "only stalls of flows are asked for"
    waiting_for = Waiting.OWN_ACK if stall.is_own_ack else stall.waiting_for
    in_handshake = flow.tls is not None and not flow.server.sent_data
    phase = waiting_for.timer or ("tls" if in_handshake else "keepalive")
    begun = stall.start_ns
    if phase == "tls" and flow.established_ns != NEVER_NS:
        begun = flow.established_ns
    if phase == "dial":
        dial = case.index.dials.get(flow.id)
        begun = dial.start_ns if dial is not None else begun
        moments = case.index.given_ns.get(flow.server.address, [])
        at = bisect_right(moments, begun)
        begun = moments[at - 1] if at else begun  # the lookup before it counts as well
    ends, again = _timer(case, phase, begun)
    host = flow.names[0] if stall.waiting_for is Waiting.CONNECT_REPLY and flow.names else flow.host
    return OwedMove(waiting_for, stall.start_ns, host, flow.server.address, flow.server.port, ends, again, flow.id)


def _of_lookup(case: Case, lookup: Lookup) -> OwedMove:
    asked = max(lookup.unanswered, key=lambda t: t.last_query_ns)
    ends, again = _resolving(case, lookup.start_ns)
    return OwedMove(Waiting.DNS_RESPONSE, lookup.start_ns, lookup.name, asked.resolver, 53, ends, again)


def _resolving(case: Case, begun_ns: int) -> tuple[int | None, bool]:
    """When a lookup is given up: go's dial timer counts the names too; libc's resolver asks each server twice."""
    if case.client.name == "go":
        return _timer(case, "dial", begun_ns)
    known = case.environment.get("resolvers") or ()
    timers = [t.seconds for t in case.client.timers if t.phase == "dns" and t.fatal]
    if case.client.name == "generic" or not 1 <= len(known) <= len(timers):
        return None, False
    return begun_ns + round(timers[len(known) - 1] * 1e9), bool(case.client.pauses)


def _timer(case: Case, phase: str, begun_ns: int) -> tuple[int | None, bool]:
    """When the client gives a wait up that began at ``begun_ns``, and whether it then tries again; None where it has no
    timer, or nobody knows the client."""
    if case.client.name == "generic":
        return None, False
    timers = case.client.guards(phase)
    if not timers:
        return None, False
    # of several the longest: the shorter ones hold for particular hosts, which packets do not show
    last = max(timers, key=lambda t: t.seconds)
    return begun_ns + round(last.seconds * 1e9), not last.fatal


def _moved(case: Case) -> int:
    """When something last moved for the command."""
    moments = [case.start_ns] + [f.progress_ns for f in case.flows]
    for lookup in case.lookups:
        moments += [lookup.start_ns, *(t.response_ns for t in lookup.answered)]
    return max(moments)


def _open(case: Case, finding: Finding | None, wait: OwedMove | None) -> tuple[tuple[str, ...], int | None]:
    """Which causes cannot be told from the finding's yet, and when they will be."""
    if finding is not None and cause_of(finding.cause).other_address:
        return _other_address(case, finding)
    if finding is None:
        silent = wait is not None and wait.waiting_for in (Waiting.RESPONSE, Waiting.BODY)
        until = _first_keep_alive(case, wait) if silent else None
        return (), until
    proved = any(finding.quantities.get(name) for name in ("keep_alives_answered", "server_keep_alives", "proved"))
    rivals = tuple(a.cause for a in finding.alternatives if cause_of(a.cause).told_by_keep_alive) if not proved else ()
    if cause_of(finding.cause).phase != "http":
        rivals = ()  # elsewhere one of the two is much likelier, and is told alone
    return rivals, _first_keep_alive(case, wait) if rivals else None


def _other_address(case: Case, finding: Finding) -> tuple[tuple[str, ...], int | None]:
    """Whether another address of the same name is still to be tried, and when go will turn to it."""
    dial = case.index.dials.get(finding.flow_id)
    if dial is None or dial.host is None:
        return (), None
    version = dial.attempts[0].ip_version
    known = [a for x in case.index.named.get(dial.host, ()) for a in x.addresses if (":" in a) == (version == 6)]
    left = set(known) - {f.server.address for f in dial.attempts}
    if not left:
        return (), None
    timers = [t.seconds for t in case.client.timers if t.phase == "dial" and t.fatal]
    share = round(max(timers) * 1e9) // max(len(set(known)), 1) if timers and case.client.name == "go" else None
    return (cause_of(finding.cause).other_address or "",), None if share is None else dial.start_ns + share


def _first_keep_alive(case: Case, wait: OwedMove | None) -> int | None:
    """When the client's first keep-alive will tell a silent server from a dead path."""
    return wait.start_ns + KEEPALIVE_IDLE * 10**9 if wait is not None and case.client.name == "go" else None

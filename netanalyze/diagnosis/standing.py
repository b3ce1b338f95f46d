"""How a run stands at a moment: what it waits for, until when, and the cause as far as the packets carry one by now.

No verdict: that is given at the end. Here is only what explains the wait that lies open; a cause is told no sooner than
the rule for it holds, and one that cannot be told from another yet is told with that other.
"""

from dataclasses import dataclass

from netanalyze.clients.go import KEEPALIVE_IDLE
from netanalyze.diagnosis.headlines import headline
from netanalyze.diagnosis.ledger import account
from netanalyze.diagnosis.rests import rests
from netanalyze.diagnosis.verdict import decide
from netanalyze.findings import Finding, Threshold
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.lookups import Lookup
from netanalyze.flows.stalls import Stall
from netanalyze.processes import CERTAIN
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS

TIMER_OF = {
    "dns_response": "dial", "syn_ack": "dial", "server_hello": "tls", "server_flight": "tls", "connect_reply": "connect",
}  # fmt: skip
"""The phase of the client's timer that ends a wait; go's dial timer counts the names too."""
WAIT_OF = {"http/response-missing": "response", "http/body-stalled": "body"}
"""Causes whose wait may be known from the finding alone, where requests went side by side."""
UNTIMED = ("response", "body", "request", "own_ack")
"""Waits that a client without a timer for them bears for ever."""
STANDING = Threshold(
    0.6, "s", source="chosen here: dumpcap's 0.3 s of latency (libpcap's read timeout) and a tick of the clock",
    why="a finding that reaches so close to now still explains what is going on",
)  # fmt: skip
LATE = Threshold(
    2, "s", source="tcpdump(1), --immediate-mode: libpcap hands packets over up to a second late; twice that",
    why="packets of a socket that was seen so long ago are not captured here",
)  # fmt: skip
ELSEWHERE = "capture/no-traffic"
UNPROVED = "tcp/path-death"
"""What nobody can tell from a silent server before a keep-alive is answered, or not."""

ONE_OF_SEVERAL = "tcp/one-address-dead"
"""What nobody can tell from a host that is gone before its other addresses were tried."""


@dataclass(frozen=True)
class Wait:
    """One move that is owed: by whom, since when, and when the client will give up (None: it has no timer for this).

    ``again``: it then tries once more. ``url`` is what was asked for, where the command said so.
    """

    waiting_for: str
    start_ns: int
    host: str | None = None
    address: str | None = None
    port: int | None = None
    gives_up_ns: int | None = None
    again: bool = False
    flow_id: int | None = None
    url: str | None = None


@dataclass(frozen=True)
class Standing:
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
    wait: Wait | None = None
    finding: Finding | None = None
    rivals: tuple[str, ...] = ()
    open_until_ns: int | None = None
    client: str = "generic"
    note: str = ""
    resting: bool = False


def standing(seen: Observations, findings: list[Finding], now_ns: int) -> Standing:
    """How the run stands at the end of ``seen``, which is now."""
    finding = _explaining(seen, findings, now_ns)
    waits = _waits(seen, now_ns)
    mine = [w for w in waits if finding is not None and _same(w, finding)]
    wait = min(mine or waits, key=lambda w: w.start_ns, default=None)
    if wait is None and finding is not None and finding.cause in WAIT_OF:
        who = finding.culprit
        wait = Wait(WAIT_OF[finding.cause], finding.start_ns, who.host, who.address, who.port, flow_id=finding.flow_id)
    rivals, until = _open(seen, finding, wait)
    moved = _moved(seen)
    if mine and finding is not None and finding.fatal:  # whatever moves beside it, this does not
        moved = min(moved, finding.start_ns)
    unknown = wait is None and finding is None
    rest = _resting(seen, findings, now_ns) if unknown else ""
    note = rest or _elsewhere(seen, findings) if unknown else ""
    return Standing(now_ns, moved, wait, finding, rivals, until, seen.client.name, note, bool(rest))


def _resting(seen: Observations, findings: list[Finding], now_ns: int) -> str:
    """That the command rests between two tries, and why the last one failed; '' where it does not."""
    resting = [rest for rest in rests(seen.client, findings, now_ns) if rest.start_ns < now_ns <= rest.end_ns]
    if not resting:
        return ""
    why = headline(resting[-1].finding).rstrip(".")
    return f"{seen.client.name} rests before it tries again, {(now_ns - resting[-1].start_ns) / 1e9:.1f} s: {why}"


def _elsewhere(seen: Observations, findings: list[Finding]) -> str:
    """What the processes wait for, where no flow owes a move; '' where that is not known."""
    if seen.processes is None:
        return ""
    verdict, _ = decide(seen, findings, *account(seen, findings))
    return verdict.summary.rstrip(".") if verdict.attributes.get("not_network") else ""


def _same(wait: Wait, finding: Finding) -> bool:
    """Whether a finding is about a wait."""
    if wait.flow_id is not None:
        return wait.flow_id in (finding.flow_id, *finding.also_flows)
    return finding.flow_id is None and wait.host is not None and finding.quantities.get("name", wait.host) == wait.host


def _explaining(seen: Observations, findings: list[Finding], now_ns: int) -> Finding | None:
    """The finding that explains the present: the verdict's if the run ended now, else the surest of those that stand."""
    present = [
        f for f in findings
        if f.end_ns >= now_ns - STANDING.ns and not f.cause.startswith(("go/", "capture/"))
    ]  # fmt: skip
    if not present:
        return next((f for f in findings if f.cause == ELSEWHERE and _for_long(seen, now_ns)), None)
    ledger, owned = account(seen, findings)
    verdict, _ = decide(seen, findings, ledger, owned)
    root = findings[verdict.finding] if verdict.finding is not None else None
    if root is not None and any(f is root for f in present):
        return root
    fatal = [f for f in present if f.fatal]
    return max(fatal, key=lambda f: (f.confidence, f.end_ns - f.start_ns), default=None)


def _for_long(seen: Observations, now_ns: int) -> bool:
    """Whether a socket of the command has been there for so long that its packets should have come."""
    sockets = seen.processes.sockets if seen.processes is not None else ()
    return any(s.owned == CERTAIN and s.remote_port and now_ns - s.first_ns >= LATE.ns for s in sockets)


def _waits(seen: Observations, now_ns: int) -> list[Wait]:
    """Everything that is owed at ``now_ns``."""
    waits = [
        _of_stall(seen, s)
        for s in seen.stalls
        if s.open and s.flow is not None and s.end_ns >= now_ns and s.waiting_for != "fin_ack"
        and (s.waiting_on != "client" or s.waiting_for == "window_update")
    ]  # fmt: skip
    waits += [_of_lookup(seen, x) for x in seen.lookups if not x.decided_by and x.unanswered and x.end_ns >= now_ns]
    return waits or _told(seen)


def _told(seen: Observations) -> list[Wait]:
    """Requests that the command says are open, on the connections they must have gone out on."""
    waits = []
    for request in seen.trace.open_requests if seen.trace else ():
        there = [f for f in seen.flows if f.host == request.host and f.ended() is None and handshake_complete(f)]
        if there and request.time_ns is not None:
            flow = max(there, key=lambda f: f.last_ns)
            address, port = flow.server.address, flow.server.port
            waits.append(Wait("response", request.time_ns, flow.host, address, port, flow_id=flow.id, url=request.url))
    return waits


def _of_stall(seen: Observations, stall: Stall) -> Wait:
    flow = stall.flow
    assert flow is not None, "only stalls of flows are asked for"
    waiting_for = "own_ack" if stall.is_own_ack else stall.waiting_for
    phase = TIMER_OF.get(waiting_for, "tls" if flow.tls is not None and not flow.server.sent_data else "keepalive")
    begun = stall.start_ns
    if phase == "tls" and flow.established_ns != NEVER_NS:
        begun = flow.established_ns
    if phase == "dial":
        begun = next((d.start_ns for d in seen.dials if flow in d.attempts), begun)
        names = [x.start_ns for x in seen.lookups if flow.server.address in x.addresses and x.start_ns <= begun]
        begun = max(names, default=begun)  # the lookup before it counts as well
    if waiting_for in UNTIMED:
        phase = waiting_for
    ends, again = _timer(seen, phase, begun)
    host = flow.names[0] if stall.waiting_for == "connect_reply" and flow.names else flow.host
    return Wait(waiting_for, stall.start_ns, host, flow.server.address, flow.server.port, ends, again, flow.id)


def _of_lookup(seen: Observations, lookup: Lookup) -> Wait:
    asked = max(lookup.unanswered, key=lambda t: t.last_query_ns)
    ends, again = _resolving(seen, lookup.start_ns)
    return Wait("dns_response", lookup.start_ns, lookup.name, asked.resolver, 53, ends, again)


def _resolving(seen: Observations, begun_ns: int) -> tuple[int | None, bool]:
    """When a lookup is given up: go's dial timer counts the names too; libc's resolver asks each server twice."""
    if seen.client.name == "go":
        return _timer(seen, "dial", begun_ns)
    known = ((seen.run.environment if seen.run is not None else None) or {}).get("resolvers") or ()
    timers = [t.seconds for t in seen.client.timers if t.phase == "dns" and t.fatal]
    if seen.client.name == "generic" or not 1 <= len(known) <= len(timers):
        return None, False
    return begun_ns + round(timers[len(known) - 1] * 1e9), bool(seen.client.pauses)


def _timer(seen: Observations, phase: str, begun_ns: int) -> tuple[int | None, bool]:
    """When the client gives a wait up that began at ``begun_ns``, and whether it then tries again; None where it has no
    timer, or nobody knows the client."""
    if seen.client.name == "generic":
        return None, False
    timers = [t for t in seen.client.guards(phase) if not t.name.startswith("GOINSECURE")]
    if not timers:
        return None, False
    # of several the longest: the shorter ones hold for particular hosts, which packets do not show
    last = max(timers, key=lambda t: t.seconds)
    return begun_ns + round(last.seconds * 1e9), not last.fatal


def _moved(seen: Observations) -> int:
    """When something last moved for the command."""
    moments = [seen.start_ns] + [f.progress_ns for f in seen.flows if f.progress_ns != NEVER_NS]
    for lookup in seen.lookups:
        moments += [lookup.start_ns, *(t.response_ns for t in lookup.answered)]
    return max(moments)


def _open(seen: Observations, finding: Finding | None, wait: Wait | None) -> tuple[tuple[str, ...], int | None]:
    """Which causes cannot be told from the finding's yet, and when they will be."""
    if finding is not None and finding.cause == "tcp/syn-unanswered":
        return _other_address(seen, finding)
    if finding is None:
        silent = wait is not None and wait.waiting_for in ("response", "body")
        until = _first_keep_alive(seen, wait) if silent else None
        return (), until
    proved = any(finding.quantities.get(name) for name in ("keep_alives_answered", "server_keep_alives", "proved"))
    rivals = tuple(a.cause for a in finding.alternatives if a.cause == UNPROVED) if not proved else ()
    if not finding.cause.startswith("http/"):
        rivals = ()  # elsewhere one of the two is much likelier, and is told alone
    return rivals, _first_keep_alive(seen, wait) if rivals else None


def _other_address(seen: Observations, finding: Finding) -> tuple[tuple[str, ...], int | None]:
    """Whether another address of the same name is still to be tried, and when go will turn to it."""
    dial = next((d for d in seen.dials if any(f.id == finding.flow_id for f in d.attempts)), None)
    if dial is None or dial.host is None:
        return (), None
    version = dial.attempts[0].ip_version
    known = [a for x in seen.lookups if x.name == dial.host for a in x.addresses if (":" in a) == (version == 6)]
    left = set(known) - {f.server.address for f in dial.attempts}
    if not left:
        return (), None
    timers = [t.seconds for t in seen.client.timers if t.phase == "dial" and t.fatal]
    share = round(max(timers) * 1e9) // max(len(set(known)), 1) if timers and seen.client.name == "go" else None
    return (ONE_OF_SEVERAL,), None if share is None else dial.start_ns + share


def _first_keep_alive(seen: Observations, wait: Wait | None) -> int | None:
    """When the client's first keep-alive will tell a silent server from a dead path."""
    return wait.start_ns + KEEPALIVE_IDLE * 10**9 if wait is not None and seen.client.name == "go" else None

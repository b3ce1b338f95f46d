"""One root cause for the run: what failed it or cost it most, its consequences folded under it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from netanalyze.clients import timer_that_fired
from netanalyze.diagnosis.headlines import headline
from netanalyze.diagnosis.healthy import ignored, limits, slow_summary
from netanalyze.diagnosis.proof import proof
from netanalyze.diagnosis.told import FITTING
from netanalyze.findings import Alternative, Finding, Threshold
from netanalyze.flows.hello import handshake_complete
from netanalyze.result import LedgerRow, Step, Verdict
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration, seconds

SIGNIFICANT = Threshold(
    0.9, "s", source="Nielsen, Usability Engineering 1993, section 5.5: after 1 s the flow of thought is interrupted",
    why="what costs less is not worth a person's attention, unless it made the command fail",
)  # fmt: skip
HANGING = Threshold(
    5, "s", source="CAUSES part 2: after five seconds without any progress a run is waiting",
    why="shorter silences at the end of a capture are common",
)  # fmt: skip
NOT_NETWORK = Threshold(
    10, "s", source="measured: go unzips a 100 MB module in under 5 s; its longest timer without packets is DNS' 5 s",
    why="a connection left open and unused for longer, with nothing owed, means that the command waits elsewhere",
)  # fmt: skip
TIMER_PHASE = {"dns": "dns", "tls": "tls"}
NEVER_ROOT = ("go/",)


PART, LEAST = 0.5, Threshold(
    0.25, "s", source="Nielsen, Usability Engineering 1993, section 5.5: 0.1 s feels instantaneous",
    why="half of a short run is worth a word once a person can feel it",
)  # fmt: skip


def significant(cost_ns: int, whole_ns: int) -> bool:
    """Whether what a cause cost is worth a person's attention."""
    return cost_ns >= SIGNIFICANT.ns or (cost_ns >= LEAST.ns and cost_ns >= PART * whole_ns)


@dataclass
class Group:
    """Findings of one cause at one place: together they are a candidate."""

    cause: str
    findings: list[Finding]
    owned_ns: int
    fatal: bool

    @property
    def lead(self) -> Finding:
        """The finding that is told: the longest of those that were fatal, if any was."""
        fatal = [f for f in self.findings if f.fatal] or self.findings
        return max(fatal, key=lambda f: (f.end_ns - f.start_ns, -f.start_ns))


BULK_SEGMENTS = 200
"""Segments from which a flow is a bulk transfer, whose rate of loss can be told (some 290 kB)."""
EVERYWHERE = ("tcp/ipv6-fallback", "tls/server-hello-late", "tcp/outage", "dns/search-list-walk")
"""Causes that lie before all hosts, so that what they cost is added up over them."""


def _place(finding: Finding) -> tuple:
    culprit = finding.culprit
    if finding.cause in EVERYWHERE:
        return finding.cause, None
    return finding.cause, culprit.host or culprit.address or culprit.role


def _groups(seen: Observations, findings: list[Finding], owned: dict[int, int]) -> list[Group]:
    by_place: dict[tuple, list[Finding]] = defaultdict(list)
    for finding in findings:
        if not finding.cause.startswith(NEVER_ROOT):
            by_place[_place(finding)].append(finding)
    groups = []
    for (cause, _), ones in by_place.items():
        total = sum(owned.get(id(f), 0) for f in ones)
        instead = _instead(seen, ones) if len(ones) > 1 else set()
        groups.append(Group(cause, ones, total, any(f.fatal and not recovered(seen, f, instead) for f in ones)))
    return groups


FRESH_NS = 50_000_000
"""A connection that begins no sooner than this before a failure's end was made because of it."""


def _instead(seen: Observations, ones: list[Finding]) -> set[int]:
    """Flows that began right after an earlier one of the same failures, and took over its work."""
    first = min(f.end_ns for f in ones)
    failed = {flow for f in ones for flow in (f.flow_id, *f.also_flows)}
    return {f.id for f in seen.flows if f.first_ns >= first - FRESH_NS and f.id not in failed and handshake_complete(f)}


def recovered(seen: Observations, finding: Finding, instead: set[int] = frozenset()) -> bool:
    """Whether the run got on in spite of a fatal finding: something else worked after it, and nothing failed at the end."""
    error = seen.trace.final_error if seen.trace else None
    if error is not None:
        fitting = FITTING.get(error.kind, ())
        return finding.cause not in fitting and bool(fitting)
    if seen.run is not None and seen.run.exit_code == 0:
        return True
    if any(f.id in instead and f.server.last_data_ns >= finding.end_ns for f in seen.flows):
        return True
    if finding.end_ns >= seen.end_ns - 100_000_000 and finding.end_ns - finding.start_ns > SIGNIFICANT.ns:
        return False
    target = finding.quantities.get("target")
    if target is not None:
        return any(
            e.target == target and 200 <= e.status < 300 and e.response_ns >= finding.end_ns
            for f in seen.flows if f.http and f.id != finding.flow_id for e in f.http.exchanges
        )  # fmt: skip
    if finding.cause.startswith("dns/"):
        name = finding.quantities.get("name")
        if any(x.name == name and x.addresses and x.start_ns >= finding.end_ns for x in seen.lookups):
            return True
        # a command that was told no ends; where others are looked up later, this name was not what it lived by
        return error is None and any(x.name != name and x.start_ns > finding.end_ns + SIGNIFICANT.ns for x in seen.lookups)
    mine = {finding.flow_id, *finding.also_flows}
    for flow in seen.flows:
        if flow.id in mine or not flow.server.sent_data or flow_failed(flow):
            continue
        good = handshake_complete(flow) or (flow.http is not None and any(e.response_frame for e in flow.http.exchanges))
        if not good or flow.server.last_data_ns < finding.end_ns:
            continue
        same = finding.culprit.host is not None and flow.host == finding.culprit.host
        afresh = flow.first_ns >= finding.end_ns - FRESH_NS
        if afresh or (same and flow.first_ns >= finding.start_ns) or flow.id in instead:
            return True
    return False


def flow_failed(flow: Any) -> bool:
    """Whether a flow ended in a reset by its server."""
    return bool(flow.server.rst_count) and (not flow.client.fin_frame or flow.server.rst_frame < flow.client.fin_frame)


def decide(
    seen: Observations, findings: list[Finding], ledger: list[LedgerRow], owned: dict[int, int]
) -> tuple[Verdict, list[int | None]]:
    """The verdict, and for each finding the index of the one it follows from."""
    consequences: list[int | None] = [None] * len(findings)
    if not seen.total_packets or (not seen.flows and not seen.lookups and _nothing_decoded(seen)):
        return _unusable(seen, findings), consequences
    groups = _groups(seen, findings, owned)
    root = _root(seen, groups)
    if root is None:
        return _without_cause(seen, findings, ledger), consequences
    lead = root.lead
    at = findings.index(lead)
    _fold(findings, root, at, consequences)
    status = _status(seen, root)
    lost = root.owned_ns
    whole = seen.end_ns - seen.start_ns
    timer = _timer(seen, lead)
    facts = _facts(seen, root, timer)
    from netanalyze.diagnosis.advice import advice  # its pages are many, and a healthy run needs none

    told = advice(lead.cause, lead.culprit, seen.client.name, lead.attributes, _environment(seen), facts)
    without, how = _without(seen, status, whole, lost)
    attributes = dict(lead.attributes)
    alternatives = tuple(lead.alternatives)
    rivals = [g for g in groups if g is not root and g.cause != root.cause and (g.fatal or g.owned_ns >= SIGNIFICANT.ns)]
    for rival in sorted(rivals, key=lambda g: -g.owned_ns)[:2]:
        if rival.cause not in {a.cause for a in alternatives}:
            alternatives += (Alternative(rival.cause, rival.lead.message, told.verify or "compare with the other finding"),)
    verdict = Verdict(
        status=status,
        summary=headline(lead),
        cause=root.cause,
        culprit=lead.culprit,
        confidence=_confidence(seen, root, rivals),
        seconds=seconds(lost),
        without_it=without,
        without_it_how=how,
        limits=(),
        attributes=attributes,
        alternatives=alternatives,
        fix=tuple(Step(step.text, step.command) for step in told.fix),
        verify=told.verify,
        proof=proof(lead, timer),
        where=told.where,
        no_use=told.no_use,
        ignored=ignored(seen),
        finding=at,
    )
    return verdict, consequences


def _nothing_decoded(seen: Observations) -> bool:
    return seen.diagnostics.count("unknown_link_type") + seen.diagnostics.count("undecoded") >= seen.total_packets


def _root(seen: Observations, groups: list[Group]) -> Group | None:
    """What failed the run, if anything did; else what cost most, if it cost enough."""
    error = seen.trace.final_error if seen.trace else None
    fitting = FITTING.get(error.kind, ()) if error else ()
    capture = [g for g in groups if g.cause in ("capture/one-way", "capture/no-traffic")]
    if capture and capture[0].cause == "capture/one-way":
        return capture[0]
    rest = [g for g in groups if not g.cause.startswith("capture/")]
    rest = _without_explained(rest)
    told = [g for g in rest if g.cause in fitting]
    fatal = [g for g in rest if g.fatal]
    if told:
        named = [g for g in told if _names(g, error)]
        best = max(named or told, key=lambda g: (g.fatal, g.owned_ns, g.lead.confidence, g.lead.end_ns))
        first = [g for g in rest if _led_to(g, best)]
        return max(first, key=lambda g: g.owned_ns) if first else best
    if fatal:
        return max(fatal, key=lambda g: (g.owned_ns // 100_000_000, _depth(g.cause), g.lead.confidence, g.lead.end_ns))
    if capture:
        return capture[0]
    whole = seen.end_ns - seen.start_ns
    costly = [g for g in rest if significant(g.owned_ns, whole) or _heavy(g)]
    if costly:
        return max(costly, key=lambda g: (g.owned_ns, g.lead.confidence))
    lossy = [g for g in groups if g.cause == "capture/lossy"]
    return lossy[0] if lossy else None


def _without_explained(groups: list[Group]) -> list[Group]:
    """Leave out what another finding explains: a dial to an address that DNS gave wrongly."""
    wrong: dict[str, Group] = {}
    for group in groups:
        if group.cause in ("dns/conflicting-answers", "dns/unroutable-answer"):
            for finding in group.findings:
                for address in (*finding.quantities.get("first", ()), *finding.quantities.get("addresses", ())):
                    wrong[address] = group
    pointed = {f: g for g in groups if g.cause == "http/redirect-blocked" for x in g.findings for f in (x.flow_id, *x.also_flows)}
    kept = []
    for group in groups:
        pointing = pointed.get(group.lead.flow_id)
        if pointing is not None and pointing is not group and group.cause.startswith("tcp/"):
            pointing.owned_ns += group.owned_ns
            continue
        explained = wrong.get(group.lead.culprit.address or "")
        if explained is not None and explained is not group and not group.cause.startswith("dns/"):
            explained.owned_ns += group.owned_ns
            explained.fatal = explained.fatal or group.fatal
            continue
        kept.append(group)
    return kept


def _led_to(group: Group, told: Group) -> bool:
    """Whether a failure of the same host before the one the command names is what cost the time."""
    return (
        group is not told
        and any(f.fatal for f in group.findings)
        and group.lead.culprit.host is not None
        and group.lead.culprit.host == told.lead.culprit.host
        and group.lead.end_ns <= told.lead.start_ns + 100_000_000
        and group.owned_ns >= told.owned_ns + SIGNIFICANT.ns
    )


def _heavy(group: Group) -> bool:
    """Whether a loss is so heavy that it is worth a word whatever it cost."""
    lead = group.lead
    return group.cause == "tcp/loss" and lead.confidence >= 0.9 and lead.quantities.get("segments", 0) >= BULK_SEGMENTS


def _names(group: Group, error: Any) -> bool:
    """Whether the command's error names the host or address that a group blames."""
    host, address = error.facts.get("host"), error.facts.get("address")
    blamed = {group.lead.culprit.host, group.lead.culprit.address} - {None}
    return bool(blamed & {host, address})


def _depth(cause: str) -> int:
    """Of findings that cost alike, the more particular one: a name or a version before a bare rejection."""
    order = (
        "tls/certificate-expired", "tls/name-mismatch", "tls/version-rejected", "http/redirect-blocked", "http/filtered",
        "dns/conflicting-answers", "dns/unroutable-answer",
    )  # fmt: skip
    return 1 if cause in order else 0


def _fold(findings: list[Finding], root: Group, at: int, consequences: list[int | None]) -> None:
    lead = findings[at]
    mine = {lead.flow_id, *lead.also_flows} - {None}
    of_root = {id(finding) for finding in root.findings}
    for i, finding in enumerate(findings):
        if i == at:
            continue
        same = id(finding) in of_root
        shared = bool(mine & ({finding.flow_id, *finding.also_flows} - {None}))
        beside = finding.cause.startswith("go/") and finding.end_ns >= lead.start_ns
        if same or (shared and finding.start_ns >= lead.start_ns) or beside:
            consequences[i] = at


def _timer(seen: Observations, lead: Finding) -> Any:
    """The client's timer that ended the wait of a finding, if one did."""
    flow = next((f for f in seen.flows if f.id == lead.flow_id), None)
    phase = {"dns": "dns", "tls": "tls"}.get(lead.cause.split("/")[0])
    start = lead.start_ns
    if lead.cause in ("tcp/syn-unanswered", "http/redirect-blocked"):
        phase = "dial"
    elif lead.cause == "http/connect-unanswered":
        phase = "connect"
    elif lead.cause in ("tcp/path-death", "tcp/idle-connection-dropped"):
        phase = "keepalive"
    elif lead.cause == "tcp/mtu-black-hole" and flow is not None and flow.tls is not None and not handshake_complete(flow):
        phase = "tls"
    if phase is None or not lead.fatal:
        return None
    if phase == "tls" and flow is not None and flow.established_ns != NEVER_NS and not flow.tunnelled:
        start = flow.established_ns  # the timer runs from the end of the connect
    return timer_that_fired(seen.client, phase, seconds(lead.end_ns - start))


SAID_NO = (
    "dns/server-failure", "dns/refused", "dns/name-not-found", "dns/no-address", "tcp/refused", "tcp/rejected-by-icmp",
    "tcp/no-route", "tcp/reset", "tcp/early-close", "tls/reset-after-client-hello", "tls/closed-after-client-hello",
    "tls/alert", "tls/certificate-rejected", "tls/certificate-expired", "tls/name-mismatch", "tls/not-tls",
    "tls/version-rejected", "http/connect-refused", "http/error-status", "http/redirect-loop", "http/filtered",
    "http/stream-reset", "http/goaway",
)  # fmt: skip
"""Causes that end an attempt by an answer: the command was told no, and did not hang."""


def _status(seen: Observations, root: Group) -> str:
    """hung, failed or degraded for a run with a root cause."""
    run, trace = seen.run, seen.trace
    if root.cause in ("capture/one-way", "capture/no-traffic", "capture/lossy"):
        return "unusable"
    if run is not None and run.exit_code is not None:
        if run.exit_code == 0:
            return "degraded"
        return "hung" if run.exit_code in (-9, -15, -2, 130, 137, 143) and not (trace and trace.errors) else "failed"
    if trace is not None and trace.errors and any(e.kind != "unknown" or e.text.startswith(("go:", "fatal:")) for e in trace.errors):
        return "failed"
    if not root.fatal:
        return "degraded"
    if trace is not None:
        return "hung"
    lead = root.lead
    waited = lead.end_ns - lead.start_ns
    if waited < SIGNIFICANT.ns or root.cause in SAID_NO or _timer(seen, lead) is not None:
        return "failed"
    return "hung"


def _confidence(seen: Observations, root: Group, rivals: list[Group]) -> float:
    confidence = root.lead.confidence
    error = seen.trace.final_error if seen.trace else None
    if error is not None and error.kind in FITTING:
        if root.cause in FITTING[error.kind]:
            confidence = min(0.97, confidence + (1 - confidence) / 3)
        else:
            confidence *= 0.7
    if any(g.fatal and g.owned_ns > root.owned_ns / 2 for g in rivals):
        confidence *= 0.85
    return confidence


def _facts(seen: Observations, root: Group, timer: Any) -> dict[str, Any]:
    lead = root.lead
    flow = next((f for f in seen.flows if f.id == lead.flow_id), None)
    facts: dict[str, Any] = {
        "host": flow.host if flow else lead.quantities.get("name") or lead.culprit.host,
        "address": flow.server.address if flow else lead.culprit.address,
        "port": flow.server.port if flow else lead.culprit.port,
        "failing_hosts": [f.culprit.host for f in root.findings if f.culprit.host],
        "qname": lead.quantities.get("name"),
        "path_mtu": lead.attributes.get("mtu"),
        "timer": timer,
    }
    if flow is not None and flow.host:
        facts["server_role"] = seen.role(flow.host, flow.server.port)
    if lead.culprit.role == "resolver":
        facts["resolver"] = lead.culprit.address
    if seen.run is not None and seen.run.argv:
        facts["argv"] = list(seen.run.argv)
    error = seen.trace.final_error if seen.trace else None
    if error is not None:
        facts["kind"] = error.kind
        for key in ("status", "module", "toolchain", "setting", "program"):
            if error.facts.get(key):
                facts[key] = error.facts[key]
    if "lock" in lead.attributes:
        facts["lock"] = lead.attributes["lock"]
    return {key: value for key, value in facts.items() if value is not None}


def _environment(seen: Observations) -> dict[str, Any]:
    return (seen.run.environment if seen.run is not None else None) or {}


def _without(seen: Observations, status: str, whole: int, lost: int) -> tuple[float | None, str]:
    """What the run would have taken without the cause, and how that follows; None where the work left is unknown."""
    if status == "degraded":
        return seconds(max(whole - lost, 0)), "the run less the seconds the cause owns in the ledger"
    return None, "the run ended before its work was done; what was left of it is not known"


def _unusable(seen: Observations, findings: list[Finding]) -> Verdict:
    lead = next((f for f in findings if f.cause.startswith("capture/")), None)
    if not seen.total_packets:
        why = "The capture has no packets: nothing can be judged."
    elif _nothing_decoded(seen):
        kinds = [r for r in seen.diagnostics.rows() if r.kind in ("unknown_link_type", "undecoded")]
        why = f"Nothing in the capture could be decoded: {kinds[0].meaning}."
    else:
        why = "The capture has no traffic that could be judged."
    return Verdict(
        status="unusable", summary=why, cause=lead.cause if lead else None, culprit=lead.culprit if lead else None,
        confidence=lead.confidence if lead else 0.0, finding=findings.index(lead) if lead else None,
        proof=proof(lead, None) if lead else (),
    )  # fmt: skip


def _without_cause(seen: Observations, findings: list[Finding], ledger: list[LedgerRow]) -> Verdict:
    """Healthy, or hung without an explanation, or waiting for something that is not the network."""
    trace, run = seen.trace, seen.run
    failed = bool(trace and trace.final_error and trace.final_error.kind != "unknown") or bool(
        run is not None and run.exit_code not in (None, 0)
    )
    owed = [s for s in seen.owed() if s.ns >= HANGING.ns]
    idle = seen.idle_at_end()
    beside = ignored(seen)
    if owed:
        stall = max(owed, key=lambda s: s.ns)
        host = stall.flow.host or stall.flow.server.address if stall.flow else "the resolver"
        return Verdict(
            status="failed" if failed else "hung",
            summary=f"Unexplained: {host} owes a {stall.waiting_for.replace('_', ' ')} since {duration(stall.ns)}.",
            confidence=0.3, seconds=seconds(stall.ns), ignored=beside,
        )  # fmt: skip
    if failed:
        return Verdict(
            status="failed", summary="The command failed, and the packets show no cause.", confidence=0.3, ignored=beside,
            attributes={"unexplained": True},
        )  # fmt: skip
    ended_well = run is not None and run.exit_code == 0
    if idle is not None and not ended_well and seen.end_ns - idle[0] >= NOT_NETWORK.ns:
        waited = seen.end_ns - idle[0]
        return Verdict(
            status="hung",
            summary=f"Not the network: for the last {duration(waited)} nobody owed the command anything.",
            confidence=0.6, seconds=seconds(waited), attributes={"not_network": True}, ignored=beside,
            proof=((f"#{idle[1]}", "the last thing that was asked for had come"),) if idle[1] else (),
            where="this machine: a lock, a prompt, a helper or the processor",
            verify="ps -ef --forest; cat /proc/$(pgrep -n go)/wchan; lsof +D $(go env GOMODCACHE)/cache/download | grep lock",
        )  # fmt: skip
    return Verdict(
        status="healthy",
        summary=slow_summary(seen, ledger),
        confidence=0.9 if not findings else 0.75,
        limits=limits(seen, ledger),
        ignored=beside,
    )



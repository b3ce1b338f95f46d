"""One root cause for the run: what failed it or cost it most, its consequences folded under it."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from netanalyze.diagnosis.elsewhere import elsewhere as waits_elsewhere
from netanalyze.diagnosis.group import BULK_SEGMENTS, EVERYWHERE, NEVER_ROOT, SIGNIFICANT, Group, significant
from netanalyze.diagnosis.headlines import headline
from netanalyze.diagnosis.healthy import ignored
from netanalyze.diagnosis.on_behalf import behind, on_behalf
from netanalyze.diagnosis.outcome import confidence_of, lost_to, shorter_without, status_of, timer_of, without_it
from netanalyze.diagnosis.proof import proof
from netanalyze.diagnosis.told import FITTING, SUBKIND
from netanalyze.diagnosis.without_cause import unusable, used_no_packets, without_cause
from netanalyze.findings import Alternative, Culprit, Finding
from netanalyze.flows.hello import handshake_complete
from netanalyze.result import LedgerRow, Step, Verdict
from netanalyze.rules import Observations
from netanalyze.units import seconds
from netanalyze.wording import message

LEADS_TO = {("local/credential-prompt", "http/error-status"), ("local/auth-helper-blocked", "http/error-status")}
"""(cause, what led to it): the server's 401 is why credentials are looked for; it is no rival."""


def _place(finding: Finding) -> tuple:
    culprit = finding.culprit
    if finding.cause in EVERYWHERE:
        return finding.cause, None
    return finding.cause, culprit.host or culprit.address or culprit.role


HIDDEN = 5
"""So many causes are replayed before the root is chosen, those that lasted longest: one more would be no root either."""


def _longest(group: Group) -> int:
    """ns of the longest finding of a group."""
    return max(f.end_ns - f.start_ns for f in group.findings)


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
    hidden = [g for g in groups if not g.fatal and g.owned_ns < SIGNIFICANT.ns <= _longest(g)]
    for group in sorted(hidden, key=_longest, reverse=True)[:HIDDEN]:
        # others had the time beside it in the ledger, and yet it may be what held the run up
        group.owned_ns = max(group.owned_ns, shorter_without(seen, group.cause, group.findings) or 0)
    return groups


FRESH_NS = 50_000_000
"""A connection that begins no sooner than this before a failure's end was made because of it."""


def _instead(seen: Observations, ones: list[Finding]) -> set[int]:
    """Flows that began right after an earlier one of the same failures, and took over its work."""
    first = min(f.end_ns for f in ones)
    failed = {flow for f in ones for flow in (f.flow_id, *f.also_flows)}
    return {f.id for f in seen.flows if f.first_ns >= first - FRESH_NS and f.id not in failed and handshake_complete(f)}


def recovered(seen: Observations, finding: Finding, instead: Collection[int] = ()) -> bool:
    """Whether the run got on in spite of a fatal finding: something else worked after it, and nothing failed at the end."""
    error = seen.trace.final_error if seen.trace else None
    if error is not None:
        fitting = FITTING.get(error.kind, ())
        return finding.cause not in fitting and bool(fitting)
    if seen.run is not None and seen.run.exit_code == 0:
        return True
    if instead and any(f.id in instead and f.server.last_data_ns >= finding.end_ns for f in seen.flows):
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
        if any(x.name == name and x.addresses for x in seen.lookups_since(finding.end_ns)):
            return True
        # a command that was told no ends; where others are looked up later, this name was not what it lived by
        later = seen.lookups_since(finding.end_ns + SIGNIFICANT.ns)
        begun = (f for f in seen.flows if f.first_ns >= finding.end_ns + SIGNIFICANT.ns and name not in f.names)
        return error is None and (any(x.name != name for x in later) or any(f.server.sent_data for f in begun))
    mine = {finding.flow_id, *finding.also_flows}
    for flow in seen.flows:
        if flow.id in mine or not flow.server.sent_data or flow_failed(flow):
            continue
        good = handshake_complete(flow) or (
            flow.http is not None and any(e.response_frame for e in flow.http.exchanges)
        )
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


def _socket_pids(seen: Observations) -> set[int]:
    return {one.pid for one in seen.processes.sockets} if seen.processes is not None else set()


def decide(
    seen: Observations, findings: list[Finding], ledger: list[LedgerRow], owned: dict[int, int]
) -> tuple[Verdict, list[int | None]]:
    """The verdict, and for each finding the index of the one it follows from."""
    consequences: list[int | None] = [None] * len(findings)
    told = any(not f.cause.startswith("capture/") for f in findings)  # what it printed may say what no packet can
    ended_well = seen.run is not None and seen.run.exit_code == 0
    elsewhere = any(f.cause == "capture/no-traffic" for f in findings)
    if not seen.total_packets and ended_well and not (told and seen.sockets) and not elsewhere:
        return used_no_packets(seen), consequences
    empty = not seen.total_packets or not (seen.everything or seen.lookups)
    if empty and not told and seen.sockets is None:
        if ended_well and seen.processes is not None and not any(map(seen.processes.is_own, _socket_pids(seen))):
            return used_no_packets(seen), consequences
        return waits_elsewhere(seen) or unusable(seen, findings), consequences
    joined = on_behalf(seen, findings)
    groups = _upstream(_groups(seen, findings, owned), joined)
    root = _root(seen, groups)
    if root is None:
        return without_cause(seen, findings, ledger), consequences
    lead = root.lead
    at = findings.index(lead)
    _fold(findings, root, at, consequences)
    for i, finding in enumerate(findings):
        if id(finding) in joined and i != at:
            consequences[i] = next(k for k, other in enumerate(findings) if other is joined[id(finding)])
    culprit = next((f for f in (behind(g, findings, joined) for g in root.findings) if f.culprit.via), lead).culprit
    status = status_of(seen, root)
    lost = lost_to(seen, root, status)
    timer = timer_of(seen, lead)
    facts = _facts(seen, root, timer)
    from netanalyze.diagnosis.advice import advice  # its pages are many, and a healthy run needs none

    page = advice(lead.cause, lead.culprit, seen.client.name, lead.attributes, _environment(seen), facts)
    without = without_it(seen, root, status, ledger, lost)
    attributes = dict(lead.attributes)
    alternatives = tuple(lead.alternatives)
    rivals = [
        g for g in groups
        if g is not root and g.cause != root.cause and (g.fatal or g.owned_ns >= SIGNIFICANT.ns)
        and (root.cause, g.cause) not in LEADS_TO and root.lead.attributes.get("link") != "down"
    ]  # fmt: skip
    for rival in sorted(rivals, key=lambda g: -g.owned_ns)[:2]:
        other = rival.lead
        beside = other.start_ns < lead.end_ns and lead.start_ns < other.end_ns  # else it explains another time
        if beside and rival.cause not in {a.cause for a in alternatives}:
            known = _facts(seen, rival, timer_of(seen, other))
            theirs = advice(other.cause, other.culprit, seen.client.name, other.attributes, _environment(seen), known)
            alternatives += (
                Alternative(rival.cause, other.message, theirs.verify or "compare with the other finding"),
            )
    verdict = Verdict(
        status=status,
        summary=headline(lead),
        cause=root.cause,
        culprit=culprit,
        confidence=confidence_of(seen, root, rivals),
        seconds=seconds(lost),
        without_it=without.figure,
        without_it_at_least=without.at_least,
        without_it_how=without.how,
        limits=(),
        attributes=attributes,
        alternatives=alternatives,
        fix=tuple(Step(step.text, step.command) for step in page.fix),
        verify=page.verify,
        proof=proof(lead, timer),
        where=page.where
        if culprit is lead.culprit or not culprit.via or lead.culprit.via
        else message("{first}; {then}", first=page.where, then=_through(culprit.via)),
        no_use=page.no_use,
        ignored=ignored(seen, {flow for f in root.findings for flow in (f.flow_id, *f.also_flows) if flow is not None}),
        finding=at,
    )
    return verdict, consequences


def _upstream(groups: list[Group], joined: dict[int, Finding]) -> list[Group]:
    """Without the groups that only tell of a helper's silence; what they cost goes to its upstream's."""
    kept = []
    for group in groups:
        causes = [joined.get(id(finding)) for finding in group.findings]
        home = next((g for g in groups if g is not group and any(f is causes[0] for f in g.findings)), None)
        if home is None or None in causes:
            kept.append(group)
        else:
            home.owned_ns += group.owned_ns
            home.fatal = home.fatal or group.fatal
    return kept


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
        named = [g for g in told if g.cause == SUBKIND.get(str(error.facts.get("subkind")))] if error else []
        named = named or [g for g in told if _names(g, error)]
        best = max(named or told, key=lambda g: (g.fatal, _shown(g), g.owned_ns, g.lead.confidence, g.lead.end_ns))
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
        for finding in group.findings:
            for address in _wrong_addresses(finding):
                wrong[address] = group
    pointed = {
        f: g
        for g in groups
        if g.cause == "http/redirect-blocked"
        for x in g.findings
        for f in (x.flow_id, *x.also_flows)
    }
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


def _shown(group: Group) -> bool:
    """Whether something was seen of it, and not only the command's words repeated."""
    return any(evidence.kind != "trace" for finding in group.findings for evidence in finding.evidence)


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


WRONG_ADDRESS = ("dns/conflicting-answers", "dns/unroutable-answer")
"""Causes that send the client to an address that is not the host's."""


def _wrong_addresses(finding: Finding) -> set[str]:
    if finding.cause not in WRONG_ADDRESS:
        return set()
    return {*finding.quantities.get("first", ()), *finding.quantities.get("addresses", ())}


def _fold(findings: list[Finding], root: Group, at: int, consequences: list[int | None]) -> None:
    lead = findings[at]
    mine = {lead.flow_id, *lead.also_flows} - {None}
    of_root = {id(finding) for finding in root.findings}
    wrong = {address for finding in root.findings for address in _wrong_addresses(finding)}
    for i, finding in enumerate(findings):
        if i == at:
            continue
        same = id(finding) in of_root
        shared = bool(mine & ({finding.flow_id, *finding.also_flows} - {None}))
        beside = finding.cause.startswith("go/") and finding.end_ns >= lead.start_ns
        beside = beside or (finding.culprit.address in wrong and not finding.cause.startswith("dns/"))
        if same or (shared and finding.start_ns >= lead.start_ns) or beside:
            consequences[i] = at


def _facts(seen: Observations, root: Group, timer: Any) -> dict[str, Any]:
    lead = root.lead
    flow = next((f for f in seen.flows if f.id == lead.flow_id), None)
    facts: dict[str, Any] = {
        "host": flow.host if flow else lead.quantities.get("name") or lead.culprit.host,
        "address": flow.server.address if flow and not lead.culprit.via else lead.culprit.address,
        "port": flow.server.port if flow and not lead.culprit.via else lead.culprit.port,
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
    for key in ("lock", "holder_pid", "stopped_pid"):
        if key in lead.attributes:
            facts[key] = lead.attributes[key]
    return {key: value for key, value in facts.items() if value is not None}


def _through(helper: Culprit) -> str:
    """How the command met the culprit, for people."""
    return message("the command asked {address} on this machine, which waits for it", address=helper.address)


def _environment(seen: Observations) -> dict[str, Any]:
    return (seen.run.environment if seen.run is not None else None) or {}

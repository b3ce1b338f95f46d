"""One root cause for the run: what failed it or cost it most, what follows from it, and what else fits."""

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Precedence, When, cause_of
from netanalyze.causes.client_errors import only_words
from netanalyze.diagnosis.advised import advice_for
from netanalyze.diagnosis.asked import requested
from netanalyze.diagnosis.group import SIGNIFICANT, Group
from netanalyze.diagnosis.headlines import SILENT_WHERE, headline
from netanalyze.diagnosis.healthy import ignored
from netanalyze.diagnosis.link import asked_in_vain
from netanalyze.diagnosis.local_waits import waiting_locally
from netanalyze.diagnosis.no_network import without_network
from netanalyze.diagnosis.on_behalf import agents, behind, on_behalf
from netanalyze.diagnosis.outcome import confidence_of, lost_to, status_of, timer_of, without_it
from netanalyze.diagnosis.owed.pings import only_pings
from netanalyze.diagnosis.proof import proof
from netanalyze.diagnosis.root import candidates, root_of, wrong_addresses
from netanalyze.diagnosis.without_cause import failed_unseen, unusable, used_no_packets, without_cause
from netanalyze.diagnosis.words_alone import by_words, speaker, words_alone
from netanalyze.findings import Alternative, Check, Culprit, Finding
from netanalyze.result import Verdict
from netanalyze.result.ledger import Ledger
from netanalyze.units import seconds
from netanalyze.wording import Text, message

THROUGH = "the command asked {address} on this machine, which waits for it"


def decide(
    case: Case, findings: list[Finding], ledger: Ledger, owned: dict[int, int]
) -> tuple[Verdict, list[int | None]]:
    """The verdict, and for each finding the index of the one it follows from.

    Four questions: what failed the run; else what cost it most; what follows from that; what else fits.
    """
    nothing_follows: list[int | None] = [None] * len(findings)
    if (verdict := _nothing_to_judge(case, findings)) is not None:
        return verdict, nothing_follows
    joined = on_behalf(case, findings)
    groups = candidates(case, findings, owned, joined)
    root = root_of(case, groups)
    if root is None and only_words(case):
        return words_alone(case) or unusable(case, findings), nothing_follows
    if root is None:
        return without_cause(case, findings, ledger), nothing_follows
    rivals = _what_else_fits(root, groups)
    met_by = agents(findings, joined)
    culprit = next((f for f in (behind(g, met_by) for g in root.findings) if f.culprit.via), root.lead).culprit
    verdict = _verdict(case, root, rivals, culprit, ledger, findings.index(root.lead))
    return verdict, _what_follows(findings, root, joined)


def _nothing_to_judge(case: Case, findings: list[Finding]) -> Verdict | None:
    """The verdict where no finding of the network's can carry one: no network was used, or nothing of it was seen."""
    # what it printed may say what no packet can
    of_network = any(not cause_of(f.cause).about_capture for f in findings)
    if not of_network and (none := without_network(case)) is not None:
        return none
    captured_elsewhere = any(cause_of(f.cause).precedence is Precedence.AFTER_FAILURES for f in findings)
    if not case.total_packets and case.ended_well and not (of_network and case.sockets) and not captured_elsewhere:
        return used_no_packets(case)
    empty = not case.total_packets or not (case.everything or case.lookups or only_pings(case))
    if not empty or of_network or case.sockets is not None:
        return None
    processes = case.processes
    if case.ended_well and processes is not None and not any(processes.is_own(one.pid) for one in processes.sockets):
        return used_no_packets(case)
    words = words_alone(case)
    if captured_elsewhere and (words is None or words.status == "unusable"):
        return unusable(case, findings)
    known = words or waiting_locally(case) or failed_unseen(case, findings) or asked_in_vain(case)
    return known or unusable(case, findings)


def _verdict(case: Case, root: Group, rivals: list[Group], culprit: Culprit, ledger: Ledger, place: int) -> Verdict:
    """The verdict whose root stands at ``place`` among the findings."""
    lead = root.lead
    status, timer = status_of(case, root), timer_of(case, lead)
    lost = lost_to(case, root, status)
    without = without_it(case, root, status, ledger, lost)
    page = advice_for(case, root)
    words = only_words(case)
    where: Text = page.where
    flow = case.index.any_flow.get(lead.flow_id)
    if lead.attributes.get("silent_after") and When.SOCKET_FELL_SILENT in cause_of(root.cause).variants:
        where = SILENT_WHERE
    elif culprit is not lead.culprit and culprit.via and not lead.culprit.via:
        where = message("{first}; {then}", first=where, then=message(THROUGH, address=culprit.via.address))
    return Verdict(
        status=status,
        summary=by_words(headline(lead)) if words else headline(lead),
        cause=root.cause,
        culprit=culprit,
        confidence=confidence_of(case, root, rivals),
        seconds=seconds(lost),
        without_it=without.figure,
        without_it_at_least=without.at_least,
        without_it_how=without.how,
        attributes=dict(lead.attributes),
        alternatives=_alternatives(case, lead, rivals),
        fix=page.fix,
        verify=page.verify,
        proof=proof(lead, timer, speaker(case) if words else "go", flow),
        where=where,
        no_use=page.no_use,
        ignored=ignored(case, {flow for f in root.findings for flow in (f.flow_id, *f.also_flows) if flow is not None}),
        finding=place,
        request=requested(case, lead),
    )


def _what_else_fits(root: Group, groups: list[Group]) -> list[Group]:
    """Other causes that failed or cost enough, and that did not only lead to the root; where this machine's own link was
    down, nothing else needs a reason."""
    if root.lead.attributes.get("link") == "down":
        return []
    return [
        g for g in groups
        if g.cause != root.cause and (g.fatal or g.owned_ns >= SIGNIFICANT.ns) and g.cause not in cause_of(root.cause).led_to_by
    ]  # fmt: skip


def _alternatives(case: Case, lead: Finding, rivals: list[Group]) -> tuple[Alternative, ...]:
    """What the root's finding itself cannot rule out, and the two dearest rivals of the same time."""
    alternatives = tuple(lead.alternatives)
    for rival in sorted(rivals, key=lambda g: -g.owned_ns)[:2]:
        other = rival.lead
        beside = other.start_ns < lead.end_ns and lead.start_ns < other.end_ns  # else it explains another time
        if beside and rival.cause not in {a.cause for a in alternatives}:
            check = advice_for(case, rival).verify or Check("compare with the other finding")
            alternatives += (Alternative(rival.cause, other.message, check),)
    return alternatives


def _what_follows(findings: list[Finding], root: Group, joined: dict[int, Finding]) -> list[int | None]:
    """For each finding the index of the one it follows from: the root's, or for a helper's silence its upstream's."""
    places = {id(finding): place for place, finding in enumerate(findings)}
    at = findings.index(root.lead)
    flows = _flows_of(root.lead)
    of_root = {id(finding) for finding in root.findings}
    wrong = {address for finding in root.findings for address in wrong_addresses(finding)}

    def cause_of_it(finding: Finding) -> int | None:
        if id(finding) in joined:
            return places[id(joined[id(finding)])]
        shared = bool(flows & _flows_of(finding)) and finding.start_ns >= root.lead.start_ns
        habit = cause_of(finding.cause).about_client and finding.end_ns >= root.lead.start_ns
        misled = finding.culprit.address in wrong and cause_of(finding.cause).phase != "dns"
        return at if id(finding) in of_root or shared or habit or misled else None

    return [None if place == at else cause_of_it(finding) for place, finding in enumerate(findings)]


def _flows_of(finding: Finding) -> set[int | None]:
    return {finding.flow_id, *finding.also_flows} - {None}

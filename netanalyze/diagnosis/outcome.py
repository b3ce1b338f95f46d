"""How a run with a root cause ended: its status, how sure that is, which timer fired, what it had taken without."""

from dataclasses import dataclass
from typing import Any

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.causes.client_errors import only_words
from netanalyze.causes.errors import fits, has_causes
from netanalyze.causes.patience import set_timer
from netanalyze.clients import timer_that_fired, under_timeout
from netanalyze.clients.trace import Trace
from netanalyze.diagnosis.grounds import ASIDE, ERROR_FITS, ERROR_OF_OTHERS, RIVAL
from netanalyze.diagnosis.group import SIGNIFICANT, Group
from netanalyze.diagnosis.replay import saved, saved_at_most
from netanalyze.findings import Finding, Threshold
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.rows import of_flows
from netanalyze.flows.screen import spans
from netanalyze.result.ledger import Ledger
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import Text, message

FELT = Threshold(
    0.1, "s", source="Nielsen, Usability Engineering 1993, section 5.5: 0.1 s feels instantaneous",
    why="work that took no longer says nothing of how long the rest would have taken",
)  # fmt: skip


PART_OF_TRAFFIC = 0.01
"""Of traffic that is no known command's, what is worth less than this share of the time sets no status: on a desktop there
is always something that is just being waited for."""


def worth_saying(case: Case, ns: int) -> bool:
    """Whether so much time is worth a word: any of a command that is known, a hundredth of other traffic's."""
    begun, ended = case.wall
    return case.command_known or ns >= PART_OF_TRAFFIC * (ended - begun)


def worth_telling(case: Case, group: Group) -> bool:
    """Whether a group of findings may set the status: always of a command that is known, and where somebody said no; of other
    traffic where it was worth a hundredth of the time."""
    status = status_of(case, group)
    if status == "unusable" or (group.fatal and cause_of(group.cause).answered):
        return True
    if worth_saying(case, 0):
        return True
    if status == "degraded" and not cause_of(group.cause).paces:
        most = saved_at_most(case, group.findings)
        if most is not None and not worth_saying(case, most + repaired(group.findings)):
            return False  # many small causes are not worth a replay of the run each
    return worth_saying(case, lost_to(case, group, status))


def timer_of(case: Case, lead: Finding) -> Any:
    """The client's timer that ended the wait of a finding, if one did."""
    flow = case.index.flows.get(lead.flow_id)
    cause = cause_of(lead.cause)
    phase = cause.guarded_by
    start = lead.start_ns
    handshaking = flow is not None and flow.tls is not None and not handshake_complete(flow)
    if phase == "tls" and cause.phase != "tls" and not handshaking:
        phase = None  # what was lost was no part of a handshake
    if phase is None or not lead.fatal:
        return None
    if phase == "dns" and case.client.name == "generic":
        return None  # which resolver library it has is not known, and when a lookup was given up is reckoned, not seen
    if phase == "tls" and flow is not None and flow.established_ns != NEVER_NS and not flow.tunnelled:
        start = flow.established_ns  # the timer runs from the end of the connect
    who = case.client if flow is None else case.asker(flow.host, flow.server.port)
    names = flow.names if flow is not None else (lead.quantities.get("name"),)
    by_line = set_timer(case, phase, names, (start, lead.end_ns))
    return by_line or timer_that_fired(who, phase, seconds(lead.end_ns - start))


def status_of(case: Case, root: Group) -> str:
    """hung, failed or degraded for a run with a root cause."""
    run, trace = case.run, case.trace
    if cause_of(root.cause).about_capture:
        return "unusable"
    if run is not None and run.exit_code is not None:
        if run.exit_code == 0:
            return "degraded"
        ended = run.exit_code in (-9, -15, -2, 130, 137, 143) or (
            run.exit_code == 124 and under_timeout(run.argv or ())
        )
        return "hung" if ended and not (trace and trace.ended) else "failed"
    if trace is not None and trace.recovered:
        return "degraded"
    if trace is not None and trace.ended:
        return "failed"
    if not root.fatal:
        return "degraded"
    if trace is not None and (only_words(case) or _goes_on(trace)):
        return "hung"
    # a client that tries again has given up only if its last try ended by the timer, too
    if run is not None and run.exit_code is None and case.client.pauses and cause_of(root.cause).answered:
        return "hung"  # told no, it rests and means to ask once more
    last = max((f for f in root.findings if f.fatal), key=lambda f: f.end_ns, default=root.lead)
    waited = last.end_ns - last.start_ns
    # of a link that is down an open connection learns nothing
    told_no = cause_of(root.cause).answered and last.attributes.get("link") != "down"
    if waited < SIGNIFICANT.ns or told_no or timer_of(case, last) is not None:
        return "failed"
    return "hung"


def _goes_on(trace: Trace) -> bool:
    """Whether what was printed shows a command at work: it tells of each thing it asks, and told of no error, or tries once more.
    That words of which nothing is known tell of no error shows nothing."""
    error = trace.final_error
    return bool(trace.requests or trace.commands or trace.downloading) or (error is not None and error.again)


def confidence_of(case: Case, root: Group, rivals: list[Group]) -> float:
    """The root finding's confidence, raised or lowered by what the command printed, lowered by a rival that cost as much."""
    confidence = root.lead.confidence
    error = case.trace.final_error if case.trace and not only_words(case) else None
    if error is not None and has_causes(error.kind):
        if fits(root.cause, error.kind):
            confidence = min(ERROR_FITS.confidence, confidence + (1 - confidence) / 3)
        else:
            confidence *= ERROR_OF_OTHERS.share
    if any(g.fatal and g.owned_ns > root.owned_ns / 2 for g in rivals):
        confidence *= RIVAL.share
    flow = case.index.flows.get(root.lead.flow_id) if cause_of(root.cause).phase == "tcp" else None
    if flow is not None and case.resumed_ns(flow, flow.client.last_ns) is not None:
        confidence = min(confidence, ASIDE.at_most)
    return confidence


LESS = "the run less the seconds the cause owns in the ledger"
BESIDE = (
    "the run less what the cause alone held up; for {time} of its seconds the run waited for something else as well"
)
REPAIRED = "the run less what the cause held up, and less {time} that repair and another slow start took after it"
PACE = "it set the pace of the transfer, and how fast that goes without it was never seen"
REPLAYED = "the run less what recovery and small windows cost its transfers, replayed without them from slow start on"
LEFT = "what it had done; how much was left to do is not known"
NOTHING_DONE = "it ended before anything of its work was done"
SEEN_LATE = "what it had done before netanalyze joined is not known"
OUTLASTED = "what it did when the capture had ended is not known"
TOLD_NO = "it ended because of it, and what was left of its work is not known"


@dataclass(frozen=True)
class Without:
    """What a run would have taken without its cause, s: a figure, or a lower bound, or neither; and what that rests on."""

    figure: float | None = None
    at_least: float | None = None
    how: Text = ""


def work(case: Case) -> tuple[int, int]:
    """When the run began and ended: where that is not known, its first and last packet; other traffic is no part of it."""
    if case.timed:
        return case.wall
    looked = spans(case.lookups)
    begun = of_flows(case.flows, "first_ns").tolist() + ([int(looked.start_ns.min())] if len(looked) else [])
    ended = of_flows(case.flows, "last_ns").tolist() + ([int(looked.end_ns.max())] if len(looked) else [])
    return max(case.start_ns, min(begun, default=case.start_ns)), min(case.end_ns, max(ended, default=case.end_ns))


def lost_to(case: Case, root: Group, status: str) -> int:
    """ns that would not have passed without the root cause.

    Of a run that did its work to the end: by what it would have been shorter. Else what the cause owns in the ledger.
    """
    shorter = shorter_without(case, root.cause, root.findings) if status == "degraded" else None
    return root.owned_ns if shorter is None else shorter


def shorter_without(case: Case, cause: str, findings: list[Finding]) -> int | None:
    """By how many ns a run would have been shorter without a cause; None where that is not to be told from its waits."""
    if cause_of(cause).paces:
        return replayed(findings)
    cut = saved(case, findings)
    return None if cut is None else cut + repaired(findings)


def replayed(findings: list[Finding], what: str = "cost") -> int | None:
    """ns that transfers would have been shorter without what set their pace, or without the ``repair`` after an outage; of those
    side by side the most. None: not known."""
    costs = sorted((f.start_ns, f.end_ns, round(f.quantities[what] * 1e9)) for f in findings if what in f.quantities)
    if not costs:
        return None
    total = most = 0
    until = costs[0][0]
    for start, end, cost in costs:
        if start >= until:
            total, most = total + most, 0
        most, until = max(most, cost), max(until, end)
    return total + most


def repaired(findings: list[Finding]) -> int:
    """ns that transfers would have been shorter without the repair after an outage."""
    return replayed(findings, "repair") or 0


def without_it(case: Case, root: Group, status: str, ledger: Ledger, lost: int) -> Without:
    """What the run would have taken without its root cause.

    A run that ended well has done all its work: what is left without the cause is the answer. Of one that was broken off
    or gave up, the rest of the work was never seen: what it did until then is the least it would have taken.
    """
    begun, ended = work(case)
    begun = max(case.start_ns, min((begun, *(f.start_ns for f in root.findings))))
    if status == "degraded":
        if cause_of(root.cause).paces:
            cost = replayed(root.findings)
            return Without(how=PACE) if cost is None else Without(seconds(max(ended - begun - cost, 0)), how=REPLAYED)
        places = [f.culprit for f in root.findings]
        beside = sum(ns for r, ns in ledger.spent().items() if r.cause == root.cause and r.culprit in places) - lost
        repairs = repaired(root.findings)
        how: Text = LESS if beside < FELT.ns else message(BESIDE, time=duration(beside))
        if repairs >= FELT.ns:
            how = message(REPAIRED, time=duration(repairs))
        return Without(figure=seconds(max(ended - begun - lost, 0)), how=how)
    if status not in ("hung", "failed"):
        return Without()
    if case.run is not None and case.run.joined:
        return Without(how=SEEN_LATE)
    if case.run is not None and case.run.outlasted:
        return Without(how=OUTLASTED)
    if root.owned_ns < SIGNIFICANT.ns:
        return Without(how=TOLD_NO)
    done = min(ended, max(f.end_ns for f in root.findings)) - begun - root.owned_ns
    return Without(at_least=seconds(done), how=LEFT) if done >= FELT.ns else Without(how=NOTHING_DONE)

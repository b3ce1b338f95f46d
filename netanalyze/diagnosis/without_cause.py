"""Verdicts on runs for which no cause is named: healthy, unusable, unexplained, or not the network."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Precedence, cause_of
from netanalyze.causes.from_sockets.shared import to_see_more
from netanalyze.causes.idle import idle_at_end
from netanalyze.diagnosis import grounds
from netanalyze.diagnosis.capture_limits import what_was_not_captured
from netanalyze.diagnosis.certainty import certainty
from netanalyze.diagnosis.healthy import ignored, limits, slow_summary
from netanalyze.diagnosis.local_waits import WAITING, waiting_locally
from netanalyze.diagnosis.no_network import LAST_LINE, USED_NONE, in_short, last_line, owed_nothing, without_network
from netanalyze.diagnosis.outcome import worth_saying
from netanalyze.diagnosis.owed.claim_of_health import unproved
from netanalyze.diagnosis.owed.open_moves import HANGING
from netanalyze.diagnosis.proof import proof
from netanalyze.findings import Check, Finding, Frames, Threshold
from netanalyze.flows.screen import spans
from netanalyze.result import Shown, Verdict
from netanalyze.result.ledger import Ledger
from netanalyze.units import NEVER_NS, SECOND_NS, duration, seconds
from netanalyze.waiting import Waiting
from netanalyze.wording import Text, message, sentence

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

ALMOST = 0.9
"""Of a run that was ended sooner than that, this share of it spent in one wait is what it waited for."""
NOT_NETWORK = Threshold(
    10, "s", source="measured: go unzips a 100 MB module in under 5 s; its longest timer without packets is DNS' 5 s",
    why="a connection left open and unused for longer, with nothing owed, means that a command waits elsewhere; of "
    "traffic that is no known command's it means nothing: a browser leaves connections open for minutes",
)  # fmt: skip

NOBODY_OWED = "Not the network: for the last {time} nobody owed the command anything."
MAY_REST = "Unexplained: for the last {time} nobody owed {client} anything; after an error it rests, and asks again."
NEVER_ASKED = "never asked for, though the others were: {module}.zip"
NOT_BACK = "Not the network: {program}, which the command started, has not come back, and nobody owes it anything."
STOOD_STILL = "Unexplained: nothing has moved on the network for {time}, and the command had not ended."
NAMELESS_NOT_BACK = (
    "Not the network: a program that the command started has not come back, and nobody owes it anything."
)
ITS_PROCESS = "ps -ef --forest; cat /proc/$(pgrep -n {program})/wchan; lsof -p $(pgrep -n {program})"


def nothing_decoded(case: Case) -> bool:
    """Whether no frame at all had an IP packet that could be decoded."""
    neighbours = case.neighbours.arp_frames if case.neighbours is not None else 0
    return _unread(case) + neighbours >= case.total_packets


def _unread(case: Case) -> int:
    """Frames in which no packet was found, of which nobody knows what they were."""
    return case.diagnostics.count("unknown_link_type") + case.diagnostics.count("undecoded")


def unusable(case: Case, findings: list[Finding]) -> Verdict:
    """The verdict on a capture that cannot carry one."""
    lead = next((f for f in findings if cause_of(f.cause).about_capture), None)
    if lead is not None and cause_of(lead.cause).precedence is Precedence.AFTER_FAILURES:
        why: Text = sentence(lead.message)
    elif not case.total_packets:
        why = "The capture has no packets: nothing can be judged."
    elif nothing_decoded(case):
        kinds = [r for r in case.diagnostics.rows() if r.kind in ("unknown_link_type", "undecoded")]
        why = (
            message("Nothing in the capture could be decoded: {meaning}.", meaning=kinds[0].meaning)
            if kinds
            else "There is nothing but ARP in the capture: the command sent nothing, or was captured elsewhere."
        )
    else:
        why = "The capture has no traffic that could be judged."
    return Verdict(
        status="unusable", summary=why, cause=lead.cause if lead else None, culprit=lead.culprit if lead else None,
        confidence=lead.confidence if lead else 0.0, finding=findings.index(lead) if lead else None,
        proof=proof(lead, None) if lead else (),
    )  # fmt: skip


def failed_unseen(case: Case, findings: list[Finding]) -> Verdict | None:
    """The verdict on a run that failed, of which nothing that could be judged was captured, though it was watched; None of
    any other. That a capture is empty is no fault of it where its own sockets show nothing either."""
    run, processes = case.run, case.processes
    if run is None or run.exit_code in (None, 0) or processes is None or not processes.means:
        return None
    if findings or (_unread(case) and nothing_decoded(case)):
        return None
    return _failed_unexplained(case)


NO_CAUSE, QUOTING = (
    "The command failed, and the packets show no cause.",
    "The command failed, and the packets show no cause. Its last error: {line}",
)


def _failed_unexplained(case: Case) -> Verdict:
    line = _last_words(case)
    summary = message(QUOTING, line=in_short(line)) if line else NO_CAUSE
    return grounds.unexplained("failed", summary, proof=_quoted(case))


def used_no_packets(case: Case) -> Verdict:
    """The verdict on a run that ended well, and of which no packet was seen."""
    if case.sockets is None:
        return Verdict(status="healthy", summary=USED_NONE, confidence=grounds.USED_NO_NETWORK.confidence)
    return Verdict(
        status="healthy",
        summary="Nothing is wrong: the command ended well.",
        confidence=grounds.NO_NETWORK_SEEN.confidence,
    )


def _sockets_alone(case: Case) -> Verdict:
    """The verdict on a run of which only sockets were seen, none of which accounts for it."""
    code = case.exit_code
    if code is not None:
        return grounds.unexplained(
            "failed",
            "The command failed, and its sockets show no cause.",
            verify=to_see_more(case),
            proof=_quoted(case),
        )
    waited = case.end_ns - case.start_ns if case.start_ns != NEVER_NS else 0
    if waited < HANGING.ns:
        return Verdict(status="unusable", summary="The run was watched too shortly to tell.", confidence=0.0)
    open_ = [h for h in case.sockets or () if not h.gone]
    if open_:
        return grounds.unexplained(
            "hung",
            f"Unexplained: {len(open_)} connection{'s are' if len(open_) > 1 else ' is'} open, and none "
            "shows on its socket what it waits for.",
            seconds=seconds(waited),
            verify=to_see_more(case),
        )
    return grounds.not_network(
        "hung",
        "Not the network: the command has no connection open and looks nothing up.",
        grounds.NO_SOCKET_OPEN,
        seconds=seconds(waited),
        where="this machine: a lock, a prompt, a helper or the processor",
        verify=_processes(case),
    )


def _last_words(case: Case) -> str | None:
    """The command's last error, or its last line; nothing where neither was read."""
    error = case.trace.final_error if case.trace is not None else None
    line = error.text.split("\n")[0].strip() if error is not None else last_line(case)
    if not line and case.trace is not None and case.trace.last_words is not None:
        line = case.trace.last_words.text.strip()
    return line


def _quoted(case: Case) -> tuple[Shown, ...]:
    """What it said last, as proof."""
    line = _last_words(case)
    return ((LAST_LINE, line),) if line else ()


def _all_had_come(frame: int, trace: "Trace | None") -> tuple[Shown, ...]:
    """What shows that nothing was owed; and what go, by its own lines, still had to ask for, and did not."""
    rows: list[Shown] = [(Frames(frame), "the last thing that was asked for had come")] if frame else []
    asked = {request.url for request in trace.requests} if trace is not None else set()
    zips = {url.removesuffix(".zip") for url in asked if url.endswith(".zip")}
    for module in sorted(url.removesuffix(".info") for url in asked if url.endswith(".info")):
        if zips and module not in zips:
            rows.append(("go", message(NEVER_ASKED, module=module.partition("://")[2])))
    return tuple(rows[:3])


def _processes(case: Case) -> Check:
    """The command that shows what the command's process waits for."""
    name = case.client.name
    return Check(command=ITS_PROCESS.format(program=name) if name in ("go", "git", "curl") else "ps -ef --forest")


def _watched(case: Case) -> int:
    """For how long the run was watched, ns: to its end, from its beginning or since it was joined."""
    begun, ended = case.wall
    return max(ended - max(begun, case.run.joined_ns if case.run is not None else begun), 0)


def without_cause(case: Case, findings: list[Finding], ledger: Ledger) -> Verdict:
    """Healthy, or hung without an explanation, or waiting for something that is not the network."""
    over = case.run is not None and case.run.end_ns != NEVER_NS
    least = min(WAITING.ns, round(ALMOST * _watched(case))) if over else WAITING.ns
    waiting = without_network(case) or waiting_locally(case, least)
    if waiting is not None:
        return waiting
    if case.sockets is not None and not case.total_packets:
        return _sockets_alone(case)
    failed = _failed(case)
    against = _owed_at_end(case, failed)
    if against is None and failed:
        against = owed_nothing(case) or _failed_unexplained(case)
    if against is None:
        against = (
            _idle_at_end(case)
            or _child_not_back(case)
            or _stood_still(case)
            or unproved(case, findings, case.ended_well)
        )
    return replace(against or _healthy(case, findings, ledger), ignored=ignored(case))


def _failed(case: Case) -> bool:
    """Whether the command printed an error that is known, or ended with a status that says so."""
    error = case.final_error
    return (error is not None and error.kind != "unknown") or case.exit_code not in (None, 0)


def _owed_at_end(case: Case, failed: bool) -> Verdict | None:
    """A move that somebody owed when the run ended, the one owed for longest."""
    stall = max(
        (s for s in case.owed() if s.ns >= HANGING.ns and worth_saying(case, s.ns)), key=lambda s: s.ns, default=None
    )
    if stall is None:
        return None
    host = stall.flow.destination if stall.flow else ""
    owed_move = Waiting.OWN_ACK if stall.is_own_ack else stall.waiting_for
    return Verdict(
        status="failed" if failed else "hung", summary=message(owed_move.unexplained, host=host, time=duration(stall.ns)),
        confidence=grounds.UNEXPLAINED.confidence, seconds=seconds(stall.ns),
    )  # fmt: skip


def _idle_at_end(case: Case) -> Verdict | None:
    """Nobody owed the command anything for the last NOT_NETWORK or longer."""
    idle = idle_at_end(case) if "clock_set_back" not in case.diagnostics else None
    if not case.command_known or idle is None or case.ended_well or (waited := case.end_ns - idle[0]) < NOT_NETWORK.ns:
        return None
    proof = _all_had_come(idle[1], case.trace)
    if case.client.pauses and waited <= round(max(case.client.pauses) * 1e9) + SECOND_NS:
        return grounds.unexplained(
            "hung",
            message(MAY_REST, time=duration(waited), client=case.client.name),
            grounds.MAY_REST,
            seconds=seconds(waited),
            proof=proof,
            verify=Check(command="npm install --loglevel http") if case.client.name == "npm" else None,
        )
    return grounds.not_network(
        "hung",
        message(NOBODY_OWED, time=duration(waited)),
        grounds.NOBODY_OWED,
        seconds=seconds(waited),
        proof=proof,
        where="this machine: a lock, a prompt, a helper or the processor",
        verify=_processes(case),
    )


def _child_not_back(case: Case) -> Verdict | None:
    """The last line is of a program that the command started, and that has not come back."""
    trace = case.trace
    if trace is None or not trace.open_commands or trace.final_error or trace.last_words is None or case.ended_well:
        return None
    child = trace.open_commands[-1]
    if trace.last_words.number != child.line:
        return None
    program = re.search(r"\b(git|hg|svn|ssh|bzr|fossil)\b", child.text)
    return grounds.not_network(
        "hung",
        message(NOT_BACK, program=program[1]) if program else NAMELESS_NOT_BACK,
        grounds.CHILD_NOT_BACK,
        proof=(("go", message("its last line, without an end: {line}", line=child.text[:120])),),
        where="this machine: a child that keeps the pipe open, a prompt, or the program's own work",
        verify=_processes(case),
    )


def _stood_still(case: Case) -> Verdict | None:
    """Nothing new had moved for NOT_NETWORK or longer when a person ended the command."""
    if case.run is None or case.run.exit_code is not None or case.run.end_ns == NEVER_NS:
        return None
    moved = [flow.progress_ns if flow.progress_ns != NEVER_NS else flow.last_ns for flow in case.flows]
    moved += spans(case.lookups).end_ns.tolist()
    moved += [case.unseen[1]] * (case.unseen[1] != NEVER_NS)
    still = min(case.run.end_ns, case.end_ns) - max(moved) if moved else 0
    if still < NOT_NETWORK.ns:
        return None
    return grounds.unexplained(
        "hung", message(STOOD_STILL, time=duration(still)), seconds=seconds(still), verify=_processes(case)
    )


def _healthy(case: Case, findings: list[Finding], ledger: Ledger) -> Verdict:
    """Nothing is wrong, as sure as what was seen to come to its end makes it."""
    unseen = () if case.ended_well else what_was_not_captured(case)
    sure = certainty(case, findings)
    return Verdict(
        status="healthy",
        summary=slow_summary(case, ledger),
        confidence=min(sure.confidence, grounds.NOT_CAPTURED.at_most) if unseen else sure.confidence,
        limits=unseen + limits(case, ledger),
        attributes={"seen": sure.seen, "judged": sure.judged} | ({"hidden": list(sure.hidden)} if sure.hidden else {}),
    )

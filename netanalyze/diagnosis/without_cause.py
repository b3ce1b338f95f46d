"""Verdicts on runs for which no cause is named: healthy, unusable, unexplained, or not the network."""

import re
from typing import TYPE_CHECKING

from netanalyze.diagnosis.dim import dim
from netanalyze.diagnosis.elsewhere import elsewhere
from netanalyze.diagnosis.group import NEVER_ROOT
from netanalyze.diagnosis.healthy import ignored, limits, slow_summary
from netanalyze.diagnosis.proof import proof
from netanalyze.findings import Finding, Threshold
from netanalyze.result import LedgerRow, Verdict
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, SECOND_NS, duration, seconds
from netanalyze.wording import message, sentence

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

HANGING = Threshold(
    5, "s", source="CAUSES part 2: after five seconds without any progress a run is waiting",
    why="shorter silences at the end of a capture are common",
)  # fmt: skip
NOT_NETWORK = Threshold(
    10, "s", source="measured: go unzips a 100 MB module in under 5 s; its longest timer without packets is DNS' 5 s",
    why="a connection left open and unused for longer, with nothing owed, means that a command waits elsewhere; of "
    "traffic that is no known command's it means nothing: a browser leaves connections open for minutes",
)  # fmt: skip

OWES = {
    "dns_response": "Unexplained: the resolver has not answered for {time}.",
    "syn_ack": "Unexplained: {host} has not answered the SYN for {time}.",
    "ack": "Unexplained: {host} has acknowledged nothing for {time}.",
    "own_ack": "Unexplained: what {host} sends has not been acknowledged for {time}.",
    "connect_reply": "Unexplained: {host} has not replied to CONNECT for {time}.",
    "server_hello": "Unexplained: {host} has not sent a ServerHello for {time}.",
    "server_flight": "Unexplained: {host} has not gone on with the TLS handshake for {time}.",
    "response": "Unexplained: {host} has not answered the request for {time}.",
    "body": "Unexplained: {host} has not gone on with its response for {time}.",
    "window_update": "Unexplained: {host} has kept its window closed for {time}.",
}
"""What lies open, by what somebody else owes (netanalyze.flows.stalls.WAITING_FOR)."""
NOBODY_OWED = "Not the network: for the last {time} nobody owed the command anything."
MAY_REST = "Unexplained: for the last {time} nobody owed {client} anything; after an error it rests, and asks again."
NEVER_ASKED = "never asked for, though the others were: {module}.zip"
NOT_BACK = "Not the network: {program}, which the command started, has not come back, and nobody owes it anything."
STOOD_STILL = "Unexplained: nothing has moved on the network for {time}, and the command had not ended."
NAMELESS_NOT_BACK = (
    "Not the network: a program that the command started has not come back, and nobody owes it anything."
)
ITS_PROCESS = "ps -ef --forest; cat /proc/$(pgrep -n {program})/wchan; lsof -p $(pgrep -n {program})"


def nothing_decoded(seen: Observations) -> bool:
    """Whether no frame at all had an IP packet that could be decoded."""
    neighbours = seen.neighbours.arp_frames if seen.neighbours is not None else 0
    blank = seen.diagnostics.count("unknown_link_type") + seen.diagnostics.count("undecoded")
    return blank + neighbours >= seen.total_packets


def unusable(seen: Observations, findings: list[Finding]) -> Verdict:
    """The verdict on a capture that cannot carry one."""
    lead = next((f for f in findings if f.cause.startswith("capture/")), None)
    if lead is not None and lead.cause == "capture/no-traffic":
        why: str = sentence(lead.message)
    elif not seen.total_packets:
        why = "The capture has no packets: nothing can be judged."
    elif nothing_decoded(seen):
        kinds = [r for r in seen.diagnostics.rows() if r.kind in ("unknown_link_type", "undecoded")]
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


def used_no_packets(seen: Observations) -> Verdict:
    """The verdict on a run that ended well, and of which no packet was seen."""
    if seen.sockets is None:
        return Verdict(status="healthy", summary="Nothing is wrong; the command used no network.", confidence=0.9)
    return Verdict(status="healthy", summary="Nothing is wrong: the command ended well.", confidence=0.75)


def _sockets_alone(seen: Observations) -> Verdict:
    """The verdict on a run of which only sockets were seen, none of which accounts for it."""
    code = seen.run.exit_code if seen.run is not None else None
    if code is not None:
        return Verdict(
            status="failed", summary="The command failed, and its sockets show no cause.", confidence=0.3,
            attributes={"unexplained": True}, verify="netanalyze live again, with the right to capture",
        )  # fmt: skip
    waited = seen.end_ns - seen.start_ns if seen.start_ns != NEVER_NS else 0
    if waited < HANGING.ns:
        return Verdict(status="unusable", summary="The run was watched too shortly to tell.", confidence=0.0)
    open_ = [h for h in seen.sockets or () if not h.gone]
    if open_:
        return Verdict(
            status="hung", confidence=0.3, seconds=seconds(waited), attributes={"unexplained": True},
            summary=f"Unexplained: {len(open_)} connection{'s are' if len(open_) > 1 else ' is'} open, and none "
            "shows on its socket what it waits for.",
            verify="netanalyze live again, with the right to capture",
        )  # fmt: skip
    return Verdict(
        status="hung", confidence=0.6, seconds=seconds(waited), attributes={"not_network": True},
        summary="Not the network: the command has no connection open and looks nothing up.",
        where="this machine: a lock, a prompt, a helper or the processor",
        verify="ps -ef --forest; cat /proc/$(pgrep -n go)/wchan; lsof -p $(pgrep -n go)",
    )  # fmt: skip


def _all_had_come(frame: int, trace: "Trace | None") -> tuple[tuple[str, str], ...]:
    """What shows that nothing was owed; and what go, by its own lines, still had to ask for, and did not."""
    rows: list[tuple[str, str]] = [(f"#{frame}", "the last thing that was asked for had come")] if frame else []
    asked = {request.url for request in trace.requests} if trace is not None else set()
    zips = {url.removesuffix(".zip") for url in asked if url.endswith(".zip")}
    for module in sorted(url.removesuffix(".info") for url in asked if url.endswith(".info")):
        if zips and module not in zips:
            rows.append(("go", message(NEVER_ASKED, module=module.partition("://")[2])))
    return tuple(rows[:3])


def _processes(seen: Observations) -> str:
    """The command that shows what the command's process waits for."""
    name = seen.client.name
    return ITS_PROCESS.format(program=name) if name in ("go", "git", "curl") else "ps -ef --forest"


def _stood_still(seen: Observations) -> int:
    """For how long nothing new had moved when a person ended the command, ns; 0 where it ended by itself."""
    if seen.run is None or seen.run.exit_code is not None or seen.run.end_ns == NEVER_NS:
        return 0
    moved = [flow.progress_ns if flow.progress_ns != NEVER_NS else flow.last_ns for flow in seen.flows]
    moved += [lookup.end_ns for lookup in seen.lookups]
    return min(seen.run.end_ns, seen.end_ns) - max(moved) if moved else 0


def without_cause(seen: Observations, findings: list[Finding], ledger: list[LedgerRow]) -> Verdict:
    """Healthy, or hung without an explanation, or waiting for something that is not the network."""
    waiting = elsewhere(seen)
    if waiting is not None:
        return waiting
    if seen.sockets is not None and not seen.total_packets:
        return _sockets_alone(seen)
    trace, run = seen.trace, seen.run
    failed = bool(trace and trace.final_error and trace.final_error.kind != "unknown") or bool(
        run is not None and run.exit_code not in (None, 0)
    )
    owed = [s for s in seen.owed() if s.ns >= HANGING.ns]
    idle = seen.idle_at_end()
    beside = ignored(seen)
    if owed:
        stall = max(owed, key=lambda s: s.ns)
        host = stall.flow.host or stall.flow.server.address if stall.flow else ""
        return Verdict(
            status="failed" if failed else "hung",
            summary=message(OWES["own_ack" if stall.is_own_ack else stall.waiting_for], host=host, time=duration(stall.ns)),
            confidence=0.3, seconds=seconds(stall.ns), ignored=beside,
        )  # fmt: skip
    if failed:
        return Verdict(
            status="failed", summary="The command failed, and the packets show no cause.", confidence=0.3, ignored=beside,
            attributes={"unexplained": True},
        )  # fmt: skip
    ended_well = run is not None and run.exit_code == 0
    known = seen.client.name != "generic" or run is not None or trace is not None
    if known and idle is not None and not ended_well and seen.end_ns - idle[0] >= NOT_NETWORK.ns:
        waited = seen.end_ns - idle[0]
        if seen.client.pauses and waited <= round(max(seen.client.pauses) * 1e9) + SECOND_NS:
            return Verdict(
                status="hung", confidence=0.4, seconds=seconds(waited), attributes={"unexplained": True}, ignored=beside,
                summary=message(MAY_REST, time=duration(waited), client=seen.client.name),
                proof=_all_had_come(idle[1], trace), verify="npm install --loglevel http" if seen.client.name == "npm" else None,
            )  # fmt: skip
        return Verdict(
            status="hung",
            summary=message(NOBODY_OWED, time=duration(waited)),
            confidence=0.6, seconds=seconds(waited), attributes={"not_network": True}, ignored=beside,
            proof=_all_had_come(idle[1], trace),
            where="this machine: a lock, a prompt, a helper or the processor",
            verify=_processes(seen),
        )  # fmt: skip
    child = trace.open_commands[-1] if trace is not None and trace.open_commands and not trace.final_error else None
    last = trace.last_words if trace is not None else None
    if child is not None and not ended_well and last is not None and last.number == child.line:
        program = re.search(r"\b(git|hg|svn|ssh|bzr|fossil)\b", child.text)
        return Verdict(
            status="hung",
            summary=message(NOT_BACK, program=program[1]) if program else NAMELESS_NOT_BACK,
            confidence=0.55, attributes={"not_network": True}, ignored=beside,
            proof=(("go", message("its last line, without an end: {line}", line=child.text[:120])),),
            where="this machine: a child that keeps the pipe open, a prompt, or the program's own work",
            verify=_processes(seen),
        )  # fmt: skip
    still = _stood_still(seen)
    if still >= NOT_NETWORK.ns:
        return Verdict(
            status="hung", summary=message(STOOD_STILL, time=duration(still)), confidence=0.3, seconds=seconds(still),
            attributes={"unexplained": True}, ignored=beside, verify=_processes(seen),
        )  # fmt: skip
    sure = 0.9 if all(f.cause.startswith(NEVER_ROOT) for f in findings) else 0.75
    unseen = () if ended_well else dim(seen)
    return Verdict(
        status="healthy",
        summary=slow_summary(seen, ledger),
        confidence=sure if (seen.flows or seen.lookups or ended_well) and not unseen else 0.5,
        limits=unseen + limits(seen, ledger),
        ignored=beside,
    )

"""Verdicts on runs for which no cause is named: healthy, unusable, unexplained, or not the network."""

from netanalyze.diagnosis.healthy import ignored, limits, slow_summary
from netanalyze.diagnosis.proof import proof
from netanalyze.findings import Finding, Threshold
from netanalyze.result import LedgerRow, Verdict
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds

HANGING = Threshold(
    5, "s", source="CAUSES part 2: after five seconds without any progress a run is waiting",
    why="shorter silences at the end of a capture are common",
)  # fmt: skip
NOT_NETWORK = Threshold(
    10, "s", source="measured: go unzips a 100 MB module in under 5 s; its longest timer without packets is DNS' 5 s",
    why="a connection left open and unused for longer, with nothing owed, means that the command waits elsewhere",
)  # fmt: skip


def nothing_decoded(seen: Observations) -> bool:
    """Whether no frame at all could be decoded."""
    return seen.diagnostics.count("unknown_link_type") + seen.diagnostics.count("undecoded") >= seen.total_packets


def unusable(seen: Observations, findings: list[Finding]) -> Verdict:
    """The verdict on a capture that cannot carry one."""
    lead = next((f for f in findings if f.cause.startswith("capture/")), None)
    if not seen.total_packets:
        why = "The capture has no packets: nothing can be judged."
    elif nothing_decoded(seen):
        kinds = [r for r in seen.diagnostics.rows() if r.kind in ("unknown_link_type", "undecoded")]
        why = f"Nothing in the capture could be decoded: {kinds[0].meaning}."
    else:
        why = "The capture has no traffic that could be judged."
    return Verdict(
        status="unusable", summary=why, cause=lead.cause if lead else None, culprit=lead.culprit if lead else None,
        confidence=lead.confidence if lead else 0.0, finding=findings.index(lead) if lead else None,
        proof=proof(lead, None) if lead else (),
    )  # fmt: skip


def without_cause(seen: Observations, findings: list[Finding], ledger: list[LedgerRow]) -> Verdict:
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
            verify="ps -ef --forest; cat /proc/$(pgrep -n go)/wchan; lsof -p $(pgrep -n go)",
        )  # fmt: skip
    return Verdict(
        status="healthy",
        summary=slow_summary(seen, ledger),
        confidence=0.9 if not findings else 0.75,
        limits=limits(seen, ledger),
        ignored=beside,
    )

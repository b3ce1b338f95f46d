"""Runs that the network did not fail: the command used none, or was owed nothing by it when it failed.

Decided here and nowhere else, by what is the command's own: its flows, lookups and sockets, and its last words. Whoever
else talks on the interface decides nothing.
"""

from netanalyze.causes.case import Case
from netanalyze.causes.confidence import Proved
from netanalyze.clients.messages import classify
from netanalyze.diagnosis import grounds
from netanalyze.diagnosis.group import SIGNIFICANT
from netanalyze.diagnosis.local_waits import waiting_locally
from netanalyze.findings import Check
from netanalyze.processes import CERTAIN, EXACT, IDLE, NETWORK, Processes
from netanalyze.result import RunFacts, Verdict
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

OF_THIS_MACHINE = ("no-space", "checksum-mismatch", "bad-archive", "configuration", "git-credentials", "unknown")
"""Kinds of errors (netanalyze.clients.messages) that a command may print without having met the network."""
RAW_SOCKETS = ("ping", "ping6", "fping", "arping", "traceroute", "tracepath", "mtr", "nmap", "dhclient", "udhcpc")
"""Programs whose packets are of no TCP or UDP socket, so that no witness of sockets sees them at work."""
BY_A_DAEMON = ("docker",)
"""Clients for which another program on this machine uses the network: none of their own sockets shows it."""

USED_NONE = "Nothing is wrong; the command used no network."
NONE_SEEN = "Nothing is wrong; no use of the network was seen."
STATUS, SIGNAL = "the command ended with status {code}", "{signal} ended the command"
FAILED = "Not the network: {end}. Its last line: {line}"
SAID_NOTHING = "Not the network: {end}. It wrote nothing on standard error (standard output is not read)."
NOT_READ = "Not the network: {end}. What it printed is not known."
NOT_ENDED = "Not the network: the command used none, and had not ended after {time}."
OPEN = "Unexplained: the command had not ended after {time}, and no use of the network was seen."
ITS_OWN, OWED_NOTHING = (
    "the command itself: it used no network",
    "the command itself: on the network nobody owed it anything when it ended",
)
LAST_LINE = "its last line"
QUOTED_MOST = 120
"""Characters of a line that a sentence quotes; the result's ``run.last_line`` has more of it."""


def without_network(case: Case) -> Verdict | None:
    """The verdict on a run whose command used no network; None where it did, or where that is not known."""
    run, processes = case.run, case.processes
    if run is None or run.joined or run.end_ns == NEVER_NS or processes is None or not _used_none(case, processes):
        return None  # of one that goes on it is said what it waits for, and no more
    exact = EXACT in processes.means
    captured = case.sockets is None and not run.outlasted
    if run.exit_code == 0:
        if (exact or captured) and case.client.name not in BY_A_DAEMON:
            return Verdict(status="healthy", summary=USED_NONE, confidence=grounds.USED_NO_NETWORK.confidence)
        return Verdict(status="healthy", summary=NONE_SEEN, confidence=grounds.NO_NETWORK_SEEN.confidence)
    if run.exit_code is None:
        return waiting_locally(case, 0) or _unfinished(case, _may_wait_for_it(processes, exact))
    if (
        case.client.name in BY_A_DAEMON
        or _speaks_of_the_network(case)
        or not (_has_spoken(case) or case.client.name == "generic")
    ):
        return None
    unseen = grounds.FAILED_UNSEEN if captured else grounds.FAILED_WITHOUT_PACKETS
    return _failed(run, ITS_OWN, grounds.FAILED_BY_ITSELF if exact else unseen)


def owed_nothing(case: Case) -> Verdict | None:
    """The verdict on a run that used the network, failed, and was owed nothing by it at its end; None for any other."""
    run = case.run
    if (
        run is None
        or run.exit_code in (None, 0)
        or run.outlasted
        or _speaks_of_the_network(case)
        or _left_waiting(case)
        or _unjudged(case)
    ):
        return None
    if case.sockets is not None or not (case.flows or case.lookups):
        return None
    return _failed(run, OWED_NOTHING, grounds.OWED_NOTHING)


def last_line(case: Case) -> str | None:
    """What the command wrote last on standard error, short enough for a sentence; '' nothing, None where nobody read it."""
    line: str | None = case.run.last_line if case.run is not None else None
    return None if line is None else in_short(line)


def in_short(line: str) -> str:
    """A line that was printed, short enough for a sentence."""
    return line if len(line) <= QUOTED_MOST else f"{line[:QUOTED_MOST]}…"


def _used_none(case: Case, processes: Processes) -> bool:
    """Whether no flow, lookup, request or socket is the command's own, and its sockets were watched."""
    if not processes.means or case.flows or case.lookups:
        return False
    if case.trace is not None and case.trace.requests:
        return False
    if any(one.owned == CERTAIN for one in processes.sockets) or any(one.remote for one in case.sockets or ()):
        return False
    programs = {line[0].rpartition("/")[2] for one in processes.processes if one.own for line in one.lines if line}
    return programs.isdisjoint(RAW_SOCKETS)


def _has_spoken(case: Case) -> bool:
    return bool(last_line(case)) or case.final_error is not None


def _speaks_of_the_network(case: Case) -> bool:
    """Whether what the command printed last blames the network."""
    error = case.final_error
    kinds = {error.kind if error is not None else "unknown", classify(last_line(case) or "")[0]}
    return not kinds.issubset(OF_THIS_MACHINE)


def _may_wait_for_it(processes: Processes, exact: bool) -> bool:
    """Whether a process waits in a call for the network, or for what nobody could tell while a socket may be behind it:
    one that went unseen, or that it was given."""
    now = processes.latest_waits()
    idle = [processes.process(wait.pid, wait.start_ns) for wait in now if wait.kind == IDLE]
    closed = exact and all(p and p.streams and not any(s.startswith("socket:") for s in p.streams) for p in idle)
    return any(wait.kind == NETWORK for wait in now) or (bool(idle) and not closed)


def _left_waiting(case: Case) -> bool:
    """Whether anybody owed the command something when it ended, or until shortly before: it may have given up on it."""
    _, ended = case.wall
    return any(
        s.waiting_on != "client" and s.waiting_for != "fin_ack" and s.ns >= SIGNIFICANT.ns
        and s.end_ns >= ended - SIGNIFICANT.ns
        for s in case.stalls
    ) or bool(case.owed())  # fmt: skip


def _unjudged(case: Case) -> bool:
    """Whether the command had flows that nobody judges: datagrams that are no lookups."""
    judged = {flow.id for flow in case.flows} | {t.flow_id for lookup in case.lookups for t in lookup.transactions}
    return any(f.owner is not None and f.owner.owned == CERTAIN and f.id not in judged for f in case.everything)


def _failed(run: RunFacts, where: str, ground: Proved) -> Verdict:
    line = run.last_line
    end = message(STATUS, code=run.exit_code)
    if run.killed_by is not None:
        end = message(SIGNAL, signal=run.killed_by)
    if line is None:
        summary = message(NOT_READ, end=end)
    elif not line:
        summary = message(SAID_NOTHING, end=end)
    else:
        summary = message(FAILED, end=end, line=in_short(line))
    return grounds.not_network("failed", summary, ground, where=where, proof=((LAST_LINE, line),) if line else ())


def _unfinished(case: Case, open_: bool) -> Verdict:
    """Somebody, or the end of patience, ended the command; ``open_``: what it waited for may be the network all the same."""
    begun, ended = case.wall
    waited = max(ended - begun, 0) if NEVER_NS not in (begun, ended) else 0
    return Verdict(
        status="hung", summary=message(OPEN if open_ else NOT_ENDED, time=duration(waited)),
        confidence=(grounds.UNEXPLAINED if open_ else grounds.NOT_ENDED).confidence, seconds=seconds(waited),
        attributes={"unexplained": True} if open_ else {"not_network": True},
        where="" if open_ else ITS_OWN, verify=Check(command="ps -ef --forest"),
    )  # fmt: skip

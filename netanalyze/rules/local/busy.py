"""The command is stopped, starved, stuck in the disk, or computes without an end.

What it finds
    A process of the command, as "netanalyze live" samples it from /proc: stopped
    by a signal or frozen with its control group for HELD (1 s) or longer; ready
    to run and without a processor, or asleep in the disk, for LONG (5 s) or
    longer; or computing for ENDLESS (10 s) and more up to a moment at which
    somebody ended the command.

Why a program hangs
    The network owes it nothing: what came lies in the socket's buffer. A stopped
    process is not ended by any timer, for its own timers are stopped as well; to
    the server it looks like a client that reads no more.

What to do
    ps -eo pid,stat,pcpu,wchan:20,args --sort=-pcpu | head
    kill -CONT PID                                 # state T: stopped
    cat /sys/fs/cgroup$(cut -d: -f3 /proc/PID/cgroup)/cgroup.freeze
    cat /proc/pressure/cpu /proc/pressure/io       # who is short of what

Look-alikes
    tcp/receiver-window-closed: the same, seen from the packets alone.
    local/cache-lock-held, local/credential-prompt: it waits, and for whom is
    known. A build that computes and ends is healthy.

Known false alarms
    A debugger stops its program on purpose (state t).

References
    proc_pid_stat(5) (state), Linux Documentation/scheduler/sched-stats.rst (run
    queue delay), Documentation/admin-guide/cgroup-v2.rst (cgroup.freeze).
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.processes import DISK, FROZEN, RUNNING, STARVED, STOPPED, Processes, Wait
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds
from netanalyze.wording import message

HELD = Threshold(
    1, "s",
    source="proc_pid_stat(5): state T lasts until SIGCONT; the figure is chosen here",
    why="a shell's job control stops and continues within milliseconds",
)  # fmt: skip
LONG = Threshold(
    5, "s",
    source="as local/cache-lock-held: silence that a person notices; the figure is chosen here",
    why="writing back a cache and a busy second on the processor are over by then",
)  # fmt: skip
ENDLESS = Threshold(
    10, "s",
    source="measured: go unzips a 100 MB module in under 5 s",
    why="only together with somebody's impatience: computing is what programs are for",
)  # fmt: skip
LEAST = {STOPPED: HELD, FROZEN: HELD, STARVED: LONG, DISK: LONG, RUNNING: ENDLESS}
SURE = {STOPPED: 0.97, FROZEN: 0.95, STARVED: 0.8, DISK: 0.85, RUNNING: 0.6}
WORDS = {
    STOPPED: "is stopped", FROZEN: "is frozen with its control group", STARVED: "gets no processor",
    DISK: "waits for the disk", RUNNING: "computes without an end",
}  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Processes that did not run though nobody kept them waiting, or ran and ran."""
    processes = seen.processes
    if processes is None:
        return
    ended_by_hand = seen.run is not None and seen.run.exit_code is None
    for wait in processes.waits_for(*LEAST, end_ns=seen.end_ns):
        if wait.ns < LEAST[wait.kind].ns:
            continue
        if wait.kind != RUNNING or (ended_by_hand and wait.end_ns >= seen.end_ns):
            yield _finding(seen, processes, wait)


def _finding(seen: Observations, processes: Processes, wait: Wait) -> Finding:
    who = processes.process(wait.pid, wait.start_ns)
    busy = message("{who} {does}", who=who.name if who else "the command", does=WORDS[wait.kind])
    stopped = {"stopped_pid": wait.pid} if wait.kind == STOPPED else {}
    return Finding(
        cause="local/busy",
        culprit=Culprit("client-host"),
        start_ns=wait.start_ns,
        end_ns=wait.end_ns,
        message=message(
            "{who} {does} for {time}",
            who=processes.named(wait.pid),
            does=WORDS[wait.kind],
            time=duration(wait.ns),
        ),
        evidence=(Evidence(processes.told(wait), "each time that it was looked at", "syscall"),),
        confidence=SURE[wait.kind],
        fatal=wait.end_ns >= seen.end_ns,
        quantities={"seconds": round(seconds(wait.ns), 3), **({"cores": wait.share} if wait.share else {})},
        attributes={"not_network": True, "busy": busy, "kind": wait.kind, **stopped},
    )

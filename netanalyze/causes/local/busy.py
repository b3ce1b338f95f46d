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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import FASTER_LINE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.processes import DISK, FROZEN, RUNNING, STARVED, STOPPED, Processes, ProcessWait
from netanalyze.units import duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "local/busy",
    meaning="This machine was occupied (processor, disk, virus scanner) or the program stopped; the network owed nothing.",
    headline="Not the network: {busy}.",
    unnamed={"busy": "this machine is too busy, or the command is stopped"},
)

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
GROUNDS = {
    STOPPED: Proved(
        0.97, "a process is stopped, says the kernel", Basis.COMMAND, "only that it was needed is inferred"
    ),
    FROZEN: Proved(0.95, "its control group is frozen", Basis.COMMAND, "as of one that is stopped, for a group"),
    DISK: Proved(
        0.85, "a process waits for the disk, for 5 s or longer", Basis.COMMAND, "a disk of the network waits alike"
    ),
    STARVED: Proved(
        0.8, "a process is ready to run, and gets no processor", Basis.COMMAND, "in pieces it may have had some"
    ),
    RUNNING: Proved(
        0.6, "a process computes for 10 s or longer, until somebody ends it", Basis.COMMAND, "it may be its work"
    ),
}
"""What each kind of wait proves."""
WORDS = {
    STOPPED: "is stopped", FROZEN: "is frozen with its control group", STARVED: "gets no processor",
    DISK: "waits for the disk", RUNNING: "computes without an end",
}  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Processes that did not run though nobody kept them waiting, or ran and ran."""
    processes = case.processes
    if processes is None:
        return
    ended_by_hand = case.run is not None and case.run.exit_code is None
    for wait in processes.waits_for(*LEAST, end_ns=case.wall[1]):
        if wait.ns < LEAST[wait.kind].ns:
            continue
        if wait.kind != RUNNING or (ended_by_hand and case.lasted(wait.end_ns)):
            yield _finding(case, processes, wait)


def _finding(case: Case, processes: Processes, wait: ProcessWait) -> Finding:
    who = processes.process(wait.pid, wait.start_ns)
    does = WORDS[wait.kind]
    busy = message("{who} {does}", who=who.name if who else "the command", does=does)
    stopped = {"stopped_pid": wait.pid} if wait.kind == STOPPED else {}
    return CAUSE.finding(
        Culprit("client-host"),
        (wait.start_ns, wait.end_ns),
        message("{who} {does} for {time}", who=processes.named(wait.pid), does=does, time=duration(wait.ns)),
        (Evidence(processes.sentence(wait), "each time that it was looked at", "syscall"),),
        confidence(GROUNDS[wait.kind]),
        fatal=case.lasted(wait.end_ns),
        quantities={"seconds": round(seconds(wait.ns), 3), **({"cores": wait.share} if wait.share else {})},
        attributes={"not_network": True, "busy": busy, "kind": wait.kind, **stopped},
    )


ADVICE = Page(
    where=offers("this machine: busy or stopped; the network owed nothing"),
    fix=offers(
        Offer("Let the stopped process go on", "kill -CONT {stopped_pid}"),
        Offer("See what keeps it busy", "ps -eo pid,stat,pcpu,wchan:20,args --sort=-pcpu | head"),
        Offer("A stopped process (state T) goes on with: kill -CONT", None, "!stopped_pid"),
        Offer("Take the cache out of the virus scanner; local disk"),
    ),
    verify=commands("vmstat 1 5"),
    no_use=offers("another mirror or network", FASTER_LINE),
)

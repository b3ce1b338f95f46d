"""A child is gone, and a background process that it left keeps its pipe open.

What it finds
    A process of the command waits for the end of a pipe, HELD (3 s) or longer,
    and everybody who can still write to that pipe descends from a child that has
    ended: an ssh master connection, git's credential cache. From /proc, as
    "netanalyze live" samples it.

Why a program hangs
    go reads what git prints until the pipe ends, and a pipe ends when the last
    process that has it open closes it. A background process that git or ssh
    started has inherited it: go waits for that one, though git has long
    answered. Since Go 1.25 go no longer tells ssh to do without a shared
    connection.

What to do
    End the one that was left, or keep it from inheriting the pipe:
        ssh -O exit git@HOST                           # a shared ssh connection
        GIT_SSH_COMMAND='ssh -o ControlMaster=no -o BatchMode=yes' go mod download
        git credential-cache exit

Look-alikes
    local/credential-prompt: the child is there, and asks. tcp/path-death and
    http/response-missing: the child is there, and waits for a server.

Known false alarms
    A command that starts a service on purpose and reads its output.

References
    pipe(7); golang/go issues 13453 and 25567; Go 1.27
    cmd/go/internal/modfetch/codehost/codehost.go (Run, without WaitDelay);
    ssh_config(5), ControlPersist; git-credential-cache(1).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.processes import ORPHANED_PIPE, Processes, ProcessWait
from netanalyze.units import duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "local/child-holds-pipe",
    meaning="git or ssh has ended, but a background child of it still holds the pipe that the command reads.",
    headline="Not the network: {child} is gone, {holder} keeps its pipe open.",
    unnamed={"holder": "a background child", "child": "git"},
)

HELD = Threshold(
    3, "s",
    source="os/exec: Wait returns once the pipes have ended; git's own background work (gc --auto) detaches in milliseconds",
    why="a child that ends in order takes its pipe along; the figure is chosen here",
)  # fmt: skip

GENERATIONS = 100
"""Between a process and the holder of its pipe; a daemon is forked twice (daemon(7))."""
HOLDER_SEEN = Proved(
    0.95, "a process reads a pipe for 3 s or longer, whose other end only an orphan of its child's has open", Basis.COMMAND,
    "the kernel shows both ends; what the orphan still does is not known",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Waits at pipes that only orphans hold."""
    processes = case.processes
    if processes is None:
        return
    for wait in processes.waits_for(ORPHANED_PIPE, end_ns=case.wall[1]):
        if wait.ns >= HELD.ns:
            yield _finding(case, processes, wait)


def _finding(case: Case, processes: Processes, wait: ProcessWait) -> Finding:
    holder, gone = processes.process(wait.holder, wait.start_ns), _gone(processes, wait)
    child = gone.name if gone else "its child"
    name = holder.name if holder else "a background child"
    return CAUSE.finding(
        Culprit("client-host"),
        (wait.start_ns, wait.end_ns),
        message(
            "{who} waits {time} for the end of a pipe that {child}, which is gone, left to {holder}",
            who=processes.named(wait.pid), time=duration(wait.ns), child=child, holder=processes.named(wait.holder),
        ),
        (
            Evidence(processes.sentence(wait), "each time that it was looked at", "syscall"),
            Evidence(processes.holding(wait), "has the other end open", "syscall"),
        ),
        confidence(HOLDER_SEEN),
        fatal=case.lasted(wait.end_ns),
        quantities={"seconds": round(seconds(wait.ns), 3)},
        attributes={"not_network": True, "child": child, "holder": name, "holder_pid": wait.holder},
    )  # fmt: skip


def _gone(processes: Processes, wait: ProcessWait):
    """The child that has ended: the ancestor of the holder that the waiting process had forked."""
    at = processes.process(wait.holder, wait.start_ns)
    for _ in range(GENERATIONS):
        if at is None or at.parent == wait.pid:
            return at
        at = processes.process(at.parent)
    return None


ADVICE = Page(
    where=offers("this machine: a background child of git or ssh; not the network"),
    fix=offers(
        Offer(
            "Without a shared ssh connection, for this run",
            "GIT_SSH_COMMAND='ssh -o ControlMaster=no -o BatchMode=yes' {again}",
            "runs-git",
            scope=RUN,
        ),
        Offer(
            "Without a shared ssh connection, from now on",
            "export GIT_SSH_COMMAND='ssh -o ControlMaster=no -o BatchMode=yes'",
            "runs-git",
        ),
        Offer("See what was left, and end it", "ps -o pid,ppid,etime,args -p {holder_pid}"),
        Offer("See the children that were left", "ps -eo pid,ppid,etime,args | grep -E '[s]sh|[g]it'"),
        Offer("Without git's credential cache", "git config --global --unset credential.helper", "runs-git"),
    ),
    verify=commands("ps -eo pid,ppid,etime,args | grep -E '[s]sh|[g]it'"),
    no_use=offers("another network or mirror", "waiting (no timer will end it)"),
)

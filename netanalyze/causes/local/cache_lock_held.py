"""Another process holds a lock of the module cache, or of a repository in it.

What it finds
    A process of the command asks for a lock that another one holds, HELD (1 s)
    or longer: the system call, the lock's path, and who holds it, as
    "netanalyze live" reads them from /proc. Without that: the run ends in
    silence of PATIENCE (5 s) or longer, every connection at rest, nobody owing
    anything, no error, no request and no child open in the lines of -x, and the
    last line is "# lock PATH", or an answered request after which go would ask
    on (for a zip) if it could. Or the command's last error says so: git's
    index.lock, dpkg's, cargo's package cache, Terraform's state …

Why a program hangs
    go takes a lock for each version it downloads, and for each repository; it
    waits without a limit and without a word. The holder keeps it while its own
    download runs: if that one hangs, all others hang behind it.

What to do
    See who holds it and what that one waits for; let it end, or end it:
        sudo lslocks -o PID,COMMAND,PATH | grep -E 'cache/(download|vcs)'
        cat /proc/$(pgrep -n -x go)/wchan; echo        # locks_lock_inode_wait
    Give each job a cache of its own (GOMODCACHE), on a local disk: locks over
    NFS may never be granted. Never remove the .lock file: the lock is on the
    open file, not on the name; the waiting go goes on waiting, and a third one
    locks a new file and writes the same cache beside the holder.

Look-alikes
    http/response-missing: a request is open. local/credential-prompt,
    local/auth-helper-blocked and local/child-holds-pipe: a child of go is what
    it waits for. local/busy: go works (unzips, hashes).

Known false alarms
    A lock that is a file (git's) stays where its holder crashed: nobody holds
    it then. Without /proc, the line "# lock" and such an error this is inferred
    from what is missing, and long unpacking or hashing of a large zip looks the
    same.

References
    Go 1.27 cmd/go/internal/modfetch/cache.go (lockVersion),
    modfetch/codehost/codehost.go (the line "# lock"),
    lockedfile/internal/filelock; flock(2), proc_locks(5).
"""

from collections.abc import Iterator
from typing import Any

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import end_of, printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.idle import idle_at_end
from netanalyze.clients.error_lines import ErrorLine
from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.processes import LOCK, Processes, ProcessWait
from netanalyze.units import SECOND_NS, duration
from netanalyze.wording import Text, message

CAUSE = Cause(
    "local/cache-lock-held",
    meaning="Another running program holds the lock of the module cache or of a repository in it.",
    headline="Not the network: {waiter} waits for a lock that {holder} holds.",
    unnamed={"waiter": "the command", "holder": "another process"},
    fits=("lock-held",),
)

PATIENCE = Threshold(
    5, "s",
    source="Go cmd/go/internal/modfetch/cache.go: no limit and no message; the limit is chosen here",
    why="a lock that is free is taken in microseconds, and few zips take five seconds to unpack",
)  # fmt: skip
HELD = Threshold(
    1, "s",
    source="Go 1.27 cmd/go/internal/modfetch: other locks (list, ziphash, go.sum) cover the writing of one small file",
    why="a lock held for longer is held for a whole download, or by somebody who hangs; the figure is chosen here",
)  # fmt: skip


HOLDER_FACTS = {"path": "lock", "holder": "holder", "pid": "holder_pid", "left": "left"}
"""Facts of an error that names a lock, and the attribute that each becomes."""
HOLDER_SEEN = Proved(
    0.97, "the kernel says which lock the process waits for, and who holds it", Basis.COMMAND,
    "both were looked at again and again",
)  # fmt: skip
LOCK_SEEN = Proved(
    0.9, "the kernel says which lock the process waits for", Basis.COMMAND, "who holds it could not be read"
)
BY_ITS_WORD = Proved(
    0.9, "the command itself says that it does not get a lock", Basis.COMMAND, "a crash may have left the lock behind"
)
SAYS_LOCK = Proved(
    0.75, "go's last line is about a lock, and nothing is asked of the network for 5 s", Basis.COMMAND,
    "it prints the line before it tries, and may have got the lock",
)  # fmt: skip
NEXT_IS_A_LOCK = Proved(
    0.6, "by its own lines go's next step takes a lock, and nothing is asked of the network for 5 s", Basis.COMMAND,
    "it may as well work, or wait for something else on this machine",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """What the processes were seen to wait for; where nobody looked, what the words of ``-x`` let one infer."""
    if case.processes is not None:
        for wait in case.processes.waits_for(LOCK, end_ns=case.wall[1]):
            if wait.ns >= HELD.ns:
                yield _proved(case, case.processes, wait)
    elif case.final_error is not None and case.final_error.kind == "lock-held":
        yield _by_its_word(case, case.final_error)
    else:
        yield from _inferred(case)


def _by_its_word(case: Case, error: ErrorLine) -> Finding:
    """By the command's own last error."""
    facts = {new: error.facts[old] for old, new in HOLDER_FACTS.items() if error.facts.get(old)}
    return CAUSE.finding(
        Culprit("client-host"),
        (case.end_ns, case.end_ns),
        end_of(error.text.split("\n")[0]),
        (printed(error.text),),
        confidence(BY_ITS_WORD),
        fatal=True,
        attributes={
            "not_network": True,
            **facts,
            **({"waiter": case.client.name} if case.client.name != "generic" else {}),
        },
    )


def _proved(case: Case, processes: Processes, wait: ProcessWait) -> Finding:
    waiter = processes.process(wait.pid, wait.start_ns)
    holder = processes.process(wait.holder, wait.start_ns) if wait.holder else None
    name = waiter.name if waiter else "the command"
    other: Text = holder.name if holder else ""
    if holder and other == name:
        other = message("another {program}", program=holder.name)
    attributes: dict[str, Any] = {"not_network": True, "lock": wait.subject, "waiter": name}
    evidence = [Evidence(processes.sentence(wait), "each time that it was looked at", "syscall")]
    held: Text = "another process"
    if wait.holder:
        held = message("{name} (pid {pid})", name=other or "somebody", pid=wait.holder)
        attributes |= {"holder": other or "another process", "holder_pid": wait.holder}
        evidence.append(Evidence(processes.holding(wait), "holds the lock", "syscall"))
    attributes |= {"holder_command": holder.command} if holder else {}
    attributes |= {"holder_state": wait.holder_state} if wait.holder_state else {}
    return CAUSE.finding(
        Culprit("client-host"),
        (wait.start_ns, wait.end_ns),
        message(
            "{who} waits {time} for the lock {lock}, which {holder} holds",
            who=message("{name} (pid {pid})", name=name, pid=wait.pid), time=duration(wait.ns), lock=wait.subject, holder=held,
        ),
        tuple(evidence),
        confidence(LOCK_SEEN, HOLDER_SEEN.when(wait.holder)),
        fatal=case.lasted(wait.end_ns),
        quantities={"seconds": round(wait.ns / SECOND_NS, 3)},
        attributes=attributes,
    )  # fmt: skip


def _inferred(case: Case) -> Iterator[Finding]:
    """The run ends in silence, every flow at rest, no request of go's open, and the next step takes a lock.

    With ``-x``: all requests are answered, the last one is no zip (after which go would work, not wait), no
    child runs, no error was printed. Or the last line is ``# lock PATH``.
    """
    trace = case.trace
    if trace is None or trace.client not in ("go", None) or trace.errors or case.owed():
        return
    last, idle = trace.last_words, idle_at_end(case)
    if idle is None or case.end_ns - idle[0] < PATIENCE.ns or last is None:
        return
    on_lock = last.text.startswith("# lock ")
    done = [r for r in trace.requests if r.status == 200]
    waits_for_zip = (
        not trace.open_requests and not trace.open_commands and bool(done)
        and not done[-1].url.endswith(".zip") and done[-1].end_line == last.number
    )  # fmt: skip
    if not on_lock and not waits_for_zip:
        return
    yield CAUSE.finding(
        Culprit("client-host"),
        (idle[0], case.end_ns),
        message("go asks nothing of the network for {time}: it waits for a lock", time=duration(case.end_ns - idle[0])),
        (
            printed(last.text, "the last thing go printed; nothing is open after it"),
            *frames((idle[1], "the last octets that were asked for had come")),
        ),
        confidence(NEXT_IS_A_LOCK, SAYS_LOCK.when(on_lock)),
        fatal=True,
        attributes={"not_network": True, "waiter": "go", **({"lock": last.text[7:]} if on_lock else {})},
    )


ADVICE = Page(
    where=offers("this machine: another program holds the lock; not the network"),
    fix=offers(
        Offer("See what the holder does; let it end, or end it", "ps -o pid,stat,etime,args -p {holder_pid}"),
        Offer("See who holds it, and let it end", "fuser -v {lock}", "!holder_pid"),
        Offer("See who holds a lock, and let it end", "sudo lslocks -o PID,COMMAND,PATH", "!holder_pid"),
        Offer("If nobody holds it a crash left it: remove it then", None, "left=file"),
        Offer("A cache of its own, for this run", "GOMODCACHE=$(mktemp -d) {again}", "go", scope=RUN, otherwise=True),
        Offer("A cache on a local disk, if it lies on NFS", "go env GOMODCACHE", "go"),
    ),
    verify=commands("sudo lslocks -o PID,COMMAND,PATH"),
    no_use=offers(
        Offer("removing the .lock file (never: two would write at once)", None, "!left=file"),
        "another mirror",
        "waiting, if the holder hangs, too",
    ),
)

"""Another process holds a lock of the module cache, or of a repository in it.

What it finds
    A process of the command asks for a lock that another one holds, HELD (1 s)
    or longer: the system call, the lock's path, and who holds it, as
    "netanalyze live" reads them from /proc. Without that: the run ends in
    silence of PATIENCE (5 s) or longer, every connection at rest, nobody owing
    anything, no error, no request and no child open in the lines of -x, and the
    last line is "# lock PATH", or an answered request after which go would ask
    on (for a zip) if it could.

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
    Without /proc and the line "# lock" this is inferred from what is missing,
    and long unpacking or hashing of a large zip looks the same.

References
    Go 1.27 cmd/go/internal/modfetch/cache.go (lockVersion),
    modfetch/codehost/codehost.go (the line "# lock"),
    lockedfile/internal/filelock; flock(2), proc_locks(5).
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.processes import LOCK, Processes, Wait
from netanalyze.rules import Observations
from netanalyze.units import SECOND_NS, duration
from netanalyze.wording import message

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


def check(seen: Observations) -> Iterator[Finding]:
    """What the processes were seen to wait for; where nobody looked, what the words of ``-x`` let one infer."""
    if seen.processes is not None:
        for wait in seen.processes.waits_for(LOCK, end_ns=seen.end_ns):
            if wait.ns >= HELD.ns:
                yield _proved(seen, seen.processes, wait)
    else:
        yield from _inferred(seen)


def _proved(seen: Observations, processes: Processes, wait: Wait) -> Finding:
    waiter = processes.process(wait.pid, wait.start_ns)
    holder = processes.process(wait.holder, wait.start_ns) if wait.holder else None
    name = waiter.name if waiter else "the command"
    other = (
        ""
        if holder is None
        else message("another {program}", program=holder.name)
        if holder.name == name
        else holder.name
    )
    held = (
        message("{name} (pid {pid})", name=other or "somebody", pid=wait.holder) if wait.holder else "another process"
    )
    return Finding(
        cause="local/cache-lock-held",
        culprit=Culprit("client-host"),
        start_ns=wait.start_ns,
        end_ns=wait.end_ns,
        message=message(
            "{who} waits {time} for the lock {lock}, which {holder} holds",
            who=message("{name} (pid {pid})", name=name, pid=wait.pid), time=duration(wait.ns), lock=wait.subject, holder=held,
        ),
        evidence=(
            Evidence(processes.told(wait), "each time that it was looked at", "syscall"),
            *([Evidence(processes.holding(wait), "holds the lock", "syscall")] if wait.holder else []),
        ),
        confidence=0.97 if wait.holder else 0.9,
        fatal=wait.end_ns >= seen.end_ns,
        quantities={"seconds": round(wait.ns / SECOND_NS, 3)},
        attributes={
            "not_network": True, "lock": wait.subject, "waiter": name,
            **({"holder": other or "another process", "holder_pid": wait.holder} if wait.holder else {}),
            **({"holder_command": holder.command} if holder else {}),
            **({"holder_state": wait.holder_state} if wait.holder_state else {}),
        },
    )  # fmt: skip


def _inferred(seen: Observations) -> Iterator[Finding]:
    """The run ends in silence, every flow at rest, no request of go's open, and the next step takes a lock.

    With ``-x``: all requests are answered, the last one is no zip (after which go would work, not wait), no
    child runs, no error was printed. Or the last line is ``# lock PATH``.
    """
    trace = seen.trace
    if trace is None or trace.client not in ("go", None) or trace.errors or seen.owed():
        return
    idle = seen.idle_at_end()
    if idle is None or seen.end_ns - idle[0] < PATIENCE.ns:
        return
    last = trace.last_words
    if last is None:
        return
    on_lock = last.text.startswith("# lock ")
    done = [r for r in trace.requests if r.status == 200]
    waits_for_zip = (
        not trace.open_requests and not trace.open_commands and bool(done)
        and not done[-1].url.endswith(".zip") and done[-1].end_line == last.number
    )  # fmt: skip
    if not on_lock and not waits_for_zip:
        return
    yield Finding(
        cause="local/cache-lock-held",
        culprit=Culprit("client-host"),
        start_ns=idle[0],
        end_ns=seen.end_ns,
        message=message(
            "go asks nothing of the network for {time}: it waits for a lock", time=duration(seen.end_ns - idle[0])
        ),
        evidence=(
            Evidence(last.text[:200], "the last thing go printed; nothing is open after it", "trace"),
            *(() if not idle[1] else (Evidence(idle[1], "the last octets that were asked for had come"),)),
        ),
        confidence=0.75 if on_lock else 0.6,
        fatal=True,
        attributes={"not_network": True, **({"lock": last.text[7:]} if on_lock else {})},
    )

"""Processes as the recorder writes /proc down once a second: who they are, and what each waits for.

Lines after ``@ SECONDS``: a letter, a process, a thread or 0, and what proc(5) says:

    P pid 0 LINE            /proc/PID/stat
    A pid 0 WORDS           its command line, once, words apart by tabs
    T pid tid S WCHAN CALL  a thread: state, /proc/PID/wchan, /proc/PID/syscall (empty without the right to ask)
    F pid N r|w TARGET      a descriptor
    L 0 0 LINE              /proc/locks
    N pid 0 TIME PPID WORDS came between two looks
    H pid 0                 holds a lock that another waits for; not of the command's tree

What a process waits for is told as netanalyze.live.processes.sample tells it of the live system. Where system calls may not be
read (ptrace_scope of Yama), the kernel function it sleeps in (wchan) says nearly as much. Never raises for a text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from netanalyze.live.processes.syscalls import LOCKING, ON_SEVERAL, SLEEPS, TABLES, WAITS_FOR_CHILD, WITH_DESCRIPTOR
from netanalyze.numerals import hexadecimal, integer, integers
from netanalyze.patterns import lazy_pattern
from netanalyze.processes import (
    CHILD,
    DISK,
    IDLE,
    LOCK,
    NETWORK,
    ORPHANED_PIPE,
    PIPE,
    RUNNING,
    SLEEP,
    STOPPED,
    TERMINAL,
    Process,
    ProcessWait,
)  # fmt: skip
from netanalyze.recorder.ss import looks, nanoseconds_of
from netanalyze.redaction import redacted_line
from netanalyze.units import NEVER_NS

CHANNELS = {
    "flock_lock_inode_wait": LOCK, "locks_lock_inode_wait": LOCK, "posix_lock_inode_wait": LOCK, "fcntl_setlk": LOCK,
    "n_tty_read": TERMINAL, "do_wait": CHILD, "kernel_wait4": CHILD, "pipe_read": PIPE, "anon_pipe_read": PIPE,
    "pipe_wait_readable": PIPE, "pipe_write": PIPE, "anon_pipe_write": PIPE, "hrtimer_nanosleep": SLEEP,
    "do_nanosleep": SLEEP, "inet_stream_connect": NETWORK, "sk_wait_data": NETWORK, "inet_wait_for_connect": NETWORK,
    "sk_stream_wait_memory": NETWORK, "inet_csk_accept": NETWORK,
}  # fmt: skip
"""What the kernel functions mean in which a thread sleeps (Linux 4.9 to 6.18)."""
POLLING = ("ep_poll", "do_epoll_wait", "poll_schedule_timeout", "do_poll", "do_select")
BUSY = 0.5
"""Of a second on the processor: who has so much runs (as netanalyze.live.processes.sample)."""
TERMINALS = lazy_pattern(r"/dev/(?:tty|pts/[0-9]{1,6}|console)")
PROCESSES_MOST, WAITS_MOST = 2_000, 20_000
PID_MOST = 2**31 - 1
WORDS, WORD = 60, 400
_LOCK = lazy_pattern(r"([0-9]{1,12}): (-> )?\w+ +\w+ +\w+ +(-?[0-9]{1,10}) ")


@dataclass(frozen=True)
class Thread:
    """One thread: its state letter, the kernel function it sleeps in, its system call and the call's arguments."""

    state: str
    channel: str
    call: str
    arguments: tuple[int, ...]


@dataclass
class RecordedLook:
    """Everything at one moment. ``parents`` and ``ticks``: of each process; ``locks``: holders by who waits."""

    time_ns: int
    states: dict[int, str] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    ticks: dict[int, int] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)
    commands: dict[int, tuple[str, ...]] = field(default_factory=dict)
    threads: dict[int, list[Thread]] = field(default_factory=dict)
    descriptors: dict[int, dict[int, tuple[str, bool]]] = field(default_factory=dict)
    locks: dict[int, int] = field(default_factory=dict)
    strangers: set[int] = field(default_factory=set)
    newcomers: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Time and parent of those that came after it, and before the next."""


def read_looks(text: str, machine: str) -> Iterator[RecordedLook]:
    """The looks that a recorder wrote; ``machine`` as ``uname -m`` says, for the numbers of system calls."""
    names = TABLES.get(machine, {})
    for time_ns, part in looks(text):
        look, lines = RecordedLook(time_ns), list[str]()
        for line in part.split("\n"):
            if line.startswith("L 0 0 "):
                lines.append(line[6:])
                continue
            _take(line, look, names)
        look.locks = _holders(lines)
        yield look


def _take(line: str, look: RecordedLook, names: dict[int, str]) -> None:
    """One line; one that is not in the form is passed over."""
    letter, process, thread, rest = (line.split(" ", 3) + ["", "", ""])[:4]
    pid, number = integer(process, PID_MOST), integer(thread)
    if not pid or number is None:
        return
    if letter == "P":
        fields = rest.rpartition(") ")[2].split()
        told = integers((fields[1], fields[11], fields[12], fields[19])) if len(fields) > 19 else None
        if told is not None:
            look.states[pid], look.parents[pid] = fields[0], told[0]
            look.ticks[pid], look.starts[pid] = told[1] + told[2], told[3]
    elif letter == "A":
        look.commands[pid] = _words(rest)
    elif letter == "T":
        state, channel, call = (rest.split(" ", 2) + ["", ""])[:3]
        look.threads.setdefault(pid, []).append(Thread(state, channel, *_call(call.split(), names)))
    elif letter == "F":
        way, _, target = rest.partition(" ")
        look.descriptors.setdefault(pid, {})[number] = target, way == "w"
    elif letter == "N":
        told_by, _, line_of_words = rest.partition("\t")
        at, _, parent_text = told_by.partition(" ")
        time_ns, parent = nanoseconds_of(at), integer(parent_text, PID_MOST)
        if time_ns is not None and parent is not None:
            look.newcomers[pid] = time_ns, parent
            look.commands[pid] = _words(line_of_words)
    elif letter == "H":
        look.strangers.add(pid)


def _call(words: list[str], names: dict[int, str]) -> tuple[str, tuple[int, ...]]:
    """The system call of /proc/PID/syscall and its arguments; nothing where it is in none, or that is not told."""
    number = integer(words[0]) if len(words) >= 7 else None
    arguments = [hexadecimal(word, 2**64 - 1) for word in words[1:7]]
    if number is None or None in arguments:
        return "", ()
    return names.get(number, f"syscall_{number}"), tuple(one for one in arguments if one is not None)


def _words(text: str) -> tuple[str, ...]:
    words = redacted_line(text.rstrip("\t").split("\t")[:WORDS])
    return tuple(word[:WORD] for word in words) if any(words) else ()


def _holders(lines: list[str]) -> dict[int, int]:
    """Who waits for a lock, and who holds it (0: not told), from lines of /proc/locks."""
    holders: dict[str, int] = {}
    waiting: dict[int, int] = {}
    for line in lines:
        match = _LOCK.match(line)
        pid = (integer(match[3], PID_MOST) or 0) if match else 0  # -1: a lock of an open file, which has no process
        if match and match[2]:
            waiting[pid] = holders.get(match[1], 0)
        elif match:
            holders[match[1]] = pid
    return {pid: holder for pid, holder in waiting.items() if pid > 0}


Seen = tuple[str, str, int, float]
"""What a process waits for: kind, subject, holder, share of a core."""


def waits_for(pid: int, look: RecordedLook, share: float, ancestors: dict[int, int]) -> Seen:
    """What keeps one process at one look.

    Args:
        share: processor time it had per second since the look before.
        ancestors: each process' first parent, for who lost it meanwhile.
    """
    if look.states[pid] in "Tt":
        return STOPPED, "traced" if look.states[pid] == "t" else "stopped by a signal", 0, 0.0
    threads = look.threads.get(pid, [])
    kinds = {kind for thread in threads if (kind := _kind(pid, thread, look))}
    if LOCK in kinds or pid in look.locks:
        return LOCK, _locked(pid, threads, look), look.locks.get(pid, 0), 0.0
    if TERMINAL in kinds:
        return TERMINAL, next(iter(_targets(pid, threads, look, TERMINALS)), "/dev/tty"), 0, 0.0
    if share >= BUSY:
        return RUNNING, "", 0, round(share, 2)
    if any(thread.state == "D" for thread in threads):
        return DISK, "", 0, 0.0
    return _pipe_or_child(pid, kinds, threads, look, ancestors) or _rest(pid, kinds, threads, look)


def _kind(pid: int, thread: Thread, look: RecordedLook) -> str:
    """What one thread waits for, empty if that says nothing."""
    call, arguments = thread.call, thread.arguments
    if not call:
        return CHANNELS.get(thread.channel, "")
    if call == "flock" or (call == "fcntl" and arguments[1] in LOCKING):
        return LOCK
    if call in WAITS_FOR_CHILD:
        return CHILD
    if call in SLEEPS:
        return SLEEP
    if call in WITH_DESCRIPTOR:
        target = _target(pid, thread, look)
        if TERMINALS.fullmatch(target) and call in ("read", "readv"):
            return TERMINAL
        return PIPE if target.startswith("pipe:[") else NETWORK if target.startswith("socket:[") else ""
    if call in ON_SEVERAL and thread.channel == "n_tty_read":
        return TERMINAL
    return ""


def _target(pid: int, thread: Thread, look: RecordedLook) -> str:
    number = thread.arguments[0] & 0xFFFFFFFF if thread.call in WITH_DESCRIPTOR and thread.arguments else -1
    return look.descriptors.get(pid, {}).get(number, ("", False))[0]


def _targets(pid: int, threads: list[Thread], look: RecordedLook, pattern: re.Pattern[str]) -> list[str]:
    """Where the descriptors lead that the threads wait on, else any of the process' that fit."""
    on = [target for thread in threads if pattern.fullmatch(target := _target(pid, thread, look))]
    return on or [target for target, _ in look.descriptors.get(pid, {}).values() if pattern.fullmatch(target)]


def _locked(pid: int, threads: list[Thread], look: RecordedLook) -> str:
    """The file whose lock is waited for; where the call may not be read, the one that is named like a lock."""
    for thread in threads:
        if thread.call in ("flock", "fcntl") and (target := _target(pid, thread, look)):
            return target
    named = [target for target, _ in look.descriptors.get(pid, {}).values() if target.endswith("lock")]
    return named[-1] if named else ""


def _pipe_or_child(
    pid: int, kinds: set[str], threads: list[Thread], look: RecordedLook, ancestors: dict[int, int]
) -> Seen | None:
    pipes = {target: writes for target, writes in look.descriptors.get(pid, {}).values() if target.startswith("pipe:[")}
    for target, writes in pipes.items():
        ends = [(p, w) for p, found in look.descriptors.items() for t, w in found.values() if t == target]
        writers = {p for p, w in ends if w}
        if not writes and pid not in writers and writers and all(_orphan(p, pid, look, ancestors) for p in writers):
            return ORPHANED_PIPE, target, min(writers), 0.0
    children = [p for p, parent in look.parents.items() if parent == pid]
    if CHILD in kinds and children:
        return CHILD, "", children[-1], 0.0
    if PIPE in kinds:
        found = _targets(pid, threads, look, re.compile(r"pipe:\[[0-9]+\]"))
        target = found[0] if found else ""
        wanted = not any(t.call.startswith("write") or t.channel.endswith("pipe_write") for t in threads)
        others = [
            p for p, found in look.descriptors.items()
            if p != pid and any(t == target and w == wanted for t, w in found.values())
        ]  # fmt: skip
        return PIPE, target, others[-1] if others else 0, 0.0
    return None


def _orphan(pid: int, ancestor: int, look: RecordedLook, ancestors: dict[int, int]) -> bool:
    """Whether ``pid`` descends from ``ancestor`` by a child of it that has ended."""
    at, broken = pid, False
    for _ in range(64):
        parent = ancestors.get(at, 0)
        if parent == ancestor:
            return broken
        if parent not in ancestors:  # it came to us when its parent was gone; the first of all is the command
            return at != next(iter(ancestors))
        broken = broken or parent not in look.states
        at = parent
    return False


def _rest(pid: int, kinds: set[str], threads: list[Thread], look: RecordedLook) -> Seen:
    sockets = any(target.startswith("socket:[") for target, _ in look.descriptors.get(pid, {}).values())
    polls = any(t.call.startswith("epoll") or (not t.call and t.channel in POLLING) for t in threads)
    if NETWORK in kinds or (polls and sockets):
        return NETWORK, "epoll" if NETWORK not in kinds else "", 0, 0.0
    if kinds == {SLEEP}:
        return SLEEP, "", 0, 0.0
    return IDLE, ", ".join(sorted({t.call for t in threads} - {"futex", ""})) or "futex", 0, 0.0


@dataclass
class Witnessed:
    """What all looks together say."""

    processes: list[Process]
    waits: list[ProcessWait]
    owners: dict[int, int]
    """Who had a socket, by its inode."""


def witnessed(text: str, machine: str, boot_ns: int, ticks_per_s: int, end_ns: int) -> Witnessed:
    """Processes and waits over time.

    Args:
        boot_ns: when the clock of /proc/PID/stat began.
        ticks_per_s: how many ticks of it make a second.
        end_ns: when the command ended.
    """
    gathered = _Gathered(boot_ns, ticks_per_s)
    for look in read_looks(text, machine):
        gathered.take(look)
    return gathered.finished(end_ns)


class _Gathered:
    """Looks, one after the other, as processes and intervals."""

    def __init__(self, boot_ns: int, ticks_per_s: int):
        self._boot_ns, self._ticks_per_s = boot_ns, ticks_per_s
        self._known: dict[int, Process] = {}
        self._ancestors: dict[int, int] = {}  # each process' first parent
        self._seen: dict[int, tuple[int, int]] = {}  # its processor time in ticks, when it was last seen
        self._open: dict[int, ProcessWait] = {}
        self._done: list[ProcessWait] = []
        self._owners: dict[int, int] = {}
        self._last_ns = 0

    def take(self, look: RecordedLook) -> None:
        """The next look."""
        self._last_ns = look.time_ns
        for pid, parent in look.parents.items():
            self._adopt(pid, parent)
        for pid, start in look.starts.items():
            if pid in self._ancestors:
                begun = min(self._boot_ns + start * 1_000_000_000 // self._ticks_per_s, look.time_ns)
                self._describe(pid, begun, look)
                share = self._share(pid, look)
                if look.states[pid] not in "ZX" and pid not in look.strangers:
                    self._note(pid, waits_for(pid, look, share, self._ancestors), look)
        for pid, (time_ns, parent) in look.newcomers.items():
            self._adopt(pid, parent)
            if pid in self._ancestors:
                self._describe(pid, self._known[pid].start_ns if pid in self._known else time_ns, look)
                self._seen[pid] = self._seen.get(pid, (0, 0))[0], time_ns
        for pid in set(self._open) - set(look.starts):
            self._done.append(self._open.pop(pid))
        self._owners.update(_sockets(look))

    def _adopt(self, pid: int, parent: int) -> None:
        if len(self._ancestors) < PROCESSES_MOST:
            self._ancestors.setdefault(pid, parent)

    def _describe(self, pid: int, begun_ns: int, look: RecordedLook) -> None:
        argv = look.commands.get(pid) or (self._known[pid].argv if pid in self._known else ())
        own = pid not in look.strangers
        self._known[pid] = Process(pid, self._ancestors[pid], begun_ns, NEVER_NS, argv, None, own)

    def _share(self, pid: int, look: RecordedLook) -> float:
        """Processor time per second since the look before."""
        ticks, before_ns = self._seen.get(pid, (look.ticks[pid], look.time_ns))
        self._seen[pid] = look.ticks[pid], look.time_ns
        return (look.ticks[pid] - ticks) / self._ticks_per_s / max((look.time_ns - before_ns) / 1e9, 0.01)

    def _note(self, pid: int, now: Seen, look: RecordedLook) -> None:
        kind, subject, holder, share = now
        current = self._open.get(pid)
        start, state = look.time_ns, look.states.get(holder, "")
        if current is not None and (current.kind, current.subject, current.holder) == now[:3]:
            start, state = current.start_ns, state or current.holder_state
        elif current is not None:
            self._done.append(current)
        self._open[pid] = ProcessWait(pid, kind, start, look.time_ns, subject, holder, state, share)

    def finished(self, end_ns: int) -> Witnessed:
        """Everything, for a command that ended at ``end_ns``."""
        waits = [wait for wait in [*self._done, *self._open.values()] if wait.end_ns > wait.start_ns][:WAITS_MOST]
        processes = []
        for one in self._known.values():
            seen_ns = self._seen[one.pid][1]
            if one.own:  # the last look at one that was gone before the others
                one = replace(one, end_ns=end_ns if seen_ns >= self._last_ns else seen_ns)
            processes.append(one)
        return Witnessed(processes, waits, self._owners)


def _sockets(look: RecordedLook) -> Iterator[tuple[int, int]]:
    for pid, found in look.descriptors.items():
        for target, _ in found.values():
            inode = integer(target[8:-1]) if target.startswith("socket:[") else None
            if inode is not None and pid not in look.strangers:
                yield inode, pid

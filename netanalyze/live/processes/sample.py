"""One look at one process: what keeps it, told from its threads' system calls and what lies behind them."""

import os
from collections.abc import Callable
from typing import NamedTuple

from netanalyze.live.processes import locks, proc, syscalls
from netanalyze.live.processes.tree import ProcessTree
from netanalyze.live.sockets.unix import UnixSockets
from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern
from netanalyze.processes import (
    CHILD,
    DISK,
    FROZEN,
    IDLE,
    LOCK,
    NETWORK,
    ORPHANED_PIPE,
    PIPE,
    RUNNING,
    SERVICE,
    SLEEP,
    STARVED,
    STOPPED,
    TERMINAL,
)  # fmt: skip

TERMINALS = lazy_pattern(r"/dev/(?:tty|pts/\d+|console)")
MOST_THREADS = 64
BUSY, STARVING, LITTLE = 0.5, 0.5, 0.05
"""Of the time since the last look: with so much of a core a process runs; kept from it for so much, and given no more than
so little, it starves. A build on a machine with more to do than processors gets its part of them, and only takes longer."""
FREEZERS = (b"do_freezer_trap", b"__refrigerator")


class Sampled(NamedTuple):
    """What one process waits for at one look; as ``netanalyze.processes.Wait``."""

    kind: str
    subject: str = ""
    holder: int = 0
    share: float = 0.0


class Times(NamedTuple):
    """Processor time had and waited for since the process began, s."""

    had: float
    queued: float


TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def times(pid: int, stat: proc.Stat) -> Times:
    """A process' times; the queue's is summed over its threads (sched_info of /proc/PID/schedstat, ns)."""
    queued = 0
    for thread in proc.threads(pid)[:MOST_THREADS]:
        words = proc.read(f"/proc/{pid}/task/{thread}/schedstat", 128).split()
        queued += (integer(words[1]) or 0) if len(words) > 1 else 0
    return Times(stat.ticks / TICKS_PER_S, queued / 1e9)


class Look:
    """What is read once for all processes of one look: locks, pipes, when asked for."""

    def __init__(
        self, tree: ProcessTree, unix: UnixSockets, all_locks: Callable[[], list[locks.Lock]] = locks.read_locks
    ):
        self.tree, self.unix, self._read_locks = tree, unix, all_locks
        self._locks: list[locks.Lock] | None = None
        self._pipes: dict[str, list[tuple[int, bool]]] | None = None

    @property
    def locks(self) -> list[locks.Lock]:
        """All file locks."""
        if self._locks is None:
            self._locks = self._read_locks()
        return self._locks

    @property
    def pipes(self) -> dict[str, list[tuple[int, bool]]]:
        """Of each pipe that the tree's processes have open: who has it, and whether for writing."""
        if self._pipes is None:
            self._pipes = {}
            for pid in self.tree.alive():
                for number, target in proc.descriptors(pid):
                    if target.startswith("pipe:["):
                        self._pipes.setdefault(target, []).append((pid, proc.writes_to(pid, number)))
        return self._pipes


def sampled(pid: int, stat: proc.Stat, share: float, queue_share: float, look: Look) -> Sampled:
    """What keeps a process at this moment.

    Args:
        share, queue_share: processor time had and waited for, per second since the last look.
    """
    if stat.state in "Tt":
        return Sampled(STOPPED, "traced" if stat.state == "t" else "stopped by a signal")
    if proc.read(f"/proc/{pid}/wchan", 64) in FREEZERS:
        return Sampled(FROZEN, "its control group is frozen")
    calls = [(thread, one) for thread in proc.threads(pid)[:MOST_THREADS] if (one := syscalls.call(pid, thread))]
    for find in (_lock, _terminal):
        found = find(pid, calls, look)
        if found is not None:
            return found
    if share >= BUSY:
        return Sampled(RUNNING, "", 0, round(share, 2))
    if queue_share >= STARVING and share <= LITTLE:
        return Sampled(STARVED, "", 0, round(share, 2))
    for find in (_disk, _orphaned_pipe, _child, _pipe, _network):
        found = find(pid, calls, look)
        if found is not None:
            return found
    names = {one.name for _, one in calls}
    if names and names <= syscalls.SLEEPS:
        return Sampled(SLEEP)
    return Sampled(IDLE, ", ".join(sorted(names - {"futex"})) or "futex")


Calls = list[tuple[int, syscalls.Call]]


def _lock(pid: int, calls: Calls, look: Look) -> Sampled | None:
    for _, one in calls:
        if one.name == "flock" or (one.name == "fcntl" and one.arguments[1] in syscalls.LOCKING):
            path = proc.descriptor(pid, one.arguments[0] & 0xFFFFFFFF)
            return Sampled(LOCK, path, locks.holder(pid, path, look.locks))
    return None


def _terminal(pid: int, calls: Calls, look: Look) -> Sampled | None:
    for _, one in calls:
        if one.name in ("read", "readv") or one.name in syscalls.ON_SEVERAL:
            for number in syscalls.descriptors_of(pid, one):
                target = proc.descriptor(pid, number)
                if TERMINALS.fullmatch(target):
                    return Sampled(TERMINAL, target)
    return None


def _disk(pid: int, calls: Calls, look: Look) -> Sampled | None:
    """A thread in uninterruptible sleep: the disk, or a network file system, does not return."""
    for thread in proc.threads(pid)[:MOST_THREADS]:
        stat = proc.stat(pid, thread)
        if stat is not None and stat.state == "D":
            one = next((one for number, one in calls if number == thread), None)
            if one is not None and one.name in syscalls.FORKS:
                continue
            numbers = syscalls.descriptors_of(pid, one) if one else []
            subject = proc.descriptor(pid, numbers[0]) if numbers else one.name if one else ""
            return Sampled(DISK, subject)
    return None


def _orphaned_pipe(pid: int, calls: Calls, look: Look) -> Sampled | None:
    """It reads a pipe whose other end only descendants have whose way up to it is broken: git is gone, they remain."""
    for target, ends in look.pipes.items():
        if (pid, False) not in ends or any(p == pid and writes for p, writes in ends):
            continue
        writers = [p for p, writes in ends if writes]
        if writers and all(look.tree.is_orphan_of(writer, pid) for writer in writers):
            return Sampled(ORPHANED_PIPE, target, writers[0])
    return None


def _child(pid: int, calls: Calls, look: Look) -> Sampled | None:
    children = [p for p in look.tree.alive() if look.tree.parent(p) == pid]
    if any(one.name in syscalls.WAITS_FOR_CHILD for _, one in calls) and children:
        return Sampled(CHILD, "", children[-1])
    return None


def _pipe(pid: int, calls: Calls, look: Look) -> Sampled | None:
    for _, one in calls:
        if one.name not in ("read", "readv", "write", "writev") and one.name not in syscalls.ON_SEVERAL:
            continue
        for number in syscalls.descriptors_of(pid, one):
            target = proc.descriptor(pid, number)
            if target.startswith("pipe:["):
                wanted = one.name not in ("write", "writev")
                others = [p for p, writes in look.pipes.get(target, ()) if p != pid and writes == wanted]
                return Sampled(PIPE, target, others[-1] if others else 0)
    return None


def _network(pid: int, calls: Calls, look: Look) -> Sampled | None:
    """It waits at sockets: the network's, if one of them is, else a program's on this machine."""
    doors: list[str] = []
    for _, one in calls:
        if one.name.startswith("epoll"):
            continue
        for number in syscalls.descriptors_of(pid, one):
            door = _door(proc.descriptor(pid, number), look)
            if door is None:
                return Sampled(NETWORK, one.name)
            doors.append(door)
    if any(one.name.startswith("epoll") for _, one in calls):
        for _, target in proc.descriptors(pid):
            door = _door(target, look)
            if door is None:
                return Sampled(NETWORK, "epoll")
            doors.append(door)
    name = next(filter(None, doors), "")
    return Sampled(SERVICE, name) if name else None


def _door(target: str, look: Look) -> str | None:
    """Where a descriptor's local socket leads; None for a socket of the network, empty for what is no socket at all."""
    if not target.startswith("socket:["):
        return ""
    return look.unix.door(integer(target[8:-1]) or 0)

"""What the command's processes wait for, sampled a few times a second and folded into intervals."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

from netanalyze.live.processes import proc, sample
from netanalyze.live.processes.strace import Strace
from netanalyze.live.processes.tree import ProcessTree
from netanalyze.live.sockets.unix import UnixSockets
from netanalyze.numerals import decimal
from netanalyze.processes import IDLE, LOCK, ORPHANED_PIPE, PIPE, FullDisk, Process, ProcessWait
from netanalyze.units import NEVER_NS

MOST = 20_000
"""Intervals kept of one run."""
MOST_PROCESSES = 200
"""Processes looked at in one go: of more, the oldest."""
HOLE_NS = 2_000_000_000
"""If two looks are further apart than this, we were stopped or the machine slept: no interval spans it."""
LITTLE_OCTETS, FEW_INODES = 65_536, 1
"""A file system with less free than this is full: what go writes of a zip at once is 32 KiB (io.Copy), its pages twice that."""


@dataclass
class _Open:
    seen: sample.Sampled
    start_ns: int
    end_ns: int
    holder_state: str = ""


class Waits:
    """Looks at all processes of a tree whenever asked to.

    Args:
        folders: where the command writes, to see whether there is room.
        strace: knows when waits began and ended exactly, None where nobody asked for it.
    """

    def __init__(self, tree: ProcessTree, folders: Iterable[str] = (), strace: Strace | None = None):
        self._strace = strace
        self._tree, self._folders = tree, [folder for folder in folders if folder]
        self._open: dict[int, _Open] = {}
        self._done: list[ProcessWait] = []
        self._times: dict[int, tuple[int, sample.Times]] = {}
        self._full: dict[tuple[str, str], FullDisk] = {}
        self._strangers: dict[int, Process] = {}
        self._unix = UnixSockets()
        self._last_ns = 0

    def look(self) -> None:
        """Sample every process of the tree."""
        now = time.time_ns()
        if now - self._last_ns > HOLE_NS:
            self._close_all()
            self._times.clear()
        self._last_ns = now
        look = sample.Look(self._tree, self._unix)
        alive = self._tree.alive()[:MOST_PROCESSES]
        for pid in alive:
            stat = proc.stat(pid)
            if stat is not None and stat.state not in "ZX":
                self._note(pid, self._sampled(pid, stat, look, now), now)
                self._tree.look_closer(pid)
        for pid in self._open.keys() - set(alive):
            self._end(pid)
        self._look_at_disks(now)
        if self._strace is not None:
            self._strace.look()

    def _sampled(self, pid: int, stat: proc.Stat, look: sample.Look, now: int) -> sample.Sampled:
        mine = sample.times(pid, stat)
        before_ns, before = self._times.get(pid, (now, mine))
        self._times[pid] = now, mine
        span = max((now - before_ns) / 1e9, 0.01)
        return sample.sampled(pid, stat, (mine.had - before.had) / span, (mine.queued - before.queued) / span, look)

    def _note(self, pid: int, sampled: sample.Sampled, now: int) -> None:
        current = self._open.get(pid)
        if current is not None and current.seen[:3] == sampled[:3]:
            current.end_ns = now
            if sampled.share:
                part = (current.seen.share + sampled.share) / 2
                current.seen = sampled._replace(share=round(part, 2))
        else:
            if current is not None:
                current.end_ns = now
                self._end(pid)
            current = self._open[pid] = _Open(sampled, now, now)
        if sampled.holder and sampled.kind in (LOCK, PIPE, ORPHANED_PIPE):
            current.holder_state = self._describe(sampled.holder, now) or current.holder_state

    def _describe(self, pid: int, now: int) -> str:
        """State and work of who holds something; a stranger among them is remembered."""
        stat = proc.stat(pid)
        if stat is None:
            return ""
        if not self._tree.has_had(pid) and pid not in self._strangers:
            began = now - round((_uptime() - stat.start / sample.TICKS_PER_S) * 1e9)
            self._strangers[pid] = Process(pid, stat.parent, began, NEVER_NS, proc.command_line(pid), None, own=False)
        seen = sample.sampled(pid, stat, 0.0, 0.0, sample.Look(self._tree, self._unix))
        doing = seen.kind if seen.kind != IDLE else seen.subject
        return f"{stat.state} {doing}".strip()

    def _look_at_disks(self, now: int) -> None:
        for folder in self._folders:
            try:
                room = os.statvfs(folder)
            except OSError:
                continue
            for what, free, total, least in (
                ("room", room.f_bavail * room.f_frsize, room.f_blocks, LITTLE_OCTETS),
                ("inodes", room.f_favail, room.f_files, FEW_INODES),
            ):
                if total and free < least:
                    first = self._full.get((folder, what))
                    self._full[folder, what] = FullDisk(folder, what, first.start_ns if first else now, now)

    def _end(self, pid: int) -> None:
        one = self._open.pop(pid)
        if len(self._done) < MOST and one.end_ns > one.start_ns:
            self._done.append(_wait(pid, one))

    def _close_all(self) -> None:
        for pid in list(self._open):
            self._end(pid)

    def rows(self) -> list[ProcessWait]:
        """All intervals so far, those under way up to the last look."""
        found = self._done + [_wait(pid, one) for pid, one in self._open.items() if one.end_ns > one.start_ns]
        return found if self._strace is None else self._strace.joined(found, self._last_ns)

    def full_disks(self) -> list[FullDisk]:
        """File systems that had no room."""
        return list(self._full.values())

    def strangers(self) -> list[Process]:
        """Processes outside the tree that it waited for."""
        return list(self._strangers.values())


def _wait(pid: int, interval: _Open) -> ProcessWait:
    seen = interval.seen
    return ProcessWait(
        pid, seen.kind, interval.start_ns, interval.end_ns, seen.subject, seen.holder, interval.holder_state, seen.share
    )


def _uptime() -> float:
    return decimal(proc.read("/proc/uptime", 64).partition(b" ")[0]) or 0.0

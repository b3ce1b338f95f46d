"""The command's process tree: every descendant from its fork to its end, also those that outlive their parents.

By the kernel's events where rights permit. Else by looking: new numbers are handed out in turn, so what is new since
the last look is found without reading all of proc(5); orphans come to us as their subreaper (prctl(2)).
"""

import ctypes
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from netanalyze.live.processes import proc
from netanalyze.live.processes.events import EXEC, EXIT, FORK, ProcEvents
from netanalyze.numerals import integer
from netanalyze.processes import Process
from netanalyze.units import NEVER_NS

SET_CHILD_SUBREAPER = 36
MOST = 20_000
"""Processes kept of one run; a build may fork more, and is told by its first ones."""
FRESH_NS = 2_000_000_000
"""So long after its beginning a process may still become the program it was forked for; where nobody tells, it is asked."""
MANY, FIRST, SHORT_NS = 200, 3, 1_000_000_000
"""Of so many processes, those that were over in a second are told by their first words."""
MOST_BEFORE = 4
"""Earlier command lines kept of one process: an interpreter, a wrapper, the program; the last ones."""
ASKERS = ("git", "ssh")
"""Programs that have others ask for credentials, by the beginning of their names."""
STDERR = 2
FAR = 2_000
"""If more numbers than this were given out between two looks, all of proc is read."""


@dataclass
class _Entry:
    pid: int
    parent: int
    start_ns: int
    argv: tuple[str, ...]
    end_ns: int = NEVER_NS
    exit_code: int | None = None
    adopted: bool = False
    copied: bool = False
    """Its command line is still its parent's: it has been forked and has not become a program of its own."""
    was: tuple[tuple[str, ...], ...] = ()
    streams: tuple[str, ...] = ()
    askpass: tuple[str, ...] = ()

    def becomes(self, argv: tuple[str, ...]) -> None:
        """It has another command line now, or may have: exec(2)."""
        if self.argv and self.argv != argv and not self.copied and not _is_unsettled(self.argv):
            self.was = (*self.was, self.argv)[-MOST_BEFORE:]
        self.argv, self.copied, self.streams, self.askpass = argv, False, (), ()

    def frozen(self) -> Process:
        return Process(
            self.pid, self.parent, self.start_ns, self.end_ns, self.argv, self.exit_code,
            was=self.was, streams=self.streams, askpass=self.askpass,
        )  # fmt: skip


class ProcessTree:
    """Descendants of one process, which is named by ``begin``.

    Args:
        events: the kernel's word, None to look for ourselves.
    """

    def __init__(self, events: ProcEvents | None = None):
        self.root = 0
        self.ignored = ""
        """Program whose processes are not the command's though they descend from it: its tracer."""
        self._events = events
        self._entries: list[_Entry] = []
        self._alive: dict[int, _Entry] = {}
        self._ever: dict[int, _Entry] = {}
        self._last_pid, self._before = 0, frozenset[int]()
        self._left_to: dict[int, int] = {}
        """Of those whose parents were gone before we came: the process whose child left them."""
        if events is None:
            ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def begin(self, root: int, start_ns: int) -> None:
        """The command has been released as process ``root``."""
        self.root = root
        if self._events is None:
            us = os.getpid()
            known = [(pid, proc.stat(pid)) for pid in proc.all_pids()]
            self._before = frozenset(pid for pid, stat in known if stat and stat.parent == us) - {root}
            self._last_pid = root
        self._add(root, os.getpid(), start_ns)
        self.update()

    def join(self, pids: Sequence[int]) -> None:
        """Take on processes that run already, and all their descendants; the first is the root."""
        now = time.time_ns()
        self.root = pids[0] if pids else 0
        self._last_pid = proc.last_pid()
        self._before = frozenset(proc.all_pids())
        for pid in dict.fromkeys(one for root in pids for one in (root, *proc.descendants(root))):
            stat = proc.stat(pid)
            if stat is not None and stat.state not in "ZX":
                self._add(pid, stat.parent, now)
        for pid, reader in _left_behind(self.alive()):
            self._add(pid, 0, now)
            self._left_to[pid] = reader

    @property
    def complete(self) -> bool:
        """Whether no process of the tree can have gone unseen."""
        return self._events is not None

    def alive(self) -> list[int]:
        """The numbers of those that run."""
        return list(self._alive)

    def contains(self, pid: int) -> bool:
        """Whether a process that runs is of the tree."""
        return pid in self._alive

    def has_had(self, pid: int) -> bool:
        """Whether ``pid`` is or was of the tree; a number is not given again as long as this matters."""
        return pid in self._ever

    def parent(self, pid: int) -> int:
        """Who forked it, also where that one is gone; 0 unknown."""
        entry = self._ever.get(pid)
        return entry.parent if entry else 0

    def is_orphan_of(self, pid: int, ancestor: int) -> bool:
        """Whether ``pid`` descends from ``ancestor`` by a child of it that has ended."""
        at, broken = pid, False
        for _ in range(64):
            if self._left_to.get(at) == ancestor:
                return True
            parent = self.parent(at)
            if parent == ancestor:
                return broken
            broken = not self.contains(parent)
            if not parent or not self.has_had(parent):
                return False
            at = parent
        return False

    def argv(self, pid: int) -> tuple[str, ...]:
        """The command line of one that runs, or ran."""
        entry = self._ever.get(pid)
        return entry.argv if entry else ()

    def look_closer(self, pid: int) -> None:
        """Read of a process that lives for a while how it was started: its streams, and who is to ask in its stead."""
        entry = self._alive.get(pid)
        if entry is not None and _is_unsettled(entry.argv):
            entry.argv = proc.command_line(pid) or entry.argv  # it was seen in the midst of its exec(2)
        if entry is None or entry.streams:
            return
        entry.streams = proc.streams(pid)
        name = entry.argv[0].rpartition("/")[2] if entry.argv else ""
        entry.askpass = proc.askpass(pid) if name.startswith(ASKERS) else ()

    def rows(self) -> list[Process]:
        """All that were seen, by their beginning."""
        rows = [entry.frozen() for entry in self._entries]
        if len(rows) <= MANY:
            return rows
        return [
            replace(p, argv=p.argv[:FIRST]) if p.end_ns != NEVER_NS and p.end_ns - p.start_ns < SHORT_NS else p
            for p in rows
        ]

    def _add(self, pid: int, parent: int, start_ns: int) -> None:
        if pid in self._alive or len(self._entries) >= MOST:
            return
        argv = proc.command_line(pid) or self.argv(parent)
        if self.ignored and pid != self.root and argv and argv[0].strip("[]").rpartition("/")[2] == self.ignored:
            return
        entry = _Entry(pid, parent, start_ns, argv, copied=argv == self.argv(parent))
        self._entries.append(entry)
        self._alive[pid] = self._ever[pid] = entry

    def _end(self, pid: int, ns: int, status: int | None = None) -> None:
        entry = self._alive.pop(pid, None)
        if entry is not None:
            entry.end_ns = max(ns, entry.start_ns)
            if status is not None:
                entry.exit_code = os.waitstatus_to_exitcode(status & 0xFFFF)

    def update(self) -> None:
        """Learn what has happened until now."""
        if not self.root:
            return
        if self._events is None:
            self._look()
            return
        for event in self._events.read():
            if event.what == FORK and event.parent in self._alive:
                self._add(event.pid, event.parent, event.time_ns)
            elif event.what == EXEC and event.pid in self._alive:
                self._alive[event.pid].becomes(_settled_line(event.pid))  # its parent's words are not its own
            elif event.what == EXIT and event.pid in self._alive:
                self._end(event.pid, event.time_ns, event.code)
        if self._events.lost:
            self._events.lost = False
            self._look_everywhere(time.time_ns())

    def _look(self) -> None:
        """Without events: find the new, see off the old."""
        now, last = time.time_ns(), proc.last_pid()
        if last != self._last_pid:
            if 0 < last - self._last_pid <= FAR:
                for pid in range(self._last_pid + 1, last + 1):
                    self._consider(pid, now)
            else:
                self._look_everywhere(now)
            self._last_pid = last
        for pid, entry in list(self._alive.items()):
            stat = proc.stat(pid)
            if stat is None or stat.state in "ZX":
                self._end(pid, now)
                if entry.adopted:
                    self._reap(pid)
            else:
                entry.adopted = entry.adopted or (stat.parent == os.getpid() and pid != self.root)
                words = () if now - entry.start_ns > FRESH_NS else proc.command_line(pid)
                if words and words != entry.argv:
                    entry.becomes(words)

    def _consider(self, pid: int, now: int) -> None:
        stat = proc.stat(pid)
        if stat is None or stat.state in "ZX" or pid in self._alive:
            return
        orphan = stat.parent == os.getpid() and pid not in self._before
        if (stat.parent in self._alive or orphan) and _leads(pid):
            self._add(pid, self.root if orphan else stat.parent, now)

    def _look_everywhere(self, now: int) -> None:
        running = set(proc.all_pids())
        for pid in [pid for pid in self._alive if pid not in running]:
            self._end(pid, now)
        for pid in sorted(running):
            self._consider(pid, now)

    def _reap(self, pid: int) -> None:
        """Bury an orphan that came to us."""
        try:
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass


def _left_behind(tree: Sequence[int]) -> list[tuple[int, int]]:
    """Who descends from a tree though the processes between have ended, as far as a pipe proves it; each with its reader.

    A pipe that one of the tree reads beyond its standard streams is one that it made; only its descendants can have
    inherited the other end. Those of them that are not below it (any more) have lost their parents.
    """
    read: dict[str, int] = {}
    written = set()
    for pid in tree:
        for number, target in proc.descriptors(pid):
            if target.startswith("pipe:["):
                if proc.writes_to(pid, number):
                    written.add(target)
                elif number > STDERR:
                    read[target] = pid
    alone = read.keys() - written
    began = {pid: stat.start for pid in {read[target] for target in alone} if (stat := proc.stat(pid))}
    found = []
    for pid in set(proc.all_pids()) - set(tree) if began else ():
        reader = next(
            (read[t] for n, t in proc.descriptors(pid) if t in alone and read[t] in began and proc.writes_to(pid, n)), 0
        )
        stat = proc.stat(pid) if reader else None
        if stat is not None and stat.start >= began[reader]:
            found.append((pid, reader))
    return found


def _settled_line(pid: int) -> tuple[str, ...]:
    """The command line after an exec; for a moment there is none yet, and only the bracketed name is to be had."""
    for _ in range(5):
        argv = proc.command_line(pid)
        if not _is_unsettled(argv):
            break
        time.sleep(0.001)
    return argv


def _is_unsettled(argv: tuple[str, ...]) -> bool:
    """Whether there is a name in brackets in place of a command line."""
    return bool(argv) and argv[0].startswith("[")


def _leads(pid: int) -> bool:
    """Whether a number is a process' and not one of its further threads'."""
    for line in proc.read(f"/proc/{pid}/status", 1_024).split(b"\n"):
        if line.startswith(b"Tgid:"):
            return integer(line[5:].strip()) == pid
    return False

"""What was seen of the command's processes: who they were, whose sockets were whose, what they waited for.

Facts only, as ``netanalyze live`` reads them from the system; they travel inside the recording as JSON. Times are ns since
the epoch, by this machine's clock.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netanalyze.redaction import redacted_line
from netanalyze.units import NEVER_NS, SECOND_NS
from netanalyze.wording import Text, message

VERSION = 1
HOLE_NS = 2_000_000_000
"""Between two looks of one wait: longer than any healthy sampler needs on a busy machine."""
MOMENT_NS = 300_000_000
"""A little more than the time between two looks (netanalyze.live.observer)."""
SAME_NUMBER = 64
"""Processes that had one number of which so many are looked at: numbers are given anew after 32,768 others."""
LONGEST_COMMAND = 120
"""Characters of a command line in a proof."""
STATES = {"R": "running", "S": "asleep", "D": "in the disk", "T": "stopped", "t": "traced", "Z": "dead", "I": "idle"}
"""State letters of proc_pid_stat(5)."""
CERTAIN, INFERRED, OTHER = "certain", "inferred", "other"
"""How a socket or flow is known to be the command's: proved; likely (or a helper's on its behalf); proved not to be."""

EXACT = "bpf"
"""The witness (``Processes.means``) before which no socket of the command's goes unseen (netanalyze.live.processes.ownership)."""

LOCK, TERMINAL, CHILD, PIPE, ORPHANED_PIPE, NETWORK = "lock", "terminal", "child", "pipe", "orphaned-pipe", "network"
DISK, STOPPED, FROZEN, RUNNING, STARVED, SLEEP, IDLE, SERVICE = (
    "disk", "stopped", "frozen", "running", "starved", "sleep", "idle", "service",
)  # fmt: skip
KINDS = (
    LOCK, TERMINAL, CHILD, PIPE, ORPHANED_PIPE, NETWORK, DISK, STOPPED, FROZEN, RUNNING, STARVED, SLEEP, IDLE, SERVICE,
)  # fmt: skip
"""What a process can be waiting for: a file lock; a person at a terminal; the end of a child; another process that
writes (or reads) a pipe; the end of a pipe that only an orphan holds open; a socket; the disk; SIGCONT; its cgroup; the
processor, which it has; the processor, which others have; a moment; nothing that could be told; a program on this
machine, behind a local socket (an agent, a daemon)."""


@dataclass(frozen=True)
class Process:
    """One process.

    Attributes:
        parent: who forked it.
        argv: its command line, without credentials; empty where it was gone before it could be read.
        end_ns: ``NEVER_NS`` while it runs.
        exit_code: -n where signal n killed it; None unknown.
        own: of the command's tree; else a stranger that matters (who holds a lock, a helper on this machine).
        was: its earlier command lines, the eldest first: a script that execs its last command is that from then on.
        streams: what its standard input, output and error lead to: ``pipe:[n]``, ``socket:[n]``, a device, ``file``, empty
            where that could not be told; no members where nobody looked.
        askpass: of git and ssh, which variables name a program that asks for them: ``GIT_ASKPASS=program``.
    """

    pid: int
    parent: int
    start_ns: int
    end_ns: int = NEVER_NS
    argv: tuple[str, ...] = ()
    exit_code: int | None = None
    own: bool = True
    was: tuple[tuple[str, ...], ...] = ()
    streams: tuple[str, ...] = ()
    askpass: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The program, without its folder.

        >>> Process(7, 1, 0, argv=("/usr/bin/git", "fetch")).name
        'git'
        >>> Process(7, 1, 0, argv=("ssh: /run/mux [mux]",)).name, Process(7, 1, 0, argv=("ssh:", "/run/mux")).name
        ('ssh', 'ssh')
        """
        first = self.argv[0].strip("[]") if self.argv else ""  # in brackets: told by its name alone
        first = first.partition(": ")[0].removesuffix(":")  # a title of its own: "ssh: /run/mux [mux]"
        return first.rpartition("/")[2] or first or "?"

    @property
    def command(self) -> str:
        """Its command line as one text."""
        return " ".join(self.argv) or "?"

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """All its command lines, the latest first."""
        return (self.argv, *reversed(self.was))


@dataclass(frozen=True)
class SocketOwner:
    """Who had a socket. ``transport`` is the IP protocol's number; an empty address is any address, port 0 none yet."""

    transport: int
    local: str
    local_port: int
    remote: str
    remote_port: int
    first_ns: int
    last_ns: int
    pid: int
    owned: str


@dataclass(frozen=True)
class ProcessWait:
    """A process waited for one thing, from its first to its last sample.

    Attributes:
        kind: one of KINDS.
        subject: the thing: a path, ``pipe:[n]``, an address, a system call.
        holder: the process that keeps it waiting, 0 unknown.
        holder_state: the holder's state letter as in proc_pid_stat(5), and what it does itself.
        share: processor time per second of it, 1.0 is one core.
    """

    pid: int
    kind: str
    start_ns: int
    end_ns: int
    subject: str = ""
    holder: int = 0
    holder_state: str = ""
    share: float = 0.0

    @property
    def ns(self) -> int:
        """How long it was."""
        return self.end_ns - self.start_ns


@dataclass(frozen=True)
class FullDisk:
    """A file system the command writes to had no room: ``what`` is ``room`` or ``inodes``, ``path`` where it was seen."""

    path: str
    what: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class DownLink:
    """An interface that had carried when the command began was down, without a carrier, or gone; for so long."""

    interface: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class OpenFile:
    """A file that a process had open for writing at the last look: its size (octets), and when it was last written to."""

    pid: int
    path: str
    size: int
    written_ns: int


@dataclass(frozen=True)
class Processes:
    """Everything that was seen. ``root`` is the command itself; ``means`` says how sockets were attributed."""

    root: int
    processes: tuple[Process, ...] = ()
    sockets: tuple[SocketOwner, ...] = ()
    waits: tuple[ProcessWait, ...] = ()
    full_disks: tuple[FullDisk, ...] = ()
    files: tuple[OpenFile, ...] = ()
    down_links: tuple[DownLink, ...] = ()
    means: str = ""
    _at: dict[int, list[Process]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _children: dict[int, list[Process]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _waits: dict[int, list[ProcessWait]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for process in self.processes:
            self._at.setdefault(process.pid, []).append(process)
            self._children.setdefault(process.parent, []).append(process)
        for wait in self.waits:
            self._waits.setdefault(wait.pid, []).append(wait)

    def process(self, pid: int, ns: int = NEVER_NS) -> Process | None:
        """The process that had this number (at ``ns``: numbers are given again)."""
        ones = self._at.get(pid, [])
        if len(ones) > SAME_NUMBER and ns != NEVER_NS:  # in the order of their beginnings: the last ones by then
            ones = ones[: max(bisect_right(ones, ns, key=lambda p: p.start_ns), 1)][-SAME_NUMBER:]
        alive = [p for p in ones if ns != NEVER_NS and p.start_ns <= ns and (p.end_ns == NEVER_NS or ns <= p.end_ns)]
        return (alive or ones)[-1] if ones else None

    def is_own(self, pid: int) -> bool:
        """Whether a process is of the command's tree."""
        found = self.process(pid)
        return found is not None and found.own

    def named(self, pid: int, ns: int = NEVER_NS) -> Text:
        """A process as prose calls it: ``git (pid 4711)``."""
        found = self.process(pid, ns)
        return message("{name} (pid {pid})", name=found.name if found else "a process", pid=pid)

    def waits_for(self, *kinds: str, end_ns: int = NEVER_NS) -> list[ProcessWait]:
        """The own processes' waits of these kinds, the longest first.

        Looks are pieced together where no more than ``HOLE_NS`` lies between; what lasts as long as anybody looked
        lasts to ``end_ns``, the end of the run.
        """
        found: dict[tuple, list[ProcessWait]] = {}
        last: dict[int, int] = {}
        for wait in self.waits:
            last[wait.pid] = max(last.get(wait.pid, 0), wait.end_ns)
        for wait in sorted(self.waits, key=lambda w: w.start_ns):
            if wait.kind not in kinds or not self.is_own(wait.pid):
                continue
            before = found.setdefault((wait.pid, wait.kind, wait.subject, wait.holder), [])
            if before and wait.start_ns - before[-1].end_ns <= HOLE_NS:
                wait = replace(wait, start_ns=before.pop().start_ns)
            before.append(wait)
        whole = [
            replace(w, end_ns=end_ns)
            if 0 < end_ns - w.end_ns <= HOLE_NS and w.end_ns == last[w.pid] and self._runs(w.pid, w.end_ns)
            else w
            for ones in found.values()
            for w in ones
        ]
        return sorted(whole, key=lambda w: (-w.ns, w.start_ns, w.pid))

    def _runs(self, pid: int, ns: int) -> bool:
        """Whether a process ran on for more than a moment after ``ns``: it was not by ending that it stopped waiting."""
        found = self.process(pid, ns)
        return found is not None and (found.end_ns == NEVER_NS or found.end_ns - ns > MOMENT_NS or found.exit_code != 0)

    def latest_waits(self) -> list[ProcessWait]:
        """What the own processes waited for when anybody looked last, give or take a second."""
        last = max((wait.end_ns for wait in self.waits), default=NEVER_NS)
        return [wait for wait in self.waits if wait.end_ns >= last - SECOND_NS and self.is_own(wait.pid)]

    def sentence(self, wait: ProcessWait) -> Text:
        """A wait as one reads it in a proof: ``git (pid 7) reads /dev/pts/3``."""
        who, subject = self.named(wait.pid, wait.start_ns), wait.subject
        words: dict[str, Text] = {
            LOCK: message("asks for the lock {lock}", lock=subject),
            TERMINAL: message("reads the terminal {terminal}", terminal=subject),
            CHILD: "waits for its child to end",
            PIPE: message("waits at {pipe}", pipe=subject or "a pipe"),
            ORPHANED_PIPE: message("waits for the end of {pipe}", pipe=subject or "a pipe"),
            NETWORK: message("waits for the network ({call})", call=subject),
            DISK: message("waits for the disk ({call})", call=subject) if subject else "waits for the disk",
            STOPPED: message("is {state}", state=subject or "stopped"),
            FROZEN: "is frozen with its control group",
            RUNNING: message("computes, on {share} of a core", share=f"{wait.share:.1f}"),
            STARVED: "is ready to run and gets no processor",
            SLEEP: "sleeps",
            SERVICE: message("waits for the program behind {socket}", socket=subject),
        }
        return message("{who} {does}", who=who, does=words.get(wait.kind, "waits"))

    def holding(self, wait: ProcessWait) -> Text:
        """Who holds a wait up and what it does itself: ``go (pid 9): go mod download, asleep in flock``."""
        if not wait.holder:
            return ""
        found = self.process(wait.holder, wait.start_ns)
        state, _, doing = wait.holder_state.partition(" ")
        words = STATES.get(state, "")
        who, command = self.named(wait.holder, wait.start_ns), found.command[:LONGEST_COMMAND] if found else ""
        if not words:
            return message("{who}: {command}", who=who, command=command)
        text = (
            "{who}: {command}, {state} ({call})" if doing and state not in ("T", "t") else "{who}: {command}, {state}"
        )
        return message(text, who=who, command=command, state=words, call=doing)

    def children(self, pid: int) -> list[Process]:
        """The processes that ``pid`` forked."""
        return [p for p in self._children.get(pid, ()) if p.own]

    def forked(self, pid: int) -> list[Process]:
        """As ``children``, with those that are not of the command's tree."""
        return self._children.get(pid, [])

    def waits_of(self, pid: int) -> list[ProcessWait]:
        """What a process was seen to wait for, in order."""
        return self._waits.get(pid, [])

    def to_json(self) -> str:
        """One JSON object without blanks; rows are arrays in the order of the fields."""
        body = {
            "version": VERSION,
            "root": self.root,
            "means": self.means,
            "processes": [
                [p.pid, p.parent, p.start_ns, _or_none(p.end_ns), list(p.argv), p.exit_code, p.own, *_beside(p)]
                for p in self.processes
            ],
            "sockets": [list(vars(s).values()) for s in self.sockets],
            "waits": [list(vars(w).values()) for w in self.waits],
            "full_disks": [list(vars(d).values()) for d in self.full_disks],
            "files": [list(vars(f).values()) for f in self.files],
            "down_links": [list(vars(d).values()) for d in self.down_links],
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _beside(process: Process) -> list[dict[str, Any]]:
    """What is known of few processes, as one object at the end of the row; older rows have none."""
    found = {name: value for name in ("was", "streams", "askpass") if (value := getattr(process, name))}
    return [found] if found else []


def _or_none(ns: int) -> int | None:
    return None if ns == NEVER_NS else ns


def processes_from_json(text: str) -> Processes | None:
    """What ``to_json`` wrote; None for any other text. Rows of another form are left out; never raises.

    >>> seen = Processes(7, (Process(7, 1, 5, argv=("go", "version")),), waits=(Wait(7, LOCK, 5, 9, "/c/lock"),))
    >>> processes_from_json(seen.to_json()) == seen, processes_from_json("[]")
    (True, None)
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, Mapping) or body.get("version") != VERSION or not _whole(body.get("root")):
        return None
    return Processes(
        root=body["root"],
        processes=tuple(_rows(_process, body.get("processes"))),
        sockets=tuple(_rows(lambda row: _typed(SocketOwner, row), body.get("sockets"))),
        waits=tuple(w for w in _rows(lambda row: _typed(ProcessWait, row), body.get("waits")) if w.kind in KINDS),
        full_disks=tuple(_rows(lambda row: _typed(FullDisk, row), body.get("full_disks"))),
        files=tuple(_rows(lambda row: _typed(OpenFile, row), body.get("files"))),
        down_links=tuple(_rows(lambda row: _typed(DownLink, row), body.get("down_links"))),
        means=body["means"] if isinstance(body.get("means"), str) else "",
    )


def _rows(make: Any, rows: Any) -> Iterable[Any]:
    for row in rows if isinstance(rows, list) else ():
        try:
            yield make(row)
        except (TypeError, ValueError):
            continue


def _process(row: Any) -> Process:
    pid, parent, start, end, argv, code, own, *rest = row
    beside = rest[0] if rest and isinstance(rest[0], Mapping) else {}
    if not isinstance(argv, list) or not all(map(_whole, (pid, parent, start))):
        raise ValueError("no process")
    return Process(
        pid,
        parent,
        start,
        end if _whole(end) else NEVER_NS,
        redacted_line([str(word) for word in argv]),
        code if _whole(code) else None,
        bool(own),
        was=tuple(redacted_line(_words(line)) for line in _list(beside.get("was")) if isinstance(line, list)),
        streams=_words(beside.get("streams")),
        askpass=redacted_line(_words(beside.get("askpass"))),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(value: Any) -> tuple[str, ...]:
    return tuple(map(str, _list(value)))


def _typed(kind: Any, row: Any) -> Any:
    """A row as ``kind``, if every member is of the type it is declared to have.

    Raises:
        ValueError: one is not.
    """
    made = kind(*row)
    for name, declared in kind.__annotations__.items():
        value = getattr(made, name)
        fits = {int: _whole(value), str: isinstance(value, str), float: _whole(value) or isinstance(value, float)}
        if not fits[declared]:
            raise ValueError(f"{name} is {value!r}")
    return made


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63

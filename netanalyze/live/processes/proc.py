"""What proc(5) says of processes: read cheaply, and calmly where one has gone meanwhile."""

import os
import stat as stat_module
import struct
from collections.abc import Callable
from typing import NamedTuple

from netanalyze.live import darwin
from netanalyze.numerals import integer, integers
from netanalyze.redaction import redacted_line

OCTETS, CHARACTERS, WORD = 65_536, 800, 300
"""Octets read of a command line; characters kept of it, and of one word: a compiler is told by its first ones."""


SEEN = struct.Struct("=Iqq")
"""A file as ``ask`` tells of it: mode, size, time of the last change, ns."""
_ask: Callable[[str, str], bytes | None] | None = None


def read_through(ask: Callable[[str, str], bytes | None] | None) -> None:
    """From now on ask ``ask`` (netanalyze.live.processes.proc_reader) for what may not be read here; None: nobody."""
    global _ask
    _ask = ask


def asked(what: str, rest: str) -> bytes | None:
    """What somebody with more rights has to say; None where there is nobody."""
    return None if _ask is None else _ask(what, rest)


class Stat(NamedTuple):
    """Of proc_pid_stat(5): state letter, parent, processor time in clock ticks, start in ticks since the boot."""

    state: str
    parent: int
    ticks: int
    start: int


def read(path: str, most: int = 65_536) -> bytes:
    """The first octets of a file of proc; empty where there is none or it may not be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        return (asked("read", path) or b"")[:most]
    except OSError:
        return b""
    try:
        return os.read(descriptor, most)
    except PermissionError:
        return (asked("read", path) or b"")[:most]
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def stat(pid: int, thread: int = 0) -> Stat | None:
    """A process' state (or one thread's); None if it is gone."""
    text = read(f"/proc/{pid}/task/{thread}/stat" if thread else f"/proc/{pid}/stat", 2_048)
    fields = text.rpartition(b")")[2].split()
    numbers = integers((fields[1], fields[11], fields[12], fields[19])) if len(fields) > 19 else None
    if numbers is None:
        return None
    return Stat(fields[0].decode(), numbers[0], numbers[1] + numbers[2], numbers[3])


def is_running(pid: int) -> bool:
    """Whether a process has not ended yet, were it only to be waited for by its parent."""
    process = stat(pid)
    return process is not None and process.state not in "ZX"


def command_line(pid: int) -> tuple[str, ...]:
    """The words of its command line, without credentials; its name in brackets where it has none; empty if it is gone."""
    octets = read(f"/proc/{pid}/cmdline", OCTETS)
    words = octets.rstrip(b"\0").split(b"\0")
    if len(octets) == OCTETS:  # cut within a word: what would tell that it holds a secret may be missing
        words.pop()
    if any(words):
        # secrets first: a URL that was cut before its @ would not be known for one
        whole = redacted_line([os.fsdecode(word).encode("utf-8", "replace").decode() for word in words])
        found, room = [], CHARACTERS
        for word in whole:
            found.append(word[: min(WORD, max(room, 1))])
            room -= len(word) + 1
            if room <= 0:
                break
        return tuple(found)
    name = read(f"/proc/{pid}/comm").strip()
    return (f"[{name.decode('utf-8', 'replace')}]",) if name else ()


def threads(pid: int) -> list[int]:
    """The numbers of its threads."""
    try:
        return _numbers(f"/proc/{pid}/task")
    except OSError:
        return []


def descriptors(pid: int) -> list[tuple[int, str]]:
    """Its open descriptors and what they lead to (``socket:[n]``, ``pipe:[n]``, a path); empty without the right to look."""
    folder, found = f"/proc/{pid}/fd", []
    try:
        names = os.listdir(folder)
    except PermissionError:
        told = os.fsdecode(asked("links", str(pid)) or b"").split("\0")
        return [(integer(number) or 0, target) for number, target in zip(told[::2], told[1::2])]
    except OSError:
        return []
    for name in names:
        try:
            found.append((integer(name) or 0, os.readlink(f"{folder}/{name}")))
        except OSError:
            continue
    return found


def streams(pid: int) -> tuple[str, str, str]:
    """What its standard input, output and error lead to; of a file on a disk only that it is a ``file``."""
    input_, output, error = (descriptor(pid, number) for number in range(3))
    return _kind(input_), _kind(output), _kind(error)


def _kind(target: str) -> str:
    return "file" if target.startswith("/") and not target.startswith("/dev/") else target


ASKPASS = (b"GIT_ASKPASS", b"SSH_ASKPASS")
"""Variables that name a program which asks for credentials (gitcredentials(7), ssh(1)); no other one is kept."""


def askpass(pid: int) -> tuple[str, ...]:
    """Which of ``ASKPASS`` are set for a process, each with its program's name, without folder and arguments."""
    found, octets = [], read(f"/proc/{pid}/environ", 262_144)
    if not octets:
        told = (asked("askpass", str(pid)) or b"").decode("utf-8", "replace")
        return tuple(told.split("\0")) if told else ()
    for row in octets.split(b"\0"):
        name, _, value = row.partition(b"=")
        program = value.strip().partition(b" ")[0].rpartition(b"/")[2]
        if name in ASKPASS and program:
            found.append(f"{name.decode()}={program[:WORD].decode('utf-8', 'replace')}")
    return tuple(sorted(found))


def can_look(pid: int) -> bool:
    """Whether we may see its descriptors (also true of one that is gone)."""
    return _ask is not None or os.access(f"/proc/{pid}/fd", os.R_OK) or not os.path.exists(f"/proc/{pid}")


def descriptor(pid: int, number: int) -> str:
    """What one descriptor leads to; empty if that cannot be told."""
    try:
        return os.readlink(f"/proc/{pid}/fd/{number}")
    except PermissionError:
        return os.fsdecode(asked("link", f"/proc/{pid}/fd/{number}") or b"")
    except OSError:
        return ""


def writes_to(pid: int, number: int) -> bool:
    """Whether a descriptor is open for writing."""
    try:
        mode = os.lstat(f"/proc/{pid}/fd/{number}").st_mode
    except PermissionError:
        told = asked("lstat", f"/proc/{pid}/fd/{number}")
        mode = SEEN.unpack(told)[0] if told else 0
    except OSError:
        return False
    return bool(mode & 0o200)


def written_files(pid: int) -> list[tuple[str, int, int]]:
    """The regular files it has open for writing: path, size in octets, when last written to (ns since the epoch)."""
    found = []
    for number, target in descriptors(pid):
        if not target.startswith("/") or not writes_to(pid, number):
            continue
        try:
            seen = os.stat(f"/proc/{pid}/fd/{number}")
            mode, size, changed_ns = seen.st_mode, seen.st_size, seen.st_mtime_ns
        except PermissionError:
            told = asked("stat", f"/proc/{pid}/fd/{number}")
            mode, size, changed_ns = SEEN.unpack(told) if told else (0, 0, 0)
        except OSError:
            continue
        if stat_module.S_ISREG(mode):
            found.append((target, size, changed_ns))
    return found


def _numbers(folder: str) -> list[int]:
    """The numbers among the names in a folder."""
    return [number for name in os.listdir(folder) if (number := integer(name)) is not None]


def all_pids() -> list[int]:
    """Every process of this moment."""
    return _numbers("/proc")


def last_pid() -> int:
    """The number that was given out last, to a process or thread (proc_loadavg(5))."""
    fields = read("/proc/loadavg", 256).split()
    return (integer(fields[4]) or 0) if len(fields) > 4 else 0


def descendants(root: int) -> list[int]:
    """The processes below ``root`` at this moment, parents first."""
    if darwin.HERE:
        return darwin.descendants(root, darwin.all_processes())
    children: dict[int, list[int]] = {}
    for pid in all_pids():
        found = stat(pid)
        if found is not None:
            children.setdefault(found.parent, []).append(pid)
    below, at = [root], 0
    while at < len(below):
        below += children.get(below[at], [])
        at += 1
    return below[1:]

"""What proc(5) says of processes: read cheaply, and calmly where one has gone meanwhile."""

import os
import stat as stat_module
from typing import NamedTuple

from netanalyze.live.secrets import redacted_line

CHARACTERS, WORD = 800, 300
"""Characters kept of a command line, and of one word of it: a compiler is told by its first ones."""


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
    except OSError:
        return b""
    try:
        return os.read(descriptor, most)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def stat(pid: int, thread: int = 0) -> Stat | None:
    """A process' state (or one thread's); None if it is gone."""
    text = read(f"/proc/{pid}/task/{thread}/stat" if thread else f"/proc/{pid}/stat", 2_048)
    fields = text.rpartition(b")")[2].split()
    if len(fields) < 20:
        return None
    return Stat(fields[0].decode(), int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[19]))


def command_line(pid: int) -> tuple[str, ...]:
    """The words of its command line, without credentials; its name in brackets where it has none; empty if it is gone."""
    words = read(f"/proc/{pid}/cmdline").rstrip(b"\0")
    if words:
        found, room = [], CHARACTERS
        for word in words.split(b"\0"):
            found.append(os.fsdecode(word)[: min(WORD, max(room, 1))].encode("utf-8", "replace").decode())
            room -= len(word) + 1
            if room <= 0:
                break
        return redacted_line(tuple(found))
    name = read(f"/proc/{pid}/comm").strip()
    return (f"[{name.decode('utf-8', 'replace')}]",) if name else ()


def threads(pid: int) -> list[int]:
    """The numbers of its threads."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def descriptors(pid: int) -> list[tuple[int, str]]:
    """Its open descriptors and what they lead to (``socket:[n]``, ``pipe:[n]``, a path); empty without the right to look."""
    folder, found = f"/proc/{pid}/fd", []
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    for name in names:
        try:
            found.append((int(name), os.readlink(f"{folder}/{name}")))
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
    found = []
    for row in read(f"/proc/{pid}/environ", 262_144).split(b"\0"):
        name, _, value = row.partition(b"=")
        program = value.strip().partition(b" ")[0].rpartition(b"/")[2]
        if name in ASKPASS and program:
            found.append(f"{name.decode()}={program[:WORD].decode('utf-8', 'replace')}")
    return tuple(sorted(found))


def can_look(pid: int) -> bool:
    """Whether we may see its descriptors (also true of one that is gone)."""
    return os.access(f"/proc/{pid}/fd", os.R_OK) or not os.path.exists(f"/proc/{pid}")


def descriptor(pid: int, number: int) -> str:
    """What one descriptor leads to; empty if that cannot be told."""
    try:
        return os.readlink(f"/proc/{pid}/fd/{number}")
    except OSError:
        return ""


def writes_to(pid: int, number: int) -> bool:
    """Whether a descriptor is open for writing."""
    try:
        return bool(os.lstat(f"/proc/{pid}/fd/{number}").st_mode & 0o200)
    except OSError:
        return False


def written_files(pid: int) -> list[tuple[str, int, int]]:
    """The regular files it has open for writing: path, size in octets, when last written to (ns since the epoch)."""
    found = []
    for number, target in descriptors(pid):
        if not target.startswith("/") or not writes_to(pid, number):
            continue
        try:
            seen = os.stat(f"/proc/{pid}/fd/{number}")
        except OSError:
            continue
        if stat_module.S_ISREG(seen.st_mode):
            found.append((target, seen.st_size, seen.st_mtime_ns))
    return found


def all_pids() -> list[int]:
    """Every process of this moment."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def last_pid() -> int:
    """The number that was given out last, to a process or thread (proc_loadavg(5))."""
    fields = read("/proc/loadavg", 256).split()
    return int(fields[4]) if len(fields) > 4 else 0

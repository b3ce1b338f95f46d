"""File locks and who holds them: proc_locks(5)."""

import os
from typing import NamedTuple

from netanalyze.live.processes import proc
from netanalyze.numerals import hexadecimal, integer
from netanalyze.patterns import lazy_pattern

DEVICE_MOST = 2**20 - 1
"""Bits of a minor number (include/linux/kdev_t.h)."""
_LINE = lazy_pattern(
    rb"(?P<number>\d+): (?P<blocked>-> )?(?P<kind>\w+) +\w+ +\w+ +(?P<pid>-?\d+) (?P<major>\w+):(?P<minor>\w+):(?P<inode>\d+)"
)


class Lock(NamedTuple):
    """One held lock: kind (FLOCK, POSIX, OFDLCK), holder (0 unknown), and which processes wait for it."""

    kind: str
    holder: int
    device: int
    inode: int
    waiting: tuple[int, ...]


def read_locks(text: bytes | None = None) -> list[Lock]:
    """The locks of this moment, as ``/proc/locks`` (or ``text``) has them.

    >>> read_locks(b"1: FLOCK  ADVISORY  WRITE 10 fe:00:77 0 EOF\\n1: -> FLOCK  ADVISORY  WRITE 11 fe:00:77 0 EOF\\n")
    [Lock(kind='FLOCK', holder=10, device=65024, inode=77, waiting=(11,))]
    """
    found: dict[bytes, Lock] = {}
    for line in (proc.read("/proc/locks", 1 << 20) if text is None else text).split(b"\n"):
        match = _LINE.match(line)
        if not match:
            continue
        number, pid = match["number"], integer(match["pid"]) or 0
        if not match["blocked"]:
            device = os.makedev(
                hexadecimal(match["major"], DEVICE_MOST) or 0, hexadecimal(match["minor"], DEVICE_MOST) or 0
            )
            found[number] = Lock(match["kind"].decode(), pid, device, integer(match["inode"], 2**64 - 1) or 0, ())
        elif number in found:
            found[number] = found[number]._replace(waiting=(*found[number].waiting, pid))
    return list(found.values())


def holder(waiting: int, path: str, locks: list[Lock]) -> int:
    """Who holds the lock on ``path`` for which ``waiting`` waits; 0 if that cannot be told.

    The kernel names the process that took it; where that one is gone, whoever still has the file open holds it.
    """
    try:
        inode = os.stat(path).st_ino
    except OSError:
        inode = 0
    mine = [lock for lock in locks if waiting in lock.waiting] or [k for k in locks if inode and k.inode == inode]
    for lock in mine:
        if lock.holder and lock.holder != waiting and proc.stat(lock.holder) is not None:
            return lock.holder
    if not mine and not locks:
        return 0
    for pid in proc.all_pids():
        for number, target in proc.descriptors(pid) if pid != waiting else ():
            if target == path and b"lock:" in proc.read(f"/proc/{pid}/fdinfo/{number}", 4_096):
                return pid
    return 0

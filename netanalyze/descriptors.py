"""The command's descriptors: exactly those that were open when netanalyze began, and none of ours.

What we open ourselves is closed by exec(2) (PEP 446), and where a library forgets that, what the command gets is a list
that was made before. A standard stream that was closed is closed for the command too; for us /dev/null stands there, so
that no socket or file of ours lands on 0, 1 or 2.
"""

import os
import sys
from pathlib import Path
from typing import NamedTuple

STANDARD = (0, 1, 2)
OWN = ("/proc/self/fd", "/dev/fd")
"""Folders in which the system names a process' open descriptors: proc(5), and macOS' fdescfs(5)."""
SET_DUMPABLE = 4  # prctl(2): PR_SET_DUMPABLE


class _Given(NamedTuple):
    """A descriptor, and which file it led to: its number may have been given again since."""

    number: int
    device: int
    inode: int


_given: tuple[_Given, ...] | None = None
_closed: tuple[int, ...] = ()


def open_now() -> list[int]:
    """The descriptors open at this moment (beside the one that reads them)."""
    for folder in OWN:
        if Path(folder).is_dir():
            return sorted(number for number in map(int, os.listdir(folder)) if _look_at(number) is not None)
    return [number for number in range(os.sysconf("SC_OPEN_MAX")) if _look_at(number) is not None]


def _look_at(number: int) -> _Given | None:
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return _Given(number, found.st_dev, found.st_ino)


def note() -> None:
    """Remember what is open, and take 0, 1 and 2 where they are closed; once, before anything is opened."""
    global _given, _closed
    if _given is not None:
        return
    _given = tuple(
        seen for number in open_now() if os.get_inheritable(number) and (seen := _look_at(number)) is not None
    )
    _closed = tuple(number for number in STANDARD if _look_at(number) is None)
    for number in _closed:
        got = os.open(os.devnull, os.O_RDWR)  # the lowest free number is given; not inheritable
        if got != number:
            os.close(got)
    for number, name in zip(STANDARD, ("stdin", "stdout", "stderr")):
        if number in _closed and getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115


def was_open(number: int) -> bool:
    """Whether a standard stream was open when netanalyze began."""
    note()
    return number not in _closed


def for_the_command() -> tuple[int, ...]:
    """What the command is to have beside 0, 1 and 2: what was open at the beginning and still is what it was."""
    note()
    assert _given is not None
    return tuple(
        one.number
        for one in _given
        if one.number not in STANDARD and _look_at(one.number) == one and os.get_inheritable(one.number)
    )


def keep_from_others() -> None:
    """Let no other process of the same user take a descriptor out of this one (ptrace(2), pidfd_getfd(2)).

    For as long as we hold what the user alone could not open.
    """
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(SET_DUMPABLE, 0, 0, 0, 0)

"""A file system of the kernel's mounted for us alone, without a place: fsopen(2), fsconfig(2), fsmount(2)."""

import ctypes
import functools
import os
from typing import Any

FSOPEN, FSCONFIG, FSMOUNT, CREATE = 430, 431, 432, 6
"""fsopen(2), fsconfig(2) and fsmount(2), which have the same numbers everywhere; FSCONFIG_CMD_CREATE."""


@functools.cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def system(*call: Any) -> int:
    """A call of the system by its number, for which Python has no name.

    Raises:
        OSError: what it says.
    """
    result: int = _library().syscall(*call)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def detached(kind: bytes) -> int:
    """A descriptor of the root of a file system (``cgroup2``, ``tracefs``); whoever has it closes it.

    Raises:
        OSError: not permitted, or this kernel (before 5.2) does not do so.
    """
    made = system(FSOPEN, kind, 1)
    try:
        system(FSCONFIG, made, CREATE, None, None, 0)
        return system(FSMOUNT, made, 1, 0)
    finally:
        os.close(made)

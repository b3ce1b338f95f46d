"""Files whose content, and even whose kind, somebody else chooses: another process' resolv.conf, a file its environment names.

Such a name may be a pipe that nobody writes to, a device that never ends, or a link out of the file system it is in. So it
is looked at before it is opened, only a regular file is read, and of that a bounded part.
"""

import errno
import os
import stat
from typing import BinaryIO

from netanalyze.folders import HELD, resolved

FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
)
"""Of opening: nothing is waited for, and nothing becomes our terminal."""
MOST_OCTETS = 1024 * 1024
"""A resolv.conf, a go environment: beyond this it is none."""


def read_foreign(path: str, root: str = "/", most: int = MOST_OCTETS) -> str:
    """The text of a regular file, at most ``most`` octets of it.

    Args:
        path: absolute.
        root: a folder that is taken for the root of the file system; links in it stay in it.

    Raises:
        OSError: there is none, it may not be read, or it is no regular file.
    """
    descriptor = _opened(path, root)
    try:
        pieces, left = [], most
        while left > 0 and (piece := os.read(descriptor, min(left, 65_536))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    return b"".join(pieces).decode("utf-8", "replace")


def open_foreign(path: str | os.PathLike[str]) -> BinaryIO:
    """A regular file, opened for reading: no pipe that nobody writes to, no device.

    Raises:
        OSError: there is none, it may not be read, or it is no regular file.
    """
    name = os.fspath(path)
    if not stat.S_ISREG(os.stat(name).st_mode):
        raise OSError(errno.EINVAL, "not a regular file", name)
    descriptor = os.open(name, FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", name)
    return os.fdopen(descriptor, "rb")


def _opened(path: str, root: str) -> int:
    """A regular file, opened for reading; nothing else is ever opened where it can be looked at before."""
    held = resolved(path, root, last=True) if HELD else os.open(path, FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(held).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        return _reopened(held, path, root) if HELD else os.dup(held)
    finally:
        os.close(held)


def _reopened(held: int, path: str, root: str) -> int:
    """What is only held, opened for reading: by its descriptor, or by its name where no /proc is mounted."""
    try:
        return os.open(f"/proc/self/fd/{held}", FLAGS)
    except FileNotFoundError:
        if root != "/":
            raise
    again = os.open(path, FLAGS)
    if os.path.samestat(os.fstat(again), os.fstat(held)):
        return again
    os.close(again)
    raise OSError(errno.EINVAL, "not a regular file", path)

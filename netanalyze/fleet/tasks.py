"""A capture to be analysed, and what comes of it: rows of the dataset's tables, whatever happens."""

import errno
import os
import stat
from hashlib import sha256
from typing import NamedTuple

from netanalyze.errors import NetanalyzeError
from netanalyze.fleet.rows import Tables, row_of_error, rows_of
from netanalyze.fleet.workers import Died
from netanalyze.isolation import place
from netanalyze.redaction import redacted
from netanalyze.report.sheet import clean

CHUNK = 1 << 20
ANALYSED = "netanalyze.fleet.tasks:analysed"
"""What a process of ``Workers`` does with a ``Task``."""


class Task(NamedTuple):
    """A capture to be analysed."""

    path: str
    digest: str
    size: int
    fetched: str | None = None
    """Where its octets lie, if that is not what ``path`` says: it was fetched by URL, or is a task of a cluster."""


def hashed(path: str) -> tuple[str, int]:
    """Hash and size of a file.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    hasher, size = sha256(usedforsecurity=False), 0
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "no regular file", path)
    with open(path, "rb") as file:
        while octets := file.read(CHUNK):
            hasher.update(octets)
            size += len(octets)
    return hasher.hexdigest(), size


def analysed(task: Task) -> Tables:
    """What is kept of a capture; never an exception: a file that cannot be analysed says why."""
    from netanalyze.api import analyze

    try:
        return rows_of(analyze([task.fetched or task.path]), task.path, task.digest, task.size)
    except (NetanalyzeError, OSError) as error:
        told = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    except Exception as error:  # the other files are worth an answer all the same
        told = f"sorry, an error of our own: {type(error).__name__} at {place(error)}"
    if task.fetched is not None:
        told = told.replace(task.fetched, task.path)
    return row_of_error(task.path, task.digest, task.size, clean(redacted(told)))


def row_of_unread(path: str, error: OSError) -> Tables:
    """What is kept of a file that cannot be opened."""
    return row_of_error(path, None, None, f"{path}: {error.strerror}")


def row_of_death(task: Task, died: Died) -> Tables:
    """What is kept of a capture over which its process died."""
    return row_of_error(task.path, task.digest, task.size, f"sorry, an error of our own: {died}")

"""What a worker of a cluster does with a capture: it opens it itself, and has it analysed by a process of its own.

So a capture that takes its process with it costs itself alone, as on one machine, and not the worker and what else that has
in hand; and as many are analysed at a time as the worker has threads. A process without a task ends after a while; all end
with the worker, also where that is killed.
"""

import os
import threading
import time
from typing import NamedTuple

from netanalyze.fleet.remote import Fetched, RemoteCapture
from netanalyze.fleet.rows import Tables
from netanalyze.fleet.tasks import ANALYSED, Task, hashed, row_of_death, row_of_unread
from netanalyze.fleet.workers import Died, Workers
from netanalyze.version import __version__

IDLE_S = 30.0
"""After so long without a task a process ends: nobody tells it that the batch is over, or was killed."""


class ClusterTask(NamedTuple):
    """A capture to be analysed by a worker.

    Attributes:
        path: how the dataset calls it.
        place: where the worker finds it: a path from ``/`` on, or what fetches it.
        known: hashes with which it need not be analysed; None: only its hash is asked for.
    """

    path: str
    place: str | RemoteCapture
    known: frozenset[str] | None


class ClusterAnswer(NamedTuple):
    """What a worker says of a capture.

    Attributes:
        version: of netanalyze there.
        rows: what is kept of it; None where its hash is known, or all that was asked for.
        digest, size: None and 0 where it cannot be read.
        missing: the worker sees no such file.
    """

    version: str
    rows: Tables | None
    digest: str | None = None
    size: int = 0
    missing: bool = False


def performed(task: ClusterTask) -> ClusterAnswer:
    """Open a capture, and analyse it unless it is known, or its hash is all that is asked for."""
    with Fetched() as fetched:
        try:
            here = task.place if isinstance(task.place, str) else fetched.take(task.place)
            digest, size = hashed(here)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            return ClusterAnswer(__version__, row_of_unread(task.path, error), missing=missing)
        rows = None
        if task.known is not None and digest not in task.known:
            rows = _analysed(Task(task.path, digest, size, here))
        return ClusterAnswer(__version__, rows, digest, size)


_lock = threading.Lock()
_idle: list[tuple[float, Workers]] = []
"""Processes without a task, and since when."""
_watched = False


def _analysed(task: Task) -> Tables:
    """The rows of a capture, by a process that waits for one, else by a new one."""
    with _lock:
        workers = _idle.pop()[1] if _idle else Workers(ANALYSED, 1)
    try:
        [(_, answer)] = workers.answers([task])
    except BaseException:
        workers.__exit__()
        raise
    with _lock:
        _idle.append((time.monotonic(), workers))
        _watch()
    return row_of_death(task, answer) if isinstance(answer, Died) else answer


def _watch() -> None:
    """Look after a while whether a process waits in vain; one look is ahead at a time."""
    global _watched
    if not _watched:
        _watched = True
        timer = threading.Timer(IDLE_S, _look)
        timer.daemon = True
        timer.start()


def _look() -> None:
    global _watched
    with _lock:
        _watched = False
    end_idle(IDLE_S)
    with _lock:
        if _idle:
            _watch()


def end_idle(for_s: float = 0.0) -> None:
    """End the processes of this one that have had no task for so long, s."""
    until = time.monotonic() - for_s
    with _lock:
        ended = [workers for since, workers in _idle if since <= until]
        _idle[:] = [(since, workers) for since, workers in _idle if since > until]
    for workers in ended:
        workers.__exit__()


def place_of(file: str | RemoteCapture) -> str | RemoteCapture:
    """How a worker, whose working directory is another one, finds a capture."""
    return os.path.abspath(file) if isinstance(file, str) else file

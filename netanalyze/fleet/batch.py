"""Captures, analysed by as many processes as are wished, into a dataset; what it has already is not done again."""

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from netanalyze.errors import NetanalyzeError
from netanalyze.fleet.dataset import Dataset
from netanalyze.fleet.remote import Fetched, RemoteCapture, is_url, remote_captures
from netanalyze.fleet.rows import Tables, row_of_error, rows_of
from netanalyze.fleet.workers import Died, Workers
from netanalyze.isolation import place
from netanalyze.redaction import redacted
from netanalyze.report.sheet import clean

NAMES = re.compile(r"(?i)\.(?:pcap|pcapng|cap|snoop|dmp)\d*(?:\.(?:gz|zst|lz4))?$|^netanalyze-record-.*\.tgz$")
"""Files of a folder that are captures by their name: also ``x.pcap12``, as ``tcpdump -C`` counts, and a recorder's archive."""
WRITTEN_EVERY_S = 60.0
"""What is done is on disk after so long at the most; a kill costs no more than that."""
FIRST_WRITTEN_S = 5.0
CHUNK = 1 << 20
ANALYSED = "netanalyze.fleet.batch:analysed"


class Task(NamedTuple):
    """A capture to be analysed."""

    path: str
    digest: str
    size: int
    fetched: str | None = None
    """Where it was fetched to, of one that ``path`` names by URL."""


@dataclass
class Progress:
    """How far a batch is. ``octets`` are of the files, ``before`` of them were done by an earlier one, or twice here."""

    files: int
    octets: int
    done: int = 0
    done_octets: int = 0
    before: int = 0
    bad: int = 0


def captures_in(paths: Iterable[str | os.PathLike[str]]) -> list[str | RemoteCapture]:
    """The files that are named, and those of named folders and of the folders in them whose names are a capture's.

    Raises:
        FileNotFoundError: one of them is not there.
        MissingProgram: one is a URL, and what opens it is not installed.
        CaptureError: one is a URL, and cannot be asked.
    """
    found: dict[str, str | RemoteCapture] = {}
    for given in paths:
        name, path = os.fspath(given), Path(given)
        if is_url(name):
            found |= {capture.url: capture for capture in remote_captures(name, NAMES.search)}
        elif path.is_dir():
            for folder, folders, names in os.walk(path):
                folders.sort()
                here = [os.path.join(folder, file) for file in sorted(names) if NAMES.search(file)]
                found |= dict(zip(here, here))
        else:
            path.stat()
            found[str(path)] = str(path)
    return list(found.values())


def batch(
    paths: Iterable[str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    jobs: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    every_s: float = WRITTEN_EVERY_S,
) -> Progress:
    """Analyse captures into the dataset in ``folder``, one row of ``runs`` for each content.

    Args:
        paths: captures, and folders of captures; also by URL, as fsspec has it.
        jobs: processes; None: as many as this process may use processors.
        progress: called after each file.
        every_s: what is done is written after so long, s: as much as is lost where this process is killed.

    Raises:
        MissingProgram: pyarrow is not installed.
        OutputRefused: the folder is no dataset, or another process adds to it.
        CaptureError: a URL that cannot be asked.
        FileNotFoundError: a path that is not there. What goes away meanwhile is a row with its error.
    """
    files = captures_in(paths)
    sizes = [_size(path) for path in files]
    state = Progress(len(files), sum(sizes))
    tell = progress or (lambda _: None)
    number = jobs or processors()
    with (
        Dataset(folder) as dataset,
        Fetched() as fetched,
        Workers(ANALYSED, min(number, max(len(files), 1))) as workers,
    ):
        written, every = time.monotonic(), min(FIRST_WRITTEN_S, every_s)
        for task, answer in workers.answers(_tasks(files, dataset, state, tell, fetched)):
            if task.fetched is not None:
                fetched.drop(task.fetched)
            if isinstance(answer, Died):
                answer = row_of_error(task.path, task.digest, task.size, f"sorry, an error of our own: {answer}")
            _keep(dataset, state, answer, task.size)
            tell(state)
            if time.monotonic() - written >= every:
                dataset.write()
                written, every = time.monotonic(), every_s
    return state


def processors() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _tasks(
    files: list[str | RemoteCapture],
    dataset: Dataset,
    state: Progress,
    tell: Callable[[Progress], None],
    fetched: Fetched,
) -> Iterator[Task]:
    """What is to be done, with its hash; what was done before, or cannot be read, is settled here."""
    given: set[str] = set()
    for file in files:
        path = file if isinstance(file, str) else file.url
        try:
            here = None if isinstance(file, str) else fetched.take(file)
            task = Task(path, *_hashed(here or path), here)
        except OSError as error:
            _keep(dataset, state, row_of_error(path, None, None, f"{path}: {error.strerror}"), 0)
            tell(state)
            continue
        if task.digest in dataset.hashes or task.digest in given:
            state.before += 1
            state.done += 1
            state.done_octets += task.size
            if task.fetched is not None:
                fetched.drop(task.fetched)
            tell(state)
        else:
            given.add(task.digest)
            yield task


def _keep(dataset: Dataset, state: Progress, rows: Tables, size: int) -> None:
    dataset.add(rows)
    state.done += 1
    state.done_octets += size
    state.bad += "flows" not in rows


def _hashed(path: str) -> tuple[str, int]:
    """Hash and size of a file."""
    hasher, size = sha256(usedforsecurity=False), 0
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "no regular file", path)
    with open(path, "rb") as file:
        while octets := file.read(CHUNK):
            hasher.update(octets)
            size += len(octets)
    return hasher.hexdigest(), size


def _size(file: str | RemoteCapture) -> int:
    try:
        return os.stat(file).st_size if isinstance(file, str) else file.size
    except OSError:
        return 0


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

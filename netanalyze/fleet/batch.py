"""Captures, analysed by processes or a cluster, into a dataset; what it has already is not done again."""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from netanalyze.fleet.dataset import Dataset
from netanalyze.fleet.remote import Fetched, RemoteCapture, is_url, remote_captures
from netanalyze.fleet.rows import Tables
from netanalyze.fleet.tasks import ANALYSED, Task, hashed, row_of_death, row_of_unread
from netanalyze.fleet.workers import Died, Workers

NAMES = re.compile(r"(?i)\.(?:pcap|pcapng|cap|snoop|dmp)\d*(?:\.(?:gz|zst|lz4))?$|^netanalyze-record-.*\.tgz$")
"""Files of a folder that are captures by their name: also ``x.pcap12``, as ``tcpdump -C`` counts, and a recorder's archive."""
WRITTEN_EVERY_S = 60.0
"""What is done is on disk after so long at the most; a kill costs no more than that."""
FIRST_WRITTEN_S = 5.0


@dataclass
class Progress:
    """How far a batch is. ``octets`` are of the files, ``before`` of them were done by an earlier one, or twice here."""

    files: int
    octets: int
    done: int = 0
    done_octets: int = 0
    before: int = 0
    bad: int = 0


File = str | RemoteCapture
"""A capture that is named: by its path, or by its URL."""


class Keeper:
    """Takes what comes of each capture: rows for the dataset, and how far the batch is.

    Args:
        tell: called after each file.
        each: called with what is kept of each capture.
        every_s: what is taken is written after so long, s.
    """

    def __init__(
        self,
        dataset: Dataset,
        state: Progress,
        tell: Callable[[Progress], None],
        each: Callable[[Tables], None],
        every_s: float,
    ):
        self.dataset, self._state, self._tell, self._each, self._every_s = dataset, state, tell, each, every_s
        self._written, self._next_s = time.monotonic(), min(FIRST_WRITTEN_S, every_s)

    def keep(self, rows: Tables, size: int) -> None:
        """Take what is kept of a capture of ``size`` octets."""
        self.dataset.add(rows)
        self._each(rows)
        self._state.bad += "flows" not in rows
        self._done(size)
        if time.monotonic() - self._written >= self._next_s:
            self.dataset.write()
            self._written, self._next_s = time.monotonic(), self._every_s

    def skip(self, size: int) -> None:
        """A capture of ``size`` octets was done before."""
        self._state.before += 1
        self._done(size)

    def _done(self, size: int) -> None:
        self._state.done += 1
        self._state.done_octets += size
        self._tell(self._state)


class BatchEngine(Protocol):
    """Who analyses: each of the files is kept or skipped once."""

    def __call__(self, files: list[File], keeper: Keeper) -> None: ...


def captures_in(paths: Iterable[str | os.PathLike[str]]) -> list[File]:
    """The files that are named, and those of named folders and of the folders in them whose names are a capture's.

    Raises:
        FileNotFoundError: one of them is not there.
        MissingProgram: one is a URL, and what opens it is not installed.
        CaptureError: one is a URL, and cannot be asked.
    """
    found: dict[str, File] = {}
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
    engine: BatchEngine | None = None,
    each: Callable[[Tables], None] | None = None,
) -> Progress:
    """Analyse captures into the dataset in ``folder``, one row of ``runs`` for each content.

    Args:
        paths: captures, and folders of captures; also by URL, as fsspec has it.
        jobs: processes; None: as many as this process may use processors.
        progress: called after each file.
        every_s: what is done is written after so long, s: as much as is lost where this process is killed.
        each: called with what is kept of each capture (netanalyze.fleet.rows), as soon as it is done.
        engine: who analyses, a ``netanalyze.fleet.cluster.Cluster`` for example; None: ``jobs`` processes.

    Raises:
        MissingProgram: pyarrow is not installed.
        OutputRefused: the folder is no dataset, or another process adds to it.
        CaptureError: a URL that cannot be asked.
        FileNotFoundError: a path that is not there. What goes away meanwhile is a row with its error.
    """
    files = captures_in(paths)
    state = Progress(len(files), sum(map(size_of, files)))
    with Dataset(folder) as dataset:
        keeper = Keeper(dataset, state, progress or (lambda _: None), each or (lambda _: None), every_s)
        (engine or LocalProcesses(jobs or processors()))(files, keeper)
    return state


class LocalProcesses:
    """The engine of one machine: ``number`` processes at the most."""

    def __init__(self, number: int):
        self._number = number

    def __call__(self, files: list[File], keeper: Keeper) -> None:
        """Analyse all that the dataset does not have."""
        number = min(self._number, max(len(files), 1))
        with Fetched() as fetched, Workers(ANALYSED, number) as workers:
            for task, answer in workers.answers(_tasks(files, keeper, fetched)):
                if task.fetched is not None:
                    fetched.drop(task.fetched)
                keeper.keep(row_of_death(task, answer) if isinstance(answer, Died) else answer, task.size)


def processors() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _tasks(files: list[File], keeper: Keeper, fetched: Fetched) -> Iterator[Task]:
    """What is to be done, with its hash; what was done before, or cannot be read, is settled here."""
    given: set[str] = set()
    for file in files:
        path = file if isinstance(file, str) else file.url
        try:
            here = None if isinstance(file, str) else fetched.take(file)
            task = Task(path, *hashed(here or path), here)
        except OSError as error:
            keeper.keep(row_of_unread(path, error), 0)
            continue
        if task.digest in keeper.dataset.hashes or task.digest in given:
            if task.fetched is not None:
                fetched.drop(task.fetched)
            keeper.skip(task.size)
        else:
            given.add(task.digest)
            yield task


def size_of(file: File) -> int:
    """Octets of a capture by what is said of it, 0 where nobody says."""
    try:
        return os.stat(file).st_size if isinstance(file, str) else file.size
    except OSError:
        return 0

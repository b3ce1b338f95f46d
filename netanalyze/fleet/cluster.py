"""Dask as the engine of a batch: captures are analysed by the workers of a cluster, each of which opens them itself.

Rows are those that processes give, also in which of two files of one content is named. A worker that dies costs nothing: what
it had in hand goes to another one.
"""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Self

from netanalyze.errors import MissingProgram, NetanalyzeError
from netanalyze.fleet.batch import File, Keeper, processors, size_of
from netanalyze.fleet.cluster_tasks import ClusterAnswer, ClusterTask, end_idle, performed, place_of
from netanalyze.fleet.rows import row_of_error
from netanalyze.fleet.workers import CannotWork, Died
from netanalyze.redaction import redacted
from netanalyze.version import __version__
from netanalyze.wording import Text, Verbatim, message

REACHED_S = 10.0
"""A scheduler that has not answered by then is not there: what Dask's own client waits for a connection."""
NO_WORKER_S = 120.0
"""A scheduler that has had no worker for so long gets none: pods and virtual machines of an adaptive cluster start in less."""
LOOK_S = 5.0
KNOWN_MOST = 64
"""Hashes that go with a capture; where more come into question (all do where its size is unknown), its own is asked for first."""
UNDER_WAY_MOST = 4096
"""Captures that the scheduler knows of at a time: some for each thread of a large cluster, and adaptive ones grow by them."""


class ClusterError(NetanalyzeError):
    """The scheduler at ``address`` cannot be used: ``why``, and ``remedy``."""

    def __init__(self, address: str, why: Text, remedy: Text):
        super().__init__(address, why, remedy)
        self.address, self.why, self.remedy = address, why, remedy

    @property
    def sentence(self) -> Text:
        """Which scheduler, and what to do."""
        address = Verbatim(redacted(self.address))
        return message("scheduler {address}: {why}; {remedy}", address=address, why=self.why, remedy=self.remedy)


@dataclass
class _Turn:
    """A file that was given to the scheduler, and what came of it."""

    file: File
    size: int
    answer: ClusterAnswer | None = None

    @property
    def name(self) -> str:
        return self.file if isinstance(self.file, str) else self.file.url


class Cluster:
    """The engine of many machines: the workers of a Dask scheduler; a context manager.

    Args:
        scheduler: its address, ``tcp://10.0.0.1:8786``; None: the one of Dask's settings (``DASK_SCHEDULER_ADDRESS``), and
            where these have none, a worker of this process.
        threads: captures that this one has in hand at a time; None: as many as this process may use processors.

    Raises:
        MissingProgram: Dask is not installed.
        ClusterError: the scheduler cannot be reached; later: it is gone, has no worker, or these cannot analyse.
    """

    def __init__(self, scheduler: str | None = None, threads: int | None = None):
        self._address, self._threads = scheduler, threads
        self._client: Any = None
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        try:
            import dask
            from distributed import Client
        except ImportError as error:
            raise MissingProgram("a batch by Dask", "distributed", "pip install distributed") from error
        self._address = self._address or dask.config.get("scheduler-address", None)
        with ExitStack() as opened:
            opened.callback(end_idle)
            opened.enter_context(_quiet())
            if self._address is None:
                there: Any = opened.enter_context(_of_this_machine(self._threads or processors()))
                self._address = there.scheduler_address
            else:
                there = self._address
                _reach(there)
            self._client = opened.enter_context(Client(there, timeout=REACHED_S, set_as_default=False))
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def __call__(self, files: list[File], keeper: Keeper) -> None:
        """Have all analysed that the dataset does not have."""
        answered: SimpleQueue[Any] = SimpleQueue()
        under_way: dict[str, _Turn] = {}
        of_size: dict[int, deque[_Turn]] = {}
        rest = iter(files)
        while True:
            while len(under_way) < UNDER_WAY_MOST and (file := next(rest, None)) is not None:
                turn = _Turn(file, size_of(file))
                of_size.setdefault(turn.size, deque()).append(turn)
                known = keeper.dataset.hashes_of_size(turn.size) if turn.size else keeper.dataset.hashes
                under_way[self._submit(turn, known if len(known) <= KNOWN_MOST else None, answered)] = turn
            if not under_way:
                return
            future = self._next(answered)
            turn = under_way.pop(future.key)
            answer = self._answer(future, turn)
            if answer.rows is None and answer.digest not in keeper.dataset.hashes:  # it was asked for its hash alone
                under_way[self._submit(turn, (), answered)] = turn
                continue
            turn.answer = answer
            same = of_size[turn.size]
            while (
                same and same[0].answer is not None
            ):  # in the files' order: of two that are the same the first is named
                _keep(keeper, same.popleft().answer)

    def _submit(self, turn: _Turn, hashes: Iterable[str] | None, answered: "SimpleQueue[Any]") -> str:
        """Give a file to the scheduler; by which key it is known there."""
        task = ClusterTask(turn.name, place_of(turn.file), None if hashes is None else frozenset(hashes))
        future = self._client.submit(performed, task, pure=False)
        future.add_done_callback(answered.put)  # the queue has it, and lets it go once it is answered
        return str(future.key)

    def _next(self, answered: "SimpleQueue[Any]") -> Any:
        """The next future that is done."""
        worked = time.monotonic()
        while True:
            try:
                return answered.get(timeout=LOOK_S)
            except Empty:
                if self._client.nthreads():
                    worked = time.monotonic()
                elif time.monotonic() - worked > NO_WORKER_S:
                    start = message("start one: dask worker {address}", address=Verbatim(redacted(str(self._address))))
                    raise self._error("it has no worker", start) from None

    def _answer(self, future: Any, turn: _Turn) -> ClusterAnswer:
        """What came of a file."""
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            answer = future.result()
        except (CancelledError, CommClosedError):
            remedy = "what was done is kept: give the command again when it is back"
            raise self._error("it is gone", remedy) from None
        except KilledWorker:
            died = "the workers that were to analyse it died, one after the other; have they enough memory?"
            return ClusterAnswer(__version__, row_of_error(turn.name, None, turn.size, died), size=turn.size)
        except CannotWork as error:
            why = Verbatim(redacted(str(Died(error.status))))
            cannot = message("a process of its workers that is to analyse cannot start: {why}", why=why)
            raise self._error(cannot, "start workers with fewer threads, or more memory") from None
        except Exception as error:  # of whatever is not installed there, or another version
            why = Verbatim(redacted(f"{type(error).__name__}: {error}"))
            install = message("install netanalyze {version} where they run", version=__version__)
            raise self._error(message("its workers cannot analyse: {why}", why=why), install) from error
        if answer.version != __version__:
            told = "its workers have netanalyze {theirs}, this is {ours}"
            raise self._error(message(told, theirs=answer.version, ours=__version__), "install the same where they run")
        if answer.missing and isinstance(turn.file, str) and os.path.lexists(turn.file):
            unseen = message("its workers do not see {path}", path=Verbatim(redacted(os.path.abspath(turn.file))))
            raise self._error(unseen, "captures must have the same path there (a shared folder), or be given by URL")
        return answer

    def _error(self, why: Text, remedy: Text) -> ClusterError:
        return ClusterError(str(self._address), why, remedy)


def _keep(keeper: Keeper, answer: ClusterAnswer | None) -> None:
    assert answer is not None
    if answer.rows is None or answer.digest in keeper.dataset.hashes:
        keeper.skip(answer.size)
    else:
        keeper.keep(answer.rows, answer.size)


@contextmanager
def _of_this_machine(threads: int) -> Iterator[Any]:
    """A scheduler and its worker within this process: each thread has a process for the work, and nobody else can reach them."""
    from dask import config
    from distributed import LocalCluster

    with (
        config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}),
        LocalCluster(n_workers=1, threads_per_worker=threads, processes=False, dashboard_address="127.0.0.1:0") as made,
    ):
        yield made


@contextmanager
def _quiet() -> Iterator[None]:
    """What Dask's client would log of a scheduler that is gone, trace and all, is said by ClusterError."""
    loggers = [logging.getLogger(name) for name in ("distributed.client", "distributed.utils")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before):
            logger.setLevel(level)


def _reach(address: str) -> None:
    """Ask who is there: Dask's client that has reached nobody takes seconds to end, and says so at any time."""
    try:
        with ThreadPoolExecutor(1) as thread:  # whoever calls may have a loop of their own, as a notebook has
            kind = thread.submit(lambda: asyncio.run(_asked(address))).result()
    except TimeoutError as error:
        late = message("no answer within {seconds} s", seconds=f"{REACHED_S:g}")
        raise ClusterError(address, late, "is it running, and the address right?") from error
    except Exception as error:
        why = Verbatim(redacted(" ".join(str(error).split()) or type(error).__name__))
        raise ClusterError(
            address, message("it cannot be reached: {why}", why=why), "is it running, and the address right?"
        ) from error
    if kind != "Scheduler":
        raise ClusterError(address, message("it is a {kind}", kind=Verbatim(kind)), "give the address of the scheduler")


async def _asked(address: str) -> Any:
    from distributed import Security, rpc

    async with asyncio.timeout(REACHED_S):
        async with rpc(address, connection_args=Security().get_connection_args("client")) as there:
            return (await there.identity())["type"]

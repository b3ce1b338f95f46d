"""Processes that each do one task after another, and are replaced when they have done many, have grown, or died.

One that dies over a task (memory, a fault in a library) costs that task alone. They end with the process that made them, also
where that is killed: they read the end of their pipe.
"""

import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from importlib import import_module
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple, Self

from netanalyze.errors import NetanalyzeError
from netanalyze.wording import Text, message

TASKS_MOST = 2000
"""Tasks after which a process is replaced: what it starts with takes a third of a second, some seventy small captures."""
MEMORY_MOST = 250 * 2**20
"""Resident octets at which it is replaced after the task in hand."""
AHEAD = 2
"""Tasks that one is given before it has answered: it does not wait while the answer is kept."""


BEGIN = """
import sys
sys.path.insert(0, sys.argv[1])
from netanalyze.fleet.workers import serve
serve(sys.argv[2], int(sys.argv[3]))
"""


class CannotWork(NetanalyzeError):
    """A process that is to analyse ends, with ``status``, before it has begun; what it said is on standard error."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status

    @property
    def sentence(self) -> Text:
        """How it ended, and what to try."""
        said = "a process that is to analyse cannot start: {why}; try --jobs 1, or more memory"
        return message(said, why=str(Died(self.status)))


class Died(NamedTuple):
    """Instead of an answer: the process ended over the task, with this status (negative: by that signal)."""

    status: int

    def __str__(self) -> str:
        if self.status < 0:
            try:
                return f"its process was ended by {signal.Signals(-self.status).name}"
            except ValueError:
                pass
        return f"its process ended with status {self.status}"


class _Worker:
    """A process and its end of a pipe. It is no fork, which would copy threads and locks in whatever state they are, and none
    of multiprocessing's, which run the main module of whoever calls once more."""

    def __init__(self, perform: str):
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-P", "-c", BEGIN, str(Path(__file__).parents[2]), perform, str(theirs.fileno())]
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        self.connection = Connection(ours.detach())
        self.tasks: deque[Any] = deque()
        self.given, self.retires, self.ready = 0, False, False

    def give(self, task: Any) -> None:
        self.tasks.append(task)
        self.given += 1
        self.retires = self.given >= TASKS_MOST
        try:
            self.connection.send(task)
        except OSError:
            pass  # it has died: what it was to do is told when its pipe is read

    def end(self, at_once: bool = False) -> int:
        self.connection.close()
        if at_once:
            self.process.terminate()
        return self.process.wait()


class Workers:
    """As many processes as ``number``; a context manager, at whose end they are gone.

    Args:
        perform: what becomes of a task: ``module:function``. Task and answer are what pickle takes.
    """

    def __init__(self, perform: str, number: int):
        self._perform, self._number = perform, number
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end(at_once=True)
        self._workers = []

    def answers(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each task with what came of it, or with ``Died``; in the order in which they are done.

        Raises:
            CannotWork: a process ended before it took its first task.
        """
        rest = iter(tasks)
        more = True
        again: deque[Any] = deque()
        while True:
            more = self._give(rest, again, more)
            busy = {worker.connection: worker for worker in self._workers if worker.tasks}
            if not busy:
                return
            for connection in wait(list(busy)):
                assert isinstance(connection, Connection)
                worker = busy[connection]
                try:
                    answer, memory = connection.recv()
                except (EOFError, OSError):
                    self._workers.remove(worker)
                    status = worker.end()
                    if not worker.ready:
                        raise CannotWork(status) from None
                    yield worker.tasks.popleft(), Died(status)
                    again.extend(worker.tasks)
                    continue
                if not worker.ready:
                    worker.ready = True
                    continue
                task = worker.tasks.popleft()
                worker.retires = worker.retires or memory > MEMORY_MOST
                if worker.retires and not worker.tasks:
                    self._workers.remove(worker)
                    worker.end()
                yield task, answer

    def _give(self, rest: Iterator[Any], again: deque[Any], more: bool) -> bool:
        """Let everyone have something to do; whether there may be more."""
        for round_ in range(AHEAD):
            for place in range(self._number):
                if place < len(self._workers):
                    if self._workers[place].retires or len(self._workers[place].tasks) > round_:
                        continue
                if again:
                    task = again.popleft()
                elif more:
                    task = next(rest, rest)
                    if task is rest:
                        more = False
                        continue
                else:
                    return False
                if place >= len(self._workers):
                    self._workers.append(_Worker(self._perform))
                    place = len(self._workers) - 1
                self._workers[place].give(task)
        return more


def serve(perform: str, descriptor: int) -> None:
    """What a process does until its pipe ends: a task, its answer, and how much memory it has had at the most."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    module, _, name = perform.partition(":")
    done = getattr(import_module(module), name)
    connection = Connection(descriptor)
    try:
        connection.send((None, 0))
        while True:
            task = connection.recv()
            connection.send((done(task), peak()))
    except (EOFError, OSError):
        return


def peak() -> int:
    """Octets that this process has had resident at the most, 0 where nobody says."""
    try:  # Linux reckons in ru_maxrss what the process was before it became this program: a notebook of any size
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024

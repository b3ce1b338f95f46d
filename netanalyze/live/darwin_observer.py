"""Watches the command's processes where there is no proc(5): the tree by ps, whose sockets are whose by lsof.

What processes wait for is not sampled: macOS tells that to nobody but root, and not by a file. Nothing is known of a
socket that lives for less than LOOK_S.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable

from netanalyze.live import darwin
from netanalyze.live.observer import Observer
from netanalyze.live.processes.ownership import Key
from netanalyze.processes import CERTAIN, INFERRED, OTHER, Process, Processes, SocketOwner
from netanalyze.sockets import SocketHistory
from netanalyze.units import NEVER_NS

log = logging.getLogger(__name__)

RESOLVERS = ("mDNSResponder", "mDNSResponderHelper")
"""What asks for names on everybody's behalf (mDNSResponder(8))."""
LOOK_S = 0.5
"""lsof takes a tenth of a second where some hundred processes run; it shall take no more than a fifth of a core."""


class LsofObserver(Observer):
    """Observer by what ps and lsof print.

    Args:
        processes, sockets: what they say now.
        now: the clock, ns since the epoch.
    """

    def __init__(
        self,
        processes: Callable[[], list[darwin.Row]] = darwin.all_processes,
        sockets: Callable[[], list[darwin.OpenSocket]] = darwin.all_sockets,
        now: Callable[[], int] = time.time_ns,
    ):
        self._ask_processes, self._ask_sockets, self._now = processes, sockets, now
        self._known: dict[int, Process] = {}
        self._owners: dict[Key, SocketOwner] = {}
        self._root = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.failure: Exception | None = None
        self.seconds = 0.0

    def begin(self, root: int, start_ns: int, folders: Iterable[str] = (), strace: object = None) -> None:
        """The command has been released as process ``root``; whether ``folders`` have room is not looked at."""
        self._root = root
        self._known[root] = Process(root, 0, start_ns)
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self.look()
                self._over.wait(LOOK_S)
        except Exception as error:  # whatever happens here, the command and its recording go on
            log.debug("the observer failed", exc_info=error)
            self.failure = error
        finally:
            self.seconds = time.thread_time()

    def look(self) -> None:
        """Take one look at all processes and sockets."""
        rows, sockets, now = self._ask_processes(), self._ask_sockets(), self._now()
        with self._lock:
            tree = {self._root, *darwin.descendants(self._root, rows)} | set(self._known)
            for row in rows:
                if row.pid in tree:
                    before = self._known.get(row.pid, Process(row.pid, row.parent, now))
                    self._known[row.pid] = Process(row.pid, before.parent or row.parent, before.start_ns, argv=row.argv)
            there = {row.pid for row in rows}
            for pid, one in self._known.items():
                if rows and pid not in there and one.end_ns == NEVER_NS:
                    self._known[pid] = Process(pid, one.parent, one.start_ns, now, one.argv)
            helpers = {row.pid for row in rows if row.argv and row.argv[0].rpartition("/")[2] in RESOLVERS}
            helpers |= self._asked_here(sockets)
            for found in sockets:
                if found.state == "LISTEN" or not (found.local_port or found.remote_port):
                    continue
                owned = CERTAIN if found.pid in self._known else INFERRED if found.pid in helpers else OTHER
                self._note(found, owned, now)

    def _asked_here(self, sockets: list[darwin.OpenSocket]) -> set[int]:
        """Who answers the command's connections on this machine: a proxy that goes out on its behalf."""
        asked = {(s.local_port, s.remote_port) for s in sockets if s.pid in self._known and s.remote_port}
        return {s.pid for s in sockets if s.pid not in self._known and (s.remote_port, s.local_port) in asked}

    def _note(self, socket: darwin.OpenSocket, owned: str, now: int) -> None:
        key: Key = (socket.transport, socket.local, socket.local_port, socket.remote, socket.remote_port)
        first = self._owners[key].first_ns if key in self._owners else now
        self._owners[key] = SocketOwner(*key, first, now, socket.pid, owned)

    def owner(self, key: Key) -> SocketOwner | None:
        """Who has a five-tuple by now."""
        with self._lock:
            return self._owners.get(key)

    def snapshot(self) -> Processes | None:
        """What is known so far; None before the command was released."""
        with self._lock:
            if not self._root:
                return None
            processes, sockets = tuple(self._known.values()), tuple(self._owners.values())
            return Processes(self._root, processes, sockets, means="ps; lsof")

    def sockets(self) -> tuple[SocketHistory, ...]:
        """Nothing: lsof has no TCP_INFO."""
        return ()

    def finish(self) -> Processes | None:
        """Stop watching; everything that was seen."""
        if self._thread is not None:
            self._over.set()
            self._thread.join(2 * darwin.PATIENCE_S)
            self._thread = None
        return self.snapshot()

    def close(self) -> None:
        """Stop watching; harmless when done before."""
        self._over.set()


def open_observer() -> Observer:
    """The observer of this system."""
    return LsofObserver() if sys.platform == "darwin" else Observer()

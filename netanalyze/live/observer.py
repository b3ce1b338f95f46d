"""Watches the command's processes beside the run: its tree, whose sockets are whose, what each process waits for."""

import logging
import os
import select
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from netanalyze.live.capture.link_watch import LinkWatch
from netanalyze.live.processes.counters import SocketWatch
from netanalyze.live.processes.events import ProcEvents
from netanalyze.live.processes.ownership import Key, Ownership
from netanalyze.live.processes.strace import Strace
from netanalyze.live.processes.tree import ProcessTree
from netanalyze.live.processes.waits import Waits
from netanalyze.processes import Processes, SocketOwner
from netanalyze.sockets import SocketHistory

log = logging.getLogger(__name__)

SOCKETS_S = 0.02
"""A socket that lives 50 ms is met by two looks that are no further apart than this."""
SOCKETS_EXACT_S = 0.1
"""Where every socket is told by the kernel itself, looking is only for those that live."""
WAITS_S = 0.25
SHARE = 0.05
"""Looking at sockets takes at most this part of a core; with thousands of sockets it comes less often."""


class Observer:
    """Asks for the rights it can get when it is made, which may be before they are given up."""

    def __init__(self) -> None:
        try:
            self._events: ProcEvents | None = ProcEvents()
        except OSError as error:
            log.debug("no process events", exc_info=error)
            self._events = None
        self._tree = ProcessTree(self._events)
        self._ownership = Ownership(self._tree)
        self._waits = Waits(self._tree)
        self._counters = SocketWatch(self._tree, self._ownership)
        self._links: LinkWatch | None = None
        self._lock = threading.Lock()
        self._stop_out, self._stop_in = os.pipe()
        self._thread: threading.Thread | None = None
        self.failure: Exception | None = None
        self.seconds = 0.0

    def begin(self, root: int, start_ns: int, folders: Iterable[str] = (), strace: Strace | None = None) -> None:
        """The command has been released as process ``root`` (under ``strace``); it writes to ``folders``."""
        with self._lock:
            self._waits = Waits(self._tree, folders, strace)
            self._tree.ignored = "strace" if strace is not None else ""
            self._tree.begin(root, start_ns)
        self._start()

    def join(self, pids: Sequence[int]) -> None:
        """Watch processes that run already, with all their descendants; the first names the run."""
        with self._lock:
            self._tree.join(pids)
        self._start()

    def _start(self) -> None:
        self._links = LinkWatch()
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        every = SOCKETS_EXACT_S if self._ownership.exact else SOCKETS_S
        sockets = waits = 0.0
        try:
            while True:
                now, used = time.monotonic(), time.thread_time()
                if now >= sockets:
                    self._do(self._ownership.look)
                    sockets = now + max(every, (time.thread_time() - used) / SHARE)
                if now >= waits:
                    self._do(self._waits.look)
                    self._do(self._counters.look)
                    self._do(self._look_at_links)
                    waits = now + WAITS_S
                watched: list[Any] = [self._stop_out, *([self._events] if self._events else [])]
                ready, _, _ = select.select(watched, [], [], max(min(sockets, waits) - time.monotonic(), 0))
                if self._stop_out in ready:
                    return
                if ready or self._events is None:
                    self._do(self._tree.update)
        except Exception as error:  # whatever happens here, the command and its recording go on
            log.debug("the observer failed", exc_info=error)
            self.failure = error
        finally:
            self.seconds = time.thread_time()

    def _look_at_links(self) -> None:
        if self._links is not None:
            self._links.look()

    def _do(self, look: Callable[[], None]) -> None:
        with self._lock:
            look()

    def owner(self, key: Key) -> SocketOwner | None:
        """Who has a five-tuple by now (see ``Ownership.owner``)."""
        with self._lock:
            return self._ownership.owner(key)

    def made_no_socket(self) -> bool:
        """Whether it is certain that no process of the command made a socket of IP, and none is left."""
        with self._lock:
            return self._ownership.made_no_socket()

    def snapshot(self) -> Processes | None:
        """What is known so far; None before the command was released."""
        with self._lock:
            if not self._tree.root:
                return None
            known = self._tree.rows() + self._waits.strangers()
            pids = {process.pid for process in known}
            return Processes(
                root=self._tree.root,
                processes=tuple(known + [p for p in self._ownership.agents() if p.pid not in pids]),
                sockets=tuple(self._ownership.rows()),
                waits=tuple(self._waits.rows()),
                full_disks=tuple(self._waits.full_disks()),
                files=tuple(self._counters.files()),
                down_links=tuple(self._links.rows()) if self._links is not None else (),
                means=f"{'events' if self._events else 'proc'}; {self._ownership.means}",
            )

    def sockets(self) -> tuple[SocketHistory, ...]:
        """What the kernel said of the command's sockets so far."""
        with self._lock:
            return self._counters.histories()

    def finish(self) -> Processes | None:
        """Stop watching; everything that was seen."""
        if self._thread is not None:
            os.write(self._stop_in, b"!")
            self._thread.join(2.0)
            self._thread = None
            try:
                self._ownership.look()
                self._tree.update()
                self._waits.look()
            except Exception as error:
                self.failure = self.failure or error
        seen = self.snapshot()
        self.close()
        return seen

    def close(self) -> None:
        """Give back what was taken; harmless when done before."""
        if self._stop_in < 0:
            return
        self._ownership.close()
        self._counters.close()
        if self._events is not None:
            self._events.close()
        os.close(self._stop_in)
        os.close(self._stop_out)
        self._stop_in = self._stop_out = -1

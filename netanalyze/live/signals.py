"""Signals that reach this process while the command runs: taken by a thread, told to the session, never acted on here.

The command is in this process's own process group, as with time(1) and strace(1): what the terminal sends (Ctrl-C,
Ctrl-\\, Ctrl-Z, a new window size) reaches it without us, and the shell's job control and pipes work as ever. Only
what another process sent to us alone must be passed on; the kernel tells the two apart (``si_code``).
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

TAKEN = (
    signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
)  # fmt: skip
"""SIGTSTP and its like are not among them: they stop us as they stop the command."""
OF_THE_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH)
FATAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


def signal_name(number: int) -> str:
    """``SIGKILL``; where it has no name, its number.

    >>> signal_name(9), signal_name(200)
    ('SIGKILL', '200')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def in_foreground() -> bool:
    """Whether what the terminal sends now goes to our process group."""
    for descriptor in (0, 1, 2):
        try:
            return os.tcgetpgrp(descriptor) == os.getpgrp()
        except OSError:
            continue
    return False


@contextlib.contextmanager
def blocked() -> Iterator[None]:
    """Threads that are started meanwhile (by libraries that are imported) never get ``TAKEN``: they are left to us."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TAKEN)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def put_off() -> Iterator[None]:
    """Signals that would end this process wait until the block is over: nothing is begun in it that nobody could end.

    Unlike ``blocked`` it does not go over to the programs that are started meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    taken = {number: one for number, one in handlers.items() if one not in (signal.SIG_IGN, None)}
    for number in taken:
        signal.signal(number, lambda caught, _: came.append(caught))
    try:
        yield
    finally:
        for number, one in taken.items():
            signal.signal(number, one)
        if came:
            signal.raise_signal(came[0])


class Caught(NamedTuple):
    """A signal, and whether a process sent it (as against the kernel, for the terminal)."""

    number: int
    from_process: bool


class Signals:
    """While entered, ``TAKEN`` go to ``tell`` and nowhere else. Enter it in the main thread."""

    def __init__(self, tell: Callable[[Caught], None]):
        self._tell = tell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._take, name="signals", daemon=True)
        self._handlers: dict[int, Any] = {}
        self.before: set[signal.Signals | int] = set()

    def __enter__(self) -> Self:
        self.before = signal.pthread_sigmask(signal.SIG_BLOCK, TAKEN)
        for number in TAKEN:
            # for the moment in which the command is started with the mask it would have had without us
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._handlers[number] = signal.signal(number, self._handle)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.ident is not None and self._thread.is_alive():
            signal.pthread_kill(self._thread.ident, signal.SIGWINCH)  # wakes it
        self._thread.join()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.before)

    def _handle(self, number: int, _: object) -> None:
        # a thread that was there before us does not block it and got it; who sent it is a guess then
        self._tell(Caught(number, number not in OF_THE_TERMINAL or not in_foreground()))

    def _take(self) -> None:
        while not self._stop.is_set():
            if not hasattr(signal, "sigwaitinfo"):  # macOS does not say who sent it
                number = signal.sigwait(TAKEN)
                if not self._stop.is_set():
                    self._handle(number, None)
                continue
            caught = signal.sigwaitinfo(TAKEN)
            if not self._stop.is_set():
                self._tell(Caught(caught.si_signo, caught.si_code <= 0))

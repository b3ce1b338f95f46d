"""Ctrl-C, SIGTERM and SIGHUP, from the program's first line to its last: a clean end with 128 + n, never a traceback.

While modules are imported nothing has been begun: the process just ends. While a command works an exception unwinds it,
so that what it began is put away. Once the answer is out a signal changes nothing. ``live`` takes the signals itself
while the command runs (netanalyze.live.signals).
"""

import os
import signal
import sys

TYPE_CHECKING = False  # nothing is imported here that need not be: until this module is there, Ctrl-C shows a traceback
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

FATAL = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
PROGRAM, MODULE = "netanalyze", "netanalyze.cli.main"
AGAIN_S = 1.0
"""A second signal sooner than this is the same wish (a terminal and a parent both sent it); a later one is impatience."""


class Interrupted(KeyboardInterrupt):
    """A signal asked this program to end; ``number`` is which."""

    def __init__(self, number: int):
        super().__init__(f"signal {number}")
        self.number = number

    @property
    def status(self) -> int:
        """The exit status, as a shell has it."""
        return 128 + self.number


def is_this_program() -> bool:
    """Whether this process runs the command line, rather than something that imports it."""
    started = getattr(sys, "orig_argv", [])
    script = os.path.basename(sys.argv[0] if sys.argv else "").removesuffix(".exe")
    return script == PROGRAM or ("-m" in started and MODULE in started)


def _take(handler: "Callable[[int, Any], Any] | int") -> None:
    """Let ``handler`` have the signals; those that are ignored on purpose (nohup, a shell's background) stay so."""
    for number in FATAL:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, handler)


def _end(number: int, _: object = None) -> "NoReturn":
    os._exit(128 + number)


def end_at_once() -> None:
    """From now on a signal ends the process on the spot: nothing has been begun."""
    _take(_end)


def unwind() -> None:
    """From now on a signal raises ``Interrupted`` in the main thread."""
    import time

    first = [0.0]

    def interrupted(number: int, _: object) -> None:
        now = time.monotonic()
        if not first[0]:
            first[0] = now
            raise Interrupted(number)
        if now - first[0] > AGAIN_S:
            _end(number)

    def lost(unraisable: "sys.UnraisableHookArgs") -> None:
        """It came while an object was being deleted, where Python drops exceptions: end all the same."""
        if isinstance(unraisable.exc_value, Interrupted):
            _end(unraisable.exc_value.number)
        sys.__unraisablehook__(unraisable)

    sys.unraisablehook = lost
    _take(interrupted)


def is_over() -> None:
    """From now on a signal changes nothing: the answer is out and the process is about to end."""
    _take(signal.SIG_IGN)

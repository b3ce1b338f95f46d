"""The line while the command hangs: on a terminal one dim line that goes away, elsewhere a plain line now and then."""

import os
import sys
import termios
import threading

from netanalyze.units import duration

SILENCE_NS = 3_000_000_000
"""Nothing is said before the command has been silent for so long."""
PLAIN_GAP_NS = 10_000_000_000
"""Between two plain lines, unless the cause has changed."""
DIM, PLAIN, RETURN_AND_CLEAR = "\x1b[2m", "\x1b[0m", "\r\x1b[K"


class StatusLine:
    """Says what the command waits for.

    Args:
        descriptor: standard error.
        erasable: everything else that is written there passes through us, so that the line can be taken away again.
        lock: held while the descriptor is written to.
    """

    def __init__(self, descriptor: int, erasable: bool, lock: threading.Lock, quiet: bool = False):
        self._descriptor, self._lock, self._quiet = descriptor, lock, quiet
        self._terminal = os.isatty(descriptor)
        self._erasable = erasable and self._terminal and os.environ.get("TERM", "dumb") != "dumb"
        self._drawn = False
        self._last_plain_ns, self._last_cause = -PLAIN_GAP_NS, ""

    def update(self, now_ns: int, silent_ns: int, waiting_for: str | None, cause: str, message: str) -> None:
        """Draw, or leave it.

        Args:
            now_ns: on a clock that does not jump.
            silent_ns: how long the command has said nothing.
            waiting_for: what it waits for by its own word.
            cause, message: of the finding that explains it, empty so far.
        """
        if self._quiet or silent_ns < SILENCE_NS:
            return
        said = f"waiting {duration(silent_ns)}"
        if message:
            said += f"; {cause}: {message}"
        elif waiting_for:
            said += f" for {waiting_for}"
        if self._erasable:
            self._draw(said)
        elif message and (cause != self._last_cause or now_ns - self._last_plain_ns >= PLAIN_GAP_NS):
            if not self._raw_terminal():
                self._last_plain_ns, self._last_cause = now_ns, cause
                self._write(f"netanalyze: {said}\n")

    def _draw(self, said: str) -> None:
        try:
            width = os.get_terminal_size(self._descriptor).columns or 80
        except OSError:
            width = 80
        text = f"netanalyze: {said}"
        if len(text) >= width:
            text = text[: max(0, width - 2)] + "…"
        # the cursor goes back, so that what writes past us writes over the line
        self._write(f"{RETURN_AND_CLEAR}{DIM}{text}{PLAIN}\r")
        self._drawn = True

    def _raw_terminal(self) -> bool:
        """Whether a full-screen program has the terminal: then nothing may be written to it."""
        if not self._terminal:
            return False
        try:
            return not termios.tcgetattr(self._descriptor)[3] & termios.ICANON
        except (OSError, termios.error):
            return False

    def _write(self, text: str) -> None:
        with self._lock:
            self._put(text)

    def _put(self, text: str) -> None:
        try:
            os.write(self._descriptor, text.encode(sys.getfilesystemencoding(), "replace"))
        except OSError:
            self._quiet = True

    def erase(self) -> None:
        """Take the line away; the caller holds the lock."""
        if self._drawn:
            self._drawn = False
            self._put(RETURN_AND_CLEAR)

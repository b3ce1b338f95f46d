"""Standard error of a traced command: read at once, stamped, passed on unaltered, without the lines -x added."""

import errno
import os
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Callable

from netanalyze.capture.recording import clipped_trace
from netanalyze.live.command.last_line import last_line_of
from netanalyze.patterns import lazy_pattern
from netanalyze.redaction import Lines
from netanalyze.units import rfc3339

READ_OCTETS = 65_536
HELD_S = 0.05
"""A line without an end is shown after so long, since it may be a prompt."""
FIRST_LINES, LAST_LINES = 20_000, 80_000
"""Lines kept of what the command says: from its beginning and from its end."""
_GET = lazy_pattern(r"# get (\S+?)(?:: .*)?$")


def output_pair(terminal: int | None) -> tuple[int, int]:
    """A descriptor to read, and one for the command to write to: a pty like ``terminal`` if that is one, else a pipe."""
    if terminal is None or not os.isatty(terminal):
        return os.pipe()
    reading, writing = os.openpty()
    settings = termios.tcgetattr(writing)
    settings[1] &= ~termios.OPOST  # line ends are made by the real terminal
    termios.tcsetattr(writing, termios.TCSANOW, settings)
    copy_size(terminal, writing)
    return reading, writing


def copy_size(terminal: int, other: int) -> None:
    """Give ``other`` the window size of ``terminal``."""
    try:
        termios.tcsetwinsize(other, termios.tcgetwinsize(terminal))
    except (OSError, termios.error):
        pass


class Relay:
    """A thread between the command's standard error and ours.

    Args:
        reading: what the command writes comes out here; closed at the end.
        writing: where it goes.
        hides: whether a line is kept from the user.
        before: called, under ``lock``, before anything is written.

    Attributes:
        last_ns: when the last octets came, ns on the monotonic clock.
        last_shown_ns: when something was last written.
        last_line: the last line that was not hidden, without secrets; '' before there is one.
    """

    def __init__(
        self,
        reading: int,
        writing: int,
        hides: Callable[[str], bool],
        before: Callable[[], None],
        lock: threading.Lock,
    ):
        self._reading, self._writing, self._hides, self._before, self._lock = reading, writing, hides, before, lock
        self._lines: list[str] = []
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._rest, self._shown = b"", 0
        self._open: dict[str, int] = {}
        self.last_line = ""
        self._secrets, self._words = Lines(), Lines()
        self.last_ns = self.last_shown_ns = time.monotonic_ns()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self, patience_s: float) -> None:
        """Wait for the end of the output; a descendant that keeps it open is not waited for longer than this."""
        self._thread.join(patience_s)

    def trace(self) -> str:
        """The stamped lines so far, as ``parse_trace`` reads them."""
        return clipped_trace("".join([*self._lines, *self._last.copy()]))

    def waiting_for(self) -> str | None:
        """The URL of the oldest request that go has begun and not ended, without secrets."""
        url = next(iter(dict(self._open)), None)
        return url and self._words.redacted(url)

    def _run(self) -> None:
        try:
            while True:
                if self._rest[self._shown :] and not select.select([self._reading], [], [], HELD_S)[0]:
                    self._show(self._rest[self._shown :])
                    self._shown = len(self._rest)
                try:
                    octets = os.read(self._reading, READ_OCTETS)
                except OSError as error:
                    if error.errno == errno.EIO:  # the last writer of a pty has gone
                        break
                    raise
                if not octets:
                    break
                self._take(octets)
            if self._rest:
                self.last_line = (
                    self._words.redacted(last_line_of(self._keep(self._rest, time.time_ns()))) or self.last_line
                )
                self._show(self._rest[self._shown :])
        except OSError:
            pass  # nobody reads on: closing our end lets the command learn it
        finally:
            os.close(self._reading)

    def _take(self, octets: bytes) -> None:
        now, self.last_ns = time.time_ns(), time.monotonic_ns()
        *whole, rest = (self._rest + octets).split(b"\n")
        visible = bytearray()
        for line in whole:
            text = self._keep(line, now)
            hidden = self._hides(text)
            if not hidden:
                self.last_line = self._words.redacted(last_line_of(text)) or self.last_line
            if not hidden or self._shown:
                visible += line[self._shown :] + b"\n"
            self._shown = 0
        self._rest = rest
        self._show(bytes(visible))

    def _keep(self, line: bytes, now: int) -> str:
        text = line.decode("utf-8", "replace").rstrip("\r")
        kept = self._lines if len(self._lines) < FIRST_LINES else self._last
        kept.append(f"{rfc3339(now)} {self._secrets.redacted(text)}\n")
        request = _GET.match(text)
        if request:
            waiting = self._open.get(request[1], 0) + (1 if request[0].endswith(request[1]) else -1)
            if waiting > 0:
                self._open[request[1]] = waiting
            else:
                self._open.pop(request[1], None)
        return text

    def _show(self, octets: bytes) -> None:
        if not octets:
            return
        with self._lock:
            self._before()
            self.last_shown_ns = time.monotonic_ns()
            while octets:
                try:
                    octets = octets[os.write(self._writing, octets) :]
                except BlockingIOError:
                    select.select([], [self._writing], [])

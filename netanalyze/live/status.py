"""The line while the command hangs: on a terminal dim lines that go away, elsewhere a plain line now and then."""

import os
import re
import sys
import termios
import threading

from netanalyze.redaction import redacted
from netanalyze.report.language import Language
from netanalyze.report.sheet import clean, wrapped
from netanalyze.wording import Text

SILENCE_NS = 1_500_000_000
"""Nothing is said before nothing has moved for so long: a second is when a person begins to wonder (Nielsen 1993, 5.5),
and a retransmitted SYN (after 1 s, RFC 6298) may still mend it."""
PLAIN_FIRST_NS = 5_000_000_000
"""A plain line without a cause comes no sooner."""
PLAIN_GAP_NS, PLAIN_GAP_MOST_NS = 10_000_000_000, 60_000_000_000
"""Between two plain lines, unless the cause has changed; it doubles up to the second."""
REDRAW_NS = 200_000_000
"""Figures alone are renewed no more often."""
LINES_MOST = 3
"""One sentence takes no more of the terminal's lines."""
LONGEST = 400
"""Characters of one sentence where lines are not erased; a URL may have thousands."""
DIM, PLAIN, CLEAR_BELOW, UP = "\x1b[2m", "\x1b[0m", "\r\x1b[J", "\x1b[A"
PREFIX = "netanalyze: "


class StatusLine:
    """Says what the command waits for.

    Args:
        descriptor: standard error.
        erasable: everything else that is written there passes through us, so that the line can be taken away again.
        lock: held while the descriptor is written to.
        language: of netanalyze.report.language.
    """

    def __init__(
        self, descriptor: int, erasable: bool, lock: threading.Lock, quiet: bool = False, language: str = "en"
    ):
        self._descriptor, self._lock, self._quiet = descriptor, lock, quiet
        self._language = Language(language)
        self._terminal = os.isatty(descriptor)
        self._erasable = erasable and self._terminal and os.environ.get("TERM", "dumb") != "dumb"
        self._texts: list[str] = []
        self._drawn_ns = 0
        self._last_plain_ns, self._last_cause, self._gap_ns = 0, "", 0

    def update(self, now_ns: int, silent_ns: int, waiting: Text, cause: str, explained: Text) -> None:
        """Draw, or leave it.

        Args:
            now_ns: on a clock that does not jump.
            silent_ns: how long nothing has moved.
            waiting: what is waited for, '' where that is not known.
            cause: identifier of the cause so far, '' none.
            explained: what is known of the cause.
        """
        if self._quiet:
            return
        waiting, explained = (redacted(self._language.say(text)) for text in (waiting, explained))
        if silent_ns < SILENCE_NS or not (waiting or explained):
            self.clear()
            self._last_cause, self._gap_ns = "", 0
            return
        if self._erasable:
            self._draw(now_ns, [text for text in (waiting, explained) if text])
            return
        due = now_ns - self._last_plain_ns >= self._gap_ns and (self._gap_ns or silent_ns >= PLAIN_FIRST_NS)
        if (due or (cause and cause != self._last_cause)) and not self._raw_terminal():
            self._gap_ns = min(max(2 * self._gap_ns, PLAIN_GAP_NS), PLAIN_GAP_MOST_NS)
            self._last_plain_ns, self._last_cause = now_ns, cause
            self._write("".join(f"{PREFIX}{_whole(text)}\n" for text in (waiting, explained) if text))

    def _draw(self, now_ns: int, texts: list[str]) -> None:
        try:
            width = os.get_terminal_size(self._descriptor).columns or 80
        except OSError:
            width = 80
        soon = bool(self._texts) and now_ns - self._drawn_ns < REDRAW_NS
        if texts == self._texts or (soon and texts[1:] == self._texts[1:]):
            return
        lines = [line for text in texts for line in _fitted(PREFIX + text, width)]
        # the cursor goes back, so that what writes past us writes over the lines
        self._write(CLEAR_BELOW + DIM + "\r\n".join(lines) + PLAIN + UP * (len(lines) - 1) + "\r")
        self._texts, self._drawn_ns = texts, now_ns

    def clear(self) -> None:
        """Take the line away."""
        if self._texts:
            with self._lock:
                self.erase()

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
        if self._texts:
            self._texts = []
            self._put(CLEAR_BELOW)


def _fitted(text: str, width: int) -> list[str]:
    """``text`` in lines of a terminal, with nothing in it that the terminal might obey; wide characters count twice."""
    text = re.sub(r"(\d) (s\b)", "\\1\0\\2", clean(text))  # a figure keeps its unit
    room = max(width - 1, 20)
    lines = wrapped(text, room - 2, room)[:LINES_MOST]
    return [("  " if i else "") + line.replace("\0", " ") for i, line in enumerate(lines)]


def _whole(text: str) -> str:
    """``text`` on one line of a log, as safe, and no longer than a person reads."""
    text = clean(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

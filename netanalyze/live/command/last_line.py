"""What the command writes last on standard error, read on its way; the stream stays what it is, and outlives us.

A pipe is read between the command and its reader. A file is read when the command has ended. A terminal, a device or a socket
is left alone, and so is a pipe that standard output shares: its order is the command's own.
"""

import contextlib
import os
import select
import shutil
import stat
import subprocess
import threading

from netanalyze.patterns import lazy_pattern
from netanalyze.redaction import redacted

READ_OCTETS = 65_536
KEPT_OCTETS = 4_096
"""Of what was written so much is kept, from its end: a line that is longer is no line for people."""
LOOK_S = 0.05
"""How often it is looked whether there is an end to come."""
_SEQUENCE = lazy_pattern(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
"""What a terminal obeys (ECMA-48)."""
OWN = "netanalyze: "
"""What our own lines in the same file begin with."""
NO_TEXT = 10
"""A line of which more than one character in so many is no UTF-8 is no text."""
OUT, ERR = 1, 2


class LastLine:
    """Begins before the command does.

    Args:
        wanted: whether the stream may be led through us.
        merged: whether the command's standard output is to be its standard error.
        lock: held while our standard error is written to.

    Attributes:
        writing: what is to be the command's standard error; None where it keeps ours.
    """

    def __init__(self, wanted: bool, merged: bool, lock: threading.Lock):
        self._lock, self._tail, self._stop = lock, b"", threading.Event()
        self._reading = -1
        self.writing: int | None = None
        self._file_from: int | None = None
        self._thread = threading.Thread(target=self._copy, name="last line", daemon=True)
        try:
            ours = os.fstat(ERR)
        except OSError:
            return
        if stat.S_ISREG(ours.st_mode):
            self._file_from = ours.st_size
        elif wanted and stat.S_ISFIFO(ours.st_mode) and (merged or not _shared(ours)):
            self._reading, self.writing = os.pipe()

    def start(self) -> None:
        """The command has been released, and has ``writing``."""
        if self.writing is not None:
            os.close(self.writing)
            self._thread.start()

    def finish(self, patience_s: float) -> None:
        """The command has ended. What it left behind may write on: that is passed on by cat(1), as long as it does.

        Args:
            patience_s: how long the end of what was written is waited for.
        """
        if not self._thread.is_alive():
            return
        self._thread.join(patience_s)
        self._stop.set()
        self._thread.join()
        if self._reading >= 0:
            cat = shutil.which("cat")
            if cat:
                with contextlib.suppress(OSError):
                    subprocess.Popen([cat], stdin=self._reading, stdout=ERR, cwd="/")
            self._close()

    def text(self) -> str | None:
        """The line, without secrets; '' where nothing was written, None where nobody read it or it was no text."""
        if self._file_from is not None:
            return line_at_end(_end_of_file(self._file_from))
        return line_at_end(self._tail) if self.writing is not None else None

    def _copy(self) -> None:
        try:
            while True:
                if not select.select([self._reading], [], [], LOOK_S)[0]:
                    if self._stop.is_set():
                        return
                    continue
                octets = os.read(self._reading, READ_OCTETS)
                if not octets:
                    break
                self._tail = (self._tail + octets)[-KEPT_OCTETS:]
                self._show(octets)
        except OSError:
            pass  # nobody reads on: closing our end lets the command learn it
        self._close()

    def _show(self, octets: bytes) -> None:
        with self._lock:
            while octets:
                try:
                    octets = octets[os.write(ERR, octets) :]
                except BlockingIOError:
                    select.select([], [ERR], [])

    def _close(self) -> None:
        if self._reading >= 0:
            os.close(self._reading)
            self._reading = -1


def _shared(ours: os.stat_result) -> bool:
    """Whether standard output goes the same way."""
    try:
        other = os.fstat(OUT)
    except OSError:
        return False
    return (other.st_dev, other.st_ino) == (ours.st_dev, ours.st_ino)


def _end_of_file(begin: int) -> bytes | None:
    """The end of what was added to the file that is our standard error; None where it may not be read."""
    try:
        descriptor = os.open(f"/dev/fd/{ERR}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        at = max(begin if begin <= size else 0, size - KEPT_OCTETS)
        return os.pread(descriptor, KEPT_OCTETS, at)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def last_line_of(text: str) -> str:
    """The last line that says anything, as a terminal would leave it: what a carriage return wrote over is gone, and so are
    colours and other characters that are not to be seen.

    >>> last_line_of("one\\n 10 %\\r\\x1b[31m 100 %\\x1b[0m\\n\\n")
    '100 %'
    """
    lines = (_readable(line.rstrip("\r").rpartition("\r")[2]) for line in reversed(text.split("\n")))
    return next((line for line in lines if line and not line.startswith(OWN)), "")


def _readable(line: str) -> str:
    if line.count("\ufffd") * NO_TEXT > len(line):
        return ""
    return "".join(filter(str.isprintable, _SEQUENCE.sub("", line).replace("\t", " "))).strip()


def line_at_end(octets: bytes | None) -> str | None:
    """The last line of the end of what was written; None where there is something, and no whole line of text."""
    if octets is None:
        return None
    whole, is_cut = octets, len(octets) >= KEPT_OCTETS
    if is_cut:  # the beginning of the first line is not here, perhaps that of a URL
        end = octets.rstrip()
        whole = octets.partition(b"\n" if b"\n" in end else b" ")[2]
    text = whole.decode("utf-8", "replace")
    line = redacted(last_line_of(text))
    if line:
        return line
    others = octets if is_cut else "".join(line for line in text.split("\n") if not line.startswith(OWN))
    return None if others.strip() else ""

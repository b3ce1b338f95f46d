"""What the readers of pcap and pcapng share: the rows of a batch, and how a file ends."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch, Interfaces
from netanalyze.capture.window import Window
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError, CorruptCapture
from netanalyze.kernel import Engine
from netanalyze.wording import Text

NEED_MORE, FULL, CORRUPT, SECTION, BLOCK, NO_INTERFACE, GAP = range(7)
"""Why a walk over records stopped: the next one is not whole in the buffer; there is no room for
another row; the next one cannot be one; (pcapng) a section, interface or statistics block, or a
frame of an interface that was not described, comes next, or a block that takes a frame number."""

USUAL_LONGEST = 262_144
"""Captured octets accepted of any frame: the largest snap length tcpdump and dumpcap use."""
LONGEST = 16 * 1024 * 1024
"""Captured octets beyond which a record is taken for garbage, whatever the file's snap length."""

COMMENTS = 10_000
COMMENT_OCTETS = 16 * 1024 * 1024
"""Comments kept of one file: at most so many, and so much text; later ones are skipped."""


class Comments:
    """The comments of a capture, as ``(frame_number, text)``; the number is None for the section's own."""

    def __init__(self) -> None:
        self.rows: list[tuple[int | None, str]] = []
        self._room = COMMENT_OCTETS

    @property
    def full(self) -> bool:
        """Whether no more are kept."""
        return len(self.rows) >= COMMENTS or self._room <= 0

    def add(self, frame_number: int | None, text: str) -> None:
        """Keep one, if there is room."""
        if not self.full:
            self.rows.append((frame_number, text))
            self._room -= len(text)


class Reader:
    """Reads the frames of one file in the file's order.

    Args:
        path: names the file in errors and diagnostics.
        window: its octets, at their beginning.
        interfaces: where its interfaces are added.
        diagnostics: where trouble is counted.
        engine: runs the walk.
        sole: whether frame numbers of this file are those of the whole capture.

    Attributes:
        comments: of its frames (numbered within this file, 1-based) and sections.
        error: what ended the reading early, or None.
        frame_count: number of the last frame delivered.
    """

    ROW_OCTETS = 64
    """A batch has a row for every so many octets of the window; short records need several batches."""
    ROWS_MOST = 8192
    """Rows of a batch at most: room is made as if each began a flow. Frames of 512 octets fill a window of 4 MiB with so many."""

    def __init__(
        self,
        path: str,
        window: Window,
        interfaces: Interfaces,
        diagnostics: Diagnostics,
        engine: Engine,
        sole: bool = True,
    ):
        self.path, self.window, self.interfaces = path, window, interfaces
        self.diagnostics, self.engine, self.sole = diagnostics, engine, sole
        self.comments = Comments()
        self.error: CaptureError | None = None
        self.frame_count = 0
        self.capacity = min(max(64, len(window.buffer) // self.ROW_OCTETS), self.ROWS_MOST)
        self.rows = np.empty(self.capacity * FRAME.WIDTH, dtype=np.int64)

    def batches(self) -> Iterator[FrameBatch]:
        """The frames; each batch is valid until the next is asked for. Raises nothing: see ``error``."""
        raise NotImplementedError

    def batch(self, count: int) -> FrameBatch:
        """The first ``count`` rows as a batch."""
        first = self.frame_count + 1
        self.frame_count += count
        return FrameBatch(self.window.buffer, self.rows[: count * FRAME.WIDTH].reshape(count, FRAME.WIDTH), first)

    def release(self) -> None:
        """Let the memory go, after the last batch."""
        self.window.buffer = np.empty(0, dtype=np.uint8)
        self.rows = np.empty(0, dtype=np.int64)

    def frame_number(self, row: int) -> int | None:
        """Number of the ``row``-th frame of the batch in the making; None where only the merge will know it."""
        return self.frame_count + row + 1 if self.sole else None

    def header(self, needed: int, limit: Text = "file length") -> None:
        """Have the first ``needed`` octets in memory.

        Raises:
            CaptureError: the file ends before, or cannot be read on.
        """
        if not self.window.ensure(needed):
            fault = self.window.stream.fault
            raise (fault.error if fault else CorruptCapture(self.path, 0, needed, self.window.available, limit))

    def too_many(self, records: int) -> bool:
        """Count records that were read; True where there are more than compressed octets can hold: the reading ends."""
        expansion = getattr(self.window.stream, "expansion", None)
        if expansion is None:
            return False
        expansion.records += records
        if fault := expansion.fault:
            self._stop(*fault)
        return self.error is not None

    def corrupt(self, needed: int, available: int, limit: Text) -> None:
        """End here: the record at ``window.start`` needs more than ``limit`` allows."""
        self._stop("corrupt", CorruptCapture(self.path, self.window.offset, needed, available, limit))

    def end(self, needed: int) -> None:
        """End here: there is nothing more to read, and ``needed`` octets were to come."""
        fault: Any = self.window.stream.fault
        if fault:
            self._stop(*fault)
        elif self.window.available:
            error = CorruptCapture(self.path, self.window.offset, needed, self.window.available, "file length")
            self._stop("cut_short", error)

    def _stop(self, kind: str, error: CaptureError) -> None:
        self.error = error
        text = str(error)
        self.diagnostics.add(kind, detail=text.removeprefix(f"{self.path}: ") if self.sole else text)

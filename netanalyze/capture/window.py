"""The part of a capture that is in memory: one buffer that moves over the octets of a stream."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np

HEADROOM = 1024 * 1024
"""Octets before the part that was read ahead, for the record that the part before it ended in."""


class Window:
    """Octets ``start`` to ``end`` of ``buffer`` are read and not yet consumed.

    Args:
        stream: has ``readinto(view) -> int`` and ``eager`` (netanalyze.capture.streams).
        read_octets: size of the buffer, rounded up to a multiple of 8; it grows only when ``more`` asks
            for a longer record.
        ahead: read the next part in a thread while this one is worked on. Worth it for long files alone.

    Attributes:
        buffer: ``u1 (m,)``, contiguous; the same array is filled again and again.
        base: offset in the stream of ``buffer[0]``, octets.
    """

    def __init__(self, stream: Any, read_octets: int, ahead: bool = False):
        self.stream = stream
        self.buffer = np.empty(max(read_octets + -read_octets % 8, 8), dtype=np.uint8)
        self.start = self.end = self.base = 0
        self._ahead, self._reading = ahead, False
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._filled: SimpleQueue[bool] = SimpleQueue()
        self._reader: threading.Thread | None = None
        self._other = np.empty(0, dtype=np.uint8)
        self._got = 0

    @property
    def offset(self) -> int:
        """Offset in the stream of the first octet that is not consumed."""
        return self.base + self.start

    @property
    def available(self) -> int:
        """Octets in memory that are not consumed."""
        return self.end - self.start

    def more(self, needed: int) -> bool:
        """Read at least one more octet, with room for ``needed`` from ``start`` on; False at the end of the stream.

        What was not consumed moves to the front of the buffer; all else in it is overwritten. The
        caller has checked that ``needed`` is no absurd number.
        """
        kept = self.end - self.start
        if self._reading:
            return self._take_ahead(kept, needed)
        if needed > len(self.buffer):
            grown = np.empty(1 << (needed - 1).bit_length(), dtype=np.uint8)
            grown[:kept] = self.buffer[self.start : self.end]
            self.buffer = grown
        elif self.start:
            self.buffer[:kept] = self.buffer[self.start : self.end]
        self.base += self.start
        self.start, self.end = 0, kept
        view = self.buffer.data
        while self.end < len(view):
            count = self.stream.readinto(view[self.end :])
            self.end += count
            if not count or not self.stream.eager:
                break
        if self._ahead and self.end == len(view):
            self._other = np.empty(HEADROOM + len(view), dtype=np.uint8)
            self._read_on()
        return self.end > kept

    def _fill(self) -> None:
        """Read the next part into the other buffer, behind its headroom."""
        view = self._other.data[HEADROOM:]
        while self._got < len(view):
            count = self.stream.readinto(view[self._got :])
            self._got += count
            if not count:
                break

    def _read_on(self) -> None:
        self._got, self._reading = 0, True
        if self._reader is None:
            self._reader = threading.Thread(target=_work, args=(self._asked, self._filled), daemon=True)
            self._reader.start()
        self._asked.put(self._fill)

    def _wait(self) -> None:
        """Until the next part was read."""
        if self._reading:
            self._filled.get()
            self._reading = False

    def _take_ahead(self, kept: int, needed: int) -> bool:
        """Go on with what was read meanwhile: what was not consumed is put right before it."""
        self._wait()
        self.base += self.start
        if kept > HEADROOM or needed > kept + self._got:
            # a record longer than a part: join the two, and read on without a thread
            joined = np.empty(max(1 << (needed - 1).bit_length(), kept + self._got), dtype=np.uint8)
            joined[:kept] = self.buffer[self.start : self.end]
            joined[kept : kept + self._got] = self._other[HEADROOM : HEADROOM + self._got]
            self.buffer, self.start, self.end = joined, 0, kept + self._got
            self._ahead = False
            return self._got > 0
        self._other[HEADROOM - kept : HEADROOM] = self.buffer[self.start : self.end]
        self.buffer, self._other = self._other, self.buffer
        self.start, self.end = HEADROOM - kept, HEADROOM + self._got
        self.base -= self.start
        full = self.end == len(self.buffer)
        got = self._got
        if full:
            if len(self._other) != len(self.buffer):
                self._other = np.empty_like(self.buffer)
            self._read_on()
        return got > 0

    def settle(self) -> None:
        """Let the thread come to its end, so that the stream may be closed."""
        self._wait()
        if self._reader is not None:
            self._asked.put(None)
            self._reader.join()
            self._reader = None

    def __del__(self) -> None:
        if self._reader is not None:  # whoever drops a window without a word leaves no thread behind
            self._asked.put(None)

    def ensure(self, needed: int) -> bool:
        """Whether ``needed`` octets are in memory from ``start`` on, reading as far as necessary."""
        while self.available < needed:
            if not self.more(needed):
                return False
        return True


def _work(asked: "SimpleQueue[Callable[[], None] | None]", done: "SimpleQueue[bool]") -> None:
    """Do what is asked for, one after the other, until that is nothing (in a thread); a window is held only meanwhile."""
    while (task := asked.get()) is not None:
        try:
            task()
        finally:
            del task
            done.put(True)

"""The part of a capture that is in memory: one buffer that moves over the octets of a stream."""

from typing import Any

import numpy as np


class Window:
    """Octets ``start`` to ``end`` of ``buffer`` are read and not yet consumed.

    Args:
        stream: has ``readinto(view) -> int`` and ``eager`` (netanalyze.capture.streams).
        read_octets: size of the buffer, rounded up to a multiple of 8; it grows only when ``more`` asks
            for a longer record.

    Attributes:
        buffer: ``u1 (m,)``, contiguous; the same array is filled again and again.
        base: offset in the stream of ``buffer[0]``, octets.
    """

    def __init__(self, stream: Any, read_octets: int):
        self.stream = stream
        self.buffer = np.empty(max(read_octets + -read_octets % 8, 8), dtype=np.uint8)
        self.start = self.end = self.base = 0

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
        return self.end > kept

    def ensure(self, needed: int) -> bool:
        """Whether ``needed`` octets are in memory from ``start`` on, reading as far as necessary."""
        while self.available < needed:
            if not self.more(needed):
                return False
        return True

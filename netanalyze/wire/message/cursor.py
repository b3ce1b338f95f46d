"""A place in a message: big-endian reads that end in MessageError, never in an IndexError."""

import functools
from struct import unpack

from netanalyze.errors import MessageError


class Cursor:
    """Reads ``octets`` from ``at`` up to ``end`` (half-open) and moves on.

    ``what`` names the message in errors; offsets in errors count from the first of ``octets``.

    Raises:
        MessageError: from every read that needs more octets than are left.
    """

    __slots__ = ("at", "end", "octets", "what")

    def __init__(self, octets: bytes, what: str, at: int = 0, end: int | None = None):
        self.octets, self.what, self.at = octets, what, at
        self.end = len(octets) if end is None else min(end, len(octets))

    @property
    def left(self) -> int:
        """Octets not yet read."""
        return max(self.end - self.at, 0)

    def take(self, count: int) -> bytes:
        """The next ``count`` octets."""
        begin = self.at
        end = begin + count
        if end > self.end and count:
            raise MessageError(self.what, begin, count, self.left)
        self.at = end
        return self.octets[begin:end]

    def number(self, width: int) -> int:
        """The next ``width`` octets as a big-endian, unsigned integer."""
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> bytes:
        """A block that bears its own length in front, in ``width`` octets (RFC 8446 section 3.4)."""
        return self.take(self.number(width))

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def invalid(self, at: int | None = None) -> MessageError:
        """The error to raise where octets contradict the format, here or ``at``."""
        return MessageError(self.what, self.at if at is None else at)


def numbers(octets: bytes, width: int, what: str) -> tuple[int, ...]:
    """``octets`` as big-endian integers of ``width`` octets each.

    Raises:
        MessageError: the length is no multiple of ``width``.
    """
    if len(octets) % width:
        raise MessageError(what, len(octets) - len(octets) % width, width, len(octets) % width)
    return (_kept_numbers if len(octets) <= NUMBERS_KEPT else _numbers)(octets, width)


NUMBERS_KEPT = 256
"""Octets up to which lists are kept: one program offers the same in each of its hellos."""


def _numbers(octets: bytes, width: int) -> tuple[int, ...]:
    if width == 2:
        return unpack(f">{len(octets) // 2}H", octets)
    return tuple(int.from_bytes(octets[at : at + width], "big") for at in range(0, len(octets), width))


_kept_numbers = functools.lru_cache(4096)(_numbers)

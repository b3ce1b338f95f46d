"""A place in a message: big-endian reads that end in MessageError, never in an IndexError."""

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
        if count > self.left:
            raise MessageError(self.what, self.at, count, self.left)
        begin, self.at = self.at, self.at + count
        return self.octets[begin : self.at]

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
    return tuple(int.from_bytes(octets[at : at + width], "big") for at in range(0, len(octets), width))

"""One half-flow's octets in order, from segments in any order (RFC 9293 section 3.10.7.4)."""

from collections.abc import Iterator

FIRST_OCTET = 1
"""Offset of the first octet of data: that behind the SYN, or the first one captured of a flow under way."""
HELD_MOST = 65536
"""Octets held back while an earlier segment is missing; later ones are dropped."""
HELD_BY_ALL = 256 * 1024 * 1024
"""Octets that all half-flows of a capture together may hold back: hostile traffic takes no more memory than this."""


class Room:
    """How much may still be held back by all streams that share it, octets."""

    def __init__(self, octets: int = HELD_BY_ALL):
        self.left = octets


class Stream:
    """Puts segments in order by their stream offsets; duplicates and overlaps give each octet once.

    Attributes:
        next: offset of the octet awaited next.
    """

    def __init__(self, room: Room | None = None) -> None:
        self._room = room or Room()
        self.next: int = FIRST_OCTET
        self._held: dict[int, bytes] = {}
        self._held_octets = 0

    def push(self, offset: int, octets: bytes) -> Iterator[tuple[int, bytes]]:
        """Take a segment; gives (offset, octets) of what is now in order."""
        if offset > self.next:
            known = self._held.get(offset, b"")
            more = len(octets) - len(known)
            if 0 < more <= self._room.left and self._held_octets + len(octets) <= HELD_MOST:
                self._held[offset] = octets
                self._hold(more)
            return
        fresh = octets[self.next - offset :]
        if fresh:
            at, self.next = self.next, self.next + len(fresh)
            yield at, fresh
        while self._held:
            first = min(self._held)
            if first > self.next:
                return
            held = self._held.pop(first)
            self._hold(-len(held))
            fresh = held[self.next - first :]
            if fresh:
                at, self.next = self.next, self.next + len(fresh)
                yield at, fresh

    def resume(self, offset: int) -> None:
        """Go on at ``offset``: what lies before it will not come."""
        self.next = offset
        self._held = {at: held for at, held in self._held.items() if at + len(held) > offset}
        self._hold(sum(map(len, self._held.values())) - self._held_octets)

    def _hold(self, more: int) -> None:
        self._held_octets += more
        self._room.left -= more

    @property
    def hole(self) -> bool:
        """Whether later octets are held back because earlier ones are missing."""
        return bool(self._held)

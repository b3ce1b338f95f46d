"""One half-flow's octets in order, from segments in any order (RFC 9293 section 3.10.7.4)."""

import heapq
from collections.abc import Iterator

FIRST_OCTET = 1
"""Offset of the first octet of data: that behind the SYN, or the first one captured of a flow under way."""
HELD_MOST = 65536
"""Octets held back while an earlier segment is missing; later ones are dropped."""
HELD_BY_ALL = 256 * 1024 * 1024
"""Octets of memory that may be taken by what all half-flows of a capture together hold back, however hostile the traffic."""
EACH_TAKES = 150
"""Octets that a segment held back takes beside its own: object, place in table and heap. Measured: 100 to 139 in CPython 3.11."""


class Room:
    """How much memory may still be taken by what all streams that share it hold back, octets."""

    def __init__(self, octets: int = HELD_BY_ALL):
        self.left = octets


class Stream:
    """Puts segments in order by their stream offsets; duplicates and overlaps give each octet once.

    Attributes:
        next: offset of the octet awaited next.
    """

    __slots__ = ("_held", "_held_octets", "_order", "_room", "next")

    def __init__(self, room: Room | None = None) -> None:
        self._room = room or Room()
        self.next: int = FIRST_OCTET
        self._held: dict[int, bytes] = {}
        self._order: list[int] = []  # a heap of the offsets held
        self._held_octets = 0

    def push(self, offset: int, octets: bytes) -> Iterator[tuple[int, bytes]]:
        """Take a segment; gives (offset, octets) of what is now in order."""
        if offset > self.next:
            known = self._held.get(offset, b"")
            more = len(octets) - len(known)
            takes = more if known else more + EACH_TAKES
            if more > 0 and takes <= self._room.left and self._held_octets + len(octets) <= HELD_MOST:
                if not known:
                    heapq.heappush(self._order, offset)
                self._held[offset] = octets
                self._hold(more, takes)
            return
        fresh = octets[self.next - offset :]
        if fresh:
            at, self.next = self.next, self.next + len(fresh)
            yield at, fresh
        while self._order:
            first = self._order[0]
            if first > self.next:
                return
            heapq.heappop(self._order)
            held = self._held.pop(first)
            self._hold(-len(held), -len(held) - EACH_TAKES)
            fresh = held[self.next - first :]
            if fresh:
                at, self.next = self.next, self.next + len(fresh)
                yield at, fresh

    def resume(self, offset: int) -> None:
        """Go on at ``offset``: what lies before it will not come."""
        self.next = offset
        before = len(self._held)
        self._held = {at: held for at, held in self._held.items() if at + len(held) > offset}
        self._order = sorted(self._held)
        more = sum(map(len, self._held.values())) - self._held_octets
        self._hold(more, more + (len(self._held) - before) * EACH_TAKES)

    def _hold(self, more: int, takes: int) -> None:
        self._held_octets += more
        self._room.left -= takes

    @property
    def hole(self) -> bool:
        """Whether later octets are held back because earlier ones are missing."""
        return bool(self._held)

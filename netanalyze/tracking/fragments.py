"""IP datagrams from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5); bounded.

Overlapping fragments of one datagram: the octets that came first count (RFC 5722 would drop them all).
"""

import heapq

from netanalyze.wire.octets import u16

DATAGRAMS_MOST, OCTETS_MOST, HELD_MOST = 1024, 65535 + 40, 2 * 65536
"""Datagrams that are put together at a time, octets of one, and octets of its fragments, overlaps included."""

FRAGMENT_HEADER, IPV4_HEADER = 44, 20


class Datagram:
    """The fragments of one datagram so far."""

    def __init__(self, head: bytes):
        self.head, self.length, self.held = head, -1, 0
        self.parts: dict[int, bytes] = {}
        self._reach = 0  # up to here there is no hole
        self._beyond: list[int] = []  # offsets of the parts behind a hole, the first of them first

    def add(self, offset: int, octets: bytes, last: bool) -> bytes | None:
        """Take one fragment; the whole payload once there is no hole."""
        if offset + len(octets) > OCTETS_MOST:
            return None
        known = len(self.parts.get(offset, b""))
        if offset not in self.parts or known < len(octets):
            if self.held + len(octets) - known > HELD_MOST:
                return None
            self.held += len(octets) - known
            self._extend(offset, octets)
        if last:
            self.length = offset + len(octets)
        if self.length < 0 or self._reach < self.length:
            return None
        whole = bytearray()
        for at in sorted(self.parts):
            if at <= len(whole):
                whole += self.parts[at][len(whole) - at :]
        return bytes(whole[: self.length])

    def _extend(self, offset: int, octets: bytes) -> None:
        """Take a part in; what it joins to the beginning is looked at once."""
        fresh = offset not in self.parts
        self.parts[offset] = octets
        if offset > self._reach:
            if fresh:
                heapq.heappush(self._beyond, offset)
            return
        self._reach = max(self._reach, offset + len(octets))
        while self._beyond and self._beyond[0] <= self._reach:
            at = heapq.heappop(self._beyond)
            self._reach = max(self._reach, at + len(self.parts[at]))


class Fragments:
    """Collects fragments and gives back whole packets, rebuilt with a header that says so."""

    def __init__(self) -> None:
        self._open: dict[tuple, Datagram] = {}

    def add(self, packet: bytes, captured_whole: bool) -> bytes | None:
        """Take an IP packet that is a fragment, from its IP header on.

        Returns the whole packet (an IP header without fragmentation, then the payload) when this one
        completes it, else None. A fragment cut by the snap length can never complete one.
        """
        version = packet[0] >> 4
        if version == 4:
            header = (packet[0] & 15) * 4
            if header < IPV4_HEADER:
                return None
            place = u16(packet, 6)
            key = (packet[12:20], packet[9], packet[4:6])
            offset, more = (place & 0x1FFF) * 8, bool(place & 0x2000)
            head, payload = packet[:header], packet[header : u16(packet, 2)]
        else:
            at, kind = 40, packet[6]
            while kind != FRAGMENT_HEADER and at + 8 <= len(packet):
                kind, at = packet[at], at + 8 + packet[at + 1] * 8
            if at + 8 > len(packet):
                return None
            place = u16(packet, at + 2)
            key = (packet[8:40], packet[at], packet[at + 4 : at + 8])
            offset, more = place & 0xFFF8, bool(place & 1)
            head, payload = packet[:6] + packet[at : at + 1] + packet[7:40], packet[at + 8 : 40 + u16(packet, 4)]
        if not captured_whole:
            return None
        if key not in self._open:
            while len(self._open) >= DATAGRAMS_MOST:
                self._open.pop(next(iter(self._open)))
            self._open[key] = Datagram(head)
        datagram = self._open[key]
        if offset == 0:
            datagram.head = head
        whole = datagram.add(offset, payload, not more)
        if whole is None:
            return None
        del self._open[key]
        if version == 4:
            length = min(len(datagram.head) + len(whole), 65535)
            return (
                datagram.head[:2] + length.to_bytes(2, "big") + datagram.head[4:6] + b"\0\0" + datagram.head[8:] + whole
            )
        return datagram.head[:4] + min(len(whole), 65535).to_bytes(2, "big") + datagram.head[6:] + whole

    @property
    def incomplete(self) -> int:
        """How many datagrams are not whole."""
        return len(self._open)

"""What a slim recording keeps of a frame: everything that is read, and of encrypted bulk only where records begin.

Handshakes, DNS and clear text stay whole. Of TLS application data the octets up to the last record header in a segment
stay (RFC 8446 section 5.1), so that a later analysis finds the same records; of QUIC with a short header (RFC 9000
section 17.3) the first octets.
"""

import struct

from netanalyze.live.frames import Frame
from netanalyze.live.links import LINK_COOKED, LINK_ETHERNET, LINK_RAW, Link

APPLICATION_DATA, RECORD_HEADER = 23, 5
TCP, UDP, QUIC_PORT = 6, 17, 443
QUIC_KEPT, QUIC_LONG = 32, 0x80
HALVES_MOST, HELD_MOST = 65_536, 64
LINK_HEADER = {LINK_ETHERNET: 14, LINK_RAW: 0, LINK_COOKED: 20}
ETHERTYPE_AT = {LINK_ETHERNET: 12, LINK_COOKED: 0}
VLANS = (0x8100, 0x88A8)
IPV4_HEADER, IPV6_HEADER, TCP_HEADER = 20, 40, 20
SYN = 0x02
_PORTS_SEQUENCE = struct.Struct("!HHI")


def _is_header(octets: bytes) -> bool:
    """Whether five octets can be a record header of SSL 3.0 to TLS 1.3."""
    return 20 <= octets[0] <= 24 and octets[1] == 3 and octets[2] <= 4


class _Half:
    """One side of a TLS connection: where its next record begins, and which kind the one before it is of."""

    __slots__ = ("began", "held", "kind", "next", "part")

    def __init__(self, sequence: int):
        self.began, self.next, self.kind, self.part = sequence, sequence, 0, b""
        self.held: dict[int, bytes] = {}

    def keep(self, sequence: int, payload: bytes) -> int:
        """How many octets of a segment's payload are kept; -1 if this is no TLS after all."""
        ahead = (self.next + len(self.part) - sequence + 2**31) % 2**32 - 2**31  # what lies before the next new octet
        if ahead >= len(payload):
            inside = self.kind == APPLICATION_DATA and (sequence - self.began) % 2**32 < 2**31
            return 0 if inside else len(payload)  # what comes late may belong to a record before
        if ahead < 0:  # an earlier segment is missing so far: this one may hold the next header
            self.held[sequence] = payload
            return len(payload) if len(self.held) <= HELD_MOST else -1
        kept = self._walk(payload, ahead)
        while kept >= 0 and self.held:
            following = [s for s in self.held if (self.next + len(self.part) - s + 2**31) % 2**32 >= 2**31]
            if not following:
                break
            for s in following:
                later = self.held.pop(s)
                ahead = (self.next + len(self.part) - s) % 2**32
                if ahead < len(later) and self._walk(later, ahead) < 0:
                    return -1
        return kept

    def _walk(self, payload: bytes, at: int) -> int:
        """From the next header on, which lies ``at`` octets into the payload (less what came of it before)."""
        kept = at
        at -= len(self.part)
        while at < len(payload):
            head = self.part + payload[at + len(self.part) : at + RECORD_HEADER]
            if len(head) < RECORD_HEADER:
                self.part = head
                return len(payload)
            if not _is_header(head):
                return -1
            length = head[3] << 8 | head[4]
            self.part, self.kind, self.began = b"", head[0], self.next
            self.next = (self.next + RECORD_HEADER + length) % 2**32
            end = at + RECORD_HEADER + length
            kept = max(kept, min(at + RECORD_HEADER if self.kind == APPLICATION_DATA else end, len(payload)))
            at = end
        return kept


class Slimmer:
    """Cuts frames, those of one capture in their order.

    Args:
        links: the interfaces, as frames number them.
    """

    def __init__(self, links: list[Link]):
        self._kinds = [link.link_type for link in links]
        self._halves: dict[bytes, _Half | None] = {}

    def cut(self, frame: Frame) -> Frame:
        """The frame, shorter where it may be."""
        octets = frame.octets
        at = self._network(octets, self._kinds[frame.interface])
        kept = None if at is None else self._kept(octets, at)
        if kept is None or kept >= len(octets):
            return frame
        return frame._replace(octets=octets[:kept])

    def _network(self, octets: bytes, kind: int) -> int | None:
        """Where the IP header begins."""
        at = LINK_HEADER.get(kind)
        if at is None or len(octets) < at + IPV4_HEADER:
            return None
        if kind in ETHERTYPE_AT:
            where = ETHERTYPE_AT[kind]
            ethertype = octets[where] << 8 | octets[where + 1]
            while ethertype in VLANS and len(octets) >= at + 4:
                ethertype = octets[at + 2] << 8 | octets[at + 3]
                at += 4
            if ethertype not in (0x0800, 0x86DD):
                return None
        return at

    def _kept(self, octets: bytes, at: int) -> int | None:
        """How many octets of the frame are kept; None for all."""
        if octets[at] >> 4 == 4:
            start = at + (octets[at] & 15) * 4
            end, protocol = at + (octets[at + 2] << 8 | octets[at + 3]), octets[at + 9]
            if (octets[at + 6] & 0x3F) or octets[at + 7]:
                return None  # a fragment
            ends = octets[at + 12 : at + 20]
        elif octets[at] >> 4 == 6 and len(octets) >= at + IPV6_HEADER:
            start, protocol = at + IPV6_HEADER, octets[at + 6]
            end = start + (octets[at + 4] << 8 | octets[at + 5])
            ends = octets[at + 8 : at + 40]
        else:
            return None
        end = min(end, len(octets)) if end > start else len(octets)  # a length of 0: offloaded to the interface
        if protocol == TCP and end >= start + TCP_HEADER:
            return self._segment(octets, start, end, ends)
        if protocol == UDP and end > start + 8:
            ports = octets[start : start + 4]
            quic = QUIC_PORT in (ports[0] << 8 | ports[1], ports[2] << 8 | ports[3])
            if quic and not octets[start + 8] & QUIC_LONG:
                return min(start + 8 + QUIC_KEPT, end)
        return None

    def _segment(self, octets: bytes, start: int, end: int, ends: bytes) -> int | None:
        data = start + (octets[start + 12] >> 4) * 4
        key = ends + octets[start : start + 4]
        if octets[start + 13] & SYN:
            self._halves.pop(key, None)
            return None
        if data >= end:
            return None
        sequence = _PORTS_SEQUENCE.unpack_from(octets, start)[2]
        payload = octets[data:end]
        half = self._halves.get(key)
        if half is None:
            begins = (
                len(payload) > RECORD_HEADER and _is_header(payload) and (key not in self._halves or payload[0] == 22)
            )
            if len(self._halves) >= HALVES_MOST:
                self._halves.clear()
            half = self._halves[key] = _Half(sequence) if begins else None
            if half is None:
                return None
        kept = half.keep(sequence, payload)
        if kept < 0:
            self._halves[key] = None
            return None
        return data + kept

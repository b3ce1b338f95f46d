"""What a slim recording keeps of a frame: everything that is read, and of encrypted bulk only where records begin.

Handshakes, DNS and clear text stay whole. Of TLS application data the octets up to the last record header in a segment
stay (RFC 8446 section 5.1), so that a later analysis finds the same records; of QUIC with a short header (RFC 9000
section 17.3) the first octets.
"""

from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.headers import HeaderReader, Headers
from netanalyze.live.capture.links import Link
from netanalyze.live.processes.ownership import Key
from netanalyze.wire.layers import PROTOCOL_TCP, SYN

APPLICATION_DATA, RECORD_HEADER = 23, 5
QUIC_PORT = 443
QUIC_KEPT, QUIC_LONG = 32, 0x80
HALVES_MOST, HELD_MOST = 65_536, 64


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
        self._reader = HeaderReader(links)
        self._halves: dict[Key, _Half | None] = {}

    def cut(self, frames: list[CapturedFrame]) -> list[CapturedFrame]:
        """The frames, shorter where they may be."""
        return [self._cut(*both) for both in zip(frames, self._reader.read(frames), strict=True)]

    def _cut(self, frame: CapturedFrame, headers: Headers | None) -> CapturedFrame:
        if headers is None:
            return frame
        payload = frame.octets[headers.payload_start : headers.payload_end]
        protocol, _, near, _, far = headers.key
        kept = len(payload)
        if protocol == PROTOCOL_TCP:
            kept = self._segment(headers, payload)
        elif payload and QUIC_PORT in (near, far) and not payload[0] & QUIC_LONG:
            kept = QUIC_KEPT
        if kept >= len(payload):
            return frame
        return frame._replace(octets=frame.octets[: headers.payload_start + kept])

    def _segment(self, headers: Headers, payload: bytes) -> int:
        """How many octets of a segment's payload are kept."""
        key, sequence = headers.key, headers.sequence
        if headers.flags & SYN:
            self._halves.pop(key, None)
            return len(payload)
        if not payload:
            return 0
        half = self._halves.get(key)
        if half is None:
            begins = (
                len(payload) > RECORD_HEADER and _is_header(payload) and (key not in self._halves or payload[0] == 22)
            )
            if len(self._halves) >= HALVES_MOST:
                self._halves.clear()
            half = self._halves[key] = _Half(sequence) if begins else None
            if half is None:
                return len(payload)
        kept = half.keep(sequence, payload)
        if kept < 0:
            self._halves[key] = None
            return len(payload)
        return kept

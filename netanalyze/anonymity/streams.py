"""What stands for the payload of connections and datagrams: what the analysis reads, with other names; the rest is blank.

A first walk over the capture gathers the octets of each half-flow by their place in it, so that a message in several segments,
and a segment that was sent twice, are exchanged alike. Then each half-flow is read once, and an image of it is made.
"""

import re
from bisect import bisect_right
from collections import defaultdict

from netanalyze.anonymity import dns, tls
from netanalyze.anonymity.frames import TCP, SentBy
from netanalyze.anonymity.initials import QuicFlow
from netanalyze.anonymity.keys import Key
from netanalyze.anonymity.texts import http_head, scrubbed
from netanalyze.conversations.greetings import greeting
from netanalyze.errors import MessageError
from netanalyze.numerals import hexadecimal
from netanalyze.patterns import lazy_pattern
from netanalyze.wire.message.http1 import HTTP2_PREFACE, METHODS, parse_head, starts_like_request, starts_like_response
from netanalyze.wire.message.quic import readable

DNS_PORTS, DHCP_PORTS = (53, 5353, 5355), (67, 68, 546, 547)
CONNECTIONS_MOST = 64
"""Connections between the same ports, one after the other; what comes after so many is blank."""
ADDRESSES_MOST = 200
"""Addresses of the capture that are looked for in what is kept of protocols that are not known."""
OPENING = 64
"""Octets at the beginning of a protocol that is not known: so much of it tells which it is; its words are exchanged."""
NO_BODY = (204, 304)
LOOK = 70_000
"""Octets in which the end of a head is looked for; it may have 65,536."""
CHUNK = lazy_pattern(rb"([0-9A-Fa-f]{1,15})([^\n]{0,80}\n)")
FRAME = 9
"""Octets of an HTTP/2 frame's header."""


class HalfImage:
    """One direction of a connection: its octets as they were captured, by their offset, and the image of them.

    Attributes:
        first: sequence number of its first octet.
        other: the other direction, once it is there.
    """

    def __init__(self, first: int):
        self.first = first
        self.octets = bytearray()
        self.have = bytearray()
        self.starts: list[int] = []
        self.image: bytearray | None = None
        self.other: HalfImage | None = None

    def offset(self, sequence: int) -> int:
        """The place of a sequence number; before the first it is negative."""
        return ((sequence - self.first + 0x80000000) & 0xFFFFFFFF) - 0x80000000

    def add(self, offset: int, octets: bytes, room: int) -> int:
        """Take a segment; what is there already stays.

        Args:
            room: octets that may be missing before it.

        Returns:
            How many are.
        """
        end = offset + len(octets)
        missing = max(offset - len(self.octets), 0)
        if offset < 0 or missing > room:
            return 0
        if end > len(self.octets):
            self.octets.extend(bytes(end - len(self.octets)))
            self.have.extend(bytes(end - len(self.have)))
        self.starts.append(offset)
        if any(self.have[offset:end]):
            for place in range(offset, end):
                if not self.have[place]:
                    self.octets[place] = octets[place - offset]
        else:
            self.octets[offset:end] = octets
        self.have[offset:end] = b"\1" * len(octets)
        return missing


MISSING_MOST = 256 * 1024 * 1024
"""Octets that may be missing in all half-flows together; what lies beyond them is blank."""


class Payloads:
    """What stands for payloads; ``gather`` in a first walk, ``exchanged`` in a second one."""

    def __init__(self, key: Key):
        self._key = key
        self._halves: dict[SentBy, list[HalfImage]] = defaultdict(list)
        self._quic: dict[SentBy, QuicFlow] = {}
        self._addresses: dict[bytes, bytes] = {}
        self._room = MISSING_MOST

    def gather(self, ends: SentBy, octets: bytes, sequence: int) -> bytes:
        """Take note of a segment's octets."""
        for address in (ends.source, ends.destination):
            if address not in self._addresses and len(self._addresses) < ADDRESSES_MOST:
                self._addresses[address] = self._key.ipv4(address) if len(address) == 4 else self._key.ipv6(address)
        if ends.protocol == TCP:
            halves = self._halves[ends]
            offset = halves[-1].offset(sequence) if halves else -1
            if len(halves) > CONNECTIONS_MOST:
                return octets
            if not halves or not -REUSED <= offset <= REUSED:
                halves.append(HalfImage(sequence))
                offset = 0
            elif offset < 0 and len(halves[-1].octets) < REUSED:
                halves[-1] = _moved(halves[-1], -offset)
                offset = 0
            self._room -= halves[-1].add(offset, octets, self._room)
        elif ends in self._quic or is_quic(ends, octets):
            back = SentBy(ends.protocol, ends.destination, ends.destination_port, ends.source, ends.source_port)
            flow = self._quic.get(ends) or self._quic.get(back) or QuicFlow(self._key)
            self._quic[ends] = self._quic[back] = flow
            flow.gather(octets)
        return octets

    def exchanged(self, ends: SentBy, octets: bytes, sequence: int) -> bytes:
        """What stands for a payload, as long as it is."""
        if ends.protocol != TCP:
            return self._datagram(ends, octets)
        for half in self._halves.get(ends, ()):
            offset = half.offset(sequence)
            if offset >= 0 and offset + len(octets) <= len(half.octets):
                return bytes(self._image(ends, half)[offset : offset + len(octets)])
        return bytes(len(octets))

    def _datagram(self, ends: SentBy, octets: bytes) -> bytes:
        ports = (ends.source_port, ends.destination_port)
        if any(port in DNS_PORTS for port in ports):
            return dns.anonymised(self._key, octets)
        if any(port in DHCP_PORTS for port in ports):
            return bytes(len(octets))
        if ends in self._quic:
            return self._quic[ends].exchanged(octets)
        return self._opening(octets)

    def _opening(self, octets: bytes) -> bytes:
        kept = scrubbed(self._key, octets[:OPENING].decode("latin-1")).encode("latin-1", "replace")
        for address, other in (
            self._addresses.items() if any(map(octets[:OPENING].__contains__, self._addresses)) else ()
        ):
            at = octets.find(address, 0, OPENING)
            while at >= 0:
                kept = kept[:at] + other + kept[at + len(other) :]
                at = octets.find(address, at + 1, OPENING)
        return kept[:OPENING].ljust(min(len(octets), OPENING), b"\0") + bytes(max(len(octets) - OPENING, 0))

    def _image(self, ends: SentBy, half: HalfImage) -> bytearray:
        if half.image is None:
            half.image = bytearray(len(half.octets))
            if DNS_PORTS[0] in (ends.source_port, ends.destination_port):
                self._dns_stream(half)
            else:
                self._stream(half, 0)
        return half.image

    def _dns_stream(self, half: HalfImage) -> None:
        at, image = 0, half.image
        assert image is not None
        while at + 2 <= len(half.octets):
            end = min(at + 2 + int.from_bytes(half.octets[at : at + 2], "big"), len(half.octets))
            image[at : at + 2] = half.octets[at : at + 2]
            image[at + 2 : end] = dns.anonymised(self._key, bytes(half.octets[at + 2 : end]))
            at = end

    def _stream(self, half: HalfImage, at: int) -> None:
        """Read from ``at`` to the end, whatever is spoken."""
        size, begin, out_of_step = len(half.octets), at, False
        starts = [start for start in sorted(set(half.starts)) if self._begins(half, start)]
        while at < size:
            head = bytes(half.octets[at : at + 16])
            if tls.is_record(head):
                at = self._records(half, at)
                if at < size and not out_of_step and not tls.is_record(bytes(half.octets[at : at + tls.HEADER])):
                    self._headers(half, at)
                    out_of_step = True
            elif head.startswith(HTTP2_PREFACE[:16]):
                at = self._http2(half, at)
            elif starts_like_request(head) or starts_like_response(head):
                at = self._http(half, at)
            else:
                next_one = bisect_right(starts, at)
                after = starts[next_one] if next_one < len(starts) else size
                self._unknown(half, at, after, at == begin)
                at = after

    def _begins(self, half: HalfImage, at: int) -> bool:
        head = bytes(half.octets[at : at + 16])
        return tls.is_record(head) or head.startswith((b"HTTP/1.", *(method + b" " for method in METHODS)))

    def _unknown(self, half: HalfImage, at: int, end: int, first: bool) -> None:
        image = half.image
        assert image is not None
        octets = bytes(half.octets[at:end])
        if first and greeting(octets):
            line = octets.find(b"\n", 0, 256) + 1 or min(len(octets), OPENING)
            image[at : at + line] = octets[:4] + scrubbed(self._key, octets[4:line].decode("latin-1")).encode("latin-1")
        elif first or (end - at <= OPENING and not any(image[at:end])):
            image[at:end] = self._opening(octets)

    def _records(self, half: HalfImage, at: int) -> int:
        """Records, header by header; gives where they end."""
        image, octets = half.image, half.octets
        assert image is not None
        encrypted = False
        while at < len(octets) and tls.is_record(bytes(octets[at : at + tls.HEADER])):
            kind, length = octets[at], int.from_bytes(octets[at + 3 : at + 5], "big")
            end, data = min(at + tls.HEADER + length, len(octets)), at + tls.HEADER
            image[at:data] = octets[at:data]
            if kind == tls.CHANGE_CIPHER_SPEC or (kind == tls.ALERT and length == 2):
                image[data:end] = octets[data:end]
                encrypted = encrypted or kind == tls.CHANGE_CIPHER_SPEC
            elif kind == tls.HANDSHAKE and not encrypted and octets[data : data + 1] and octets[data] in tls.IN_CLEAR:
                end = self._handshakes(half, at)
            else:
                image[data:end] = self._key.fill(f"{half.first} {at}", end - data)
            at = end
        return at if at > 0 else len(octets)

    def _headers(self, half: HalfImage, at: int) -> None:
        """Where the capture lacks a header, whatever looks like one further on may be: the analysis takes it up there."""
        assert half.image is not None
        for match in re.compile(rb"(?=[\x14-\x18]\x03[\x00-\x04]...)", re.DOTALL).finditer(half.octets, at):
            begin = match.start()
            if tls.is_record(bytes(half.octets[begin : begin + tls.HEADER])):
                half.image[begin : begin + tls.HEADER] = half.octets[begin : begin + tls.HEADER]

    def _handshakes(self, half: HalfImage, at: int) -> int:
        """Handshake records that follow each other: their messages may lie across them."""
        image, octets = half.image, half.octets
        assert image is not None
        places: list[int] = []
        while at < len(octets) and tls.is_record(bytes(octets[at : at + 5])) and octets[at] == tls.HANDSHAKE:
            end = min(at + 5 + int.from_bytes(octets[at + 3 : at + 5], "big"), len(octets))
            image[at : at + 5] = octets[at : at + 5]
            places.extend(range(at + 5, end))
            at = end
        joined, done = bytes(octets[place] for place in places), 0
        made = bytearray()
        while done < len(joined):
            length = 4 + int.from_bytes(joined[done + 1 : done + 4], "big")
            message = joined[done : done + length]
            if message[0] not in tls.IN_CLEAR or len(message) < 4:
                made += self._key.fill(f"{half.first} {done}", len(joined) - done)
                break
            made += tls.handshake(self._key, message)
            done += length
        for place, octet in zip(places, made):
            image[place] = octet
        return at

    def _http2(self, half: HalfImage, at: int) -> int:
        image, octets = half.image, half.octets
        assert image is not None
        image[at : at + len(HTTP2_PREFACE)] = octets[at : at + len(HTTP2_PREFACE)]
        at += len(HTTP2_PREFACE)
        while at + FRAME <= len(octets):
            image[at : at + FRAME] = octets[at : at + FRAME]
            at += FRAME + int.from_bytes(octets[at : at + 3], "big")
        return len(octets)

    def _http(self, half: HalfImage, at: int) -> int:
        """A head, and its body; gives where the next thing begins."""
        image, octets = half.image, half.octets
        assert image is not None
        window = bytes(octets[at : at + LOOK])
        try:
            head = parse_head(window)
        except MessageError:
            self._unknown(half, at, len(octets), True)
            return len(octets)
        end = at + (head.head_length if head is not None else len(window))
        image[at:end] = http_head(self._key, bytes(octets[at:end]))
        if head is None or end >= len(octets) or self._begins(half, end):
            return end
        if head.chunked:
            return self._chunks(half, end)
        if head.content_length is not None and head.status not in NO_BODY:
            return min(end + head.content_length, len(octets))
        if head.is_request or head.status in NO_BODY or head.is_interim:
            return end
        return len(octets)  # up to the connection's end

    def _chunks(self, half: HalfImage, at: int) -> int:
        image, octets = half.image, half.octets
        assert image is not None
        while at < len(octets):
            match = CHUNK.match(octets, at)
            size = hexadecimal(match[1]) if match is not None else None
            if match is None or size is None:
                return len(octets)
            rest = scrubbed(self._key, match[2].decode("latin-1")).encode("latin-1", "replace")
            image[at : match.end()] = match[1] + rest
            at = match.end() + size
            if not size:
                image[at : at + 2] = octets[at : at + 2]
                return at + 2
            image[at : at + 2] = octets[at : at + 2]
            at += 2
        return len(octets)


def is_quic(ends: SentBy, octets: bytes) -> bool:
    """Whether a datagram begins with a long header of QUIC of a version whose Initial packets can be read."""
    if not octets or octets[0] & 0xC0 != 0xC0 or len(octets) < QUIC_LEAST or ends.source_port in DNS_PORTS:
        return False
    return readable(int.from_bytes(octets[1:5], "big")) and ends.destination_port not in DNS_PORTS


QUIC_LEAST = 27
"""Octets of the shortest packet of which a header's protection can be taken off (RFC 9001 section 5.4.2)."""
REUSED = 1 << 30
"""Sequence numbers further apart than this are those of another connection between the same ports."""


def _moved(half: HalfImage, by: int) -> HalfImage:
    """A half-flow to which an earlier octet came late."""
    made = HalfImage((half.first - by) & 0xFFFFFFFF)
    made.octets, made.have = bytearray(by) + half.octets, bytearray(by) + half.have
    made.starts = [start + by for start in half.starts]
    return made

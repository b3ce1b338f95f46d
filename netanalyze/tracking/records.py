"""TLS records without their contents: which kinds, how long, when (RFC 8446 section 5.1).

A half-flow whose octets begin like a TLS record is followed from header to header; so is one in
which a ClientHello or ServerHello begins at the start of a segment (after CONNECT, SOCKS or
STARTTLS). Where the capture lacks the octets of a header, the next thing that looks like one is
taken up, and what follows confirms or refutes it. The same pass says whose octets are wanted for
reading: handshakes, DNS over TCP, heads of clear text.
"""

import numpy as np

from netanalyze.capture.batch import FRAME
from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.kernel import Engine, kernel
from netanalyze.tracking.state import FLOW, HALF
from netanalyze.wire.layers import PACKET, TCP, WANTED
from netanalyze.wire.octets import u8, u16, u24

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
HEADER_LENGTH = 5
LONGEST = 16384 + 2048
"""Longest record of TLS 1.2 and before (RFC 5246 section 6.2.3); TLS 1.3 allows 256 rather than 2048."""
READ_MOST = 65536
"""Octets of one half-flow that are handed up for reading at its beginning."""
DNS_PORT = 53

UNSEEN, FOLLOWED, OTHER, LOST = 0, 1, 2, 3
"""States of a half-flow: nothing seen, TLS and in step, not TLS (so far), TLS and out of step."""

RECORD = Layout(
    Cell("flow_id", "1", "flow"),
    Cell("direction", "1", "who sent it"),
    Cell("content_type", "1", "as above"),
    Cell("length", "octets", "behind its header"),
    Cell("stream_offset", "offset", "of its header"),
    frame("frame_number", "that ends its header"),
    moment("time_ns", "that frame"),
)
"""A TLS record, a row, as it is asked for (``unpacked_records``)."""
PACKED_RECORD = Layout(
    Cell("header", "bits", "flow (32), direction (1), content type (8), length (16)"),
    Cell("stream_offset", "offset", "of its header"),
    frame("frame_number", "that ends its header"),
    moment("time_ns", "that frame"),
)
"""The same as it is kept."""
FLOW_AT, SIDE_AT, TYPE_AT = 25, 24, 16


@kernel
def like_header(content_type, version, length):
    """Whether five octets can be a record header of SSL 3.0 to TLS 1.3."""
    return (
        content_type >= CHANGE_CIPHER_SPEC
        and content_type <= HEARTBEAT
        and version >= 0x0300
        and version <= 0x0304
        and length > 0
        and length <= LONGEST
    )


@kernel
def starts_handshake(buffer, at, end):
    """Whether a ClientHello or ServerHello record begins at ``at``."""
    return (
        at + 6 <= end
        and u8(buffer, at) == HANDSHAKE
        and like_header(HANDSHAKE, u16(buffer, at + 1), u16(buffer, at + 3))
        and u8(buffer, at + 5) >= 1
        and u8(buffer, at + 5) <= 2
    )


@kernel
def starts_text(buffer, at, end):
    """Whether the head of an HTTP/1 message may begin at ``at`` (RFC 9112): a method we know, or ``HTTP``."""
    if at + 4 > end:
        return False
    word = u24(buffer, at) * 256 + u8(buffer, at + 3)
    return (
        word == 0x48545450  # HTTP
        or word == 0x47455420  # GET
        or word == 0x504F5354  # POST
        or word == 0x48454144  # HEAD
        or word == 0x434F4E4E  # CONN(ECT)
        or word == 0x50555420  # PUT
        or word == 0x44454C45  # DELE(TE)
        or word == 0x4F505449  # OPTI(ONS)
        or word == 0x50415443  # PATC(H)
    )


@kernel
def ends_chunks(buffer, at, end):
    """Whether the last chunk of an HTTP/1 body may end at ``end``: CRLF ``0`` CRLF CRLF (RFC 9112 section 7.1), or so few
    octets that they may be the rest of it."""
    return at + 7 > end or (
        u24(buffer, end - 7) == 0x0D0A30  # CR LF 0
        and u16(buffer, end - 4) == 0x0D0A
        and u16(buffer, end - 2) == 0x0D0A
    )


@kernel
def find_header(buffer, at, end):
    """Offset of the first thing from ``at`` that looks like an application data record of TLS 1.2 or 1.3, or -1."""
    while at + HEADER_LENGTH <= end:
        if u8(buffer, at) == APPLICATION_DATA and u16(buffer, at + 1) == 0x0303:
            length = u16(buffer, at + 3)
            if length >= 17 and length <= LONGEST:
                return at
        at += 1
    return -1


@kernel
def track_records(buffer, frames, packets, rows, first_frame, flows, halves, records):
    """Follow the TLS records of a batch, and set WANTED on packets whose octets are to be read.

    ``records`` has room for an eighth of the buffer's octets; returns the number of rows written.
    """
    count = 0
    for row in range(rows):
        p = row * PACKET.WIDTH
        flow = packets[p + PACKET.FLOW_ID]
        if packets[p + PACKET.LAYERS] & TCP == 0 or packets[p + PACKET.PAYLOAD_CAPTURED] == 0 or flow < 0:
            continue
        f = flow * FLOW.WIDTH
        h = (2 * flows[f + FLOW.PAIR] + packets[p + PACKET.DIRECTION]) * HALF.WIDTH
        end = packets[p + PACKET.STREAM_OFFSET] + packets[p + PACKET.PAYLOAD_LENGTH]
        state = halves[h + HALF.RECORD_STATE]
        if state == FOLLOWED and halves[h + HALF.RECORD_NEXT] >= end and halves[h + HALF.HANDSHAKE_OVER]:
            continue  # in the midst of a record
        if state == UNSEEN or state == OTHER:
            if not begins_records(buffer, packets, p, flows[f + FLOW.PORTS], halves, h):
                continue
        if not halves[h + HALF.HANDSHAKE_OVER] and packets[p + PACKET.STREAM_OFFSET] < READ_MOST * 4:
            packets[p + PACKET.LAYERS] |= WANTED
        if in_step(buffer, packets, p, halves, h):
            now = frames[row * FRAME.WIDTH + FRAME.TIME_NS]
            count += follow_records(buffer, packets, p, halves, h, first_frame + row, now, records, count)
    return count


@kernel
def begins_records(buffer, packets, p, ports, halves, h):
    """Whether a segment begins the TLS records of a half-flow of which none were seen; else whether its octets are WANTED."""
    start = packets[p + PACKET.PAYLOAD_START]
    end, offset = start + packets[p + PACKET.PAYLOAD_CAPTURED], packets[p + PACKET.STREAM_OFFSET]
    if ports & 65535 == DNS_PORT or ports // 65536 == DNS_PORT:
        packets[p + PACKET.LAYERS] |= WANTED
        return False
    if starts_handshake(buffer, start, end) or (
        halves[h + HALF.RECORD_STATE] == UNSEEN
        and start + HEADER_LENGTH <= end
        and u8(buffer, start) <= ALERT + 2
        and like_header(u8(buffer, start), u16(buffer, start + 1), u16(buffer, start + 3))
    ):
        follow_from(halves, h, offset)
        return True
    halves[h + HALF.RECORD_STATE] = OTHER
    if offset < READ_MOST or starts_text(buffer, start, end) or ends_chunks(buffer, start, end):
        packets[p + PACKET.LAYERS] |= WANTED
    return False


@kernel
def follow_from(halves, h, offset):
    """From here on a half-flow's records are followed: the next header is at ``offset``."""
    halves[h + HALF.RECORD_STATE] = FOLLOWED
    halves[h + HALF.RECORD_NEXT] = offset
    halves[h + HALF.RECORD_HAVE] = 0


@kernel
def in_step(buffer, packets, p, halves, h):
    """Whether it is known, or can be told from a segment, where in it or behind it the next record begins."""
    offset, expected = packets[p + PACKET.STREAM_OFFSET], halves[h + HALF.RECORD_NEXT]
    followed, have = halves[h + HALF.RECORD_STATE] == FOLLOWED, halves[h + HALF.RECORD_HAVE]
    if followed and (expected >= offset or (have and expected + have == offset)):
        return True  # the latter: the rest of a header whose first octets ended the last segment
    if followed:
        halves[h + HALF.RECORD_LOST] += 1
        halves[h + HALF.RECORD_STATE] = LOST
    start = packets[p + PACKET.PAYLOAD_START]
    header = find_header(buffer, start, start + packets[p + PACKET.PAYLOAD_CAPTURED])
    if header < 0:
        return False
    follow_from(halves, h, offset + header - start)
    return True


@kernel
def follow_records(buffer, packets, p, halves, h, frame, now, records, count):
    """Write a row for each record whose header a segment completes, behind ``count`` of them; returns how many there are."""
    start, offset, more = packets[p + PACKET.PAYLOAD_START], packets[p + PACKET.STREAM_OFFSET], 0
    end = start + packets[p + PACKET.PAYLOAD_CAPTURED]
    while True:
        at, have = halves[h + HALF.RECORD_NEXT], halves[h + HALF.RECORD_HAVE]
        position = start + at + have - offset
        if at + have < offset or position >= end:
            return more
        head = halves[h + HALF.RECORD_HEAD] if have else 0
        while have < HEADER_LENGTH and position < end:
            head = head * 256 + u8(buffer, position)
            have += 1
            position += 1
        if have < HEADER_LENGTH:
            halves[h + HALF.RECORD_HAVE] = have
            halves[h + HALF.RECORD_HEAD] = head
            return more
        halves[h + HALF.RECORD_HAVE] = 0
        if not like_header(head // 4294967296, (head // 65536) & 0xFFFF, head & 0xFFFF):
            halves[h + HALF.RECORD_STATE] = LOST
            halves[h + HALF.RECORD_LOST] += 1
            return more
        if head // 4294967296 == APPLICATION_DATA:
            halves[h + HALF.HANDSHAKE_OVER] = 1
        else:
            packets[p + PACKET.LAYERS] |= WANTED
        write_record(packets, p, head, at, frame, now, records, (count + more) * PACKED_RECORD.WIDTH)
        more += 1
        halves[h + HALF.RECORD_COUNT] += 1
        halves[h + HALF.RECORD_NEXT] = at + HEADER_LENGTH + (head & 0xFFFF)


@kernel
def write_record(packets, p, head, offset, frame, now, records, at):
    """Write the record whose header, as a number, is ``head`` as the row at ``at``."""
    records[at + PACKED_RECORD.HEADER] = (
        packets[p + PACKET.FLOW_ID] << FLOW_AT
        | (packets[p + PACKET.DIRECTION] & 1) << SIDE_AT
        | (head >> 32 & 0xFF) << TYPE_AT
        | (head & 0xFFFF)
    )
    records[at + PACKED_RECORD.STREAM_OFFSET] = offset
    records[at + PACKED_RECORD.FRAME_NUMBER] = frame
    records[at + PACKED_RECORD.TIME_NS] = now


@kernel
def unpack_records(kept, count, records):
    """Write ``count`` rows of ``PACKED_RECORD`` into rows of ``RECORD``."""
    for n in range(count):
        at, to = n * PACKED_RECORD.WIDTH, n * RECORD.WIDTH
        header = kept[at + PACKED_RECORD.HEADER]
        records[to + RECORD.FLOW_ID] = header >> FLOW_AT
        records[to + RECORD.DIRECTION] = header >> SIDE_AT & 1
        records[to + RECORD.CONTENT_TYPE] = header >> TYPE_AT & 0xFF
        records[to + RECORD.LENGTH] = header & 0xFFFF
        records[to + RECORD.STREAM_OFFSET] = kept[at + PACKED_RECORD.STREAM_OFFSET]
        records[to + RECORD.FRAME_NUMBER] = kept[at + PACKED_RECORD.FRAME_NUMBER]
        records[to + RECORD.TIME_NS] = kept[at + PACKED_RECORD.TIME_NS]


def unpacked_records(rows: np.ndarray, engine: Engine) -> np.ndarray:
    """``i8 (n, RECORD.WIDTH)`` of ``i8 (n, PACKED_RECORD.WIDTH)``."""
    records = np.empty((len(rows), RECORD.WIDTH), dtype=np.int64)
    engine.run(unpack_records, np.ascontiguousarray(rows).reshape(-1), len(rows), records.reshape(-1))
    return records

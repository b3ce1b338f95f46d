"""TLS records without their contents: which kinds, how long, when (RFC 8446 section 5.1).

A half-flow whose octets begin like a TLS record is followed from header to header; so is one in
which a ClientHello or ServerHello begins at the start of a segment (after CONNECT, SOCKS or
STARTTLS). Where the capture lacks the octets of a header, the next thing that looks like one is
taken up, and what follows confirms or refutes it. The same pass says whose octets are wanted for
reading: handshakes, DNS over TCP, heads of clear text.
"""

from netanalyze.capture.batch import FRAME
from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.kernel import kernel
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
"""A TLS record, a row."""


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
        if packets[p + PACKET.LAYERS] & TCP == 0 or packets[p + PACKET.PAYLOAD_CAPTURED] == 0:
            continue
        flow = packets[p + PACKET.FLOW_ID]
        if flow < 0:
            continue
        direction = packets[p + PACKET.DIRECTION]
        h = (flows[flow * FLOW.WIDTH + FLOW.PAIR] * 2 + direction) * HALF.WIDTH
        start = packets[p + PACKET.PAYLOAD_START]
        captured_end = start + packets[p + PACKET.PAYLOAD_CAPTURED]
        offset = packets[p + PACKET.STREAM_OFFSET]
        length = packets[p + PACKET.PAYLOAD_LENGTH]
        state = halves[h + HALF.RECORD_STATE]
        if state == FOLLOWED and halves[h + HALF.RECORD_NEXT] >= offset + length and halves[h + HALF.HANDSHAKE_OVER]:
            continue  # in the midst of a record
        if state == UNSEEN or state == OTHER:
            ports = flows[flow * FLOW.WIDTH + FLOW.PORTS]
            if ports & 65535 == DNS_PORT or ports // 65536 == DNS_PORT:
                packets[p + PACKET.LAYERS] |= WANTED
                continue
            if starts_handshake(buffer, start, captured_end) or (
                state == UNSEEN
                and start + HEADER_LENGTH <= captured_end
                and u8(buffer, start) <= ALERT + 2
                and like_header(u8(buffer, start), u16(buffer, start + 1), u16(buffer, start + 3))
            ):
                state = FOLLOWED
                halves[h + HALF.RECORD_STATE] = FOLLOWED
                halves[h + HALF.RECORD_NEXT] = offset
                halves[h + HALF.RECORD_HAVE] = 0
            else:
                halves[h + HALF.RECORD_STATE] = OTHER
                if (
                    offset < READ_MOST
                    or starts_text(buffer, start, captured_end)
                    or ends_chunks(buffer, start, captured_end)
                ):
                    packets[p + PACKET.LAYERS] |= WANTED
                continue
        if not halves[h + HALF.HANDSHAKE_OVER] and offset < READ_MOST * 4:
            packets[p + PACKET.LAYERS] |= WANTED
        at = halves[h + HALF.RECORD_NEXT]
        if state == LOST or at < offset:
            have = halves[h + HALF.RECORD_HAVE]
            if state == FOLLOWED and have and at + have == offset:
                pass  # the rest of a header whose first octets ended the last segment
            else:
                if state == FOLLOWED:
                    halves[h + HALF.RECORD_LOST] += 1
                    halves[h + HALF.RECORD_STATE] = LOST
                found = find_header(buffer, start, captured_end)
                if found < 0:
                    continue
                at = offset + found - start
                halves[h + HALF.RECORD_STATE] = FOLLOWED
                halves[h + HALF.RECORD_HAVE] = 0
                halves[h + HALF.RECORD_NEXT] = at
        while True:
            have = halves[h + HALF.RECORD_HAVE]
            position = start + at + have - offset
            if at + have < offset or position >= captured_end:
                break
            head = halves[h + HALF.RECORD_HEAD] if have else 0
            while have < HEADER_LENGTH and position < captured_end:
                head = head * 256 + u8(buffer, position)
                have += 1
                position += 1
            if have < HEADER_LENGTH:
                halves[h + HALF.RECORD_HAVE] = have
                halves[h + HALF.RECORD_HEAD] = head
                halves[h + HALF.RECORD_NEXT] = at
                break
            content_type = head // 4294967296
            record_length = head & 0xFFFF
            halves[h + HALF.RECORD_HAVE] = 0
            if not like_header(content_type, (head // 65536) & 0xFFFF, record_length):
                halves[h + HALF.RECORD_STATE] = LOST
                halves[h + HALF.RECORD_LOST] += 1
                break
            if content_type == APPLICATION_DATA:
                halves[h + HALF.HANDSHAKE_OVER] = 1
            else:
                packets[p + PACKET.LAYERS] |= WANTED
            r = count * RECORD.WIDTH
            records[r + RECORD.FLOW_ID] = flow
            records[r + RECORD.DIRECTION] = direction
            records[r + RECORD.CONTENT_TYPE] = content_type
            records[r + RECORD.LENGTH] = record_length
            records[r + RECORD.STREAM_OFFSET] = at
            records[r + RECORD.FRAME_NUMBER] = first_frame + row
            records[r + RECORD.TIME_NS] = frames[row * FRAME.WIDTH + FRAME.TIME_NS]
            count += 1
            halves[h + HALF.RECORD_COUNT] += 1
            at += HEADER_LENGTH + record_length
            halves[h + HALF.RECORD_NEXT] = at
        if at >= offset + length and halves[h + HALF.RECORD_STATE] == FOLLOWED:
            halves[h + HALF.RECORD_NEXT] = at
    return count

"""IPv4 header fields (RFC 791)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import FRAGMENT, PACKET, PROTOCOL_AUTHENTICATION
from netanalyze.wire.octets import u8, u16, u32

TOTAL_LENGTH, IDENTIFICATION, FLAGS_AND_OFFSET, TIME_TO_LIVE, PROTOCOL, SOURCE, DESTINATION = 2, 4, 6, 8, 9, 12, 16
MINIMUM_LENGTH = 20


@kernel
def ipv4(buffer, at, end, packets, fields):
    """Write the fields of the IPv4 header at ``at``.

    Returns (protocol, offset of its payload, offset where the payload ends on the wire, layer bits);
    protocol -1 where this is no IPv4 header. A total length of 0 is that of a segment not yet cut
    by the network card: the frame's end counts.
    """
    if at + MINIMUM_LENGTH > end:
        return -1, at, end, 0
    first = u8(buffer, at)
    header = (first & 15) * 4
    if first // 16 != 4 or header < MINIMUM_LENGTH:
        return -1, at, end, 0
    total = u16(buffer, at + TOTAL_LENGTH)
    wire_end = at + total if total >= header else end if total == 0 else at + header
    fragment = u16(buffer, at + FLAGS_AND_OFFSET)
    packets[fields + PACKET.IP_VERSION] = 4
    packets[fields + PACKET.TTL] = u8(buffer, at + TIME_TO_LIVE)
    packets[fields + PACKET.IP_ID] = u16(buffer, at + IDENTIFICATION)
    packets[fields + PACKET.IP_FLAGS] = fragment // 8192
    protocol = u8(buffer, at + PROTOCOL)
    start = at + header
    if protocol == PROTOCOL_AUTHENTICATION and start + 8 <= end:
        protocol = u8(buffer, start)
        start += 8 + u8(buffer, start + 1) * 4
    packets[fields + PACKET.IP_PROTOCOL] = protocol
    packets[fields + PACKET.SRC_LOW] = u32(buffer, at + SOURCE)
    packets[fields + PACKET.DST_LOW] = u32(buffer, at + DESTINATION)
    return protocol, start, wire_end, FRAGMENT if fragment & 0x3FFF else 0

"""IPv6 header fields and extension headers (RFC 8200)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import FRAGMENT, PACKET
from netanalyze.wire.octets import s64, u8, u16, u32

PAYLOAD_LENGTH, NEXT_HEADER, HOP_LIMIT, SOURCE, DESTINATION = 4, 6, 7, 8, 24
HEADER_LENGTH = 40
HOP_BY_HOP, ROUTING, FRAGMENT_HEADER, AUTHENTICATION, DESTINATION_OPTIONS, MOBILITY = 0, 43, 44, 51, 60, 135


@kernel
def ipv6(buffer, at, end, packets, fields):
    """Write the fields of the IPv6 header at ``at`` and walk its extension headers.

    Returns (protocol, offset of its payload, offset where the payload ends on the wire, layer bits);
    protocol -1 where this is no IPv6 header, or an extension header is cut.
    """
    if at + HEADER_LENGTH > end or u8(buffer, at) // 16 != 6:
        return -1, at, end, 0
    length = u16(buffer, at + PAYLOAD_LENGTH)
    wire_end = at + HEADER_LENGTH + length if length else end
    packets[fields + PACKET.IP_VERSION] = 6
    packets[fields + PACKET.TTL] = u8(buffer, at + HOP_LIMIT)
    packets[fields + PACKET.SRC_HIGH] = s64(buffer, at + SOURCE)
    packets[fields + PACKET.SRC_LOW] = s64(buffer, at + SOURCE + 8)
    packets[fields + PACKET.DST_HIGH] = s64(buffer, at + DESTINATION)
    packets[fields + PACKET.DST_LOW] = s64(buffer, at + DESTINATION + 8)
    protocol = u8(buffer, at + NEXT_HEADER)
    at += HEADER_LENGTH
    bits = 0
    for _ in range(16):
        if protocol == HOP_BY_HOP or protocol == ROUTING or protocol == DESTINATION_OPTIONS or protocol == MOBILITY:
            if at + 8 > end:
                protocol = -1
                break
            protocol = u8(buffer, at)
            at += 8 + u8(buffer, at + 1) * 8
        elif protocol == AUTHENTICATION:
            if at + 8 > end:
                protocol = -1
                break
            protocol = u8(buffer, at)
            at += 8 + u8(buffer, at + 1) * 4
        elif protocol == FRAGMENT_HEADER:
            if at + 8 > end:
                protocol = -1
                break
            place = u16(buffer, at + 2)
            packets[fields + PACKET.IP_ID] = u32(buffer, at + 4)
            packets[fields + PACKET.IP_FLAGS] = place & 1
            protocol = u8(buffer, at)
            at += 8
            if place & 0xFFF9:
                bits = FRAGMENT
                break
        else:
            break
    if protocol >= 0:
        packets[fields + PACKET.IP_PROTOCOL] = protocol
    return protocol, at, wire_end, bits

"""Frame Relay, multiprotocol (RFC 2427) or with Cisco's ethertype in its place."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_END, NO_ETHERTYPE
from netanalyze.wire.octets import u8, u16, u24

LAST_OF_ADDRESS, ADDRESS_LEAST, ADDRESS_MOST = 0x01, 2, 4
UNNUMBERED, PADDING = 0x03, 0x00
NLPID_SNAP, NLPID_IPV6, NLPID_IPV4 = 0x80, 0x8E, 0xCC
SNAP_REST, ORGANISATION = 5, 3


@kernel
def frame_relay(buffer, at, end):
    """What a Frame Relay frame carries: (ethertype, offset, 0, NO_END)."""
    length = ADDRESS_LEAST
    while at + length <= end and length < ADDRESS_MOST and u8(buffer, at + length - 1) & LAST_OF_ADDRESS == 0:
        length += 1
    at += length
    if at + 2 > end:
        return NO_ETHERTYPE, at, 0, NO_END
    if u8(buffer, at) != UNNUMBERED:
        return u16(buffer, at), at + 2, 0, NO_END
    at += 1
    if u8(buffer, at) == PADDING:
        at += 1
    if at >= end:
        return NO_ETHERTYPE, at, 0, NO_END
    kind = u8(buffer, at)
    at += 1
    if kind == NLPID_IPV4:
        return ETHERTYPE_IPV4, at, 0, NO_END
    if kind == NLPID_IPV6:
        return ETHERTYPE_IPV6, at, 0, NO_END
    if kind == NLPID_SNAP and at + SNAP_REST <= end and u24(buffer, at) == 0:
        return u16(buffer, at + ORGANISATION), at + SNAP_REST, 0, NO_END
    return NO_ETHERTYPE, at, 0, NO_END

"""PPP, with or without HDLC framing, and Cisco HDLC (RFC 1661, RFC 1662)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_ETHERTYPE
from netanalyze.wire.octets import u8, u16

PPP_IPV4, PPP_IPV6 = 0x0021, 0x0057
ADDRESS_CONTROL = 0xFF03
CISCO_HEADER, CISCO_TYPE = 4, 2


@kernel
def ppp_protocol(buffer, at, end):
    """What a PPP protocol field at ``at`` announces: (ethertype, offset); the field may be compressed to one octet."""
    if at >= end:
        return NO_ETHERTYPE, at
    protocol = u8(buffer, at)
    if protocol & 1:
        at += 1
    elif at + 2 <= end:
        protocol = u16(buffer, at)
        at += 2
    if protocol == PPP_IPV4:
        return ETHERTYPE_IPV4, at
    if protocol == PPP_IPV6:
        return ETHERTYPE_IPV6, at
    return NO_ETHERTYPE, at


@kernel
def ppp(buffer, at, end):
    """What a PPP frame carries: (ethertype, offset, 0)."""
    if at + 2 <= end and u16(buffer, at) == ADDRESS_CONTROL:
        at += 2
    ethertype, at = ppp_protocol(buffer, at, end)
    return ethertype, at, 0


@kernel
def cisco_hdlc(buffer, at, end):
    """What a Cisco HDLC frame carries: (ethertype, offset, 0)."""
    if at + CISCO_HEADER > end:
        return NO_ETHERTYPE, at, 0
    return u16(buffer, at + CISCO_TYPE), at + CISCO_HEADER, 0

"""PPP, with or without HDLC framing, and Cisco HDLC (RFC 1661, RFC 1662)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_END, NO_ETHERTYPE
from netanalyze.wire.octets import u8, u16

PPP_IPV4, PPP_IPV6, PPP_MPLS = 0x0021, 0x0057, 0x0281
MPLS = 0x8847
CISCO_UNICAST, CISCO_BROADCAST = 0x0F, 0x8F
"""First octet of a Cisco HDLC frame, which is met where PPP is announced."""

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
    if protocol == PPP_MPLS:
        return MPLS, at
    return NO_ETHERTYPE, at


@kernel
def ppp(buffer, at, end):
    """What a PPP frame carries: (ethertype, offset, 0, NO_END)."""
    if at + 2 <= end and u16(buffer, at) == ADDRESS_CONTROL:
        at += 2
    elif at + CISCO_HEADER <= end and (u8(buffer, at) == CISCO_UNICAST or u8(buffer, at) == CISCO_BROADCAST):
        return u16(buffer, at + CISCO_TYPE), at + CISCO_HEADER, 0, NO_END
    ethertype, at = ppp_protocol(buffer, at, end)
    return ethertype, at, 0, NO_END


@kernel
def cisco_hdlc(buffer, at, end):
    """What a Cisco HDLC frame carries: (ethertype, offset, 0, NO_END)."""
    if at + CISCO_HEADER > end:
        return NO_ETHERTYPE, at, 0, NO_END
    return u16(buffer, at + CISCO_TYPE), at + CISCO_HEADER, 0, NO_END

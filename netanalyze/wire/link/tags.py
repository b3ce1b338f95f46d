"""Tags and encapsulations with an ethertype of their own, beyond VLAN, PPPoE and MPLS.

IEEE 802.1BR (VN-Tag), 802.1ah (provider backbone bridges), RFC 6325 (TRILL), RFC 8300 (NSH), IEC 62439-3 (HSR),
Cisco's FabricPath and MetaData (as Wireshark reads them).
"""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_ETHERTYPE
from netanalyze.wire.octets import u8, u16

ETHERNET_HEADER, ETHERNET_TYPE = 14, 12
VN_TAG, VN_TAG_LENGTH = 0x8926, 6
HSR, HSR_LENGTH = 0x892F, 6
METADATA, METADATA_LENGTH = 0x8909, 8
BACKBONE, BACKBONE_TAG = 0x88E7, 4
FABRIC_PATH, FABRIC_PATH_TAG = 0x8903, 2
TRILL, TRILL_HEADER, TRILL_OPTIONS = 0x22F3, 6, 0x07C0
NSH, NSH_LENGTH, NSH_NEXT, NSH_LENGTH_MASK = 0x894F, 1, 3, 0x3F
NEXT_IPV4, NEXT_IPV6, NEXT_ETHERNET = 1, 2, 3
NOT_A_TAG = -1


@kernel
def ethernet_inside(buffer, at, end):
    """Ethertype and offset of what an Ethernet header at ``at`` carries, before any tag is peeled."""
    if at + ETHERNET_HEADER > end:
        return NO_ETHERTYPE, at
    return u16(buffer, at + ETHERNET_TYPE), at + ETHERNET_HEADER


@kernel
def rarer_tag(buffer, at, end, ethertype):
    """Peel one of the rarer tags: (ethertype, offset) of what follows; ethertype NOT_A_TAG where this is none of them."""
    if ethertype == VN_TAG or ethertype == HSR:
        if at + VN_TAG_LENGTH > end:
            return NO_ETHERTYPE, at
        return u16(buffer, at + VN_TAG_LENGTH - 2), at + VN_TAG_LENGTH
    if ethertype == METADATA:
        if at + METADATA_LENGTH > end:
            return NO_ETHERTYPE, at
        return u16(buffer, at + METADATA_LENGTH - 2), at + METADATA_LENGTH
    if ethertype == BACKBONE:
        return ethernet_inside(buffer, at + BACKBONE_TAG, end)
    if ethertype == FABRIC_PATH:
        return ethernet_inside(buffer, at + FABRIC_PATH_TAG, end)
    if ethertype == TRILL:
        if at + TRILL_HEADER > end:
            return NO_ETHERTYPE, at
        return ethernet_inside(buffer, at + TRILL_HEADER + (u16(buffer, at) & TRILL_OPTIONS) // 16, end)
    if ethertype == NSH:
        if at + NSH_NEXT >= end:
            return NO_ETHERTYPE, at
        following = u8(buffer, at + NSH_NEXT)
        at += (u8(buffer, at + NSH_LENGTH) & NSH_LENGTH_MASK) * 4
        if following == NEXT_ETHERNET:
            return ethernet_inside(buffer, at, end)
        if following == NEXT_IPV4:
            return ETHERTYPE_IPV4, at
        return ETHERTYPE_IPV6 if following == NEXT_IPV6 else NO_ETHERTYPE, at
    return NOT_A_TAG, at

"""Ethernet II, VLAN tags, LLC/SNAP, PPPoE and MPLS (IEEE 802.3, 802.1Q, 802.2; RFC 1042, 2516, 3032)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_ETHERTYPE
from netanalyze.wire.link.ppp import ppp_protocol
from netanalyze.wire.octets import u8, u16, u24

HEADER_LENGTH, TYPE = 14, 12
TAG_LENGTH = 4
VLAN_TAG, SERVICE_TAG, OLD_SERVICE_TAG = 0x8100, 0x88A8, 0x9100
PPPOE_SESSION, PPPOE_HEADER = 0x8864, 6
MPLS, MPLS_MULTICAST = 0x8847, 0x8848
SMALLEST_TYPE = 0x0600
SNAP_SAP, SNAP_HEADER = 0xAAAA03, 8


@kernel
def llc(buffer, at, end):
    """What an 802.2 LLC header at ``at`` carries: (ethertype, offset)."""
    if at + SNAP_HEADER <= end and u24(buffer, at) == SNAP_SAP:
        return u16(buffer, at + 6), at + SNAP_HEADER
    return NO_ETHERTYPE, at


@kernel
def after_ethertype(buffer, at, end, ethertype):
    """Peel VLAN tags, PPPoE and MPLS behind an ethertype: (ethertype, offset, innermost VLAN or 0)."""
    vlan = 0
    for _ in range(8):
        if ethertype == ETHERTYPE_IPV4 or ethertype == ETHERTYPE_IPV6:
            break
        if ethertype == VLAN_TAG or ethertype == SERVICE_TAG or ethertype == OLD_SERVICE_TAG:
            if at + TAG_LENGTH > end:
                return NO_ETHERTYPE, at, vlan
            vlan = u16(buffer, at) & 0x0FFF
            ethertype = u16(buffer, at + 2)
            at += TAG_LENGTH
        elif ethertype == PPPOE_SESSION:
            if at + PPPOE_HEADER > end:
                return NO_ETHERTYPE, at, vlan
            ethertype, at = ppp_protocol(buffer, at + PPPOE_HEADER, end)
        elif ethertype == MPLS or ethertype == MPLS_MULTICAST:
            bottom = 0
            while bottom == 0:
                if at + TAG_LENGTH > end:
                    return NO_ETHERTYPE, at, vlan
                bottom = buffer[at + 2] & 1
                at += TAG_LENGTH
            if at >= end:
                return NO_ETHERTYPE, at, vlan
            version = u8(buffer, at) // 16
            ethertype = ETHERTYPE_IPV4 if version == 4 else ETHERTYPE_IPV6 if version == 6 else NO_ETHERTYPE
        elif ethertype < SMALLEST_TYPE and ethertype != NO_ETHERTYPE:
            ethertype, at = llc(buffer, at, end)
        else:
            break
    return ethertype, at, vlan


@kernel
def ethernet(buffer, at, end):
    """What an Ethernet frame carries: (ethertype, offset, innermost VLAN or 0)."""
    if at + HEADER_LENGTH > end:
        return NO_ETHERTYPE, at, 0
    ethertype = u16(buffer, at + TYPE)
    if ethertype == ETHERTYPE_IPV4:
        return ethertype, at + HEADER_LENGTH, 0
    return after_ethertype(buffer, at + HEADER_LENGTH, end, ethertype)

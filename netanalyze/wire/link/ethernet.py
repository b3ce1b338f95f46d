"""Ethernet II, VLAN tags, LLC/SNAP, PPPoE and MPLS (IEEE 802.3, 802.1Q, 802.2; RFC 1042, 2516, 3032)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_END, NO_ETHERTYPE
from netanalyze.wire.link.ppp import ppp_protocol
from netanalyze.wire.link.tags import NOT_A_TAG, ethernet_inside, rarer_tag
from netanalyze.wire.octets import u8, u16, u24

HEADER_LENGTH, TYPE = 14, 12
TAG_LENGTH = 4
VLAN_TAG, SERVICE_TAG, OLD_SERVICE_TAG = 0x8100, 0x88A8, 0x9100
PPPOE_SESSION, PPPOE_HEADER, PPPOE_LENGTH = 0x8864, 6, 4
MPLS, MPLS_MULTICAST = 0x8847, 0x8848
SMALLEST_TYPE = 0x0600
SNAP_SAP, SNAP_HEADER, ORGANISATION = 0xAAAA03, 8, 3
IP_SAP, LLC_HEADER = 0x060603, 3
ORGANISATION_ETHERNET, ORGANISATION_CISCO_90 = 0x000000, 0x0000F8
CONTROL_WORD = 4


@kernel
def llc(buffer, at, end):
    """What an 802.2 LLC header at ``at`` carries: (ethertype, offset)."""
    if at + SNAP_HEADER > end:
        return NO_ETHERTYPE, at
    service = u24(buffer, at)
    if service == IP_SAP:
        return ETHERTYPE_IPV4, at + LLC_HEADER
    organisation = u24(buffer, at + ORGANISATION)
    if service == SNAP_SAP and (organisation == ORGANISATION_ETHERNET or organisation == ORGANISATION_CISCO_90):
        return u16(buffer, at + 6), at + SNAP_HEADER
    return NO_ETHERTYPE, at


@kernel
def bears_ethernet(buffer, at, end):
    """Whether an Ethernet header with IP or a VLAN tag in it is likely to begin at ``at``; its carrier does not say."""
    if at + HEADER_LENGTH > end:
        return False
    kind = u16(buffer, at + TYPE)
    return kind == ETHERTYPE_IPV4 or kind == ETHERTYPE_IPV6 or kind == VLAN_TAG or kind == SERVICE_TAG


@kernel
def after_ethertype(buffer, at, end, ethertype):
    """Peel VLAN tags, PPPoE and MPLS behind an ethertype: (ethertype, offset, innermost VLAN or 0, where it ends)."""
    vlan = 0
    stop = NO_END
    for _ in range(8):
        if ethertype == ETHERTYPE_IPV4 or ethertype == ETHERTYPE_IPV6:
            break
        if ethertype == VLAN_TAG or ethertype == SERVICE_TAG or ethertype == OLD_SERVICE_TAG:
            if at + TAG_LENGTH > end:
                return NO_ETHERTYPE, at, vlan, stop
            vlan = u16(buffer, at) & 0x0FFF
            ethertype = u16(buffer, at + 2)
            at += TAG_LENGTH
        elif ethertype == PPPOE_SESSION:
            if at + PPPOE_HEADER > end:
                return NO_ETHERTYPE, at, vlan, stop
            stop = at + PPPOE_HEADER + u16(buffer, at + PPPOE_LENGTH)
            ethertype, at = ppp_protocol(buffer, at + PPPOE_HEADER, end)
        elif ethertype == MPLS or ethertype == MPLS_MULTICAST:
            bottom = 0
            while bottom == 0:
                if at + TAG_LENGTH > end:
                    return NO_ETHERTYPE, at, vlan, stop
                bottom = buffer[at + 2] & 1
                at += TAG_LENGTH
            if at >= end:
                return NO_ETHERTYPE, at, vlan, stop
            version = u8(buffer, at) // 16
            ethertype = ETHERTYPE_IPV4 if version == 4 else ETHERTYPE_IPV6 if version == 6 else NO_ETHERTYPE
            if ethertype == NO_ETHERTYPE:  # a pseudowire, with a control word (RFC 4448 section 4.6) or without
                if version == 0 and bears_ethernet(buffer, at + CONTROL_WORD, end):
                    at += CONTROL_WORD
                if bears_ethernet(buffer, at, end):
                    ethertype, at = ethernet_inside(buffer, at, end)
        elif ethertype < SMALLEST_TYPE and ethertype != NO_ETHERTYPE:
            ethertype, at = llc(buffer, at, end)
        else:
            following, at = rarer_tag(buffer, at, end, ethertype)
            if following == NOT_A_TAG:
                break
            ethertype = following
    return ethertype, at, vlan, stop


@kernel
def ethernet(buffer, at, end):
    """What an Ethernet frame carries: (ethertype, offset, innermost VLAN or 0, where it ends)."""
    if at + HEADER_LENGTH > end:
        return NO_ETHERTYPE, at, 0, NO_END
    ethertype = u16(buffer, at + TYPE)
    if ethertype == ETHERTYPE_IPV4:
        return ethertype, at + HEADER_LENGTH, 0, NO_END
    return after_ethertype(buffer, at + HEADER_LENGTH, end, ethertype)

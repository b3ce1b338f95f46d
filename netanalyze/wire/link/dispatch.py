"""From a LINKTYPE number to its decoder (https://www.tcpdump.org/linktypes.html)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_END, NO_ETHERTYPE
from netanalyze.wire.link.arcnet import arcnet
from netanalyze.wire.link.cooked import cooked, cooked2
from netanalyze.wire.link.ethernet import SMALLEST_TYPE, after_ethertype, ethernet
from netanalyze.wire.link.frame_relay import frame_relay
from netanalyze.wire.link.host import ENC_HEADER, nflog, pflog, pktap
from netanalyze.wire.link.lan import (
    FIBRE_CHANNEL_HEADER,
    SUN_ATM_HEADER,
    fddi,
    firewire,
    switch_tagged,
    token_ring,
    with_llc,
)
from netanalyze.wire.link.loopback import loopback, raw_ip
from netanalyze.wire.link.ppp import cisco_hdlc, ppp
from netanalyze.wire.link.wlan import PPI_LEAST, PPI_LENGTH, PPI_LINK_TYPE, avs, le16, le32, prism, radiotap, wlan

NULL, ETHERNET, PPP, RAW, PPP_HDLC, CISCO_HDLC, LOOP, LINUX_SLL, LINUX_SLL2 = 0, 1, 9, 101, 50, 104, 108, 113, 276
RAW_BSD, RAW_OPENBSD, IPV4, IPV6 = 12, 14, 228, 229
TOKEN_RING, FDDI, PPP_ETHER, ATM_RFC1483, WLAN, FRAME_RELAY, ENC, PRISM, IP_OVER_FC = (
    6,
    10,
    51,
    100,
    105,
    107,
    109,
    119,
    122,
)
RADIOTAP, AVS, PPP_PPPD, PPI, PPP_WITH_DIRECTION, HDLC_WITH_DIRECTION, FRAME_RELAY_WITH_DIRECTION = (
    127, 163, 166, 192, 204, 205, 206,
)  # fmt: skip
MPLS, NFLOG, NETANALYZER, NETANALYZER_TRANSPARENT, PKTAP, ETHERNET_MPACKET = 219, 239, 240, 241, 258, 274
PFLOG, SUN_ATM, FIREWIRE, BROADCOM_TAG, BROADCOM_PREPENDED, DSA_TAG, EDSA_TAG = 117, 123, 138, 281, 282, 284, 285
ARCNET, ARCNET_LINUX = 7, 129
PPPOE_SESSION, MPLS_UNICAST = 0x8864, 0x8847
NETANALYZER_HEADER, PREAMBLE, MPACKET_PREAMBLE = 4, 8, 8
SHORT_TAG, LONG_TAG = 4, 8
LINK_TYPE_UNKNOWN = -1

PLAIN = (
    NULL, ETHERNET, PPP, RAW, PPP_HDLC, CISCO_HDLC, LOOP, LINUX_SLL, LINUX_SLL2, RAW_BSD, RAW_OPENBSD, IPV4, IPV6,
    TOKEN_RING, FDDI, PPP_ETHER, ATM_RFC1483, WLAN, FRAME_RELAY, ENC, PRISM, IP_OVER_FC, RADIOTAP, AVS, PPP_PPPD,
    PPP_WITH_DIRECTION, HDLC_WITH_DIRECTION, FRAME_RELAY_WITH_DIRECTION, MPLS, NFLOG, NETANALYZER,
    NETANALYZER_TRANSPARENT, ETHERNET_MPACKET, PFLOG, SUN_ATM, FIREWIRE, BROADCOM_TAG, BROADCOM_PREPENDED, DSA_TAG, EDSA_TAG,
    ARCNET, ARCNET_LINUX,
)  # fmt: skip
DECODED = (*PLAIN, PKTAP, PPI)
"""LINKTYPE numbers that ``link`` knows; the last two name the link type of the frame inside (PLAIN)."""


@kernel
def plain_link(buffer, at, end, link_type):
    """What a frame carries: (ethertype, offset, innermost VLAN or 0, where it ends); ethertype -1: unknown link type."""
    if link_type == ETHERNET:
        return ethernet(buffer, at, end)
    if link_type == LINUX_SLL:
        return cooked(buffer, at, end)
    if link_type == LINUX_SLL2:
        return cooked2(buffer, at, end)
    if link_type == RAW or link_type == RAW_BSD or link_type == RAW_OPENBSD or link_type == IPV4 or link_type == IPV6:
        return raw_ip(buffer, at, end)
    if link_type == NULL or link_type == LOOP:
        return loopback(buffer, at, end)
    if link_type == PPP or link_type == PPP_HDLC:
        return ppp(buffer, at, end)
    if link_type == PPP_WITH_DIRECTION or link_type == PPP_PPPD:
        return ppp(buffer, at + 1, end)
    if link_type == PPP_ETHER:
        return after_ethertype(buffer, at, end, PPPOE_SESSION)
    if link_type == CISCO_HDLC:
        return cisco_hdlc(buffer, at, end)
    if link_type == HDLC_WITH_DIRECTION:
        return cisco_hdlc(buffer, at + 1, end)
    if link_type == FRAME_RELAY:
        return frame_relay(buffer, at, end)
    if link_type == FRAME_RELAY_WITH_DIRECTION:
        return frame_relay(buffer, at + 1, end)
    if link_type == RADIOTAP:
        return radiotap(buffer, at, end)
    if link_type == WLAN:
        return wlan(buffer, at, end, False)
    if link_type == PRISM:
        return prism(buffer, at, end)
    if link_type == AVS:
        return avs(buffer, at, end)
    if link_type == FDDI:
        return fddi(buffer, at, end)
    if link_type == TOKEN_RING:
        return token_ring(buffer, at, end)
    if link_type == ATM_RFC1483:
        return with_llc(buffer, at, end)
    if link_type == IP_OVER_FC:
        return with_llc(buffer, at + FIBRE_CHANNEL_HEADER, end)
    if link_type == ENC:
        return raw_ip(buffer, at + ENC_HEADER, end)
    if link_type == NFLOG:
        return nflog(buffer, at, end)
    if link_type == MPLS:
        return after_ethertype(buffer, at, end, MPLS_UNICAST)
    if link_type == NETANALYZER:
        return ethernet(buffer, at + NETANALYZER_HEADER, end)
    if link_type == NETANALYZER_TRANSPARENT:
        return ethernet(buffer, at + NETANALYZER_HEADER + PREAMBLE, end)
    if link_type == ETHERNET_MPACKET:
        return ethernet(buffer, at + MPACKET_PREAMBLE, end)
    if link_type == PFLOG:
        return pflog(buffer, at, end)
    if link_type == SUN_ATM:
        return with_llc(buffer, at + SUN_ATM_HEADER, end)
    if link_type == FIREWIRE:
        return firewire(buffer, at, end)
    if link_type == BROADCOM_TAG or link_type == DSA_TAG:
        return switch_tagged(buffer, at, end, SHORT_TAG)
    if link_type == EDSA_TAG:
        return switch_tagged(buffer, at, end, LONG_TAG)
    if link_type == BROADCOM_PREPENDED:
        return ethernet(buffer, at + SHORT_TAG, end)
    if link_type == ARCNET or link_type == ARCNET_LINUX:
        return arcnet(buffer, at, end, link_type == ARCNET_LINUX)
    return LINK_TYPE_UNKNOWN, at, 0, NO_END


@kernel
def link(buffer, at, end, link_type):
    """As ``plain_link``, for the link types too that name the one inside."""
    if link_type == PKTAP:
        at, link_type = pktap(buffer, at, end)
        if link_type < 0:
            return NO_ETHERTYPE, at, 0, NO_END
    elif link_type == PPI:
        if at + PPI_LEAST > end:
            return NO_ETHERTYPE, at, 0, NO_END
        link_type = le32(buffer, at + PPI_LINK_TYPE)
        at += le16(buffer, at + PPI_LENGTH)
    ethertype, at, vlan, stop = plain_link(buffer, at, end, link_type)
    if (
        ethertype >= SMALLEST_TYPE
        and link_type != ETHERNET
        and ethertype != ETHERTYPE_IPV4
        and ethertype != ETHERTYPE_IPV6
    ):
        return after_ethertype(buffer, at, end, ethertype)  # tags and labels come behind other headers too
    return ethertype, at, vlan, stop

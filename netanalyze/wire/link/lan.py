"""Other local networks, and Ethernet with a switch's tag in it.

FDDI (ANSI X3T9.5), Token Ring (IEEE 802.5), ATM (RFC 2684), IP over Fibre Channel (RFC 2625), IP over IEEE 1394
(RFC 2734, as macOS captures it), tags of the Distributed Switch Architecture (tcpdump.org/linktypes).
"""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import NO_END, NO_ETHERTYPE
from netanalyze.wire.link.ethernet import llc
from netanalyze.wire.octets import u8, u16

FDDI_HEADER, FDDI_CLASS, FDDI_LLC = 13, 0xF0, 0x50
TOKEN_RING_HEADER, TOKEN_RING_FRAME, TOKEN_RING_SOURCE, ROUTED, ROUTE_LENGTH = 14, 1, 8, 0x80, 0x1F
FIBRE_CHANNEL_HEADER, SUN_ATM_HEADER = 16, 4
FIREWIRE_HEADER, FIREWIRE_TYPE = 18, 16
ADDRESSES = 12


@kernel
def with_llc(buffer, at, end):
    """What an LLC header at ``at`` carries: (ethertype, offset, 0, NO_END)."""
    ethertype, at = llc(buffer, at, end)
    return ethertype, at, 0, NO_END


@kernel
def firewire(buffer, at, end):
    """What a frame of IP over IEEE 1394 carries: (ethertype, offset, 0, NO_END)."""
    if at + FIREWIRE_HEADER > end:
        return NO_ETHERTYPE, at, 0, NO_END
    return u16(buffer, at + FIREWIRE_TYPE), at + FIREWIRE_HEADER, 0, NO_END


@kernel
def switch_tagged(buffer, at, end, tag):
    """What an Ethernet frame with ``tag`` octets between addresses and type carries: (ethertype, offset, 0, NO_END)."""
    at += ADDRESSES + tag
    if at + 2 > end:
        return NO_ETHERTYPE, at, 0, NO_END
    return u16(buffer, at), at + 2, 0, NO_END


@kernel
def fddi(buffer, at, end):
    """What an FDDI frame carries: (ethertype, offset, 0, NO_END)."""
    if at + FDDI_HEADER > end or u8(buffer, at) & FDDI_CLASS != FDDI_LLC:
        return NO_ETHERTYPE, at, 0, NO_END
    return with_llc(buffer, at + FDDI_HEADER, end)


@kernel
def token_ring(buffer, at, end):
    """What a Token Ring frame carries, source-routed or not: (ethertype, offset, 0, NO_END)."""
    start = at + TOKEN_RING_HEADER
    if start + 2 > end:
        return NO_ETHERTYPE, at, 0, NO_END
    if u8(buffer, at + TOKEN_RING_SOURCE) & ROUTED:
        start += u16(buffer, start) // 256 & ROUTE_LENGTH
    return with_llc(buffer, start, end)

"""Tunnels whose inside is analysed: GRE (RFC 2784, 2890), ERSPAN, VXLAN (RFC 7348)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import NO_ETHERTYPE
from netanalyze.wire.link.ethernet import ethernet
from netanalyze.wire.link.ppp import ppp_protocol
from netanalyze.wire.octets import u16

GRE_HEADER = 4
TRANSPARENT_ETHERNET, ERSPAN_2, ERSPAN_3, GRE_PPP = 0x6558, 0x88BE, 0x22EB, 0x880B
VXLAN_PORT, VXLAN_HEADER = 4789, 8


@kernel
def gre(buffer, at, end):
    """What a GRE header carries: (ethertype, offset); ethertype 0 where it is nothing that is analysed."""
    if at + GRE_HEADER > end:
        return NO_ETHERTYPE, at
    flags = u16(buffer, at)
    protocol = u16(buffer, at + 2)
    at += GRE_HEADER
    if flags & 0x8000:
        at += 4
    if flags & 0x2000:
        at += 4
    if flags & 0x1000:
        at += 4
    if flags & 0x0080:
        at += 4
    if protocol == ERSPAN_2:
        at += 8 if flags & 0x1000 else 0
    elif protocol == ERSPAN_3:
        at += 12
    if protocol == TRANSPARENT_ETHERNET or protocol == ERSPAN_2 or protocol == ERSPAN_3:
        protocol, at, _ = ethernet(buffer, at, end)
    elif protocol == GRE_PPP:
        protocol, at = ppp_protocol(buffer, at, end)
    return protocol, at

"""GRE and what it carries: IP, PPP, MPLS, Ethernet, ERSPAN, WCCP.

RFC 2784 and 2890, RFC 2637 (version 1, of PPTP), draft-foschiano-erspan, draft-wilson-wrec-wccp-v2.
"""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, NO_END, NO_ETHERTYPE
from netanalyze.wire.link.ethernet import after_ethertype, ethernet
from netanalyze.wire.link.ppp import ppp
from netanalyze.wire.octets import u8, u16

GRE_HEADER = 4
TRANSPARENT_ETHERNET, ERSPAN_2, ERSPAN_3, GRE_PPP = 0x6558, 0x88BE, 0x22EB, 0x880B
ERSPAN_3_HEADER, ERSPAN_3_FLAGS, PLATFORM_HEADER = 12, 10, 8
WCCP, WCCP_REDIRECT = 0x883E, 4
ETHERIP_HEADER = 2


@kernel
def gre(buffer, at, end):
    """What a GRE header carries: (ethertype, offset, where it ends); ethertype 0 where it is nothing that is analysed."""
    if at + GRE_HEADER > end:
        return NO_ETHERTYPE, at, NO_END
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
        if at + ERSPAN_3_HEADER > end:
            return NO_ETHERTYPE, at, NO_END
        platform = u16(buffer, at + ERSPAN_3_FLAGS) & 1
        at += ERSPAN_3_HEADER + platform * PLATFORM_HEADER
    stop = NO_END
    if protocol == TRANSPARENT_ETHERNET or protocol == ERSPAN_2 or protocol == ERSPAN_3:
        protocol, at, _, stop = ethernet(buffer, at, end)
    elif protocol == WCCP:
        if at < end and u8(buffer, at) // 16 != 4:
            at += WCCP_REDIRECT
        protocol = ETHERTYPE_IPV4
    elif protocol == GRE_PPP:
        protocol, at, _, stop = ppp(buffer, at, end)
    else:
        protocol, at, _, stop = after_ethertype(buffer, at, end, protocol)
    return protocol, at, stop

"""Tunnels over UDP whose inside is analysed, told by their ports.

RFC 7348 (VXLAN), draft-ietf-nvo3-vxlan-gpe, RFC 8926 (Geneve), 3GPP TS 29.281 (GTP-U), RFC 4380 (Teredo),
draft-massar-v6ops-ayiya, RFC 2661 (L2TP), RFC 7510 (MPLS), RFC 9300 (LISP).
"""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_END, NO_ETHERTYPE
from netanalyze.wire.link.ethernet import MPLS, after_ethertype, ethernet
from netanalyze.wire.link.loopback import raw_ip
from netanalyze.wire.link.ppp import ppp
from netanalyze.wire.octets import u8, u16

L2TP_PORT, GTP_PORT, TEREDO_PORT, LISP_PORT, VXLAN_PORT, VXLAN_GPE_PORT = 1701, 2152, 3544, 4341, 4789, 4790
AYIYA_PORT, GENEVE_PORT, MPLS_PORT = 5072, 6081, 6635
PORT_NAMES = {
    L2TP_PORT: "l2tp", GTP_PORT: "gtp", TEREDO_PORT: "teredo", LISP_PORT: "lisp", VXLAN_PORT: "vxlan",
    VXLAN_GPE_PORT: "vxlan-gpe", AYIYA_PORT: "ayiya", GENEVE_PORT: "geneve", MPLS_PORT: "mpls",
}  # fmt: skip
"""What the tunnels are called."""

LOWEST_PORT, HIGHEST_PORT = 1701, 6635
EPHEMERAL_LEAST = 1024
"""Lower ports belong to services (RFC 6335 section 6): what comes from a tunnel's port to one of these is a query."""

VXLAN_HEADER, GPE_NEXT, GPE_IPV4, GPE_IPV6, GPE_ETHERNET = 8, 3, 1, 2, 3
GENEVE_HEADER, GENEVE_PROTOCOL, GENEVE_OPTIONS, TRANSPARENT_ETHERNET = 8, 2, 0x3F, 0x6558
GTP_HEADER, GTP_VERSION, GTP_VERSION_1, GTP_OPTIONAL, GTP_PAYLOAD = 8, 0xF0, 0x30, 0x07, 255
EXTENSIONS_MOST = 8
TEREDO_AUTHENTICATION, TEREDO_ORIGIN, AUTHENTICATION_LEAST, ORIGIN_LENGTH = 1, 0, 13, 8
AYIYA_LEAST, AYIYA_NEXT, NEXT_IPV4, NEXT_IPV6 = 8, 3, 4, 41
L2TP_CONTROL, L2TP_LENGTH, L2TP_SEQUENCE, L2TP_OFFSET, L2TP_VERSION, L2TP_VERSION_2 = (
    0x8000,
    0x4000,
    0x0800,
    0x0200,
    15,
    2,
)
LISP_HEADER = 8


@kernel
def geneve(buffer, at, end):
    """What a Geneve header carries: (ethertype, offset, where it ends)."""
    if at + GENEVE_HEADER > end:
        return NO_ETHERTYPE, at, NO_END
    protocol = u16(buffer, at + GENEVE_PROTOCOL)
    start = at + GENEVE_HEADER + (u8(buffer, at) & GENEVE_OPTIONS) * 4
    if protocol == TRANSPARENT_ETHERNET:
        protocol, start, _, stop = ethernet(buffer, start, end)
        return protocol, start, stop
    return protocol, start, NO_END


@kernel
def vxlan_gpe(buffer, at, end):
    """What a VXLAN header with a next protocol carries: (ethertype, offset, where it ends)."""
    if at + VXLAN_HEADER > end:
        return NO_ETHERTYPE, at, NO_END
    following = u8(buffer, at + GPE_NEXT)
    at += VXLAN_HEADER
    if following == GPE_ETHERNET:
        ethertype, at, _, stop = ethernet(buffer, at, end)
        return ethertype, at, stop
    if following == GPE_IPV4:
        return ETHERTYPE_IPV4, at, NO_END
    return ETHERTYPE_IPV6 if following == GPE_IPV6 else NO_ETHERTYPE, at, NO_END


@kernel
def gtp(buffer, at, end):
    """What a GTP-U header carries: (ethertype, offset, where it ends)."""
    if at + GTP_HEADER > end or u8(buffer, at) & GTP_VERSION != GTP_VERSION_1 or u8(buffer, at + 1) != GTP_PAYLOAD:
        return NO_ETHERTYPE, at, NO_END
    optional = u8(buffer, at) & GTP_OPTIONAL
    stop = at + GTP_HEADER + u16(buffer, at + 2)
    at += GTP_HEADER
    if optional:
        at += 4
        for _ in range(EXTENSIONS_MOST):
            if at > end or u8(buffer, at - 1) == 0:
                break
            if at >= end or u8(buffer, at) == 0:
                return NO_ETHERTYPE, at, NO_END
            at += u8(buffer, at) * 4
    ethertype, at, _, _ = raw_ip(buffer, at, end)
    return ethertype, at, stop


@kernel
def teredo(buffer, at, end):
    """What a Teredo datagram carries behind its indications: (ethertype, offset)."""
    if at + AUTHENTICATION_LEAST <= end and u16(buffer, at) == TEREDO_AUTHENTICATION:
        at += AUTHENTICATION_LEAST + u8(buffer, at + 2) + u8(buffer, at + 3)
    if at + ORIGIN_LENGTH <= end and u16(buffer, at) == TEREDO_ORIGIN:
        at += ORIGIN_LENGTH
    return ETHERTYPE_IPV6, at


@kernel
def ayiya(buffer, at, end):
    """What an AYIYA datagram carries: (ethertype, offset)."""
    if at + AYIYA_LEAST > end:
        return NO_ETHERTYPE, at
    identity = 1 << (u8(buffer, at) // 16)
    signature = u8(buffer, at + 1) // 16 * 4
    following = u8(buffer, at + AYIYA_NEXT)
    at += AYIYA_LEAST + identity + signature
    if following == NEXT_IPV6:
        return ETHERTYPE_IPV6, at
    return ETHERTYPE_IPV4 if following == NEXT_IPV4 else NO_ETHERTYPE, at


@kernel
def l2tp(buffer, at, end):
    """What an L2TP data message carries in PPP: (ethertype, offset, where it ends)."""
    if at + 6 > end:
        return NO_ETHERTYPE, at, NO_END
    flags = u16(buffer, at)
    if flags & L2TP_CONTROL or flags & L2TP_VERSION != L2TP_VERSION_2:
        return NO_ETHERTYPE, at, NO_END
    stop = NO_END
    start = at + 6
    if flags & L2TP_LENGTH:
        stop = at + u16(buffer, at + 2)
        start += 2
    if flags & L2TP_SEQUENCE:
        start += 4
    if flags & L2TP_OFFSET:
        if start + 2 > end:
            return NO_ETHERTYPE, at, NO_END
        start += 2 + u16(buffer, start)
    ethertype, start, _, _ = ppp(buffer, start, end)
    return ethertype, start, stop


@kernel
def is_tunnel_port(port):
    """Whether datagrams to this port are packets in a tunnel."""
    if port < LOWEST_PORT or port > HIGHEST_PORT:
        return False
    return (
        port == VXLAN_PORT or port == GENEVE_PORT or port == GTP_PORT or port == TEREDO_PORT or port == L2TP_PORT
        or port == VXLAN_GPE_PORT or port == AYIYA_PORT or port == LISP_PORT or port == MPLS_PORT
    )  # fmt: skip


@kernel
def tunnel_port(source, destination):
    """The port of a tunnel among the two of a datagram, 0 where there is none; answers may come from it."""
    if is_tunnel_port(destination):
        return destination
    if destination >= EPHEMERAL_LEAST and is_tunnel_port(source):
        return source
    return 0


@kernel
def udp_tunnel(buffer, at, end, port):
    """What a datagram's payload at ``at`` carries, to or from a tunnel's port: (ethertype, offset, where it ends)."""
    stop = NO_END
    ethertype = NO_ETHERTYPE
    if port == VXLAN_PORT:
        ethertype, at, _, stop = ethernet(buffer, at + VXLAN_HEADER, end)
    elif port == VXLAN_GPE_PORT:
        ethertype, at, stop = vxlan_gpe(buffer, at, end)
    elif port == GENEVE_PORT:
        ethertype, at, stop = geneve(buffer, at, end)
    elif port == GTP_PORT:
        ethertype, at, stop = gtp(buffer, at, end)
    elif port == L2TP_PORT:
        ethertype, at, stop = l2tp(buffer, at, end)
    elif port == TEREDO_PORT:
        ethertype, at = teredo(buffer, at, end)
    elif port == AYIYA_PORT:
        ethertype, at = ayiya(buffer, at, end)
    elif port == LISP_PORT:
        ethertype, at, _, _ = raw_ip(buffer, at + LISP_HEADER, end)
    elif port == MPLS_PORT:
        ethertype, at, _, stop = after_ethertype(buffer, at, end, MPLS)
    return ethertype, at, stop

"""What a packet came through: the outer headers of a tunnelled frame. For single frames; not a kernel."""

from typing import NamedTuple

from netanalyze.tracking.addresses import address_text
from netanalyze.wire.layers import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    PACKET,
    PROTOCOL_ETHERIP,
    PROTOCOL_GRE,
    PROTOCOL_IPIP,
    PROTOCOL_IPV6,
    PROTOCOL_MPLS,
    PROTOCOL_UDP,
)
from netanalyze.wire.link.dispatch import link
from netanalyze.wire.link.ethernet import MPLS, after_ethertype, ethernet
from netanalyze.wire.net.ipv4 import ipv4
from netanalyze.wire.net.ipv6 import ipv6
from netanalyze.wire.net.tunnels import ERSPAN_2, ERSPAN_3, ETHERIP_HEADER, gre
from netanalyze.wire.net.udp_tunnels import PORT_NAMES, tunnel_port, udp_tunnel
from netanalyze.wire.octets import u16
from netanalyze.wire.transport.udp import UDP_HEADER

DEEPEST = 5


class Tunnel(NamedTuple):
    """A tunnel and its ends: ``gre 192.0.2.1 > 192.0.2.2``."""

    name: str
    source: str
    destination: str

    def __str__(self) -> str:
        return f"{self.name} {self.source} > {self.destination}"


def outer_headers(frame: bytes, link_type: int) -> tuple[Tunnel, ...]:
    """The tunnels around the innermost packet of a frame, outermost first.

    Empty where there is none, or where the outer packet is a fragment. Never raises.
    """
    found: list[Tunnel] = []
    end = len(frame)
    ethertype, at, _, _ = link(frame, 0, end, link_type)
    for _ in range(DEEPEST):
        if ethertype not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
            break
        cells = [0] * PACKET.WIDTH
        four = ethertype == ETHERTYPE_IPV4
        protocol, start, _, fragment = (ipv4 if four else ipv6)(frame, at, end, cells, 0)
        if protocol < 0 or fragment:
            break
        name, ethertype, at = _inside(frame, start, end, protocol)
        if not name or ethertype not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
            break
        version = 4 if four else 6
        ends = ((cells[PACKET.SRC_HIGH], cells[PACKET.SRC_LOW]), (cells[PACKET.DST_HIGH], cells[PACKET.DST_LOW]))
        found.append(Tunnel(name, *(address_text(*one, version) for one in ends)))
    return tuple(found)


def _inside(frame: bytes, start: int, end: int, protocol: int) -> tuple[str, int, int]:
    """Name of the tunnel whose header is at ``start`` (empty: none), ethertype of what it carries, and where that begins."""
    if protocol in (PROTOCOL_IPIP, PROTOCOL_IPV6):
        return ("ipip", ETHERTYPE_IPV4, start) if protocol == PROTOCOL_IPIP else ("6in4", ETHERTYPE_IPV6, start)
    if protocol == PROTOCOL_GRE:
        ethertype, at, _ = gre(frame, start, end)
        kind = u16(frame, start + 2) if start + 4 <= end else 0
        return "erspan" if kind in (ERSPAN_2, ERSPAN_3) else "gre", ethertype, at
    if protocol == PROTOCOL_MPLS:
        ethertype, at, _, _ = after_ethertype(frame, start, end, MPLS)
        return "mpls", ethertype, at
    if protocol == PROTOCOL_ETHERIP:
        ethertype, at, _, _ = ethernet(frame, start + ETHERIP_HEADER, end)
        return "etherip", ethertype, at
    if protocol == PROTOCOL_UDP and start + UDP_HEADER <= end:
        port = tunnel_port(u16(frame, start), u16(frame, start + 2))
        if port:
            ethertype, at, _ = udp_tunnel(frame, start + UDP_HEADER, end, port)
            return PORT_NAMES[port], ethertype, at
    return "", 0, start

"""From an IP packet to its innermost transport header, through tunnels."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT,
    ICMP,
    IP,
    MALFORMED,
    NO_END,
    PACKET,
    PROTOCOL_ETHERIP,
    PROTOCOL_GRE,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_IPIP,
    PROTOCOL_IPV6,
    PROTOCOL_MPLS,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    TCP,
    TRUNCATED,
    TUNNELLED,
    UDP,
    UNDECODED,
)
from netanalyze.wire.link.ethernet import MPLS, after_ethertype, ethernet
from netanalyze.wire.net.ipv4 import ipv4
from netanalyze.wire.net.ipv6 import ipv6
from netanalyze.wire.net.tunnels import ETHERIP_HEADER, gre
from netanalyze.wire.net.udp_tunnels import tunnel_port, udp_tunnel
from netanalyze.wire.octets import u8, u16
from netanalyze.wire.transport.tcp import tcp_header
from netanalyze.wire.transport.udp import UDP_HEADER, udp_header


@kernel
def begins_ip(buffer, at, end, ethertype):
    """Whether an IP header of the version that ``ethertype`` says begins at ``at``."""
    if at >= end:
        return False
    version = u8(buffer, at) // 16
    return (ethertype == ETHERTYPE_IPV4 and version == 4) or (ethertype == ETHERTYPE_IPV6 and version == 6)


@kernel
def write_payload(packets, fields, start, wire_end, captured_end):
    """Write where what IP carries begins, and how long it was on the wire and is in the capture."""
    packets[fields + PACKET.PAYLOAD_START] = start
    packets[fields + PACKET.PAYLOAD_LENGTH] = wire_end - start if wire_end > start else 0
    packets[fields + PACKET.PAYLOAD_CAPTURED] = captured_end - start if captured_end > start else 0


@kernel
def ip_tunnel(buffer, protocol, start, end):
    """What a tunnel right in IP carries: (ethertype, offset, where it ends)."""
    if protocol == PROTOCOL_GRE:
        return gre(buffer, start, end)
    if protocol == PROTOCOL_MPLS:
        ethertype, at, _, stop = after_ethertype(buffer, start, end, MPLS)
        return ethertype, at, stop
    ethertype, at, _, stop = ethernet(buffer, start + ETHERIP_HEADER, end)
    return ethertype, at, stop


@kernel
def network(buffer, at, end, limit, ethertype, packets, fields):
    """Decode the IP packet at ``at`` and what it carries into the row at ``fields``.

    Nothing is read from ``end`` on, where the captured octets end; ``limit`` is where the frame ended on the wire.
    """
    bits = 0
    for depth in range(5):
        if depth and packets[fields + PACKET.IP_VERSION] == 6:
            packets[fields + PACKET.SRC_HIGH] = 0
            packets[fields + PACKET.DST_HIGH] = 0
        packets[fields + PACKET.NETWORK_START] = at
        if ethertype == ETHERTYPE_IPV4:
            protocol, start, wire_end, fragment = ipv4(buffer, at, end, packets, fields)
        else:
            protocol, start, wire_end, fragment = ipv6(buffer, at, end, packets, fields)
        if protocol < 0:
            bits |= MALFORMED if packets[fields + PACKET.IP_VERSION] else UNDECODED
            break
        bits |= IP
        if wire_end > limit:
            wire_end = limit
        captured_end = wire_end if wire_end < end else end
        if wire_end > end:
            bits |= TRUNCATED
        if fragment:
            bits |= FRAGMENT
            write_payload(packets, fields, start, wire_end, captured_end)
            break
        if protocol == PROTOCOL_TCP:
            bits |= TCP if tcp_header(buffer, start, captured_end, wire_end, packets, fields) else MALFORMED
            break
        if protocol == PROTOCOL_UDP:
            if not udp_header(buffer, start, captured_end, wire_end, packets, fields):
                bits |= MALFORMED
                break
            bits |= UDP
            port = tunnel_port(u16(buffer, start), u16(buffer, start + 2))
            if port == 0:
                break
            ethertype, at, stop = udp_tunnel(buffer, start + UDP_HEADER, captured_end, port)
            if not begins_ip(buffer, at, captured_end, ethertype):
                break
            bits &= ~UDP
        elif protocol == PROTOCOL_IPIP or protocol == PROTOCOL_IPV6:
            ethertype = ETHERTYPE_IPV4 if protocol == PROTOCOL_IPIP else ETHERTYPE_IPV6
            at = start
            stop = NO_END
        elif protocol == PROTOCOL_GRE or protocol == PROTOCOL_MPLS or protocol == PROTOCOL_ETHERIP:
            ethertype, at, stop = ip_tunnel(buffer, protocol, start, captured_end)
            if not begins_ip(buffer, at, captured_end, ethertype):
                break
        else:
            if protocol == PROTOCOL_ICMP or protocol == PROTOCOL_ICMPV6:
                bits |= ICMP
            write_payload(packets, fields, start, wire_end, captured_end)
            break
        bits |= TUNNELLED
        end = captured_end if captured_end < stop else stop
        limit = wire_end if wire_end < stop else stop
    packets[fields + PACKET.LAYERS] = bits

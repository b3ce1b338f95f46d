"""From an IP packet to its innermost transport header, through tunnels."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import (
    DST_HIGH,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT,
    ICMP,
    IP,
    IP_VERSION,
    LAYERS,
    MALFORMED,
    NETWORK_START,
    PAYLOAD_CAPTURED,
    PAYLOAD_LENGTH,
    PAYLOAD_START,
    PROTOCOL_GRE,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_IPIP,
    PROTOCOL_IPV6,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    SRC_HIGH,
    TCP,
    TRUNCATED,
    TUNNELLED,
    UDP,
    UNDECODED,
)
from netanalyze.wire.link.ethernet import ethernet
from netanalyze.wire.net.ipv4 import ipv4
from netanalyze.wire.net.ipv6 import ipv6
from netanalyze.wire.net.tunnels import VXLAN_HEADER, VXLAN_PORT, gre
from netanalyze.wire.octets import u16
from netanalyze.wire.transport.tcp import tcp_header
from netanalyze.wire.transport.udp import UDP_HEADER, udp_header


@kernel
def network(buffer, at, end, limit, ethertype, packets, fields):
    """Decode the IP packet at ``at`` and what it carries into the row at ``fields``.

    Nothing is read from ``end`` on, where the captured octets end; ``limit`` is where the frame ended on the wire.
    """
    bits = 0
    for depth in range(5):
        if depth and packets[fields + IP_VERSION] == 6:
            packets[fields + SRC_HIGH] = 0
            packets[fields + DST_HIGH] = 0
        packets[fields + NETWORK_START] = at
        if ethertype == ETHERTYPE_IPV4:
            protocol, start, wire_end, fragment = ipv4(buffer, at, end, packets, fields)
        else:
            protocol, start, wire_end, fragment = ipv6(buffer, at, end, packets, fields)
        if protocol < 0:
            bits |= MALFORMED if packets[fields + IP_VERSION] else UNDECODED
            break
        bits |= IP
        if wire_end > limit:
            wire_end = limit
        captured_end = wire_end if wire_end < end else end
        if wire_end > end:
            bits |= TRUNCATED
        if fragment:
            bits |= FRAGMENT
            packets[fields + PAYLOAD_START] = start
            packets[fields + PAYLOAD_LENGTH] = wire_end - start if wire_end > start else 0
            packets[fields + PAYLOAD_CAPTURED] = captured_end - start if captured_end > start else 0
            break
        if protocol == PROTOCOL_TCP:
            bits |= TCP if tcp_header(buffer, start, captured_end, wire_end, packets, fields) else MALFORMED
            break
        if protocol == PROTOCOL_UDP:
            if not udp_header(buffer, start, captured_end, wire_end, packets, fields):
                bits |= MALFORMED
                break
            bits |= UDP
            inside = start + UDP_HEADER + VXLAN_HEADER
            if u16(buffer, start + 2) != VXLAN_PORT or inside + 14 > captured_end:
                break
            ethertype, at, _ = ethernet(buffer, inside, captured_end)
            if ethertype != ETHERTYPE_IPV4 and ethertype != ETHERTYPE_IPV6:
                break
            bits = (bits & ~UDP) | TUNNELLED
        elif protocol == PROTOCOL_IPIP:
            ethertype = ETHERTYPE_IPV4
            at = start
        elif protocol == PROTOCOL_IPV6:
            ethertype = ETHERTYPE_IPV6
            at = start
        elif protocol == PROTOCOL_GRE:
            ethertype, at = gre(buffer, start, captured_end)
            if ethertype != ETHERTYPE_IPV4 and ethertype != ETHERTYPE_IPV6:
                break
        else:
            if protocol == PROTOCOL_ICMP or protocol == PROTOCOL_ICMPV6:
                bits |= ICMP
            packets[fields + PAYLOAD_START] = start
            packets[fields + PAYLOAD_LENGTH] = wire_end - start if wire_end > start else 0
            packets[fields + PAYLOAD_CAPTURED] = captured_end - start if captured_end > start else 0
            break
        bits |= TUNNELLED
        end = captured_end
        limit = wire_end
    packets[fields + LAYERS] = bits

"""The fields of a decoded packet and the bits of ``layers``: constants shared by decoders and readers."""

from netanalyze.columns import Cell, Layout

PACKET = Layout(
    Cell("layers", "bits", "what was found in the frame: the bits below"),
    Cell("vlan_id", "1", "innermost VLAN, 0 none"),
    Cell("ip_version", "1", "4, 6, or 0 where there is no IP"),
    Cell("ip_protocol", "1", "transport protocol"),
    Cell("ttl", "hops", "time to live, or hop limit"),
    Cell("ip_id", "1", "identification"),
    Cell("ip_flags", "bits", "DONT_FRAGMENT, MORE_FRAGMENTS"),
    Cell("src_high", "1", "source address, two signed 64-bit halves (IPv4 in the low 32 bits of the low one)"),
    Cell("src_low", "1", "its low half"),
    Cell("dst_high", "1", "destination address, likewise"),
    Cell("dst_low", "1", "its low half"),
    Cell("src_port", "1", "source port"),
    Cell("dst_port", "1", "destination port"),
    Cell("tcp_flags", "bits", "flags as on the wire"),
    Cell("tcp_seq", "1", "sequence number as on the wire"),
    Cell("tcp_ack", "1", "acknowledgment number as on the wire"),
    Cell("tcp_window", "1", "window field, not scaled"),
    Cell(
        "options_start", "octets", "where TCP's options begin in the buffer; where the payload does if there are none"
    ),
    Cell("payload_start", "octets", "where the payload begins in the buffer"),
    Cell("payload_length", "octets", "of the payload, according to the headers"),
    Cell("payload_captured", "octets", "of the payload that were captured"),
    Cell("network_start", "octets", "where the innermost network header begins in the buffer"),
    Cell("flow_id", "1", "flow it belongs to, -1 none (netanalyze.tracking.number_flows)"),
    Cell("direction", "1", "0 from the originator, 1 from the responder"),
    Cell("marks", "bits", "netanalyze.tracking.marks"),
    Cell("stream_offset", "offset", "of its first octet of data (netanalyze.tracking.tcp)"),
)
"""A decoded packet, a row."""

# bits of ``layers``
IP, TCP, UDP, ICMP, FRAGMENT, TRUNCATED, MALFORMED, UNDECODED, UNKNOWN_LINK_TYPE, TUNNELLED, WANTED, ARP = (
    1,
    2,
    4,
    8,
    16,
    32,
    64,
    128,
    256,
    512,
    1024,
    2048,
)

# IP flags as kept in ``ip_flags``
DONT_FRAGMENT, MORE_FRAGMENTS = 2, 1

# protocol numbers (IANA)
ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_ARP, NO_ETHERTYPE = 0x0800, 0x86DD, 0x0806, 0
NO_END = 2**62
"""Where a link header does not say where its payload ends."""
PROTOCOL_ICMP, PROTOCOL_IPIP, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_IPV6, PROTOCOL_GRE, PROTOCOL_ICMPV6 = (
    1,
    4,
    6,
    17,
    41,
    47,
    58,
)
PROTOCOL_AUTHENTICATION, PROTOCOL_ETHERIP, PROTOCOL_MPLS = 51, 97, 137

# TCP flags (RFC 9293 section 3.1)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

"""The fields of a decoded packet and the bits of ``layers``: constants shared by decoders and readers."""

FIELDS = (
    "layers",
    "vlan_id",
    "ip_version",
    "ip_protocol",
    "ttl",
    "ip_id",
    "ip_flags",
    "src_high",
    "src_low",
    "dst_high",
    "dst_low",
    "src_port",
    "dst_port",
    "tcp_flags",
    "tcp_seq",
    "tcp_ack",
    "tcp_window",
    "options_start",
    "payload_start",
    "payload_length",
    "payload_captured",
    "network_start",
    "flow_id",
    "direction",
    "marks",
    "stream_offset",
)
(
    LAYERS,
    VLAN_ID,
    IP_VERSION,
    IP_PROTOCOL,
    TTL,
    IP_ID,
    IP_FLAGS,
    SRC_HIGH,
    SRC_LOW,
    DST_HIGH,
    DST_LOW,
    SRC_PORT,
    DST_PORT,
    TCP_FLAGS,
    TCP_SEQ,
    TCP_ACK,
    TCP_WINDOW,
    OPTIONS_START,
    PAYLOAD_START,
    PAYLOAD_LENGTH,
    PAYLOAD_CAPTURED,
    NETWORK_START,
    FLOW_ID,
    DIRECTION,
    MARKS,
    STREAM_OFFSET,
) = range(len(FIELDS))
WIDTH = len(FIELDS)

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

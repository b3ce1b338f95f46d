"""What stands before an IPv4 packet in frames of the rarer link types."""

from traffic import ethernet, ipv4, ipv6, tcp, udp

SEGMENT = tcp(40000, 443, 1000, 2000, 24, window=321, payload=b"hello")
FOUR, SIX = ipv4(10, 80, 6, SEGMENT, ttl=61, identification=777), ipv6(10, 80, 6, SEGMENT, ttl=62)
PLAIN = bytes(12)
SNAP = b"\xaa\xaa\x03\0\0\0\x08\x00"
WLAN, QOS = b"\x08\x01" + bytes(22), b"\x88\x02" + bytes(24)
OTHER_LINKS = (
    (105, "802.11", WLAN + SNAP),
    (105, "802.11, quality of service, four addresses", b"\x88\x03" + bytes(30) + SNAP),
    (105, "802.11, HT control", b"\x88\x82" + bytes(28) + SNAP),
    (105, "802.11, aggregated", QOS[:24] + b"\x80\0" + bytes(12) + (len(SNAP + FOUR)).to_bytes(2, "big") + SNAP),
    (127, "radiotap", b"\0\0\x08\0\0\0\0\0" + WLAN + SNAP),
    (127, "radiotap, padded", b"\0\0\x09\0\2\0\0\0\x20" + QOS + bytes(2) + SNAP),
    (127, "radiotap, time, more fields", b"\0\0\x1a\0\3\0\0\x80\0\0\0\0" + bytes(12) + b"\0\0" + WLAN + SNAP),
    (119, "Prism", b"\0\0\0\x44\x90\0\0\0" + bytes(136) + WLAN + SNAP),
    (163, "AVS", b"\x80\x21\x10\1\0\0\0\x40" + bytes(56) + WLAN + SNAP),
    (119, "AVS under Prism's number", b"\x80\x21\x10\1\0\0\0\x40" + bytes(56) + WLAN + SNAP),
    (192, "PPI", b"\0\0\x08\0\x69\0\0\0" + WLAN + SNAP),
    (10, "FDDI", b"\x50" + PLAIN + SNAP),
    (6, "Token Ring", b"\x10\x40" + PLAIN + SNAP),
    (6, "Token Ring, source-routed", b"\x10\x40" + bytes(6) + b"\x80" + bytes(5) + b"\x06\0\0\0\0\0" + SNAP),
    (100, "ATM, RFC 2684", SNAP),
    (122, "IP over Fibre Channel", bytes(16) + SNAP),
    (107, "Frame Relay, NLPID", b"\x18\x41\x03\xcc"),
    (107, "Frame Relay, SNAP", b"\x18\x41\x03\0\x80\0\0\0\x08\x00"),
    (107, "Frame Relay, Cisco", b"\x18\x41\x08\x00"),
    (107, "Frame Relay, four octets of address", b"\x18\x40\0\1\x03\xcc"),
    (206, "Frame Relay with direction", b"\0\x18\x41\x03\xcc"),
    (7, "ARCNET, RFC 1201", b"\1\2\xd4\0\0\1"),
    (7, "ARCNET, exception packet", b"\1\2\xd4\xff\xff\xff\xd4\0\0\1"),
    (7, "ARCNET, RFC 1051", b"\1\2\xf0"),
    (129, "ARCNET of Linux, RFC 1201", b"\1\2\0\0\xd4\0\0\1"),
    (129, "ARCNET of Linux, RFC 1051", b"\1\2\0\0\xf0"),
    (239, "NFLOG", b"\2\0\0\x2a" + b"\x08\0\1\0\0\0\3\0" + b"\x06\0\x0a\0eh\0\0" + b"\x31\0\x09\0"),
    (258, "PKTAP, Ethernet", b"\x6c\0\0\0\1\0\0\0\1\0\0\0" + bytes(96) + PLAIN + b"\x08\x00"),
    (258, "PKTAP, raw IP", b"\x6c\0\0\0\1\0\0\0\x0c\0\0\0" + bytes(96)),
    (109, "OpenBSD's ENC", b"\2\0\0\0" + bytes(8)),
    (51, "PPPoE alone", b"\x11\0\0\1\0\x2f\0\x21"),
    (166, "PPP of pppd", b"\1\xff\3\0\x21"),
    (204, "PPP with direction", b"\1\xff\3\0\x21"),
    (205, "Cisco HDLC with direction", b"\1\x0f\0\x08\x00"),
    (219, "MPLS", b"\0\2\1\x40"),
    (117, "PFLOG", b"\x3d\2\0\0" + bytes(60)),
    (123, "SunATM", bytes(4) + SNAP),
    (138, "IP over IEEE 1394", bytes(16) + b"\x08\x00"),
    (281, "Broadcom's tag", PLAIN + b"\x20\0\0\1\x08\x00"),
    (282, "Broadcom's tag in front", b"\x20\0\0\1" + PLAIN + b"\x08\x00"),
    (284, "DSA tag", PLAIN + b"\xc0\0\0\0\x08\x00"),
    (285, "EDSA tag", PLAIN + b"\xda\xda\0\0\xc0\0\0\0\x08\x00"),
    (9, "PPP with MPLS", b"\xff\3\2\x81\0\1\1\x40"),
    (50, "Cisco HDLC where PPP is said", b"\x0f\0\x08\x00"),
    (104, "Cisco HDLC with MPLS", b"\x0f\0\x88\x47\0\1\1\x40"),
    (113, "Linux cooked with VLAN", bytes(14) + b"\x81\0\0\x07\x08\x00"),
    (240, "netANALYZER", bytes(4) + PLAIN + b"\x08\x00"),
    (274, "Ethernet with preamble", b"\x55" * 7 + b"\xd5" + PLAIN + b"\x08\x00"),
)
"""LINKTYPE number, what it is, and the octets before ``FOUR``."""

INNER, MACS = ethernet(FOUR), bytes.fromhex("005056000001005056000002")


def datagram(port, payload, source=50000):
    """A datagram to a tunnel's port."""
    return ipv4(1, 2, 17, udp(source, port, payload))


TUNNELS = (
    ("l2tp", datagram(1701, b"\0\2\0\1\0\1\xff\x03\0\x21" + FOUR, 1701)),
    (
        "l2tp",
        datagram(
            1701, b"\x4a\2" + (18 + len(FOUR)).to_bytes(2, "big") + b"\0\1\0\1\0\0\0\0\0\2\0\0\0\x21" + FOUR, 1701
        ),
    ),
    ("teredo", datagram(3544, SIX)),
    ("teredo", datagram(50001, bytes(8) + SIX, 3544)),
    ("teredo", datagram(3544, b"\0\1\0\0" + bytes(9) + bytes(8) + SIX)),
    ("ayiya", datagram(5072, b"\x41\x52\x11\x29" + bytes(4 + 16 + 20) + SIX)),
    ("vxlan-gpe", datagram(4790, b"\x0c\0\0\1" + bytes(4) + FOUR)),
    ("vxlan-gpe", datagram(4790, b"\x0c\0\0\3" + bytes(4) + INNER)),
    ("vxlan", datagram(50001, b"\x08" + bytes(7) + INNER, 4789)),
    ("lisp", datagram(4341, bytes(8) + FOUR)),
    ("mpls", datagram(6635, b"\0\1\1\x40" + FOUR)),
    ("mpls", ipv4(1, 2, 137, b"\0\1\1\x40" + FOUR)),
    ("gre", ipv4(1, 2, 47, b"\0\0\x88\x3e" + FOUR)),
    ("gre", ipv4(1, 2, 47, b"\0\0\x88\x3e" + bytes(4) + FOUR)),
    ("erspan", ipv4(1, 2, 47, b"\0\0\x88\xbe" + INNER)),
    ("gre", ipv4(1, 2, 47, b"\x20\0\x65\x58" + bytes(4) + INNER)),
)
"""Name and packet of the rarer tunnels; inside is ``SEGMENT``."""

TAGGED = (
    ("VN-Tag", PLAIN + b"\x89\x26\0\0\0\0\x08\x00" + FOUR),
    ("HSR", PLAIN + b"\x89\x2f\0\x40\0\1\x08\x00" + FOUR),
    ("Cisco MetaData", PLAIN + b"\x89\x09\1\1\0\1\0\x20\x08\x00" + FOUR),
    ("provider backbone bridge", PLAIN + b"\x88\xe7\0\0\0\1" + PLAIN + b"\x08\x00" + FOUR),
    ("FabricPath", b"\2" + bytes(11) + b"\x89\x03\0\x40" + INNER + bytes(4)),
    ("TRILL", PLAIN + b"\x22\xf3\0\0\0\1\0\2" + INNER),
    ("NSH, Ethernet", PLAIN + b"\x89\x4f\x0f\xc6\1\3" + bytes(20) + INNER),
    ("NSH, IP", PLAIN + b"\x89\x4f\x0f\xc6\1\1" + bytes(20) + FOUR),
    ("pseudowire", PLAIN + b"\x88\x47\0\1\1\x40" + MACS + b"\x08\x00" + FOUR),
    ("pseudowire with control word", PLAIN + b"\x88\x47\0\1\1\x40" + bytes(4) + MACS + b"\x08\x00" + FOUR),
    ("LLC with IP's service access point", PLAIN + b"\0\x60\x06\x06\x03" + FOUR),
    ("Cisco's organisation in SNAP", PLAIN + b"\0\x60\xaa\xaa\x03\0\0\xf8\x08\x00" + FOUR),
)
"""What it is, and an Ethernet frame with ``FOUR`` in it."""

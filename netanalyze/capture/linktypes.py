"""LINKTYPE numbers of a capture file's header, made one where systems disagree.

Capture files carry LINKTYPE numbers (tcpdump.org/linktypes.html). Some programs wrote their
system's own DLT number instead; where such a number means nothing else it is read as tshark reads it.
"""

NOT_OF_PCAP = 0x1_0000
"""From here on: snoop's data link types that have no LINKTYPE (RFC 1761)."""

_MEANT = {
    11: 100,  # DLT_ATM_RFC1483 of most systems
    12: 101,  # DLT_RAW of most systems
    13: 109,  # DLT_ENC of OpenBSD
    14: 101,  # DLT_RAW of OpenBSD
    16: 106,  # DLT_CIP and its other numbers: classical IP over ATM
    18: 106,
    19: 106,
    112: 104,  # DLT_C_HDLC under its second number
}


def link_type(number: int) -> int:
    """LINKTYPE of a header field ``number``: its low 16 bits, without the frame check sequence's upper bits.

    >>> link_type(0x1400_0001), link_type(12)
    (1, 101)
    """
    number &= 0xFFFF
    return _MEANT.get(number, number)


NAMES = {
    0: "NULL", 1: "ETHERNET", 3: "AX25", 6: "IEEE802_5", 7: "ARCNET_BSD", 8: "SLIP", 9: "PPP", 10: "FDDI", 50: "PPP_HDLC",
    51: "PPP_ETHER", 100: "ATM_RFC1483", 101: "RAW", 104: "C_HDLC", 105: "IEEE802_11", 107: "FRELAY", 108: "LOOP",
    109: "ENC", 113: "LINUX_SLL", 114: "LTALK", 117: "PFLOG", 119: "IEEE802_11_PRISM", 122: "IP_OVER_FC", 123: "SUNATM",
    127: "IEEE802_11_RADIOTAP", 138: "APPLE_IP_OVER_IEEE1394", 143: "DOCSIS", 144: "LINUX_IRDA", 163: "IEEE802_11_AVS",
    165: "BACNET_MS_TP", 166: "PPP_PPPD", 187: "BLUETOOTH_HCI_H4", 189: "USB_LINUX", 192: "PPI",
    195: "IEEE802_15_4_WITHFCS", 197: "ERF", 201: "BLUETOOTH_HCI_H4_WITH_PHDR", 204: "PPP_WITH_DIR", 205: "C_HDLC_WITH_DIR",
    206: "FRELAY_WITH_DIR", 219: "MPLS", 220: "USB_LINUX_MMAPPED", 227: "CAN_SOCKETCAN", 228: "IPV4", 229: "IPV6",
    230: "IEEE802_15_4_NOFCS", 239: "NFLOG", 240: "NETANALYZER", 241: "NETANALYZER_TRANSPARENT", 242: "IPOIB",
    249: "USBPCAP", 252: "WIRESHARK_UPPER_PDU", 253: "NETLINK", 258: "PKTAP", 271: "VSOCK", 274: "ETHERNET_MPACKET",
    129: "ARCNET_LINUX", 276: "LINUX_SLL2", 288: "USB_2_0", NOT_OF_PCAP + 1: "IEEE 802.4", NOT_OF_PCAP + 3: "IEEE 802.6",
    NOT_OF_PCAP + 5: "HDLC", NOT_OF_PCAP + 6: "character synchronous", NOT_OF_PCAP + 7: "IBM channel to channel",
    NOT_OF_PCAP + 9: "other",
}  # fmt: skip
"""Names of tcpdump.org/linktypes.html, without ``LINKTYPE_``, of those that are met."""


def link_type_name(number: int) -> str:
    """The name of a LINKTYPE number; where we know none, the number.

    >>> link_type_name(1), link_type_name(147)
    ('ETHERNET', 'LINKTYPE 147')
    """
    return NAMES.get(number, f"LINKTYPE {number}")

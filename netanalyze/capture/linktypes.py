"""LINKTYPE numbers of a capture file's header, made one where systems disagree.

Capture files carry LINKTYPE numbers (tcpdump.org/linktypes.html). Some programs wrote their
system's own DLT number instead; where such a number means nothing else it is read as tshark reads it.
"""

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

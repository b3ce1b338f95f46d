"""Headers that a host's own capture puts before a packet: NFLOG, PKTAP, PFLOG, OpenBSD's ENC (tcpdump.org/linktypes)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import NO_END, NO_ETHERTYPE
from netanalyze.wire.link.loopback import raw_ip
from netanalyze.wire.link.wlan import le16, le32
from netanalyze.wire.octets import u8

NFLOG_HEADER, VALUE_HEADER, PAYLOAD = 4, 4, 9
PKTAP_LENGTH, PKTAP_LINK_TYPE, PKTAP_LEAST, PKTAP_MOST = 0, 8, 12, 4096
ENC_HEADER = 12
PFLOG_LEAST, PFLOG_MOST = 4, 128


@kernel
def nflog(buffer, at, end):
    """The packet among the values of an NFLOG message: (ethertype, offset, 0, where it ends)."""
    if at + NFLOG_HEADER > end:
        return NO_ETHERTYPE, at, 0, NO_END
    at += NFLOG_HEADER
    while at + VALUE_HEADER <= end:
        length = le16(buffer, at)
        kind = le16(buffer, at + 2)
        if length > 0x7FFF or length < VALUE_HEADER or kind & 0x7FFF > 0xFF:
            length = buffer[at] * 256 + buffer[at + 1]  # the order is that of the machine that captured
            kind = buffer[at + 2] * 256 + buffer[at + 3]
        if length < VALUE_HEADER:
            break
        if kind & 0x7FFF == PAYLOAD:
            ethertype, start, vlan, _ = raw_ip(buffer, at + VALUE_HEADER, end)
            return ethertype, start, vlan, at + length
        at += (length + 3) // 4 * 4
    return NO_ETHERTYPE, at, 0, NO_END


@kernel
def pflog(buffer, at, end):
    """The packet behind the header of OpenBSD's packet filter, which gives its length: (ethertype, offset, 0, NO_END)."""
    if at + PFLOG_LEAST > end:
        return NO_ETHERTYPE, at, 0, NO_END
    length = (u8(buffer, at) + 3) // 4 * 4
    if length > PFLOG_MOST:
        return NO_ETHERTYPE, at, 0, NO_END
    return raw_ip(buffer, at + length, end)


@kernel
def pktap(buffer, at, end):
    """Where the frame behind a PKTAP header begins, and its link type: (offset, link type); -1 where there is none."""
    if at + PKTAP_LEAST > end:
        return at, -1
    length = le32(buffer, at + PKTAP_LENGTH)
    if length < PKTAP_LEAST or length > PKTAP_MOST:
        return at, -1
    return at + length, le32(buffer, at + PKTAP_LINK_TYPE)

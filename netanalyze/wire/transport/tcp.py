"""TCP header fields (RFC 9293 section 3.1)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import PACKET
from netanalyze.wire.octets import u8, u16, u32

SOURCE_PORT, DESTINATION_PORT, SEQUENCE, ACKNOWLEDGMENT, DATA_OFFSET, FLAGS, WINDOW = 0, 2, 4, 8, 12, 13, 14
MINIMUM_LENGTH = 20


@kernel
def tcp_header(buffer, at, end, wire_end, packets, fields):
    """Write the fields of the TCP header at ``at``; False where it is cut, or its length contradicts the packet's."""
    if at + MINIMUM_LENGTH > end:
        return False
    header = u8(buffer, at + DATA_OFFSET) // 16 * 4
    payload = wire_end - at - header
    if header < MINIMUM_LENGTH or payload < 0:
        return False
    packets[fields + PACKET.SRC_PORT] = u16(buffer, at)
    packets[fields + PACKET.DST_PORT] = u16(buffer, at + DESTINATION_PORT)
    packets[fields + PACKET.TCP_SEQ] = u32(buffer, at + SEQUENCE)
    packets[fields + PACKET.TCP_ACK] = u32(buffer, at + ACKNOWLEDGMENT)
    packets[fields + PACKET.TCP_FLAGS] = u8(buffer, at + FLAGS)
    packets[fields + PACKET.TCP_WINDOW] = u16(buffer, at + WINDOW)
    start = at + header
    packets[fields + PACKET.OPTIONS_START] = at + MINIMUM_LENGTH if start <= end else start  # cut options are none
    packets[fields + PACKET.PAYLOAD_START] = start
    packets[fields + PACKET.PAYLOAD_LENGTH] = payload
    packets[fields + PACKET.PAYLOAD_CAPTURED] = end - start if end > start else 0
    return True

"""UDP header fields (RFC 768)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import PACKET
from netanalyze.wire.octets import u16

SOURCE_PORT, DESTINATION_PORT, LENGTH = 0, 2, 4
UDP_HEADER = 8


@kernel
def udp_header(buffer, at, end, wire_end, packets, fields):
    """Write the fields of the UDP header at ``at``; False where it is cut."""
    if at + UDP_HEADER > end:
        return False
    length = u16(buffer, at + LENGTH)
    if length >= UDP_HEADER and at + length < wire_end:
        wire_end = at + length
    start = at + UDP_HEADER
    packets[fields + PACKET.SRC_PORT] = u16(buffer, at)
    packets[fields + PACKET.DST_PORT] = u16(buffer, at + DESTINATION_PORT)
    packets[fields + PACKET.PAYLOAD_START] = start
    packets[fields + PACKET.PAYLOAD_LENGTH] = wire_end - start if wire_end > start else 0
    captured = end if end < wire_end else wire_end
    packets[fields + PACKET.PAYLOAD_CAPTURED] = captured - start if captured > start else 0
    return True

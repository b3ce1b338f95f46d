"""Packets that are kept in detail: the columns of their rows, and the kernel that writes them (which ones: history.py)."""

from netanalyze.capture.batch import FRAME
from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.kernel import kernel
from netanalyze.wire.layers import PACKET

KEPT = Layout(
    frame("frame_number", "this packet's"),
    moment("time_ns", "its capture"),
    Cell("flow_id", "1", "its flow"),
    Cell("direction", "1", "0 from the originator, 1 from the responder"),
    Cell("flags", "bits", "TCP's, as on the wire"),
    Cell("offset", "offset", "of its first octet of data"),
    Cell("ack", "1", "acknowledgment number as on the wire"),
    Cell("length", "octets", "payload, according to the headers"),
    Cell("window", "1", "window field, not scaled"),
    Cell("ttl", "hops", "time to live, or hop limit"),
    Cell("ip_id", "1", "identification"),
    Cell("ip_flags", "bits", "DONT_FRAGMENT, MORE_FRAGMENTS"),
    Cell("marks", "bits", "netanalyze.tracking.marks"),
    Cell("ip_version", "1", "4 or 6"),
    Cell("original_length", "octets", "of the frame on the wire"),
)
"""A packet kept in detail, a row."""


@kernel
def keep_packets(frames, packets, rows, count, first_frame, kept):
    """Write ``count`` packets of a batch, whose places are ``rows``, into rows of ``kept``."""
    for n in range(count):
        at, row = n * KEPT.WIDTH, rows[n]
        p, f = row * PACKET.WIDTH, row * FRAME.WIDTH
        kept[at + KEPT.FRAME_NUMBER] = row + first_frame
        kept[at + KEPT.TIME_NS] = frames[f + FRAME.TIME_NS]
        kept[at + KEPT.FLOW_ID] = packets[p + PACKET.FLOW_ID]
        kept[at + KEPT.DIRECTION] = packets[p + PACKET.DIRECTION]
        kept[at + KEPT.FLAGS] = packets[p + PACKET.TCP_FLAGS]
        kept[at + KEPT.OFFSET] = packets[p + PACKET.STREAM_OFFSET]
        kept[at + KEPT.ACK] = packets[p + PACKET.TCP_ACK]
        kept[at + KEPT.LENGTH] = packets[p + PACKET.PAYLOAD_LENGTH]
        kept[at + KEPT.WINDOW] = packets[p + PACKET.TCP_WINDOW]
        kept[at + KEPT.TTL] = packets[p + PACKET.TTL]
        kept[at + KEPT.IP_ID] = packets[p + PACKET.IP_ID]
        kept[at + KEPT.IP_FLAGS] = packets[p + PACKET.IP_FLAGS]
        kept[at + KEPT.MARKS] = packets[p + PACKET.MARKS]
        kept[at + KEPT.IP_VERSION] = packets[p + PACKET.IP_VERSION]
        kept[at + KEPT.ORIGINAL_LENGTH] = frames[f + FRAME.ORIGINAL_LENGTH]

"""What of a connection's course is written down: Zeek's ``history``, a letter for each kind of packet, upper case for the
originator's; and its packets that are kept in detail."""

import numpy as np

from netanalyze.capture.batch import FRAME
from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.kernel import Engine, kernel
from netanalyze.tracking.marks import (
    ENDS_GAP,
    KEEP_ALIVE,
    KEEP_ALIVE_ACK,
    LOST_SEGMENT,
    RESENT,
    ZERO_WINDOW,
    ZERO_WINDOW_PROBE,
    ZERO_WINDOW_PROBE_ACK,
)
from netanalyze.tracking.state import FLOW, HALF
from netanalyze.wire.layers import (
    ACK,
    FIN,
    PACKET,
    RST,
    SYN,
)

LETTER_S, LETTER_H, LETTER_A, LETTER_D, LETTER_F, LETTER_R, LETTER_G, LETTER_T, LETTER_W = range(1, 10)
LETTERS = "?shadfrgtw"
NOTABLE = (
    RESENT
    | LOST_SEGMENT
    | KEEP_ALIVE
    | KEEP_ALIVE_ACK
    | ZERO_WINDOW
    | ZERO_WINDOW_PROBE
    | ZERO_WINDOW_PROBE_ACK
    | ENDS_GAP
)


@kernel
def append_letter(flows, f, letter, direction):
    """Append to the flow's history (Zeek's letters, 5 bits each; the low bit is the direction)."""
    at = flows[f + FLOW.HISTORY_LENGTH]
    if at < 12:
        flows[f + FLOW.HISTORY_LOW] += (letter * 2 + direction) << (5 * at)
    elif at < 24:
        flows[f + FLOW.HISTORY_HIGH] += (letter * 2 + direction) << (5 * (at - 12))
    flows[f + FLOW.HISTORY_LENGTH] = at + 1


@kernel
def note_history(flows, halves, f, h, flags, length, marks, direction):
    """Letters for what this packet shows for the first time (t, g and w: the 1st, 10th, 100th … time)."""
    if flags & SYN:
        letter = LETTER_H if flags & ACK else LETTER_S
    elif flags & RST:
        letter = LETTER_R
    elif length:
        letter = LETTER_D
    elif flags & ACK and flags & FIN == 0:
        letter = LETTER_A
    else:
        letter = 0
    for turn in range(2):
        if turn:
            letter = LETTER_F if flags & FIN else 0
        if letter:
            bit = 1 << (letter * 2 + direction)
            if flows[f + FLOW.HISTORY_SEEN] & bit == 0:
                flows[f + FLOW.HISTORY_SEEN] |= bit
                append_letter(flows, f, letter, direction)
    if marks & RESENT and length:
        if power_of_ten(halves[h + HALF.RESENT]):
            append_letter(flows, f, LETTER_T, direction)
    if marks & LOST_SEGMENT:
        if power_of_ten(halves[h + HALF.LOST]):
            append_letter(flows, f, LETTER_G, direction)
    if marks & ZERO_WINDOW and power_of_ten(halves[h + HALF.ZERO_COUNT]):
        append_letter(flows, f, LETTER_W, direction)


@kernel
def power_of_ten(number):
    """Whether a count is 1, 10, 100, ... (Zeek's logarithmic history letters)."""
    return number == 1 or number == 10 or number == 100 or number == 1000 or number == 10000 or number == 100000


KEPT_FIRST, KEPT_MOST = 24, 4000
"""Packets of a flow that are kept in detail: its first ones, and up to so many notable ones in all."""


@kernel
def kept_in_detail(flows, f, flags, marks):
    """Whether the row of a packet is kept; counts it if so."""
    kept = flows[f + FLOW.KEPT]
    following = flows[f + FLOW.KEEP_NEXT]
    if following:
        flows[f + FLOW.KEEP_NEXT] = following - 1
    if (
        kept < KEPT_FIRST
        or (following and kept < KEPT_MOST)
        or flags & (SYN | FIN | RST)
        or (marks & NOTABLE and kept < KEPT_MOST)
    ):
        flows[f + FLOW.KEPT] = kept + 1
        return 1
    return 0


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
"""A packet kept in detail, as it is asked for (``unpacked``)."""


PACKED = Layout(
    frame("frame_number", "this packet's"),
    moment("time_ns", "its capture"),
    Cell("flow_id", "1", "its flow"),
    Cell("offset", "offset", "of its first octet of data"),
    Cell("marks", "bits", "netanalyze.tracking.marks"),
    Cell("answer", "bits", "acknowledgment number (32), window (16)"),
    Cell("lengths", "bits", "octets of the frame (32), of the payload (31)"),
    Cell(
        "header",
        "bits",
        "identification (32), time to live (8), IP's flags (8), version (4), TCP's flags (8), direction (1)",
    ),
)
"""The same as it is kept: half as wide, as there are many and few are ever asked for."""
WINDOW_AT, LENGTH_AT = 32, 32
TTL_AT, IP_FLAGS_AT, IP_VERSION_AT, FLAGS_AT, DIRECTION_AT = 32, 40, 48, 52, 60
LONGEST = 0x7FFFFFFF
"""Octets of a payload that are told: no frame has more."""


@kernel
def keep_packets(frames, packets, rows, count, first_frame, kept):
    """Write ``count`` packets of a batch, whose places are ``rows``, into rows of ``kept`` (``PACKED``)."""
    for n in range(count):
        at, row = n * PACKED.WIDTH, rows[n]
        p, f = row * PACKET.WIDTH, row * FRAME.WIDTH
        length = packets[p + PACKET.PAYLOAD_LENGTH]
        kept[at + PACKED.FRAME_NUMBER] = row + first_frame
        kept[at + PACKED.TIME_NS] = frames[f + FRAME.TIME_NS]
        kept[at + PACKED.FLOW_ID] = packets[p + PACKET.FLOW_ID]
        kept[at + PACKED.OFFSET] = packets[p + PACKET.STREAM_OFFSET]
        kept[at + PACKED.MARKS] = packets[p + PACKET.MARKS]
        kept[at + PACKED.ANSWER] = (packets[p + PACKET.TCP_ACK] & 0xFFFFFFFF) | (
            (packets[p + PACKET.TCP_WINDOW] & 0xFFFF) << WINDOW_AT
        )
        kept[at + PACKED.LENGTHS] = (frames[f + FRAME.ORIGINAL_LENGTH] & 0xFFFFFFFF) | (
            (length if length < LONGEST else LONGEST) << LENGTH_AT
        )
        kept[at + PACKED.HEADER] = (
            (packets[p + PACKET.IP_ID] & 0xFFFFFFFF)
            | (packets[p + PACKET.TTL] & 0xFF) << TTL_AT
            | (packets[p + PACKET.IP_FLAGS] & 0xFF) << IP_FLAGS_AT
            | (packets[p + PACKET.IP_VERSION] & 0xF) << IP_VERSION_AT
            | (packets[p + PACKET.TCP_FLAGS] & 0xFF) << FLAGS_AT
            | (packets[p + PACKET.DIRECTION] & 1) << DIRECTION_AT
        )


@kernel
def unpack_packets(kept, count, packets):
    """Write ``count`` rows of ``PACKED`` into rows of ``KEPT``."""
    for n in range(count):
        at, to = n * PACKED.WIDTH, n * KEPT.WIDTH
        header = kept[at + PACKED.HEADER]
        packets[to + KEPT.FRAME_NUMBER] = kept[at + PACKED.FRAME_NUMBER]
        packets[to + KEPT.TIME_NS] = kept[at + PACKED.TIME_NS]
        packets[to + KEPT.FLOW_ID] = kept[at + PACKED.FLOW_ID]
        packets[to + KEPT.DIRECTION] = header >> DIRECTION_AT
        packets[to + KEPT.FLAGS] = header >> FLAGS_AT & 0xFF
        packets[to + KEPT.OFFSET] = kept[at + PACKED.OFFSET]
        packets[to + KEPT.ACK] = kept[at + PACKED.ANSWER] & 0xFFFFFFFF
        packets[to + KEPT.LENGTH] = kept[at + PACKED.LENGTHS] >> LENGTH_AT
        packets[to + KEPT.WINDOW] = kept[at + PACKED.ANSWER] >> WINDOW_AT
        packets[to + KEPT.TTL] = header >> TTL_AT & 0xFF
        packets[to + KEPT.IP_ID] = header & 0xFFFFFFFF
        packets[to + KEPT.IP_FLAGS] = header >> IP_FLAGS_AT & 0xFF
        packets[to + KEPT.MARKS] = kept[at + PACKED.MARKS]
        packets[to + KEPT.IP_VERSION] = header >> IP_VERSION_AT & 0xF
        packets[to + KEPT.ORIGINAL_LENGTH] = kept[at + PACKED.LENGTHS] & 0xFFFFFFFF


def unpacked(rows: np.ndarray, engine: Engine) -> np.ndarray:
    """``i8 (n, KEPT.WIDTH)`` of ``i8 (n, PACKED.WIDTH)``."""
    packets = np.empty((len(rows), KEPT.WIDTH), dtype=np.int64)
    engine.run(unpack_packets, np.ascontiguousarray(rows).reshape(-1), len(rows), packets.reshape(-1))
    return packets


def direction_of(rows: np.ndarray) -> np.ndarray:
    """Who sent each packet of ``i8 (n, PACKED.WIDTH)``: 0 the originator, 1 the responder."""
    return rows[:, PACKED.HEADER] >> DIRECTION_AT

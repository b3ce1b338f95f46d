"""What each TCP segment means: Wireshark's marks, and the state of both half-flows.

One pass in file order. ``track_segment`` is the life of one segment: ``analyse`` decides its marks with Wireshark's definitions
(its manual, "TCP Analysis"; behaviour of version 4.0); the kernels of ``tcp_state`` keep what stalls and rules need beyond
them: opening and closing, data, acknowledgments, keep-alives, closed windows; then it either moved the connection on or not.

In all of them ``f`` is where the flow's row begins, ``h`` the sender's half-flow and ``r`` the receiver's; ``so`` and ``ao``
are the stream offsets of the sequence and acknowledgment number, ``end`` is that behind the segment, SYN and FIN counted.
"""

from netanalyze.capture.batch import FRAME
from netanalyze.kernel import kernel
from netanalyze.tracking.copies import acknowledged_first, captured_twice, note_id, remember
from netanalyze.tracking.gaps import GAP, KIND_ACK, KIND_DATA, RESOLUTION_NS, progress, write_gap
from netanalyze.tracking.history import KEPT_FIRST, LETTER_A, LETTER_D, NOTABLE, kept_in_detail, note_history
from netanalyze.tracking.marks import (
    ENDS_GAP,
    KEPT_IN_DETAIL,
    LOST_SEGMENT,
    OUT_OF_ORDER,
    OVERTAKEN,
    PROGRESS,
    RESENT,
    SPURIOUS_RETRANSMISSION,
    WAS_HOLE,
    ZERO_WINDOW,
)
from netanalyze.tracking.sequence import NO_OFFSET, stream_offset
from netanalyze.tracking.state import FLOW, HALF
from netanalyze.tracking.tcp_marks import analyse, take_rate
from netanalyze.tracking.tcp_state import (
    FILLS_HOLE,
    PROBE,
    open_or_close,
    send,
    take_acknowledgment,
    take_blocks,
    take_data,
    take_keep_alive,
    take_window,
)
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import ACK, FIN, PACKET, RST, SYN, TCP

LONG_GAP_NS, KEPT_AFTER_GAP = 200_000_000, 10
"""After a gap of this length so many packets are kept: they show whether the sender began anew or went on."""


@kernel
def track_tcp(buffer, frames, packets, rows, first_frame, flows, halves, gaps):
    """Mark the TCP packets of a batch and carry the state of their flows on.

    Writes MARKS and STREAM_OFFSET of each; returns the number of gaps written to ``gaps``, which has
    room for ``rows`` of them.
    """
    count = 0
    for row in range(rows):
        p = row * PACKET.WIDTH
        if packets[p + PACKET.LAYERS] & TCP and packets[p + PACKET.FLOW_ID] >= 0:
            now = frames[row * FRAME.WIDTH + FRAME.TIME_NS]
            count += track_segment(buffer, packets, p, now, first_frame + row, flows, halves, gaps, count * GAP.WIDTH)
    return count


@kernel
def track_segment(buffer, packets, p, now, frame, flows, halves, gaps, at):
    """The life of one segment; returns 1 if it ended a gap, which is written at ``at``, else 0."""
    flow, direction, flags = packets[p + PACKET.FLOW_ID], packets[p + PACKET.DIRECTION], packets[p + PACKET.TCP_FLAGS]
    f = flow * FLOW.WIDTH
    first = 2 * flows[f + FLOW.PAIR]
    h, r = (first + direction) * HALF.WIDTH, (first + 1 - direction) * HALF.WIDTH
    sent, any_sent, acked = halves[h + HALF.NEXT], halves[h + HALF.NEXT_KNOWN], halves[r + HALF.ACKED]
    so, ao = offsets(packets, p, flows, halves, f, h, r)
    first_rtt = time_handshake(flows, f, flags, now)
    marks, length = mark(packets, p, halves, h, r, so, ao, now, first_rtt)
    twice, marks = recognise(packets, p, flows, halves, f, h, so, length, sent, marks, now, first_rtt)
    event, marks = take_segment(
        buffer, packets, p, flows, halves, f, h, r, so, ao, length, sent, any_sent, marks, twice, now, frame
    )
    note_last(halves, h, packets[p + PACKET.TTL], marks, now, frame)
    if event:
        marks |= move_on(flows, halves, flow, now, frame, direction, event, sent, acked, gaps, at)
        # not before the gap is written: it tells who spoke last until then
        if event == KIND_DATA and marks & WAS_HOLE == 0:
            flows[f + FLOW.DATA_DIRECTION] = direction
    elif marks & RESENT and marks & OVERTAKEN == 0:
        note_resent(flows, f, direction, frame)
    marks |= note_detail(flows, halves, f, h, flags, length, marks, direction, twice)
    packets[p + PACKET.MARKS] = marks
    return 1 if marks & ENDS_GAP else 0


@kernel
def take_segment(buffer, packets, p, flows, halves, f, h, r, so, ao, length, sent, any_sent, marks, twice, now, frame):
    """What a segment does to the connection: the kind of event that it is (netanalyze.tracking.gaps; 0 none), and its marks.

    ``sent`` is the highest offset before it, ``any_sent`` whether there was any; ``twice`` if it is a copy of the recorder's.
    """
    flags, direction = packets[p + PACKET.TCP_FLAGS], packets[p + PACKET.DIRECTION]
    end = so + length + (1 if flags & (SYN | FIN) and not twice else 0)
    event = open_or_close(buffer, packets, p, flows, halves, f, h, r, so + length, twice, now, frame)
    if length and not twice:
        take_rate(halves, h, length, now)
    lost_before = marks & LOST_SEGMENT and halves[h + HALF.CONTIGUOUS] >= sent
    brought = take_data(halves, h, so, end, 0 if marks & PROBE else length, sent, any_sent, now, frame)
    if brought:
        event = KIND_DATA
        marks |= WAS_HOLE if brought == FILLS_HOLE else 0
    if end > so:
        advances, ip_id = end > sent or not any_sent, packets[p + PACKET.IP_ID]
        marks |= send(halves, h, r, so, end, length, advances, lost_before, ip_id, marks, now, frame)
    if flags & ACK:
        if take_acknowledgment(halves, r, ao, now, frame) and event == 0:
            event = KIND_ACK
        take_blocks(buffer, packets, p, halves, h, r, flows[f + FLOW.BASE_1 - direction], ao, frame)
    take_keep_alive(flows, halves, f, h, r, direction, marks & PROBE and not twice, now)
    take_window(halves, h, packets[p + PACKET.TCP_WINDOW], flags, now, frame)
    return event, marks


@kernel
def offsets(packets, p, flows, halves, f, h, r):
    """Stream offsets of a segment's sequence and acknowledgment number (NO_OFFSET without ACK); writes STREAM_OFFSET."""
    flags, direction = packets[p + PACKET.TCP_FLAGS], packets[p + PACKET.DIRECTION]
    so = stream_offset(packets[p + PACKET.TCP_SEQ], flows[f + FLOW.BASE_0 + direction], halves[h + HALF.NEXT])
    packets[p + PACKET.STREAM_OFFSET] = so + 1 if flags & SYN else so  # data in a SYN follow it
    ao = NO_OFFSET
    if flags & ACK:
        ao = stream_offset(packets[p + PACKET.TCP_ACK], flows[f + FLOW.BASE_1 - direction], halves[r + HALF.NEXT])
    return so, ao


@kernel
def time_handshake(flows, f, flags, now):
    """The first round trip as it was known before this segment, 0 unknown; the first acknowledgment after a SYN tells it."""
    before = flows[f + FLOW.INITIAL_RTT_NS]
    if before == 0 and flags & (SYN | ACK) == ACK and flows[f + FLOW.LAST_SYN_NS] != NEVER_NS:
        flows[f + FLOW.INITIAL_RTT_NS] = now - flows[f + FLOW.LAST_SYN_NS]
    return before


@kernel
def mark(packets, p, halves, h, r, so, ao, now, first_rtt):
    """Wireshark's marks of a segment, and the length of its payload.

    They count the text of a RST as octets of the stream; it is none (RFC 1122 section 4.2.2.12), and is taken away then.
    """
    flags, length, window = (
        packets[p + PACKET.TCP_FLAGS],
        packets[p + PACKET.PAYLOAD_LENGTH],
        packets[p + PACKET.TCP_WINDOW],
    )
    marks = packets[p + PACKET.MARKS] | analyse(halves, h, r, flags, length, window, so, ao, now, first_rtt)
    if flags & RST:
        length = 0
        packets[p + PACKET.PAYLOAD_LENGTH] = 0
    return marks, length


@kernel
def recognise(packets, p, flows, halves, f, h, so, length, sent, marks, now, first_rtt):
    """Whether a segment is a copy of the recorder's, and its marks: OVERTAKEN if it is, or came behind its acknowledgment."""
    flags, ip_id = packets[p + PACKET.TCP_FLAGS], packets[p + PACKET.IP_ID]
    twice = 0
    if marks & (RESENT | OUT_OF_ORDER | PROBE) or flags & (SYN | RST):
        twice = captured_twice(halves, h, so, so + length, ip_id, now, first_rtt, marks & PROBE)
        flows[f + FLOW.DUPLICATES] += twice if ip_id or length else 0  # resets without an id come in trains
        late = 0
        if marks & SPURIOUS_RETRANSMISSION and not twice:
            late = acknowledged_first(halves, h, so + length > sent, now)
        if twice or late:
            marks |= OVERTAKEN
    if not twice:
        note_id(halves, h, ip_id)
        if length or flags & (SYN | FIN | RST) or marks & PROBE:
            remember(halves, h, so, ip_id, now)
    return twice, marks


@kernel
def note_last(halves, h, ttl, marks, now, frame):
    """What is true of any segment: a hole before it, its TTL, that it was the last."""
    if marks & LOST_SEGMENT:
        halves[h + HALF.LOST] += 1
    if halves[h + HALF.TTL] < 0:
        halves[h + HALF.TTL] = ttl
    halves[h + HALF.LAST_NS] = now
    halves[h + HALF.LAST_FRAME] = frame


@kernel
def move_on(flows, halves, flow, now, frame, direction, event, sent, acked, gaps, at):
    """The marks of a segment that moved the connection on; a gap that it ends is written at ``at``.

    ``sent`` and ``acked`` are as in ``write_gap``.
    """
    f = flow * FLOW.WIDTH
    since = flows[f + FLOW.PROGRESS_NS]
    marks = PROGRESS
    if since != NEVER_NS and now - since >= RESOLUTION_NS:
        write_gap(flows, halves, flow, now, frame, direction, event, sent, acked, gaps, at)
        marks |= ENDS_GAP
        if now - since >= LONG_GAP_NS:
            flows[f + FLOW.KEEP_NEXT] = KEPT_AFTER_GAP
    progress(flows, flow, now, frame, direction, event)
    return marks


@kernel
def note_resent(flows, f, direction, frame):
    """Count a retransmission since the last progress."""
    flows[f + FLOW.GAP_RESENT_0 + direction] += 1
    if flows[f + FLOW.GAP_FIRST_RESENT_FRAME] == 0:
        flows[f + FLOW.GAP_FIRST_RESENT_FRAME] = frame
    flows[f + FLOW.GAP_LAST_RESENT_FRAME] = frame


@kernel
def note_detail(flows, halves, f, h, flags, length, marks, direction, twice):
    """Add to the flow's history what is new; KEPT_IN_DETAIL if the packet's row is kept, else 0."""
    control = flags & (SYN | FIN | RST)
    letter = LETTER_D if length else LETTER_A
    known = flows[f + FLOW.HISTORY_SEEN] >> (letter * 2 + direction) & 1
    if control or marks & (RESENT | LOST_SEGMENT | ZERO_WINDOW) or not known:
        note_history(flows, halves, f, h, flags, length, marks, direction)
    if twice:
        return 0
    if not (marks & NOTABLE or flows[f + FLOW.KEPT] < KEPT_FIRST or control or flows[f + FLOW.KEEP_NEXT]):
        return 0
    return KEPT_IN_DETAIL if kept_in_detail(flows, f, flags, marks) else 0

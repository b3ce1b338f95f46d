"""What each TCP segment means: Wireshark's marks, and the state of both half-flows.

One pass in file order. ``analyse`` decides the marks of one packet with Wireshark's definitions
(its manual, "TCP Analysis"; behaviour of version 4.0); ``observe`` keeps what stalls and rules
need beyond them: round trips (RFC 6298), acknowledged and SACKed edges (RFC 2018, 2883),
retransmission streaks, keep-alives, closed windows, and the gaps between moments of progress.
"""

from netanalyze.capture import batch as frame_fields
from netanalyze.flows.copies import acknowledged_first, captured_twice, note_id, remember, since_hole
from netanalyze.flows.flight import note_tail
from netanalyze.flows.gaps import (
    GAP_WIDTH,
    KIND_ACK,
    KIND_DATA,
    KIND_ESTABLISHED,
    KIND_FIN,
    KIND_RST,
    KIND_SYN,
    KIND_SYN_ACK,
    RESOLUTION_NS,
    progress,
    write_gap,
)  # fmt: skip
from netanalyze.flows.history import KEPT_FIRST, LETTER_A, LETTER_D, NOTABLE, kept_in_detail, note_history
from netanalyze.flows.marks import (
    ENDS_GAP,
    KEEP_ALIVE,
    KEPT_IN_DETAIL,
    LOST_SEGMENT,
    OUT_OF_ORDER,
    OVERTAKEN,
    PROGRESS,
    RESENT,
    SPURIOUS_RETRANSMISSION,
    WAS_HOLE,
    ZERO_WINDOW,
    ZERO_WINDOW_PROBE,
)
from netanalyze.flows.sequence import NO_OFFSET, stream_offset
from netanalyze.flows.state import (
    BASE_0,
    BASE_1,
    DATA_DIRECTION,
    DUPLICATES,
    ESTABLISHED_FRAME,
    ESTABLISHED_NS,
    FLOW_WIDTH,
    GAP_ANSWERS_1,
    GAP_FIRST_RESENT_FRAME,
    GAP_KEEP_ALIVES_0,
    GAP_LAST_RESENT_FRAME,
    GAP_RESENT_0,
    H_ACKED,
    H_ACKED_FRAME,
    H_ACKED_NS,
    H_CONTIGUOUS,
    H_DSACKS,
    H_FIN_FRAME,
    H_FIN_NS,
    H_FIN_OFFSET,
    H_FIRST_DATA_FRAME,
    H_FIRST_DATA_NS,
    H_FLIGHT_MOST,
    H_HOLE_NS,
    H_KEEP_ALIVE_ANSWERED,
    H_KEEP_ALIVE_FIRST_NS,
    H_KEEP_ALIVE_LAST_NS,
    H_KEEP_ALIVE_PENDING,
    H_KEEP_ALIVES,
    H_LARGEST,
    H_LAST_DATA_FRAME,
    H_LAST_DATA_NS,
    H_LAST_FRAME,
    H_LAST_IP_ID,
    H_LAST_NS,
    H_LOST,
    H_MSS,
    H_NEXT,
    H_NEXT_KNOWN,
    H_OUT_OF_ORDER,
    H_RATE_OCTETS,
    H_RATE_START_NS,
    H_RESENT,
    H_RESENT_OCTETS,
    H_RST_COUNT,
    H_RST_FRAME,
    H_RST_NS,
    H_RTT_MINIMUM_NS,
    H_SACK_PERMITTED,
    H_SACKED,
    H_SACKED_FRAME,
    H_SACKED_LEFT,
    H_SACKS,
    H_SCALE,
    H_STREAK,
    H_STREAK_FIRST_FRAME,
    H_STREAK_FIRST_NS,
    H_STREAK_LAST_FRAME,
    H_STREAK_LAST_NS,
    H_STREAK_LONGEST,
    H_STREAK_OFFSET,
    H_SYN_COUNT,
    H_SYN_FRAME,
    H_SYN_LAST_NS,
    H_SYN_NS,
    H_TIMED_END,
    H_TIMED_NS,
    H_TIMESTAMPS,
    H_TTL,
    H_ZERO_COUNT,
    H_ZERO_END_NS,
    H_ZERO_FRAME,
    H_ZERO_NS,
    H_ZERO_SINCE_NS,
    HALF_WIDTH,
    HISTORY_SEEN,
    INITIAL_RTT_NS,
    KEEP_NEXT,
    KEPT,
    LAST_SYN_NS,
    PROGRESS_NS,
)
from netanalyze.flows.tcp_analysis import RATE_WINDOW_NS, analyse, close_window, overtaken, sample_round_trip
from netanalyze.flows.tcp_options import NO_SCALE, UNKNOWN_SCALE, syn_options, tail_options
from netanalyze.kernel import kernel
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import (
    ACK,
    DIRECTION,
    FIN,
    FLOW_ID,
    IP_ID,
    LAYERS,
    MARKS,
    OPTIONS_START,
    PAYLOAD_LENGTH,
    PAYLOAD_START,
    RST,
    STREAM_OFFSET,
    SYN,
    TCP,
    TCP_ACK,
    TCP_FLAGS,
    TCP_SEQ,
    TCP_WINDOW,
    TTL,
    WIDTH,
)

PROBE = KEEP_ALIVE | ZERO_WINDOW_PROBE
F_WIDTH, F_TIME = frame_fields.WIDTH, frame_fields.TIME_NS

LONG_GAP_NS, KEPT_AFTER_GAP = 200_000_000, 10
"""After a gap of this length so many packets are kept: they show whether the sender began anew or went on."""


@kernel
def track_tcp(buffer, frames, packets, rows, first_frame, flows, halves, gaps):
    """Mark the TCP packets of a batch and carry the state of their flows on.

    Writes MARKS and STREAM_OFFSET of each; returns the number of gaps written to ``gaps``, which has
    room for ``rows`` of them.
    """
    gap_count = 0
    for row in range(rows):
        p = row * WIDTH
        flow = packets[p + FLOW_ID]
        if packets[p + LAYERS] & TCP == 0 or flow < 0:
            continue
        direction = packets[p + DIRECTION]
        f = flow * FLOW_WIDTH
        h = (flow * 2 + direction) * HALF_WIDTH
        r = (flow * 2 + 1 - direction) * HALF_WIDTH
        now = frames[row * F_WIDTH + F_TIME]
        frame = first_frame + row
        flags = packets[p + TCP_FLAGS]
        length = packets[p + PAYLOAD_LENGTH]
        window = packets[p + TCP_WINDOW]
        options_start = packets[p + OPTIONS_START]
        payload_start = packets[p + PAYLOAD_START]
        was_next = halves[h + H_NEXT]
        known = halves[h + H_NEXT_KNOWN]
        was_acked = halves[r + H_ACKED]
        so = stream_offset(packets[p + TCP_SEQ], flows[f + BASE_0 + direction], was_next)
        if flags & ACK:
            ao = stream_offset(packets[p + TCP_ACK], flows[f + BASE_1 - direction], halves[r + H_NEXT])
        else:
            ao = NO_OFFSET
        packets[p + STREAM_OFFSET] = so + 1 if flags & SYN else so  # data in a SYN follow it
        first_rtt = flows[f + INITIAL_RTT_NS]
        marks = packets[p + MARKS] | analyse(halves, h, r, flags, length, window, so, ao, now, first_rtt)
        if first_rtt == 0 and flags & (SYN | ACK) == ACK and flows[f + LAST_SYN_NS] != NEVER_NS:
            flows[f + INITIAL_RTT_NS] = now - flows[f + LAST_SYN_NS]
        end = so + length
        event = 0
        ip_id = packets[p + IP_ID]
        twice = late = 0
        if marks & (RESENT | OUT_OF_ORDER | PROBE) or flags & (SYN | RST):
            twice = captured_twice(halves, h, so, end, ip_id, now, first_rtt)
            flows[f + DUPLICATES] += twice if ip_id or length else 0  # resets without an id come in trains
            if marks & SPURIOUS_RETRANSMISSION and not twice:
                late = acknowledged_first(halves, h, end > was_next, now)
            if twice or late:
                marks |= OVERTAKEN
        if not twice:
            note_id(halves, h, ip_id)
            if length or flags & (SYN | FIN | RST) or marks & PROBE:
                remember(halves, h, so, ip_id, now)

        if flags & (SYN | FIN | RST) and not twice:
            if flags & (SYN | FIN):
                end += 1
            if flags & SYN:
                if flags & ACK == 0:
                    flows[f + LAST_SYN_NS] = now
                mss, scale, sack, stamps = syn_options(buffer, options_start, payload_start)
                if scale >= 0:
                    halves[h + H_SCALE] = scale
                elif halves[h + H_SCALE] == UNKNOWN_SCALE:
                    halves[h + H_SCALE] = NO_SCALE
                    halves[r + H_SCALE] = NO_SCALE
                if flags & ACK and (halves[h + H_SCALE] == NO_SCALE or halves[r + H_SCALE] == NO_SCALE):
                    halves[h + H_SCALE] = NO_SCALE  # both or none (RFC 7323 section 2.2)
                    halves[r + H_SCALE] = NO_SCALE
                if halves[h + H_SYN_COUNT] == 0:
                    halves[h + H_SYN_NS] = now
                    halves[h + H_SYN_FRAME] = frame
                    event = KIND_SYN_ACK if flags & ACK else KIND_SYN
                    halves[h + H_MSS] = mss
                    halves[h + H_SACK_PERMITTED] = sack
                    halves[h + H_TIMESTAMPS] = stamps
                halves[h + H_SYN_COUNT] += 1
                halves[h + H_SYN_LAST_NS] = now
            if flags & FIN and halves[h + H_FIN_NS] == NEVER_NS:
                halves[h + H_FIN_NS] = now
                halves[h + H_FIN_FRAME] = frame
                halves[h + H_FIN_OFFSET] = so + length
                event = KIND_FIN
            if flags & RST:
                if halves[h + H_RST_COUNT] == 0:
                    halves[h + H_RST_NS] = now
                    halves[h + H_RST_FRAME] = frame
                    event = KIND_RST
                halves[h + H_RST_COUNT] += 1
        elif direction == 0 and flags & ACK and flows[f + ESTABLISHED_NS] == NEVER_NS and halves[r + H_SYN_COUNT]:
            flows[f + ESTABLISHED_NS] = now
            flows[f + ESTABLISHED_FRAME] = frame
            event = KIND_ESTABLISHED

        if length and not twice:
            window_start = halves[h + H_RATE_START_NS]
            if window_start == NEVER_NS or now - window_start >= RATE_WINDOW_NS:
                close_window(halves, h, now)
            halves[h + H_RATE_OCTETS] += length
        contiguous = halves[h + H_CONTIGUOUS]
        speaks = False
        if length and marks & PROBE == 0:
            if not known or end > was_next:
                event = KIND_DATA
                speaks = True
                if halves[h + H_FIRST_DATA_NS] == NEVER_NS:
                    halves[h + H_FIRST_DATA_NS] = now
                    halves[h + H_FIRST_DATA_FRAME] = frame
                halves[h + H_LAST_DATA_NS] = now
                halves[h + H_LAST_DATA_FRAME] = frame
                if length > halves[h + H_LARGEST]:
                    halves[h + H_LARGEST] = length
            elif contiguous < was_next and so <= contiguous and end > contiguous:
                event = KIND_DATA
                marks |= WAS_HOLE
                halves[h + H_LAST_DATA_NS] = now
                halves[h + H_LAST_DATA_FRAME] = frame
        if end > contiguous and (so <= contiguous or not known):
            halves[h + H_CONTIGUOUS] = end
        if end > so:
            if end > was_next or not known:
                halves[h + H_LAST_IP_ID] = ip_id
                if halves[h + H_TIMED_END] == NO_OFFSET:
                    halves[h + H_TIMED_END] = end
                    halves[h + H_TIMED_NS] = now
            if marks & LOST_SEGMENT and contiguous >= was_next:
                halves[h + H_HOLE_NS] = now
            if marks & (RESENT | OUT_OF_ORDER) and not twice and not late:
                halves[h + H_TIMED_END] = NO_OFFSET
                ids = (ip_id - halves[h + H_LAST_IP_ID]) & 0xFFFF
                age = since_hole(halves, h, now)
                trip = halves[r + H_RTT_MINIMUM_NS]
                if marks & SPURIOUS_RETRANSMISSION == 0 and overtaken(age, trip, ids, ip_id):
                    marks |= OVERTAKEN
                if marks & OVERTAKEN or (marks & OUT_OF_ORDER and halves[h + H_HOLE_NS] == NEVER_NS):
                    halves[h + H_OUT_OF_ORDER] += 1
                else:
                    halves[h + H_RESENT] += 1
                    halves[h + H_RESENT_OCTETS] += length
                    if marks & SPURIOUS_RETRANSMISSION == 0:
                        if halves[h + H_STREAK] == 0:
                            halves[h + H_STREAK_FIRST_NS] = now
                            halves[h + H_STREAK_FIRST_FRAME] = frame
                            halves[h + H_STREAK_OFFSET] = so
                        halves[h + H_STREAK] += 1
                        halves[h + H_STREAK_LAST_NS] = now
                        halves[h + H_STREAK_LAST_FRAME] = frame
                        if halves[h + H_STREAK] > halves[h + H_STREAK_LONGEST]:
                            halves[h + H_STREAK_LONGEST] = halves[h + H_STREAK]
            if marks & RESENT:
                note_tail(halves, h, end, marks)
            acked = halves[h + H_ACKED]
            if acked >= 0 and halves[h + H_NEXT] - acked > halves[h + H_FLIGHT_MOST]:  # sent and not acknowledged
                halves[h + H_FLIGHT_MOST] = halves[h + H_NEXT] - acked
        if marks & LOST_SEGMENT:
            halves[h + H_LOST] += 1

        if flags & ACK:
            if ao > halves[r + H_ACKED]:
                halves[r + H_ACKED] = ao
                halves[r + H_ACKED_NS] = now
                halves[r + H_ACKED_FRAME] = frame
                halves[r + H_STREAK] = 0
                if ao > halves[r + H_CONTIGUOUS]:
                    halves[r + H_CONTIGUOUS] = ao
                if event == 0:
                    event = KIND_ACK
                timed = halves[r + H_TIMED_END]
                if timed != NO_OFFSET and ao >= timed:
                    sample_round_trip(halves, r, now)
            options = payload_start - options_start
            if options > 12 or (options and not halves[h + H_TIMESTAMPS]):
                if flags & SYN == 0:
                    left, right, duplicate = tail_options(
                        buffer, options_start, payload_start, flows[f + BASE_1 - direction], ao
                    )
                    halves[r + H_DSACKS] += duplicate
                    halves[r + H_SACKS] += 1 if duplicate or right != NO_OFFSET else 0
                    if right > halves[r + H_SACKED]:
                        halves[r + H_SACKED] = right
                        halves[r + H_SACKED_LEFT] = left
                        halves[r + H_SACKED_FRAME] = frame

        answered = halves[r + H_KEEP_ALIVE_PENDING]
        if answered:
            halves[r + H_KEEP_ALIVE_PENDING] = 0
            halves[r + H_KEEP_ALIVE_ANSWERED] += 1
            flows[f + GAP_ANSWERS_1 - direction] += 1
        if marks & PROBE and not twice:
            if halves[h + H_KEEP_ALIVES] == 0:
                halves[h + H_KEEP_ALIVE_FIRST_NS] = now
            halves[h + H_KEEP_ALIVES] += 1
            halves[h + H_KEEP_ALIVE_PENDING] += 1
            halves[h + H_KEEP_ALIVE_LAST_NS] = now
            flows[f + GAP_KEEP_ALIVES_0 + direction] += 1
        if flags & (SYN | RST) == 0:
            if window == 0:
                if halves[h + H_ZERO_SINCE_NS] == NEVER_NS:
                    halves[h + H_ZERO_SINCE_NS] = now
                    halves[h + H_ZERO_FRAME] = frame
                    halves[h + H_ZERO_COUNT] += 1
            elif halves[h + H_ZERO_SINCE_NS] != NEVER_NS:
                halves[h + H_ZERO_NS] += now - halves[h + H_ZERO_SINCE_NS]
                halves[h + H_ZERO_SINCE_NS] = NEVER_NS
                halves[h + H_ZERO_END_NS] = now
        if halves[h + H_TTL] < 0:
            halves[h + H_TTL] = packets[p + TTL]
        halves[h + H_LAST_NS] = now
        halves[h + H_LAST_FRAME] = frame

        if event:
            since = flows[f + PROGRESS_NS]
            if since != NEVER_NS and now - since >= RESOLUTION_NS:
                write_gap(
                    flows, halves, flow, now, frame, direction, event, was_next, was_acked, gaps, gap_count * GAP_WIDTH
                )
                gap_count += 1
                marks |= ENDS_GAP
                if now - since >= LONG_GAP_NS:
                    flows[f + KEEP_NEXT] = KEPT_AFTER_GAP
            marks |= PROGRESS
            progress(flows, flow, now, frame, direction, event)
            if speaks:  # not before the gap that it ends is written: who spoke last is told of the time before
                flows[f + DATA_DIRECTION] = direction
        elif marks & RESENT and marks & OVERTAKEN == 0:
            flows[f + GAP_RESENT_0 + direction] += 1
            if flows[f + GAP_FIRST_RESENT_FRAME] == 0:
                flows[f + GAP_FIRST_RESENT_FRAME] = frame
            flows[f + GAP_LAST_RESENT_FRAME] = frame
        bit = LETTER_D if length else LETTER_A
        if (
            flags & (SYN | FIN | RST)
            or marks & (RESENT | LOST_SEGMENT | ZERO_WINDOW)
            or (flows[f + HISTORY_SEEN] >> (bit * 2 + direction) & 1 == 0)
        ):
            note_history(flows, halves, f, h, flags, length, marks, direction, window)
        if (
            not twice
            and (marks & NOTABLE or flows[f + KEPT] < KEPT_FIRST or flags & (SYN | FIN | RST) or flows[f + KEEP_NEXT])
            and kept_in_detail(flows, f, flags, marks)
        ):
            marks |= KEPT_IN_DETAIL
        packets[p + MARKS] = marks
    return gap_count

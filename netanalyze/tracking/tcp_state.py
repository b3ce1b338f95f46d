"""The state of a connection, a kernel an aspect of it: opening and closing, data, repeats, acknowledgments, keep-alives, window.

They follow RFC 9293 section 3 (opening and closing: 3.5 and 3.6; data: 3.10.7.4), RFC 6298 (round trips), RFC 2018 and 2883
(SACK). What is named as in ``netanalyze.tracking.tcp`` is the same.
"""

from netanalyze.kernel import kernel
from netanalyze.tracking.copies import since_hole
from netanalyze.tracking.gaps import KIND_ESTABLISHED, KIND_FIN, KIND_RST, KIND_SYN, KIND_SYN_ACK
from netanalyze.tracking.marks import (
    KEEP_ALIVE,
    OUT_OF_ORDER,
    OVERTAKEN,
    RESENT,
    SPURIOUS_RETRANSMISSION,
    ZERO_WINDOW_PROBE,
)
from netanalyze.tracking.sequence import NO_OFFSET
from netanalyze.tracking.state import FLOW, HALF
from netanalyze.tracking.tail_loss import note_tail
from netanalyze.tracking.tcp_marks import added, overtaken, sample_round_trip
from netanalyze.tracking.tcp_options import NO_SCALE, UNKNOWN_SCALE, syn_options, tail_options
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import ACK, FIN, PACKET, RST, SYN, TRUNCATED

PROBE = KEEP_ALIVE | ZERO_WINDOW_PROBE
NOTHING_NEW, NEW_DATA, FILLS_HOLE = 0, 1, 2
"""What a segment brought."""
USUAL_OPTIONS = 12
"""Octets of the timestamps that a segment bears which bears nothing else (RFC 7323 appendix A)."""


@kernel
def open_or_close(buffer, packets, p, flows, halves, f, h, r, fin_offset, twice, now, frame):
    """SYN, FIN, RST, and the acknowledgment that ends the handshake; returns the kind of event, 0 none."""
    flags = packets[p + PACKET.TCP_FLAGS]
    if twice or flags & (SYN | FIN | RST) == 0:
        return establish(flows, halves, f, r, flags, packets[p + PACKET.DIRECTION], now, frame)
    event = 0
    if flags & SYN:
        event = open_half(buffer, packets, p, flows, halves, f, h, r, now, frame)
    if flags & FIN and halves[h + HALF.FIN_NS] == NEVER_NS:
        halves[h + HALF.FIN_NS] = now
        halves[h + HALF.FIN_FRAME] = frame
        halves[h + HALF.FIN_OFFSET] = fin_offset
        event = KIND_FIN
    if flags & RST:
        if halves[h + HALF.RST_COUNT] == 0:
            halves[h + HALF.RST_NS] = now
            halves[h + HALF.RST_FRAME] = frame
            event = KIND_RST
        halves[h + HALF.RST_COUNT] += 1
    return event


@kernel
def open_half(buffer, packets, p, flows, halves, f, h, r, now, frame):
    """A SYN, with or without ACK; returns the kind of event, 0 where it was sent before."""
    flags = packets[p + PACKET.TCP_FLAGS]
    if flags & ACK == 0:
        flows[f + FLOW.LAST_SYN_NS] = now
    start, end = packets[p + PACKET.OPTIONS_START], packets[p + PACKET.PAYLOAD_START]
    mss, scale, sack, stamps, joins = syn_options(buffer, start, end)
    if start == end and packets[p + PACKET.LAYERS] & TRUNCATED:
        scale = UNKNOWN_SCALE  # the snap length cut its options off
    agree_on_scale(halves, h, r, scale, flags)
    event = 0
    if halves[h + HALF.SYN_COUNT] == 0:
        halves[h + HALF.SYN_NS] = now
        halves[h + HALF.SYN_FRAME] = frame
        halves[h + HALF.MSS] = mss
        halves[h + HALF.SACK_PERMITTED] = sack
        halves[h + HALF.TIMESTAMPS] = stamps
        halves[h + HALF.JOINS] = joins
        event = KIND_SYN_ACK if flags & ACK else KIND_SYN
    halves[h + HALF.SYN_COUNT] += 1
    halves[h + HALF.SYN_LAST_NS] = now
    return event


@kernel
def agree_on_scale(halves, h, r, scale, flags):
    """The window scales in force: both or none (RFC 7323 section 2.2); a SYN whose options were cut off tells nothing."""
    if scale >= 0:
        halves[h + HALF.SCALE] = scale
    elif scale == NO_SCALE and halves[h + HALF.SCALE] == UNKNOWN_SCALE:
        halves[h + HALF.SCALE] = NO_SCALE
        halves[r + HALF.SCALE] = NO_SCALE
    if flags & ACK and (halves[h + HALF.SCALE] == NO_SCALE or halves[r + HALF.SCALE] == NO_SCALE):
        halves[h + HALF.SCALE] = NO_SCALE
        halves[r + HALF.SCALE] = NO_SCALE


@kernel
def establish(flows, halves, f, r, flags, direction, now, frame):
    """The originator's first acknowledgment after the responder's SYN; returns the kind of event, 0 where it is none."""
    if direction or flags & ACK == 0 or flows[f + FLOW.ESTABLISHED_NS] != NEVER_NS or halves[r + HALF.SYN_COUNT] == 0:
        return 0
    flows[f + FLOW.ESTABLISHED_NS] = now
    flows[f + FLOW.ESTABLISHED_FRAME] = frame
    return KIND_ESTABLISHED


@kernel
def take_data(halves, h, so, end, length, sent, any_sent, now, frame):
    """What payload a segment brought, and how far this half's octets are there without a hole.

    ``sent`` is the highest offset before it, ``known`` whether there was any; ``length`` is 0 of a probe.
    """
    contiguous = halves[h + HALF.CONTIGUOUS]
    brought = NOTHING_NEW
    if length and (end > sent or not any_sent):
        brought = NEW_DATA
        if halves[h + HALF.FIRST_DATA_NS] == NEVER_NS:
            halves[h + HALF.FIRST_DATA_NS] = now
            halves[h + HALF.FIRST_DATA_FRAME] = frame
        if length > halves[h + HALF.LARGEST]:
            halves[h + HALF.LARGEST] = length
    elif length and contiguous < sent and so <= contiguous and end > contiguous:
        brought = FILLS_HOLE
    if brought:
        halves[h + HALF.LAST_DATA_NS] = now
        halves[h + HALF.LAST_DATA_FRAME] = frame
    if end > contiguous and (so <= contiguous or not any_sent):
        halves[h + HALF.CONTIGUOUS] = end
    return brought


@kernel
def send(halves, h, r, so, end, length, advances, lost_before, ip_id, marks, now, frame):
    """A segment that takes room in the stream: what is timed, sent again, in flight. Returns OVERTAKEN where others overtook it.

    ``advances`` if it goes beyond all that was sent; ``lost_before`` if a hole shows before it.
    """
    found = 0
    if advances:
        halves[h + HALF.LAST_IP_ID] = ip_id
        if halves[h + HALF.TIMED_END] == NO_OFFSET:
            halves[h + HALF.TIMED_END] = end
            halves[h + HALF.TIMED_NS] = now
    if lost_before:
        halves[h + HALF.HOLE_NS] = now
    if marks & (RESENT | OUT_OF_ORDER) and marks & OVERTAKEN == 0:
        found = send_again(halves, h, r, so, length, ip_id, marks, now, frame)
    if marks & RESENT:
        note_tail(halves, h, end, marks | found)
    acked = halves[h + HALF.ACKED]
    if acked >= 0 and halves[h + HALF.NEXT] - acked > halves[h + HALF.FLIGHT_MOST]:
        halves[h + HALF.FLIGHT_MOST] = halves[h + HALF.NEXT] - acked
    return found


@kernel
def send_again(halves, h, r, so, length, ip_id, marks, now, frame):
    """A segment below the highest one: OVERTAKEN if it is an original that later ones overtook, else 0, a repeat."""
    halves[h + HALF.TIMED_END] = NO_OFFSET  # of a segment sent twice no round trip is taken (Karn, RFC 6298 section 3)
    ids = (ip_id - halves[h + HALF.LAST_IP_ID]) & 0xFFFF
    found = 0
    if marks & SPURIOUS_RETRANSMISSION == 0:
        if overtaken(since_hole(halves, h, now), halves[r + HALF.RTT_MINIMUM_NS], ids, ip_id):
            found = OVERTAKEN
    if found or (marks & OUT_OF_ORDER and halves[h + HALF.HOLE_NS] == NEVER_NS):
        halves[h + HALF.OUT_OF_ORDER] += 1
        return found
    halves[h + HALF.RESENT] += 1
    halves[h + HALF.RESENT_OCTETS] += length
    if marks & SPURIOUS_RETRANSMISSION == 0:
        lengthen_streak(halves, h, so, now, frame)
    return found


@kernel
def lengthen_streak(halves, h, so, now, frame):
    """One more retransmission while the peer's acknowledgment does not advance."""
    if halves[h + HALF.STREAK] == 0:
        halves[h + HALF.STREAK_FIRST_NS] = now
        halves[h + HALF.STREAK_FIRST_FRAME] = frame
        halves[h + HALF.STREAK_OFFSET] = so
    halves[h + HALF.STREAK] += 1
    halves[h + HALF.STREAK_LAST_NS] = now
    halves[h + HALF.STREAK_LAST_FRAME] = frame
    if halves[h + HALF.STREAK] > halves[h + HALF.STREAK_LONGEST]:
        halves[h + HALF.STREAK_LONGEST] = halves[h + HALF.STREAK]


@kernel
def take_acknowledgment(halves, r, ao, now, frame):
    """Whether a segment acknowledges octets of ``r`` that were not acknowledged before; they have arrived then."""
    if ao <= halves[r + HALF.ACKED]:
        return False
    halves[r + HALF.ACKED] = ao
    halves[r + HALF.ACKED_NS] = now
    halves[r + HALF.ACKED_FRAME] = frame
    halves[r + HALF.STREAK] = 0
    if ao > halves[r + HALF.CONTIGUOUS]:
        halves[r + HALF.CONTIGUOUS] = ao
    timed = halves[r + HALF.TIMED_END]
    if timed != NO_OFFSET and ao >= timed:
        sample_round_trip(halves, r, now)
    return True


@kernel
def take_blocks(buffer, packets, p, halves, h, r, base, ao, frame):
    """The SACK blocks of an acknowledgment, whose sequence numbers count from ``base``."""
    options, payload = packets[p + PACKET.OPTIONS_START], packets[p + PACKET.PAYLOAD_START]
    if payload - options <= USUAL_OPTIONS and (payload == options or halves[h + HALF.TIMESTAMPS]):
        return
    if packets[p + PACKET.TCP_FLAGS] & SYN:
        return
    left, right, duplicate = tail_options(buffer, options, payload, base, ao)
    halves[r + HALF.DSACKS] += duplicate
    halves[r + HALF.SACKS] += 1 if duplicate or right != NO_OFFSET else 0
    if right > halves[r + HALF.SACKED]:
        halves[r + HALF.SACKED] = right
        halves[r + HALF.SACKED_LEFT] = left
        halves[r + HALF.SACKED_FRAME] = frame


@kernel
def take_keep_alive(flows, halves, f, h, r, direction, probe, now):
    """Keep-alives and probes of a closed window, if it is a ``probe``; anything else answers the peer's."""
    if halves[r + HALF.KEEP_ALIVE_PENDING]:
        halves[r + HALF.KEEP_ALIVE_PENDING] = 0
        halves[r + HALF.KEEP_ALIVE_ANSWERED] += 1
        flows[f + FLOW.GAP_ANSWERS_1 - direction] += 1
    if probe:
        if halves[h + HALF.KEEP_ALIVES] == 0:
            halves[h + HALF.KEEP_ALIVE_FIRST_NS] = now
        halves[h + HALF.KEEP_ALIVES] += 1
        halves[h + HALF.KEEP_ALIVE_PENDING] += 1
        halves[h + HALF.KEEP_ALIVE_LAST_NS] = now
        flows[f + FLOW.GAP_KEEP_ALIVES_0 + direction] += 1


@kernel
def take_window(halves, h, window, flags, now, frame):
    """When the window was closed, and for how long."""
    if flags & (SYN | RST):
        return
    since = halves[h + HALF.ZERO_SINCE_NS]
    if window == 0 and since == NEVER_NS:
        halves[h + HALF.ZERO_SINCE_NS] = now
        halves[h + HALF.ZERO_FRAME] = frame
        halves[h + HALF.ZERO_COUNT] += 1
    elif window and since != NEVER_NS:
        if now > since:  # a clock that stepped back tells nothing
            halves[h + HALF.ZERO_NS] = added(halves[h + HALF.ZERO_NS], now - since)
        halves[h + HALF.ZERO_SINCE_NS] = NEVER_NS
        halves[h + HALF.ZERO_END_NS] = now

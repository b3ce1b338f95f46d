"""TCP analysis flags of one segment, as Wireshark's, and the round trips and rates measured beside them."""

from netanalyze.kernel import kernel
from netanalyze.tracking.marks import (
    ACK_LOST_SEGMENT,
    DUPLICATE_ACK,
    FAST_RETRANSMISSION,
    KEEP_ALIVE,
    KEEP_ALIVE_ACK,
    LOST_SEGMENT,
    NO_NEW_HOLE,
    OUT_OF_ORDER,
    RETRANSMISSION,
    SPURIOUS_RETRANSMISSION,
    WINDOW_FULL,
    WINDOW_UPDATE,
    ZERO_WINDOW,
    ZERO_WINDOW_PROBE,
    ZERO_WINDOW_PROBE_ACK,
)
from netanalyze.tracking.sequence import NO_OFFSET
from netanalyze.tracking.state import HALF
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import (
    ACK,
    FIN,
    RST,
    SYN,
)

FAST_NS, REORDER_NS = 20_000_000, 3_000_000
"""Wireshark's limits: a fast retransmission follows the last acknowledgment within 20 ms; a segment below the
highest sequence number within 3 ms (or the initial round trip, once known) is out of order."""

OLDER, JUST_BEFORE = 0x8000, 0xFC00
"""Differences of IP ids, modulo 2**16, from which a segment left before the highest one, and just before it: stacks that
count their ids (Linux does for each connection) give a copy a later one, and of random ids one in 64 is so near."""
RATE_WINDOW_NS = 1_000_000_000
"""Rates are taken over windows of a second, which a person understands and slow start does not fill twice."""
MOST, SQUARED_MOST = 2**63 - 1, 2**31
"""The largest number there is; and the largest that is squared."""


@kernel
def overtaken(age, trip, ids, ip_id):
    """Whether a segment that fills a hole ``age`` ns old is an original that others overtook: no copy can come so soon,
    or bear an older IP id (``ids``: how far it is from the highest segment's)."""
    if age < 0:
        return False
    if age < REORDER_NS or age < trip // 5 * 4:
        return True
    return ip_id != 0 and ids >= (OLDER if age // 3 < trip else JUST_BEFORE)


@kernel
def analyse(halves, h, r, flags, length, window, so, ao, now, first_rtt):
    """The marks of one segment, and the state Wireshark would keep after it.

    Args:
        h, r: offsets of the sender's and the receiver's half in ``halves``.
        length: of its payload, the text of a RST included, which Wireshark counts as octets of the stream.
        so, ao: stream offsets of its sequence and acknowledgment number (``ao`` NO_OFFSET without ACK).
        first_rtt: ns from the last SYN to the first acknowledgment after it, 0 unknown (Wireshark's iRTT).
    """
    highest = halves[h + HALF.NEXT] + halves[h + HALF.RST_TEXT]
    if length == 1 and halves[h + HALF.NEXT_KNOWN] and so == highest and halves[r + HALF.WINDOW] == 0:
        marks = ZERO_WINDOW_PROBE
    else:
        marks = mark_place(halves, h, flags, length, window, so, highest)
        if flags & (SYN | FIN | RST) == 0:
            if length == 0:
                marks |= mark_answer(halves, h, r, window, so, ao, highest)
            elif fills_window(halves, r, so + length):
                marks |= WINDOW_FULL
    if ao != halves[h + HALF.LAST_ACK]:
        halves[h + HALF.DUPLICATE_ACKS] = 0
    if flags & ACK:
        marks |= mark_unseen(halves, r, ao)
    if marks & KEEP_ALIVE == 0 and (length or flags & (SYN | FIN)):
        marks |= mark_repeat(halves, h, r, flags, length, so, highest, now, first_rtt)
    if marks & ZERO_WINDOW_PROBE == 0:
        note_sent(halves, h, flags, length, so, highest, now)
    halves[h + HALF.WINDOW] = window
    halves[h + HALF.LAST_ACK] = ao
    halves[h + HALF.LAST_ACK_NS] = now
    halves[h + HALF.LAST_MARKS] = marks
    halves[h + HALF.FIRST_ACK] = 1 if flags & SYN else 0
    return marks


@kernel
def mark_place(halves, h, flags, length, window, so, highest):
    """A closed window; a segment beyond the highest octet seen, and one just before it that brings nothing."""
    control = flags & (SYN | FIN | RST)
    marks = ZERO_WINDOW if window == 0 and control == 0 else 0
    if halves[h + HALF.NEXT_KNOWN]:
        if so > highest and flags & RST == 0:
            marks |= LOST_SEGMENT
        if so == highest - 1 and length <= 1 and control == 0:
            marks |= KEEP_ALIVE
    return marks


@kernel
def mark_answer(halves, h, r, window, so, ao, highest):
    """An acknowledgment without payload that acknowledges nothing new: a duplicate, an answer to a probe, another window."""
    if ao != halves[h + HALF.LAST_ACK] or so != highest or not halves[h + HALF.NEXT_KNOWN]:
        return 0
    if window != halves[h + HALF.WINDOW]:
        return WINDOW_UPDATE if window else 0
    if window == 0:
        return ZERO_WINDOW_PROBE_ACK if halves[r + HALF.LAST_MARKS] & ZERO_WINDOW_PROBE else 0
    if halves[r + HALF.LAST_MARKS] & KEEP_ALIVE:
        return KEEP_ALIVE_ACK
    count = halves[h + HALF.DUPLICATE_ACKS]
    halves[h + HALF.DUPLICATE_ACKS] = 1 if count < 0 else count + 1
    return DUPLICATE_ACK


@kernel
def fills_window(halves, r, end):
    """Whether a segment up to ``end`` takes the last octet of the receiver's window."""
    scale = halves[r + HALF.SCALE]
    if scale == -1 or halves[r + HALF.WINDOW] < 0:
        return False
    factor = 1 if halves[r + HALF.FIRST_ACK] or scale < 0 else 1 << scale
    return end == halves[r + HALF.LAST_ACK] + halves[r + HALF.WINDOW] * factor


@kernel
def mark_unseen(halves, r, ao):
    """An acknowledgment of octets that were not captured; NO_NEW_HOLE where they are known to be there."""
    if not halves[r + HALF.CONTIGUOUS_KNOWN] or ao <= halves[r + HALF.CONTIGUOUS_ACKABLE]:
        return 0
    highest = halves[r + HALF.NEXT] + halves[r + HALF.RST_TEXT]
    marks = 0
    if halves[r + HALF.CONTIGUOUS_ACKABLE] < highest:
        halves[r + HALF.CONTIGUOUS_ACKABLE] = highest
        marks = ACK_LOST_SEGMENT
    else:
        if halves[r + HALF.DUPLICATE_ACKS] == 0:
            marks = ACK_LOST_SEGMENT
        halves[r + HALF.DUPLICATE_ACKS] = -1
    if marks and ao <= halves[r + HALF.CONTIGUOUS]:
        marks |= NO_NEW_HOLE
    return marks


@kernel
def mark_repeat(halves, h, r, flags, length, so, highest, now, first_rtt):
    """A segment below the highest octet seen: which kind of retransmission, or out of order."""
    acked = halves[r + HALF.LAST_ACK]
    if length and acked != NO_OFFSET and so + length <= acked:
        return SPURIOUS_RETRANSMISSION | RETRANSMISSION
    if not halves[h + HALF.NEXT_KNOWN] or so >= highest or (length > 1 and so == highest - 1):
        return 0
    many = halves[r + HALF.DUPLICATE_ACKS] >= 2 or halves[r + HALF.DUPLICATE_ACKS] < 0
    if many and acked == so:
        since = now - halves[r + HALF.LAST_ACK_NS]
        if since >= 0 and since < FAST_NS:  # a clock that stepped back tells nothing
            return FAST_RETRANSMISSION | RETRANSMISSION
    age = now - halves[h + HALF.NEXT_NS]
    end = so + length + (1 if flags & (SYN | FIN) else 0)
    if age >= 0 and age < (first_rtt if first_rtt > 0 else REORDER_NS) and highest != end:
        return OUT_OF_ORDER
    return RETRANSMISSION


@kernel
def note_sent(halves, h, flags, length, so, highest, now):
    """How far a half-flow has sent: without the text of a RST, which is no data, and with it, as Wireshark counts."""
    known = halves[h + HALF.NEXT_KNOWN]
    end = so + length + (1 if flags & (SYN | FIN) else 0)
    own = end - length if flags & RST else end
    if not known or own > halves[h + HALF.NEXT]:
        halves[h + HALF.NEXT] = own
    if not known or end > highest:
        highest = end
        halves[h + HALF.NEXT_NS] = now
        halves[h + HALF.NEXT_KNOWN] = 1
    halves[h + HALF.RST_TEXT] = highest - halves[h + HALF.NEXT]
    if not halves[h + HALF.CONTIGUOUS_KNOWN] or so == halves[h + HALF.CONTIGUOUS_ACKABLE]:
        halves[h + HALF.CONTIGUOUS_ACKABLE] = highest
        halves[h + HALF.CONTIGUOUS_KNOWN] = 1


@kernel
def sample_round_trip(halves, r, now):
    """Take the round trip of the timed segment, which was just acknowledged (RFC 6298 section 2)."""
    sample = now - halves[r + HALF.TIMED_NS]
    halves[r + HALF.TIMED_END] = NO_OFFSET
    if sample < 0:
        return
    halves[r + HALF.RTT_LAST_NS] = sample
    if halves[r + HALF.RTT_SAMPLES] == 0:
        halves[r + HALF.SMOOTHED_NS] = sample
        halves[r + HALF.VARIATION_NS] = sample // 2
        halves[r + HALF.RTT_MINIMUM_NS] = sample
    else:
        smoothed = halves[r + HALF.SMOOTHED_NS]
        off = smoothed - sample if smoothed > sample else sample - smoothed
        variation = halves[r + HALF.VARIATION_NS]
        halves[r + HALF.VARIATION_NS] = variation + (off - variation) // 4  # times of 146 years leave no room for 7 *
        halves[r + HALF.SMOOTHED_NS] = smoothed + (sample - smoothed) // 8
        if sample < halves[r + HALF.RTT_MINIMUM_NS]:
            halves[r + HALF.RTT_MINIMUM_NS] = sample
    halves[r + HALF.RTT_SAMPLES] += 1


@kernel
def added(total, more):
    """The sum of two numbers that are not negative, or the largest number there is."""
    return total + more if more <= MOST - total else MOST


@kernel
def take_rate(halves, h, length, now):
    """Count payload in the running window of the rate."""
    start = halves[h + HALF.RATE_START_NS]
    if start == NEVER_NS or now - start >= RATE_WINDOW_NS:
        close_window(halves, h, now)
    halves[h + HALF.RATE_OCTETS] += length


@kernel
def close_window(halves, h, now):
    """End the running window of the rate, count the empty ones after it, and begin one in which ``now`` lies.

    The first window of a half-flow is not counted: it holds slow start.
    """
    start = halves[h + HALF.RATE_START_NS]
    if start == NEVER_NS:
        halves[h + HALF.RATE_START_NS] = now
        halves[h + HALF.RATE_WINDOWS] = -1
    else:
        passed = (now - start) // RATE_WINDOW_NS
        if halves[h + HALF.RATE_WINDOWS] >= 0:
            octets = halves[h + HALF.RATE_OCTETS]
            halves[h + HALF.RATE_SUM] += octets
            unit = octets // 64 if octets // 64 < SQUARED_MOST else SQUARED_MOST
            halves[h + HALF.RATE_SQUARES] = added(halves[h + HALF.RATE_SQUARES], unit * unit)
        halves[h + HALF.RATE_WINDOWS] += passed
        halves[h + HALF.RATE_START_NS] = start + passed * RATE_WINDOW_NS
    halves[h + HALF.RATE_OCTETS] = 0

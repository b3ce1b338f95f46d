"""TCP analysis flags of one segment, as Wireshark's, and the round trips and rates measured beside them."""

from netanalyze.flows.marks import (
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
from netanalyze.flows.sequence import NO_OFFSET
from netanalyze.flows.state import (
    H_CONTIGUOUS,
    H_CONTIGUOUS_ACKABLE,
    H_CONTIGUOUS_KNOWN,
    H_DUPLICATE_ACKS,
    H_FIRST_ACK,
    H_LAST_ACK,
    H_LAST_ACK_NS,
    H_LAST_MARKS,
    H_NEXT,
    H_NEXT_KNOWN,
    H_NEXT_NS,
    H_RATE_OCTETS,
    H_RATE_SQUARES,
    H_RATE_START_NS,
    H_RATE_SUM,
    H_RATE_WINDOWS,
    H_RTT_LAST_NS,
    H_RTT_MINIMUM_NS,
    H_RTT_SAMPLES,
    H_SCALE,
    H_SMOOTHED_NS,
    H_TIMED_END,
    H_TIMED_NS,
    H_VARIATION_NS,
    H_WINDOW,
)
from netanalyze.kernel import kernel
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
        so, ao: stream offsets of its sequence and acknowledgment number (``ao`` NO_OFFSET without ACK).
        first_rtt: ns from the last SYN to the first acknowledgment after it, 0 unknown (Wireshark's iRTT).
    """
    next_ = halves[h + H_NEXT]
    known = halves[h + H_NEXT_KNOWN]
    last_ack = halves[h + H_LAST_ACK]
    reverse_ack = halves[r + H_LAST_ACK]
    control = flags & (SYN | FIN | RST)
    marks = 0
    if length == 1 and known and so == next_ and halves[r + H_WINDOW] == 0:
        marks = ZERO_WINDOW_PROBE
    else:
        if window == 0 and control == 0:
            marks = ZERO_WINDOW
        if known:
            if so > next_:
                if flags & RST == 0:
                    marks |= LOST_SEGMENT
            elif length <= 1 and control == 0 and so == next_ - 1:
                marks |= KEEP_ALIVE
        if control == 0:
            if length == 0:
                if ao == last_ack and so == next_ and known:
                    if window == halves[h + H_WINDOW]:
                        if window == 0:
                            if halves[r + H_LAST_MARKS] & ZERO_WINDOW_PROBE:
                                marks |= ZERO_WINDOW_PROBE_ACK
                        elif halves[r + H_LAST_MARKS] & KEEP_ALIVE:
                            marks |= KEEP_ALIVE_ACK
                        else:
                            marks |= DUPLICATE_ACK
                            count = halves[h + H_DUPLICATE_ACKS]
                            halves[h + H_DUPLICATE_ACKS] = 1 if count < 0 else count + 1
                    elif window:
                        marks |= WINDOW_UPDATE
            else:
                scale = halves[r + H_SCALE]
                if scale != -1 and halves[r + H_WINDOW] >= 0:
                    factor = 1 if halves[r + H_FIRST_ACK] or scale < 0 else 1 << scale
                    if so + length == reverse_ack + halves[r + H_WINDOW] * factor:
                        marks |= WINDOW_FULL
    if ao != last_ack:
        halves[h + H_DUPLICATE_ACKS] = 0
    if flags & ACK and halves[r + H_CONTIGUOUS_KNOWN] and ao > halves[r + H_CONTIGUOUS_ACKABLE]:
        if halves[r + H_CONTIGUOUS_ACKABLE] < halves[r + H_NEXT]:
            halves[r + H_CONTIGUOUS_ACKABLE] = halves[r + H_NEXT]
            marks |= ACK_LOST_SEGMENT
        else:
            if halves[r + H_DUPLICATE_ACKS] == 0:
                marks |= ACK_LOST_SEGMENT
            halves[r + H_DUPLICATE_ACKS] = -1
    if marks & ACK_LOST_SEGMENT and ao <= halves[r + H_CONTIGUOUS]:
        marks |= NO_NEW_HOLE
    end = so + length
    virtual = 0
    if length or control & (SYN | FIN):
        if control & (SYN | FIN):
            virtual = 1
        if marks & KEEP_ALIVE == 0:
            if length and reverse_ack != NO_OFFSET and end <= reverse_ack:
                marks |= SPURIOUS_RETRANSMISSION | RETRANSMISSION
            elif known and so < next_ and not (length > 1 and so == next_ - 1):
                since_ack = now - halves[r + H_LAST_ACK_NS]
                age = now - halves[h + H_NEXT_NS]
                if (
                    (halves[r + H_DUPLICATE_ACKS] >= 2 or halves[r + H_DUPLICATE_ACKS] < 0)
                    and reverse_ack == so
                    and since_ack >= 0  # a clock that stepped back tells nothing
                    and since_ack < FAST_NS
                ):
                    marks |= FAST_RETRANSMISSION | RETRANSMISSION
                elif age >= 0 and age < (first_rtt if first_rtt > 0 else REORDER_NS) and next_ != end + virtual:
                    marks |= OUT_OF_ORDER
                else:
                    marks |= RETRANSMISSION
    end += virtual
    if marks & ZERO_WINDOW_PROBE == 0:
        if not known or end > next_:
            halves[h + H_NEXT] = end
            halves[h + H_NEXT_NS] = now
            halves[h + H_NEXT_KNOWN] = 1
        if not halves[h + H_CONTIGUOUS_KNOWN] or so == halves[h + H_CONTIGUOUS_ACKABLE]:
            halves[h + H_CONTIGUOUS_ACKABLE] = halves[h + H_NEXT]
            halves[h + H_CONTIGUOUS_KNOWN] = 1
    halves[h + H_WINDOW] = window
    halves[h + H_LAST_ACK] = ao
    halves[h + H_LAST_ACK_NS] = now
    halves[h + H_LAST_MARKS] = marks
    halves[h + H_FIRST_ACK] = 1 if flags & SYN else 0
    return marks


@kernel
def sample_round_trip(halves, r, now):
    """Take the round trip of the timed segment, which was just acknowledged (RFC 6298 section 2)."""
    sample = now - halves[r + H_TIMED_NS]
    halves[r + H_TIMED_END] = NO_OFFSET
    if sample < 0:
        return
    halves[r + H_RTT_LAST_NS] = sample
    if halves[r + H_RTT_SAMPLES] == 0:
        halves[r + H_SMOOTHED_NS] = sample
        halves[r + H_VARIATION_NS] = sample // 2
        halves[r + H_RTT_MINIMUM_NS] = sample
    else:
        smoothed = halves[r + H_SMOOTHED_NS]
        off = smoothed - sample if smoothed > sample else sample - smoothed
        halves[r + H_VARIATION_NS] = (3 * halves[r + H_VARIATION_NS] + off) // 4
        halves[r + H_SMOOTHED_NS] = (7 * smoothed + sample) // 8
        if sample < halves[r + H_RTT_MINIMUM_NS]:
            halves[r + H_RTT_MINIMUM_NS] = sample
    halves[r + H_RTT_SAMPLES] += 1


@kernel
def close_window(halves, h, now):
    """End the running window of the rate, count the empty ones after it, and begin one in which ``now`` lies.

    The first window of a half-flow is not counted: it holds slow start.
    """
    start = halves[h + H_RATE_START_NS]
    if start == NEVER_NS:
        halves[h + H_RATE_START_NS] = now
        halves[h + H_RATE_WINDOWS] = -1
    else:
        passed = (now - start) // RATE_WINDOW_NS
        if halves[h + H_RATE_WINDOWS] >= 0:
            octets = halves[h + H_RATE_OCTETS]
            halves[h + H_RATE_SUM] += octets
            halves[h + H_RATE_SQUARES] += (octets // 64) * (octets // 64)
        halves[h + H_RATE_WINDOWS] += passed
        halves[h + H_RATE_START_NS] = start + passed * RATE_WINDOW_NS
    halves[h + H_RATE_OCTETS] = 0

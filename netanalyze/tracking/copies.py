"""What the recorder did to the number and order of packets, which is none of the network's.

Captured twice: on ``-i any``, on a bridge and its port, at both sides of a router, at a mirror port. A copy that the capture
made is no repeat of the sender's. It bears the IP id of the packet it is a copy of, where a stack that repeats a segment
counts on (Linux, ip_output.c and inet_sk(sk)->inet_id), and it comes sooner than any answer can. Copies of a burst come
behind the whole burst where frames pass a queue between the two taps: there the ids tell, and where there are none, the last
few packets of a half-flow are remembered, as ``editcap -d`` remembers five.

Out of order: queues of a network card, or two taps, hand frames over some microseconds early or late.
"""

from netanalyze.kernel import kernel
from netanalyze.tracking.state import HALF, RECENT
from netanalyze.tracking.tcp_marks import REORDER_NS
from netanalyze.units import NEVER_NS

TWICE_NS, TWICE_WITHOUT_ID_NS = 5_000_000, 100_000
"""Two copies of a packet are captured within this: bridges and ``-i any`` take microseconds, a busy host a few milliseconds.
Without an IP id (IPv6, some stacks) only what comes sooner than a quarter of the round trip is surely none of the sender's."""
NEAR = 1024
"""Ids by which a copy may lie behind the newest segment; of ids drawn at random one in 64 does."""
OFFSET_BITS = 2**46 - 1
"""Of an offset as much as fits into a number beside an IP id: whoever makes a capture may let offsets grow by 2 GiB a segment."""


@kernel
def identity(so, ip_id):
    """Offset and IP id of a packet as one number."""
    return (so & OFFSET_BITS) * 65536 + ip_id


@kernel
def captured_before(halves, h, so, end, ip_id, now, first_rtt, probe):
    """1 if a segment ``[so, end)`` is a copy that the capture made of one of the last packets of its half-flow, else 0.

    What looks like a ``probe`` may be one as well: a copy of an acknowledgment, behind a FIN that was handed over before it.
    """
    if ip_id and (so < end or probe) and end <= halves[h + HALF.CONTIGUOUS] and halves[h + HALF.NEXT_NS] != NEVER_NS:
        age = now - halves[h + HALF.NEXT_NS]
        if age > -TWICE_NS and age < TWICE_NS and (halves[h + HALF.LAST_IP_ID] - ip_id) & 0xFFFF < NEAR:
            return 1
    limit = TWICE_NS
    if ip_id == 0:
        limit = first_rtt // 4
        if limit > TWICE_NS:
            limit = TWICE_NS
        if limit < TWICE_WITHOUT_ID_NS:
            limit = TWICE_WITHOUT_ID_NS
    key = identity(so, ip_id)
    for slot in range(RECENT):
        if halves[h + HALF.RECENT_0 + slot] == key and halves[h + HALF.RECENT_0_NS + slot] != NEVER_NS:
            age = now - halves[h + HALF.RECENT_0_NS + slot]
            if age > -limit and age < limit:
                return 1
    return 0


@kernel
def captured_twice(halves, h, so, end, ip_id, now, first_rtt, probe):
    """1 if a segment is such a copy, else 0; counts it."""
    found = captured_before(halves, h, so, end, ip_id, now, first_rtt, probe)
    halves[h + HALF.COPIES] += found
    return found


@kernel
def remember(halves, h, so, ip_id, now):
    """Keep offset, IP id and time of a packet until ``RECENT`` later ones came."""
    slot = halves[h + HALF.RECENT_AT]
    halves[h + HALF.RECENT_0 + slot] = identity(so, ip_id)
    halves[h + HALF.RECENT_0_NS + slot] = now
    halves[h + HALF.RECENT_AT] = (slot + 1) % RECENT


@kernel
def note_id(halves, h, ip_id):
    """Keep how far the IP id of a packet is from that of the one before, of the same half-flow.

    Linux counts them for each connection (inet_sk(sk)->inet_id): what is left out was sent, and never came.
    """
    before = halves[h + HALF.ANY_IP_ID]
    step = (ip_id - before) & 0xFFFF if before and ip_id else 0
    halves[h + HALF.ID_STEP] = step
    halves[h + HALF.ANY_IP_ID] = ip_id
    if step == 1:
        halves[h + HALF.ID_ONES] += 1


@kernel
def since_hole(halves, h, now):
    """ns since a hole first showed in a half-flow; -1 unknown, also where the clock stepped back meanwhile.

    A frame that is stamped a little earlier than the one that showed the hole was only handed over later.
    """
    if halves[h + HALF.HOLE_NS] == NEVER_NS:
        return -1
    age = now - halves[h + HALF.HOLE_NS]
    if age < 0 and age > -REORDER_NS:
        return 0
    return age if age >= 0 else -1


@kernel
def acknowledged_first(halves, h, new, now):
    """1 if a segment never seen before was acknowledged a moment ago, else 0; counts it.

    It goes beyond all that was seen (``new``), or into a hole that just showed. Nobody acknowledges what was not sent: the
    recorder put the acknowledgment before it.
    """
    if halves[h + HALF.ACKED_NS] == NEVER_NS:
        return 0
    age = now - halves[h + HALF.ACKED_NS]
    hole = since_hole(halves, h, now)
    if age > -REORDER_NS and age < REORDER_NS and (new or (hole >= 0 and hole < REORDER_NS)):
        halves[h + HALF.ACKED_FIRST] += 1
        return 1
    return 0

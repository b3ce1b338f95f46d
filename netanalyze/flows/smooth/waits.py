"""What was waited for on connections that went smoothly, of many at once: netanalyze.flows.stalls says how it is told.

Where that takes more than the gap and the records (octets under way, a response that may not be whole), nothing is said of the
flow.
"""

from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.flows.smooth.requests import REQUEST, RESPONSE, SMOOTH, TALK
from netanalyze.kernel import kernel
from netanalyze.tracking.gaps import GAP, KIND_ACK, KIND_DATA, KIND_NONE, KIND_RST, KIND_SYN, KIND_SYN_ACK
from netanalyze.tracking.records import RECORD
from netanalyze.units import NEVER_NS
from netanalyze.waiting import Waiting

UNSURE = -1
(
    OVER,
    SYN_ACK,
    OWN_ACK,
    FIN_ACK,
    REQUESTED,
    SERVER_HELLO,
    SERVER_FLIGHT,
    CLIENT_FINISHED,
    RESPONDED,
    BODY,
    ACK,
    ACKED,
) = range(12)
WAITS: tuple[tuple[Waiting, str], ...] = (
    (Waiting.ACK, ""), (Waiting.SYN_ACK, "server"), (Waiting.ACK, "client"), (Waiting.FIN_ACK, "server"),
    (Waiting.REQUEST, "client"), (Waiting.SERVER_HELLO, "server"), (Waiting.SERVER_FLIGHT, "server"),
    (Waiting.CLIENT_FINISHED, "client"), (Waiting.RESPONSE, "server"), (Waiting.BODY, "server"), (Waiting.ACK, "path"),
    (Waiting.ACK, "server"),
)  # fmt: skip
"""By number of a wait, the move that was owed and who owed it; of the first, nothing was."""

WAIT = Layout(
    Cell("flow", "1", "the place of its flow"),
    moment("start_ns", "the event before"),
    moment("end_ns", "the event that ended it"),
    Cell("owed", "1", "what was owed, by whom: the place in WAITS"),
    Cell("under_way", "1", "1: it was none, what ended it was under way before it began"),
    frame("last_frame", "the event before"),
    frame("next_frame", "what ended it, 0 where it lies open"),
)
"""A wait, a row."""


@kernel
def last_with(records, first, behind, roles, role, frame_number):
    """The last record with a role up to a frame, -1 none."""
    found = -1
    for row in range(first, behind):
        if roles[row] == role and records[row * RECORD.WIDTH + RECORD.FRAME_NUMBER] <= frame_number:
            found = row
    return found


@kernel
def turn_by(records, first, behind, roles, frame_number, soonest_ns):
    """Whose turn of speaking was the last up to a frame: 0 a request, 1 a response, -1 nobody's."""
    asked = last_with(records, first, behind, roles, REQUEST, frame_number)
    said = last_with(records, first, behind, roles, RESPONSE, frame_number)
    if asked < 0 or said < 0:
        return 0 if asked >= 0 else 1 if said >= 0 else -1
    a, s = asked * RECORD.WIDTH, said * RECORD.WIDTH
    since = records[s + RECORD.TIME_NS] - records[a + RECORD.TIME_NS]
    if records[s + RECORD.FRAME_NUMBER] > records[a + RECORD.FRAME_NUMBER] and since >= soonest_ns:
        return 1
    return 0


@kernel
def owed_in_handshake(gaps, g, server_first_frame):
    """Which move was owed during a gap before the handshake was over."""
    goes_on = gaps[g + GAP.NEXT_KIND] == KIND_DATA
    if gaps[g + GAP.DATA_DIRECTION] == 1:
        return CLIENT_FINISHED if goes_on and gaps[g + GAP.NEXT_DIRECTION] == 0 else SERVER_FLIGHT
    if server_first_frame <= gaps[g + GAP.LAST_FRAME]:
        return SERVER_FLIGHT
    return ACK if gaps[g + GAP.UNACKED_0] != 0 and not goes_on else SERVER_HELLO


@kernel
def owed_behind_handshake(gaps, g, records, smooth, s, talks, t, roles):
    """Which move was owed during a gap when requests and responses are what is said."""
    other, kind, direction = gaps[g + GAP.DATA_DIRECTION], gaps[g + GAP.NEXT_KIND], gaps[g + GAP.NEXT_DIRECTION]
    first, behind = smooth[s + SMOOTH.RECORD_FIRST], smooth[s + SMOOTH.RECORD_BEHIND]
    soonest_ns = smooth[s + SMOOTH.ROUND_TRIP_NS] // 2
    turn = turn_by(records, first, behind, roles, gaps[g + GAP.LAST_FRAME], soonest_ns)
    if turn >= 0 and other >= 0 and turn != other and smooth[s + SMOOTH.CLIENT_BODY + other] != 0:
        return UNSURE
    data = other if turn < 0 else turn
    if data == 0:
        return UNSURE if kind == KIND_DATA and direction == 0 else RESPONDED
    if kind == KIND_ACK:
        return OWN_ACK if direction == 0 else ACKED
    if kind != KIND_DATA:
        return UNSURE
    if direction == 0:
        return REQUESTED
    following = gaps[g + GAP.NEXT_FRAME]
    closes = talks[t + TALK.LAST_WORD_FRAME] < following and following <= talks[t + TALK.LAST_FRAME]
    several = talks[t + TALK.HTTP2] > 0 and talks[t + TALK.REQUESTS] > 1
    return UNSURE if closes or several else BODY


@kernel
def owed_during(gaps, g, records, smooth, s, talks, t, roles):
    """Which move was owed during a gap: ``OVER`` none, ``UNSURE`` where it is not told so."""
    last, frame_number = gaps[g + GAP.LAST_KIND], gaps[g + GAP.LAST_FRAME]
    if last == KIND_RST or last == KIND_NONE:
        return OVER
    if last == KIND_SYN:
        return SYN_ACK
    if last == KIND_SYN_ACK:
        return OWN_ACK
    if smooth[s + SMOOTH.CLIENT_FIN_FRAME] <= frame_number:
        return OVER if smooth[s + SMOOTH.SERVER_FIN_FRAME] <= frame_number else FIN_ACK
    data = gaps[g + GAP.DATA_DIRECTION]
    if data < 0:
        return REQUESTED
    if frame_number < talks[t + TALK.FINISHED_FRAME]:
        return owed_in_handshake(gaps, g, smooth[s + SMOOTH.SERVER_FIRST_FRAME])
    return owed_behind_handshake(gaps, g, records, smooth, s, talks, t, roles)


@kernel
def read_waits(gaps, records, flows, smooth, talks, roles, waits):
    """Say of ``flows`` flows what was waited for on them; of those of which that is not told ``TALK.IS_TOLD`` becomes 0.

    Args:
        gaps: rows of ``GAP`` by flow, each flow's in order.
        records, smooth, talks, roles: as ``netanalyze.flows.smooth.requests`` left them.
        waits: room for a row of ``WAIT`` for each gap.

    Returns:
        How many rows were written.
    """
    count = 0
    for flow in range(flows):
        s, t, begun = flow * SMOOTH.WIDTH, flow * TALK.WIDTH, count
        since_ns, until_ns = NEVER_NS, NEVER_NS
        for gap in range(smooth[s + SMOOTH.GAP_FIRST], smooth[s + SMOOTH.GAP_BEHIND]):
            g, w = gap * GAP.WIDTH, count * WAIT.WIDTH
            if talks[t + TALK.IS_TOLD] == 0:
                continue
            owed = owed_during(gaps, g, records, smooth, s, talks, t, roles)
            if owed == UNSURE:
                talks[t + TALK.IS_TOLD] = 0
                count = begun
            elif owed != OVER:
                start_ns, end_ns = gaps[g + GAP.START_NS], gaps[g + GAP.END_NS]
                waits[w + WAIT.FLOW] = flow
                waits[w + WAIT.START_NS] = start_ns
                waits[w + WAIT.END_NS] = end_ns
                waits[w + WAIT.OWED] = owed
                waits[w + WAIT.UNDER_WAY] = 0
                waits[w + WAIT.LAST_FRAME] = gaps[g + GAP.LAST_FRAME]
                waits[w + WAIT.NEXT_FRAME] = gaps[g + GAP.NEXT_FRAME]
                if owed == RESPONDED:
                    since_ns = since_ns if until_ns == start_ns else start_ns
                    until_ns = end_ns
                    if gaps[g + GAP.NEXT_KIND] == KIND_DATA and end_ns - since_ns < smooth[s + SMOOTH.ROUND_TRIP_NS]:
                        waits[w + WAIT.UNDER_WAY] = 1
                count += 1
    return count

"""Transfers: what limited each moment of one, from its frames alone.

A transfer is what one side of a flow sends while it is its turn. It is cut into spans, end to end, by what held it up: its
sender, its receiver's window, loss (the repair and the small window after it), disorder, the rate of the path, or nothing but
round trips (slow start and the growth of the window). The classes are those of T-RAT ("On the Characteristics and Origins of
Internet Flow Rates", SIGCOMM 2002) and of Siekkinen et al. ("A root cause analysis toolkit for TCP", Computer Networks 52,
2008); a pause is a stall of TAPO ("Demystifying and mitigating TCP stalls at the server side", CoNEXT 2015).

The windows are those that the frames show: the octets that were new within one round trip, which is the same at either end of
the path, and the edge that the receiver allowed.
"""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow, Gap, KeptPacket
from netanalyze.flows.rows import of_halves, of_mask
from netanalyze.flows.transfers.growth import grows_as_reno, windows_shown
from netanalyze.flows.transfers.outages import SHORTEST_NS, interrupted
from netanalyze.flows.transfers.path_rate import capacity, path_rate
from netanalyze.flows.transfers.replay import UNKNOWN, Allowed
from netanalyze.flows.transfers.transfer import (
    DISORDER,
    LATENCY,
    LOSS,
    PATH,
    RECEIVER,
    REPAIRED_TRIPS,
    SENDER,
    LimitedSpan,
    Transfer,
)
from netanalyze.flows.turns import spoke_last
from netanalyze.flows.within import within
from netanalyze.tracking.bins import BIN, BULK, HEAD
from netanalyze.tracking.gaps import KIND_DATA, KIND_FIN, KIND_RST, RESOLUTION_NS
from netanalyze.tracking.marks import LOST_SEGMENT, OUT_OF_ORDER, OVERTAKEN, RESENT, SPURIOUS_RETRANSMISSION
from netanalyze.units import SECOND_NS

LEAST_TRIP_NS = 100_000
"""A shorter round trip is reckoned as this: the clock of a busy machine is no better."""
LONGEST_TRIP_NS = 240 * SECOND_NS
"""And a longer one as this: a segment lives no longer than two minutes (RFC 9293 section 3.4.2), nor does its answer."""
SPACED = 4
"""So many times the usual distance between segments is a pause even on a thin link (twice the deviation of a Poisson process)."""
REGAINED = 0.8
"""Part of the largest window shown from which a window has recovered: CUBIC's plateau begins there (RFC 9438 section 4.4: it
goes back to 0.7 and is near the old size at 0.8)."""
SLACK = 3
"""Segments below the edge that the receiver allows from which its window is the limit (Siekkinen et al., section 4.2.2)."""


EARLY, STAYED = 3, 1.2
"""Bins of a receiver that show its first window, and how much larger one may become that is fixed. Both are chosen: the first
acknowledgments are as early, and Linux rounds windows up to a multiple of their scale (tcp_select_window), while
one that grows doubles (tcp_rcv_space_adjust)."""


def transfers(flow: Flow) -> tuple[Transfer, ...]:
    """The transfers of a flow, both ways, in the order of their beginnings; computed once."""
    if "transfers" not in flow.known:
        found = [one for direction in (0, 1) for one in _of_half(flow, direction)] if flow.is_tcp else []
        flow.known["transfers"] = tuple(sorted(found, key=lambda one: one.start_ns))
    return flow.known["transfers"]


def that_may_transfer(flows: Sequence[Flow]) -> Sequence[Flow]:
    """Those of some flows that carried as much as a transfer has: of the others nothing was followed."""
    return of_mask(flows, np.maximum(*of_halves(flows, "octets")) >= BULK)


def begun_by(flow: Flow, direction: int, ns: int) -> Transfer | None:
    """The last transfer of one side that had begun by a moment; a side's transfers follow each other."""
    name = f"transfers {direction}"
    if name not in flow.known:
        flow.known[name] = [one for one in transfers(flow) if one.direction == direction]
    mine = flow.known[name]
    at = bisect_right(mine, ns, key=lambda one: one.start_ns)
    return mine[at - 1] if at else None


def limit_at(flow: Flow, ns: int) -> str:
    """What limited a flow's transfer at a moment; nothing where none was under way."""
    if "limits" not in flow.known:
        spans = sorted((span.start_ns, span.end_ns, span.limit) for one in transfers(flow) for span in one.spans)
        flow.known["limits"] = spans
    spans = flow.known["limits"]
    at = bisect_right(spans, (ns, 1 << 63, "")) - 1
    return spans[at][2] if at >= 0 and ns < spans[at][1] else ""


def round_trip_ns(flow: Flow) -> int:
    """The least round trip of the whole path: from the capture to the server and back, and to the client and back."""
    return min(max(flow.client.rtt_minimum_ns, 0) + max(flow.server.rtt_minimum_ns, 0), LONGEST_TRIP_NS)


def _of_half(flow: Flow, direction: int) -> list[Transfer]:
    half = flow.halves[direction]
    bins = flow.bins[direction]
    if bins is None or not half.sent_data:
        return []
    length, rows = bins
    rows = rows[rows[:, BIN.PACKETS] > 0]
    if not len(rows):
        return []
    found = []
    turns = _turns(flow, direction)
    when = rows[:, BIN.LAST_NS]
    for start, end, pauses in turns:
        of_turn = rows[(when > start) & (when <= end)]
        if len(of_turn):
            found.append(_transfer(flow, direction, length, rows, of_turn, start, pauses))
    return [one for one in found if one is not None]


def _turns(flow: Flow, direction: int) -> list[tuple[int, int, list[LimitedSpan]]]:
    """From when to when it was the turn of one side, with its pauses: a turn ends where the other side owed a move, or had
    closed."""
    half = flow.halves[direction]
    read = application(flow) if flow.tls is not None else None
    least = _stalled_ns(flow)
    turns: list[tuple[int, int, list[LimitedSpan]]] = []
    pauses: list[LimitedSpan] = []
    begun = half.first_data_ns - 1
    for gap in flow.gaps:
        if gap.end_ns <= half.first_data_ns or gap.start_ns >= half.last_data_ns:
            continue
        turn = spoke_last(flow, gap, read)
        spoke = gap.data_direction if turn is None else turn
        theirs = gap.next_kind == KIND_DATA and gap.next_direction != direction and spoke == direction
        closed = gap.last_kind == KIND_FIN and gap.last_direction != direction  # what follows, nobody waits for
        if spoke != direction or closed or (theirs and _request(gap, read, direction)):
            turns.append((begun, gap.start_ns, pauses))
            begun, pauses = max(gap.end_ns - 1, begun), []
            continue
        kind = _pause(flow, gap, direction, least)
        if kind:
            pauses.append(LimitedSpan(gap.start_ns, gap.end_ns, kind))
    turns.append((begun, half.last_data_ns, pauses))
    return [turn for turn in turns if turn[1] > turn[0]]


def _request(gap: Gap, read, direction: int) -> bool:
    """Whether what the other side says at the end of a gap begins a turn: a request, and no control frame."""
    if read is None or direction == 0:
        return True
    return bool(within(read.requests, gap.next_frame, gap.next_frame))


def _stalled_ns(flow: Flow) -> int:
    """How long nothing must move to be a stall: min(2 * SRTT, RTO) (TAPO, CoNEXT 2015), RTO as in Linux."""
    trip = max(round_trip_ns(flow), LEAST_TRIP_NS)
    return max(min(2 * trip, trip + SHORTEST_NS), RESOLUTION_NS)


def _pause(flow: Flow, gap: Gap, direction: int, least: int) -> str:
    """Which limit a gap in the midst of a turn shows; nothing where it is no stall, or one of the path's own."""
    windows, unacked = (gap.window_0, gap.window_1), (gap.unacked_0, gap.unacked_1)
    if windows[1 - direction] == 0 and gap.next_kind != KIND_RST:
        return RECEIVER
    if gap.end_ns - gap.start_ns < least:
        return ""
    resent = (gap.resent_0, gap.resent_1)[direction]
    goes_on = gap.next_direction == direction and gap.end_ns - gap.start_ns >= SHORTEST_NS
    if resent or (goes_on and interrupted(flow, gap)):
        return LOSS
    return "" if unacked[direction] else SENDER


def _transfer(
    flow: Flow,
    direction: int,
    length: int,
    rows: np.ndarray,
    turn: np.ndarray,
    start: int,
    pauses: Sequence[LimitedSpan],
) -> Transfer | None:
    """One turn as a transfer; None where it is too short for one."""
    at = int(np.searchsorted(rows[:, BIN.LAST_NS], turn[0, BIN.LAST_NS]))
    before = int(rows[:at, BIN.REACH].max()) if at else 1
    reach = np.maximum(np.maximum.accumulate(turn[:, BIN.REACH]), before)
    new = np.diff(reach, prepend=before)
    octets = int(new.sum())
    if octets < BULK:
        return None
    trip = max(round_trip_ns(flow), LEAST_TRIP_NS)
    begins = flow.first_ns + turn[:, BIN.NUMBER] * length
    window = windows_shown(begins, new, length, trip)
    half = flow.halves[direction]
    lost, overtaken, needless = (int(turn[:, column].sum()) for column in (BIN.REPAIRED, BIN.OVERTAKEN, BIN.NEEDLESS))
    first = max(start, int(begins[0]))
    spaced = SPACED * int(np.median(np.diff(begins))) if len(begins) > 1 else 0
    long = [pause for pause in pauses if pause.ns >= spaced]
    largest = max(half.largest, 1)
    link = capacity(turn, largest)
    rate = path_rate(flow, direction, turn, new, begins, long, trip, link)
    pauses = long if rate else pauses  # between two segments of a thin link nobody pauses
    early = _lost_early(flow, direction, begins, trip)
    lost += int(early.sum())
    labels = _labels(flow, direction, turn, window, reach, begins, length, trip, rate, early)
    spans = _spans(first, turn[:, BIN.LAST_NS].tolist(), labels, new.tolist(), pauses)
    shown = turn[:, BIN.REPAIRED] + turn[:, BIN.HOLES] > 0
    reno = length < trip and grows_as_reno(begins, window / largest, shown, trip)
    return Transfer(
        flow.id, direction, first, spans[-1].end_ns, octets, int(turn[:, BIN.PACKETS].sum()), lost, overtaken, needless, trip,
        int(window.max()), largest, rate, reno, _reached(labels, window), link,
        _receiver_allows(flow, direction, int(window.max())), spans,
    )  # fmt: skip


def _labels(
    flow: Flow, direction: int, rows: np.ndarray, window: np.ndarray, reach: np.ndarray, begins: np.ndarray, length: int,
    trip: int, rate: float, early: np.ndarray,
) -> list[str]:  # fmt: skip
    """What limits each bin; ``early`` are the losses that no bin holds."""
    most = int(window.max())
    grown = np.flatnonzero(window >= REGAINED * (rate * trip / 1e9 if rate else most))
    if rate:
        begun = int(grown[0]) if len(grown) else 0
        return [LATENCY] * begun + [PATH] * (len(rows) - begun)
    half = flow.halves[direction]
    lost, late = rows[:, BIN.REPAIRED], rows[:, BIN.NEEDLESS]
    if half.dsacks and 2 * half.dsacks >= half.copies:  # else the recorder alone saw them twice
        late = late + rows[:, BIN.OVERTAKEN]
    disorder = late.sum() > lost.sum()
    overtaken = rows[:, BIN.OVERTAKEN]
    filled = overtaken if 2 * half.copies <= overtaken.sum() else 0  # copies that the capture made fill no hole
    shown = (lost + late + rows[:, BIN.HOLES] if disorder else lost + early + rows[:, BIN.HOLES] - filled) > 0
    allowed = _allowed(flow, direction, reach, window, begins, length, trip)
    labels: list[str] = []
    hurt, since = False, 0
    for at in range(len(rows)):
        if shown[at]:
            hurt, since = True, int(begins[at])
        elif hurt and window[at] >= REGAINED * most and begins[at] - since > trip:
            hurt = False
        labels.append((DISORDER if disorder else LOSS) if hurt else RECEIVER if allowed[at] else LATENCY)
    return labels


def _lost_early(flow: Flow, direction: int, begins: np.ndarray, trip: int) -> np.ndarray:
    """How many of a half's first octets, which no bin holds, show lost in each bin of a turn, or soon before its first: the
    first loss of all ends slow start, wherever it is."""
    name = f"lost early {direction}"
    if name not in flow.known:
        flow.known[name] = _losses([p for p in flow.data_packets[direction] if p.offset + p.length <= HEAD])
    moments = flow.known[name]
    moments = moments[(moments >= int(begins[0]) - REPAIRED_TRIPS * trip) & (moments <= begins[-1])]
    at = np.maximum(np.searchsorted(begins, moments, side="right") - 1, 0)
    return np.bincount(at, minlength=len(begins))


def _losses(packets: Sequence[KeptPacket]) -> np.ndarray:
    """When some packets show that one was lost, ns: by its repair; where none is marked as one, for it came within a round trip,
    by the hole before them, unless an original that was overtaken filled that."""
    again = [
        p.time_ns
        for p in packets
        if p.marks & (RESENT | OUT_OF_ORDER) and not p.marks & (SPURIOUS_RETRANSMISSION | OVERTAKEN)
    ]
    holes = [p.time_ns for p in packets if p.marks & LOST_SEGMENT]
    late = any(p.marks & OVERTAKEN for p in packets)
    return np.array(again or ([] if late else holes), dtype=np.int64)


def _reached(labels: Sequence[str], window: np.ndarray) -> int:
    """The window that a transfer had before the first bin in which something was lost."""
    first = next((at for at, label in enumerate(labels) if label in (LOSS, DISORDER)), len(labels))
    return int(window[:first].max()) if first else 0


def _receiver_allows(flow: Flow, direction: int, window: int) -> Allowed:
    """The window that the receiver of a transfer announced at first, and whether it stayed at that.

    Linux allows twice what came in the last round trip, and 16 segments (tcp_rcv_space_adjust): a window that did not grow though
    half of it was filled does not grow.
    """
    bins = flow.bins[1 - direction]
    if bins is None or flow.halves[1 - direction].scale == -1:
        return UNKNOWN
    rows = bins[1]
    open_by = (rows[:, BIN.EDGE] - rows[:, BIN.ACKED])[rows[:, BIN.EDGE] > 0]
    if not len(open_by) or open_by[0] <= 0:
        return UNKNOWN
    first = int(open_by[:EARLY].max())
    return Allowed(first, fixed=2 * window >= first and int(open_by.max()) <= STAYED * first)


def _allowed(
    flow: Flow, direction: int, reach: np.ndarray, window: np.ndarray, begins: np.ndarray, length: int, trip: int
) -> np.ndarray:
    """Whether the sender had sent as much as the receiver's window allowed it, bin by bin.

    What a capture near the receiver shows of the sender was decided by the window of one round trip before. Where a bin holds
    several round trips, what went in one is held against the window.
    """
    sender, receiver = flow.halves[direction], flow.halves[1 - direction]
    bins = flow.bins[1 - direction]
    if bins is None or receiver.scale == -1:
        return np.zeros(len(reach), dtype=bool)
    every, rows = bins
    edges = np.maximum.accumulate(rows[:, BIN.EDGE])
    when = flow.first_ns + (rows[:, BIN.NUMBER] + 1) * every
    slack = SLACK * max(sender.largest, 1)
    if length > trip:
        open_by = np.where(rows[:, BIN.EDGE] > 0, rows[:, BIN.EDGE] - rows[:, BIN.ACKED], 0)
        known = np.clip(np.searchsorted(when, begins + length, side="right") - 1, 0, None)
        return (open_by[known] > 0) & (window >= open_by[known] - slack)
    away = max(receiver.rtt_minimum_ns, 0)  # from the capture to the sender and back
    known = np.searchsorted(when, begins + length - away, side="right") - 1
    edge = edges[np.maximum(known, 0)]
    return (known >= 0) & (edge > 0) & (reach >= edge - slack)


def _spans(
    start: int, ends: list[int], labels: list[str], octets: list[int], pauses: Sequence[LimitedSpan]
) -> tuple[LimitedSpan, ...]:
    """The bins as spans that lie end to end, pauses cut out of them."""
    out: list[LimitedSpan] = []

    def add(until: int, limit: str, count: int = 0) -> None:
        begin = out[-1].end_ns if out else start
        if out and out[-1].limit == limit:
            out[-1] = LimitedSpan(out[-1].start_ns, max(until, begin), limit, out[-1].octets + count)
        elif until > begin or count:
            out.append(LimitedSpan(begin, max(until, begin), limit, count))

    left = list(reversed([pause for pause in pauses if pause.end_ns > start]))
    for end, limit, count in zip(ends, labels, octets):
        while left and left[-1].start_ns < end:
            pause = left.pop()
            add(pause.start_ns, limit)
            add(min(pause.end_ns, end), pause.limit if limit not in (LOSS, DISORDER) else limit)
        add(end, limit, count)
    return tuple(out)

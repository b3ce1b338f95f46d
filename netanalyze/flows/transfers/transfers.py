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
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.transfers.outages import SHORTEST_NS, interrupted
from netanalyze.flows.transfers.path_rate import path_rate
from netanalyze.flows.transfers.replay import growth, replay_ns
from netanalyze.flows.turns import spoke_last
from netanalyze.tracking.bins import BIN, BULK
from netanalyze.tracking.gaps import KIND_DATA, KIND_RST, RESOLUTION_NS
from netanalyze.units import SECOND_NS

SENDER, RECEIVER, LOSS, DISORDER, PATH, LATENCY = "sender", "receiver", "loss", "reordering", "path", "latency"
LIMITS = (SENDER, RECEIVER, LOSS, DISORDER, PATH, LATENCY)

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


@dataclass(frozen=True)
class LimitedSpan:
    """A part of a transfer with one limit; ``octets`` are those that were new in it."""

    start_ns: int
    end_ns: int
    limit: str
    octets: int = 0

    @property
    def ns(self) -> int:
        """How long it lasted."""
        return self.end_ns - self.start_ns


@dataclass(frozen=True)
class Transfer:
    """What one side of a flow sent in one turn: its spans lie end to end from ``start_ns`` to ``end_ns``.

    ``lost`` are segments that were repaired, ``overtaken`` originals that came behind later ones (or copies), ``needless``
    repeats of what had come; ``window`` is the most that was new within a round trip, octets; ``round_trip_ns`` the least
    round trip of the whole path; ``rate`` octets a second that the path let through where it set the pace, else 0; ``growth``
    segments a round trip by which the window grew between losses, 0 unknown.
    """

    flow_id: int
    direction: int
    start_ns: int
    end_ns: int
    octets: int
    segments: int
    lost: int
    overtaken: int
    needless: int
    round_trip_ns: int
    window: int
    largest: int
    rate: float = 0.0
    growth: float = 0.0
    spans: tuple[LimitedSpan, ...] = field(default=(), repr=False)

    @property
    def ns(self) -> int:
        """How long it took."""
        return self.end_ns - self.start_ns

    def by_limit(self) -> dict[str, int]:
        """ns by limit."""
        out: dict[str, int] = defaultdict(int)
        for span in self.spans:
            out[span.limit] += span.ns
        return dict(out)

    @property
    def limit(self) -> str:
        """The limit that had most of its time."""
        spent = self.by_limit()
        return max(LIMITS, key=lambda limit: spent.get(limit, 0))

    def cost_ns(self, limit: str) -> int:
        """By how many ns it would have been shorter without a limit: its spans, less what their octets had taken."""
        spans = [span for span in self.spans if span.limit == limit]
        if limit == SENDER:
            return sum(span.ns for span in spans) + self._restarts_ns()
        if limit == RECEIVER:
            return sum(span.ns for span in spans if not span.octets)
        octets = sum(span.octets for span in spans)
        took = replay_ns(octets, self.round_trip_ns, self.largest, self._before(limit), self.window, self.growth)
        return max(sum(span.ns for span in spans) - took, 0)

    def _restarts_ns(self) -> int:
        """ns that slow start took after pauses longer than a time-out, beyond what the window before them had needed: an idle
        sender begins anew (RFC 5681 section 4.1)."""
        extra = 0
        for pause, after in pairwise(self.spans):
            if pause.limit == SENDER and pause.ns > self.round_trip_ns + SHORTEST_NS and after.limit == LATENCY:
                extra += max(after.ns - after.octets * self.round_trip_ns // max(self.window, 1), 0)
        return extra

    def _before(self, limit: str) -> int:
        """Octets that had been sent before the first span of a limit: slow start had come so far."""
        first = next((at for at, span in enumerate(self.spans) if span.limit == limit), 0)
        return sum(span.octets for span in self.spans[:first])


def transfers(flow: Flow) -> tuple[Transfer, ...]:
    """The transfers of a flow, both ways, in the order of their beginnings; computed once."""
    if "transfers" not in flow.known:
        found = [one for direction in (0, 1) for one in _of_half(flow, direction)] if flow.is_tcp else []
        flow.known["transfers"] = tuple(sorted(found, key=lambda one: one.start_ns))
    return flow.known["transfers"]


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
    """From when to when it was the turn of one side, with its pauses: a turn ends where the other side owed a move."""
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
        if spoke != direction or (theirs and _request(gap, read, direction)):
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
    return any(record.frame_number == gap.next_frame for record in read.requests)


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
    window = _windows(begins, new, length, trip)
    half = flow.halves[direction]
    lost, overtaken, needless = (int(turn[:, column].sum()) for column in (BIN.REPAIRED, BIN.OVERTAKEN, BIN.NEEDLESS))
    first = max(start, int(begins[0]))
    spaced = SPACED * int(np.median(np.diff(begins))) if len(begins) > 1 else 0
    long = [pause for pause in pauses if pause.ns >= spaced]
    rate = path_rate(flow, direction, turn, new, begins, long, trip)
    pauses = long if rate else pauses  # between two segments of a thin link nobody pauses
    labels = _labels(flow, direction, turn, window, reach, begins, length, trip, rate)
    spans = _spans(first, turn[:, BIN.LAST_NS].tolist(), labels, new.tolist(), pauses)
    largest = max(half.largest, 1)
    grows = (
        growth(begins, window / largest, turn[:, BIN.REPAIRED] + turn[:, BIN.HOLES] > 0, trip) if length < trip else 0.0
    )
    return Transfer(
        flow.id, direction, first, spans[-1].end_ns, octets, int(turn[:, BIN.PACKETS].sum()), lost, overtaken, needless, trip,
        int(window.max()), largest, rate, grows, spans,
    )  # fmt: skip


def _windows(begins: np.ndarray, new: np.ndarray, length: int, trip: int) -> np.ndarray:
    """Octets that were new within the last round trip, bin by bin."""
    if length >= trip:
        return new * trip // length
    total = np.concatenate([[0], np.cumsum(new)])
    since = np.searchsorted(begins, begins - trip, side="right")
    return total[1:] - total[since]


def _labels(
    flow: Flow, direction: int, rows: np.ndarray, window: np.ndarray, reach: np.ndarray, begins: np.ndarray, length: int,
    trip: int, rate: float,
) -> list[str]:  # fmt: skip
    """What limits each bin."""
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
    shown = (lost + late + rows[:, BIN.HOLES] if disorder else lost + rows[:, BIN.HOLES] - filled) > 0
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

"""How each half-flow went on, in bins of time: what it sent, what of it was missing, how far the other side let it go.

A transfer is judged by its windows, and a window is what goes within one round trip. So its packets are added up over bins of
``BIN_NS``, counted from the first packet of the flow: by a kernel, or where kernels are plain Python by column expressions that
do the same. Nothing is kept of a packet. Where a half-flow has more than ``BINS_MOST`` bins, two neighbours become one, over and
over: a transfer of a day takes what one of half a minute does. The sums do not depend on where batches are cut.
"""

from typing import Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.columns import Cell, Layout, frame, in_order, moment
from netanalyze.kernel import kernel
from netanalyze.tracking.marks import (
    KEEP_ALIVE,
    LOST_SEGMENT,
    OUT_OF_ORDER,
    OVERTAKEN,
    RESENT,
    SPURIOUS_RETRANSMISSION,
    ZERO_WINDOW_PROBE,
)
from netanalyze.tracking.state import FLOW, HALF, FlowState
from netanalyze.wire.layers import ACK, PACKET, RST, SYN, TCP  # fmt: skip
from netanalyze.wire.packets import column

BIN_NS = 10_000_000
"""As the shortest gap (tracking/gaps.py): below a person's notice, above a kernel's timer tick."""
HEAD = 8192
"""Octets at the beginning of each direction that are not added up: a handshake and a small answer. Most flows have no more,
and take no room."""
BINS_MOST, ROWS_HELD = 2048, 1 << 16
"""Bins of a half-flow, and rows that are held before they are added up."""

BULK = 43_800
"""Octets from which a turn is a transfer: what slow start sends in two round trips (RFC 6928: 14.6 kB, then twice that); less
says nothing of how a window grows."""
OVER_NS = 120_000_000_000
"""So long after its last packet nothing more comes of a flow that was closed (Linux, TCP_RTO_MAX; RFC 9293 section 3.6.1)."""
HalfBins = tuple[int, np.ndarray]
"""The length of the bins of a half-flow, ns, and the bins, ``i8 (n, BIN.WIDTH)``."""

BIN = Layout(
    Cell("half", "1", "2 * flow id + direction"),
    Cell("number", "1", "which bin, counted from the flow's first packet"),
    Cell("packets", "packets", "with payload"),
    Cell("octets", "octets", "payload, repeats included"),
    Cell("holes", "packets", "before which something is missing (Wireshark's previous segment not captured)"),
    Cell("repaired", "packets", "sent again, or that fill a hole too late for the order of the path"),
    Cell("needless", "packets", "sent again that the receiver had acknowledged"),
    Cell("overtaken", "packets", "originals that others overtook, and copies"),
    Cell("pairs", "packets", "with a predecessor"),
    Cell("distance", "µs", "to it, summed up"),
    Cell("squares", "µs²", "of these distances, summed up"),
    Cell("resent", "packets", "any repeat, also one that shows no loss"),
    Cell("reach", "offset", "highest one sent, + 1"),
    Cell("acked", "offset", "highest one of the other half that this one acknowledged"),
    Cell("edge", "offset", "highest one of the other half that this one's window allows"),
    moment("last_ns", "last payload"),
    frame("last_frame", "last payload"),
    frame("first_frame", "first payload"),
    frame("first_hole", "first that shows a loss"),
)
"""What a half-flow did in a span of time, a row: counts, then maxima, then minima."""
_SUMS, _MAXIMA, _MINIMA = (
    slice(BIN.PACKETS, BIN.REACH),
    slice(BIN.REACH, BIN.FIRST_FRAME),
    slice(BIN.FIRST_FRAME, BIN.WIDTH),
)
NO_FRAME = 1 << 62
"""Where no frame is the first of its kind."""
FAR_US = 1_000_000
"""A distance is never reckoned longer: a pause is one far apart, however long it was."""


@kernel
def bin_packets(frames, packets, rows, first_frame, flows, halves, levels, sent_ns, newest, bins):
    """Add up the TCP packets of a batch in bins; returns how many bins were begun in ``bins``.

    ``newest`` is by half-flow which bin was begun last, + 1, 0 none; ``sent_ns`` when the last payload was sent, 0 never. A
    clock that steps back may begin a bin a second time: ``merged`` makes them one.
    """
    count = 0
    for row in range(rows):
        p = row * PACKET.WIDTH
        flow = packets[p + PACKET.FLOW_ID]
        if packets[p + PACKET.LAYERS] & TCP == 0 or flow < 0:
            continue
        f, direction = flow * FLOW.WIDTH, packets[p + PACKET.DIRECTION]
        half, now = 2 * flow + direction, frames[row * FRAME.WIDTH + FRAME.TIME_NS]
        end, marks = packets[p + PACKET.STREAM_OFFSET] + packets[p + PACKET.PAYLOAD_LENGTH], packets[p + PACKET.MARKS]
        data = packets[p + PACKET.PAYLOAD_LENGTH] > 0 and end > HEAD and marks & (KEEP_ALIVE | ZERO_WINDOW_PROBE) == 0
        acked = acknowledged(packets, p, flows, f, halves)
        if not data and acked <= HEAD:
            continue
        age = now - flows[f + FLOW.FIRST_NS]
        number = (age // BIN_NS if age > 0 else 0) >> levels[half]
        at = (newest[half] - 1) * BIN.WIDTH
        if at < 0 or bins[at + BIN.NUMBER] != number:
            at = count * BIN.WIDTH
            count += 1
            newest[half] = count
            begin_bin(bins, at, half, number)
        if data:
            add_payload(bins, at, packets[p + PACKET.PAYLOAD_LENGTH], end, marks, first_frame + row, now)
            if sent_ns[half] > 0:
                add_distance(bins, at, (now - sent_ns[half]) // 1000)
            sent_ns[half] = now
        if acked > HEAD:
            scale = halves[(2 * flows[f + FLOW.PAIR] + direction) * HALF.WIDTH + HALF.SCALE]
            add_acknowledgment(bins, at, acked, packets[p + PACKET.TCP_WINDOW], scale)
    return count


@kernel
def acknowledged(packets, p, flows, f, halves):
    """Up to which offset of the other half-flow a packet acknowledges; 0 where it does not."""
    if packets[p + PACKET.TCP_FLAGS] & (ACK | SYN | RST) != ACK:
        return 0
    direction = packets[p + PACKET.DIRECTION]
    other = (2 * flows[f + FLOW.PAIR] + 1 - direction) * HALF.WIDTH
    acked = packets[p + PACKET.TCP_ACK] - flows[f + FLOW.BASE_1 - direction]
    return acked + (halves[other + HALF.NEXT] - acked + 2147483648) // 4294967296 * 4294967296


@kernel
def begin_bin(bins, at, half, number):
    """Write the row of a bin in which nothing is yet."""
    for field in range(BIN.WIDTH):
        bins[at + field] = NO_FRAME if field >= BIN.FIRST_FRAME else 0
    bins[at + BIN.HALF], bins[at + BIN.NUMBER] = half, number


@kernel
def add_payload(bins, at, length, end, marks, frame, now):
    """Add a packet with payload up to the offset ``end`` to the bin at ``at``."""
    again, late = marks & (RESENT | OUT_OF_ORDER), marks & OVERTAKEN
    hole, needless = marks & LOST_SEGMENT, marks & SPURIOUS_RETRANSMISSION
    bins[at + BIN.PACKETS] += 1
    bins[at + BIN.OCTETS] += length
    bins[at + BIN.HOLES] += 1 if hole else 0
    bins[at + BIN.REPAIRED] += 1 if again and not late and not needless else 0
    bins[at + BIN.NEEDLESS] += 1 if needless and not late else 0
    bins[at + BIN.OVERTAKEN] += 1 if late else 0
    bins[at + BIN.RESENT] += 1 if again else 0
    if end > bins[at + BIN.REACH]:
        bins[at + BIN.REACH] = end
    if now > bins[at + BIN.LAST_NS]:
        bins[at + BIN.LAST_NS] = now
    bins[at + BIN.LAST_FRAME] = frame
    if frame < bins[at + BIN.FIRST_FRAME]:
        bins[at + BIN.FIRST_FRAME] = frame
    if (hole or (again and not late)) and frame < bins[at + BIN.FIRST_HOLE]:
        bins[at + BIN.FIRST_HOLE] = frame


@kernel
def add_distance(bins, at, apart):
    """Add how far a packet is from the one before it, µs, to the bin at ``at``."""
    apart = 0 if apart < 0 else FAR_US if apart > FAR_US else apart
    bins[at + BIN.PAIRS] += 1
    bins[at + BIN.DISTANCE] += apart
    bins[at + BIN.SQUARES] += apart * apart


@kernel
def add_acknowledgment(bins, at, acked, window, scale):
    """Note in the bin at ``at`` how far a packet acknowledges the other half, and allows it to go."""
    scale = 0 if scale < 0 else 14 if scale > 14 else scale
    if acked > bins[at + BIN.ACKED]:
        bins[at + BIN.ACKED] = acked
    if acked + (window << scale) > bins[at + BIN.EDGE]:
        bins[at + BIN.EDGE] = acked + (window << scale)


def merged(rows: np.ndarray) -> np.ndarray:
    """Rows of one bin made one: counts added, edges raised, first frames kept. ``i8 (n, BIN.WIDTH)`` in order of half, bin."""
    if not len(rows):
        return rows
    rows = rows[np.lexsort((rows[:, BIN.NUMBER], rows[:, BIN.HALF]))]
    new = np.flatnonzero(
        (np.diff(rows[:, BIN.HALF], prepend=-1) != 0)
        | (np.diff(rows[:, BIN.NUMBER], prepend=rows[0, BIN.NUMBER] - 1) != 0)
    )
    sizes = np.diff(new, append=len(rows))
    several = np.flatnonzero(sizes > 1)
    if not len(several):
        return rows
    out = rows[new]
    some = rows[np.repeat(sizes > 1, sizes)]  # of most bins there is one row, which is right as it is
    begins = np.cumsum(sizes[several]) - sizes[several]
    for columns, how in ((_SUMS, np.add), (_MAXIMA, np.maximum), (_MINIMA, np.minimum)):
        out[several, columns] = how.reduceat(some[:, columns], begins)
    return out


def coarser(rows: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bins of half-flows that have more than ``BINS_MOST``, two made one until they have no more.

    Args:
        rows: merged.
        levels: ``i8 (n,)``, by half: how often two bins of it were made one.

    Returns:
        Rows and levels anew.
    """
    levels = levels.copy()
    while len(rows):
        halves, counts = np.unique(rows[:, BIN.HALF], return_counts=True)
        many = halves[counts > BINS_MOST]
        if not len(many):
            break
        levels[many] += 1
        of_many = np.isin(rows[:, BIN.HALF], many)
        rows = rows.copy()
        rows[of_many, BIN.NUMBER] >>= 1
        rows = merged(rows)
    return rows, levels


class Bins:
    """The bins of all half-flows of a capture."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []
        self._added = 0
        self._levels = np.zeros(0, dtype=np.int64)
        self._sent_ns = np.zeros(0, dtype=np.int64)  # by half: when its last payload was sent, 0 never

    def note(self, batch: FrameBatch, packets: Any, state: FlowState) -> None:
        """Add up the TCP packets of a batch, which the kernels have marked."""
        self._reserve(2 * state.count)
        rows = self.rows(batch, packets, state)
        if not len(rows):
            return  # an empty view would hold the memory of a whole batch
        self._parts.append(merged(rows))
        self._added += len(self._parts[-1])
        if self._added > max(ROWS_HELD, len(self._parts[0])):
            self._parts = [self._of_transfers(self._add_up(), state, int(batch.frames[:, FRAME.TIME_NS].max()))]

    def _reserve(self, halves: int) -> None:
        """Room for so many half-flows, and half as many more."""
        room = halves - len(self._levels)
        if room > 0:
            more = np.zeros(room + halves // 2, dtype=np.int64)
            self._levels, self._sent_ns = (np.concatenate([one, more]) for one in (self._levels, self._sent_ns))

    def rows(self, batch: FrameBatch, packets: Any, state: FlowState) -> np.ndarray:
        """The bins of a batch, not merged yet: by the kernel where it is compiled, else by columns."""
        return (self.by_kernel if state.engine.compiled else self.by_columns)(batch, packets, state)

    def by_kernel(self, batch: FrameBatch, packets: Any, state: FlowState) -> np.ndarray:
        """The bins of a batch as the kernel adds them up."""
        bins, newest = np.empty(len(batch) * BIN.WIDTH, dtype=np.int64), np.zeros(2 * state.count, dtype=np.int64)
        count = state.engine.run(
            bin_packets, batch.frames.reshape(-1), packets, len(batch), batch.first_frame_number, state.flow_cells,
            state.half_cells, self._levels, self._sent_ns, newest, bins,
        )  # fmt: skip
        return bins[: count * BIN.WIDTH].reshape(-1, BIN.WIDTH)

    def _add_up(self) -> np.ndarray:
        """All rows, merged."""
        if len(self._parts) > 1:
            whole = [np.concatenate(self._parts)]
            self._parts.clear()  # nothing is held twice
            rows, self._levels = coarser(merged(whole.pop()), self._levels)
            self._parts, self._added = [rows], 0
        return self._parts[0] if self._parts else np.zeros((0, BIN.WIDTH), dtype=np.int64)

    @staticmethod
    def _of_transfers(rows: np.ndarray, state: FlowState, now_ns: int) -> np.ndarray:
        """The rows but those of flows that are over since ``OVER_NS`` and had too little for a transfer."""
        small = np.maximum(state.half("octets", 0), state.half("octets", 1)) < BULK
        fins, resets = ([state.half(name, side) > 0 for side in (0, 1)] for name in ("fin_frame", "rst_count"))
        closed = (fins[0] & fins[1]) | resets[0] | resets[1]
        over = small & closed & (state.flow("last_ns") < now_ns - OVER_NS)
        return rows[~over[rows[:, BIN.HALF] // 2]]

    def by_columns(self, batch: FrameBatch, packets: Any, state: FlowState) -> np.ndarray:
        """A row for each TCP packet, by column expressions."""
        count = len(batch)
        flow = column(packets, PACKET.FLOW_ID, count)
        chosen = np.flatnonzero((column(packets, PACKET.LAYERS, count) & TCP != 0) & (flow >= 0))

        def of(field: int) -> np.ndarray:
            return column(packets, field, count)[chosen]

        flow, direction, flags, length = (
            of(PACKET.FLOW_ID),
            of(PACKET.DIRECTION),
            of(PACKET.TCP_FLAGS),
            of(PACKET.PAYLOAD_LENGTH),
        )
        found, start = of(PACKET.MARKS), of(PACKET.STREAM_OFFSET)
        times = batch.frames[chosen, FRAME.TIME_NS]
        frames = chosen + batch.first_frame_number
        half = 2 * flow + direction
        rows = np.zeros((len(chosen), BIN.WIDTH), dtype=np.int64)
        first = _cells(state.flow_cells, flow * FLOW.WIDTH + FLOW.FIRST_NS)
        rows[:, BIN.HALF] = half
        rows[:, BIN.NUMBER] = np.maximum(times - first, 0) // BIN_NS >> self._levels[half]
        data = (length > 0) & (start + length > HEAD) & (found & (KEEP_ALIVE | ZERO_WINDOW_PROBE) == 0)
        again, late = found & (RESENT | OUT_OF_ORDER) != 0, found & OVERTAKEN != 0
        needless = found & SPURIOUS_RETRANSMISSION != 0
        rows[:, BIN.PACKETS] = data
        rows[:, BIN.OCTETS] = np.where(data, length, 0)
        rows[:, BIN.HOLES] = data & (found & LOST_SEGMENT != 0)
        rows[:, BIN.REPAIRED] = data & again & ~late & ~needless
        rows[:, BIN.NEEDLESS] = data & needless & ~late
        rows[:, BIN.OVERTAKEN] = data & late
        rows[:, BIN.RESENT] = data & again
        rows[:, BIN.REACH] = np.where(data, start + length, 0)
        rows[:, BIN.LAST_NS] = np.where(data, np.maximum(times, 0), 0)
        rows[:, BIN.LAST_FRAME] = np.where(data, frames, 0)
        rows[:, BIN.FIRST_FRAME] = np.where(data, frames, NO_FRAME)
        lost = data & ((found & LOST_SEGMENT != 0) | (again & ~late))
        rows[:, BIN.FIRST_HOLE] = np.where(lost, frames, NO_FRAME)
        self._distances(rows, np.flatnonzero(data), half, times)
        first = 2 * _cells(state.flow_cells, flow * FLOW.WIDTH + FLOW.PAIR)
        acked = of(PACKET.TCP_ACK) - _cells(state.flow_cells, flow * FLOW.WIDTH + FLOW.BASE_0 + 1 - direction)
        near = _cells(state.half_cells, (first + 1 - direction) * HALF.WIDTH + HALF.NEXT)
        acked += (near - acked + (1 << 31)) >> 32 << 32
        scale = np.clip(_cells(state.half_cells, (first + direction) * HALF.WIDTH + HALF.SCALE), 0, 14)
        speaks = (flags & (ACK | SYN | RST) == ACK) & (acked > HEAD)
        rows[:, BIN.ACKED] = np.where(speaks, acked, 0)
        rows[:, BIN.EDGE] = np.where(speaks, acked + (of(PACKET.TCP_WINDOW) << scale), 0)
        return rows[data | speaks]

    def _distances(self, rows: np.ndarray, data: np.ndarray, half: np.ndarray, times: np.ndarray) -> None:
        """How far each segment is from the one before it of its half-flow."""
        order = data[in_order(half[data])]
        whose, when = half[order], times[order]
        begins = np.diff(whose, prepend=-1) != 0
        before = np.where(begins, self._sent_ns[whose], np.roll(when, 1))
        apart = np.clip((when - before) // 1000, 0, FAR_US)
        known = before > 0
        rows[order, BIN.PAIRS] = known
        rows[order, BIN.DISTANCE] = np.where(known, apart, 0)
        rows[order, BIN.SQUARES] = np.where(known, apart * apart, 0)
        self._sent_ns[whose] = when  # the last one of each is written last

    def of_flow(self, flow_id: int, octets: int) -> tuple[HalfBins | None, HalfBins | None]:
        """The bins of a TCP flow by direction; None where neither side sent more than ``octets``, too few for a transfer."""
        if octets < BULK:
            return None, None
        return self._of_half(2 * flow_id), self._of_half(2 * flow_id + 1)

    def _of_half(self, half: int) -> HalfBins | None:
        rows = self._add_up()
        start, end = np.searchsorted(rows[:, BIN.HALF], (half, half + 1))
        return (BIN_NS << int(self._levels[half]), rows[start:end]) if end > start else None


def _cells(cells: Any, places: np.ndarray) -> np.ndarray:
    """Layout of a state matrix, an array or a list, at ``places``."""
    if isinstance(cells, np.ndarray):
        return cells[places]
    unique, back = np.unique(places, return_inverse=True)
    return np.array([cells[at] for at in unique.tolist()], dtype=np.int64)[back]

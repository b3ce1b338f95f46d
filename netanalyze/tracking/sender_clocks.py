"""Whether the capture's clock was set ahead: senders write a clock of their own into their segments (TSval, RFC 7323).

Where the capture says that seconds went by between two frames, and both ends of a connection say that hardly any did, the
recorder's clock was set. One end alone proves nothing: a machine that slept has not counted either (and where both ends are one
machine that slept, this cannot tell).
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.findings import Threshold
from netanalyze.tracking.sacks import options_of
from netanalyze.tracking.tcp_options import TIMESTAMPS
from netanalyze.units import SECOND_NS
from netanalyze.wire.layers import PACKET, TCP
from netanalyze.wire.packets import column

SILENCE = Threshold(
    2, "s", source="RFC 7323 section 5.4: a sender's clock ticks at least once a second",
    why="in less its clock need not have moved at all",
)  # fmt: skip
PART = Threshold(
    0.5, "of the silence", source="chosen here: a rate measured over ten ticks is right within a tenth or so",
    why="who counted less than this saw much less time go by",
)  # fmt: skip
TICKS_LEAST, TICK_NS = 10, 1_000_000
"""Ticks over which the rate of a sender's clock is measured; none ticks faster than once a millisecond (RFC 7323 section 5.4):
what seems to was seen across a step of a clock that moves in steps."""
AROUND, SILENCES_MOST = 64, 1000
"""Packets on either side of a silence whose clocks are read, and silences that are looked at."""
SPAN = 1 << 32
CELLS = (PACKET.LAYERS, PACKET.OPTIONS_START, PACKET.PAYLOAD_START, PACKET.FLOW_ID, PACKET.DIRECTION)
Key = tuple[int, int]
"""A flow and a direction."""


class Stamp(NamedTuple):
    """What a sender's clock showed when a packet was captured."""

    ns: int
    ticks: int


def _later(first: Stamp, last: Stamp) -> int:
    """Ticks from one to the other, as the counter wraps."""
    return (last.ticks - first.ticks + SPAN // 2) % SPAN - SPAN // 2


@dataclass
class _Silence:
    frame: int
    before: dict[Key, list[Stamp]]
    after: dict[Key, list[Stamp]] = field(default_factory=lambda: defaultdict(list))
    read: int = 0

    def was_none(self) -> bool:
        """Whether both ends of a connection say that it was none."""
        said = {key: self._none(key) for key in self.after if key in self.before}
        told = {key: one for key, one in said.items() if one is not None}
        return bool(told) and all(told.values()) and any((flow, 1 - side) in told for flow, side in told)

    def _none(self, key: Key) -> bool | None:
        before, after = self.before[key], self.after[key]
        rate = _rate(before) or _rate(after)
        if not rate:
            return None
        gap = after[0].ns - before[-1].ns
        return _later(before[-1], after[0]) / rate < gap * PART.value


def _rate(stamps: list[Stamp]) -> float | None:
    """Ticks in a ns; None where too few went by."""
    ticks, ns = _later(stamps[0], stamps[-1]), stamps[-1].ns - stamps[0].ns
    return min(ticks / ns, 1 / TICK_NS) if ticks >= TICKS_LEAST and ns > 0 else None


class _Segment(NamedTuple):
    key: Key
    ns: int
    options: bytes

    def stamp(self) -> Stamp | None:
        """What its sender's clock showed; None where it does not say."""
        values = (value for kind, value in options_of(self.options) if kind == TIMESTAMPS and len(value) == 8)
        value = next(values, None)
        return None if value is None else Stamp(self.ns, int.from_bytes(value[:4]))


def _segments(batch: FrameBatch, fields: list[np.ndarray], start: int, stop: int) -> Iterator[_Segment]:
    """The segments of TCP in some rows, with their options as they are."""
    layers, begin, end, flow, side = (field[start:stop] for field in fields)
    there = np.flatnonzero((layers & TCP != 0) & (flow >= 0) & (end <= len(batch.buffer)))
    columns = (flow[there], side[there], batch.frames[start:stop, FRAME.TIME_NS][there], begin[there], end[there])
    for number, direction, ns, first, behind in zip(*(one.tolist() for one in columns)):
        yield _Segment((number, direction), ns, batch.buffer[first:behind].tobytes())


class SenderClocks:
    """Reads the clocks of senders beside silences of the whole capture."""

    def __init__(self) -> None:
        self._recent: deque[_Segment] = deque(maxlen=AROUND)
        self._latest_ns: int | None = None
        self._silences: list[_Silence] = []

    def note(self, batch: FrameBatch, packets: Any) -> None:
        """Take the frames of a batch, their flows being numbered."""
        times = batch.frames[:, FRAME.TIME_NS]
        since = np.diff(times, prepend=self._latest_ns if self._latest_ns is not None else times[0])
        self._latest_ns = int(times[-1])
        rows, at = len(batch), 0
        fields = [column(packets, cell, rows) for cell in CELLS]
        for row in np.flatnonzero(since >= SILENCE.value * SECOND_NS).tolist():
            self._read(batch, fields, at, row)
            if len(self._silences) < SILENCES_MOST:
                before: dict[Key, list[Stamp]] = defaultdict(list)
                for segment in self._recent:
                    if (stamp := segment.stamp()) is not None:
                        before[segment.key].append(stamp)
                self._silences.append(_Silence(batch.first_frame_number + row, before))
            at = row
        self._read(batch, fields, at, rows)

    def _read(self, batch: FrameBatch, fields: list[np.ndarray], start: int, stop: int) -> None:
        """Take some rows: the clocks of the first AROUND behind an open silence; the last AROUND are read where one begins."""
        if self._silences and (wanted := AROUND - self._silences[-1].read) > 0:
            last = self._silences[-1]
            ahead = min(start + wanted, stop)
            last.read += ahead - start
            for segment in _segments(batch, fields, start, ahead):
                if (stamp := segment.stamp()) is not None:
                    last.after[segment.key].append(stamp)
        self._recent.extend(_segments(batch, fields, max(start, stop - AROUND), stop))

    def set_ahead(self) -> list[int]:
        """The frames before which the capture's clock was set ahead."""
        return [one.frame for one in self._silences if one.was_none()]

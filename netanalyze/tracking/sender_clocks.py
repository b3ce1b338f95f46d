"""Whether the capture's clock was set ahead: senders write a clock of their own into their segments (TSval, RFC 7323).

Where the capture says that seconds went by between two frames, and both ends of a connection say that hardly any did, the
recorder's clock was set. One end alone proves nothing: a machine that slept has not counted either (and where both ends are one
machine that slept, this cannot tell).
"""

from collections import defaultdict
from collections.abc import Iterable
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


class _Segment:
    """A segment near a silence, as it came; its options are read where somebody asks for its clock."""

    __slots__ = ("_options", "_stamp", "key", "ns")

    def __init__(self, key: Key, ns: int, options: bytes):
        self.key, self.ns, self._options = key, ns, options
        self._stamp: Stamp | None = None

    def stamp(self) -> Stamp | None:
        """What its sender's clock showed; None where it does not say."""
        if self._options:
            options, self._options = options_of(self._options), b""
            value = next((value for kind, value in options if kind == TIMESTAMPS and len(value) == 8), None)
            self._stamp = Stamp(self.ns, int.from_bytes(value[:4])) if value is not None else None
        return self._stamp


def _by_key(segments: Iterable[_Segment]) -> dict[Key, list[Stamp]]:
    """What clocks showed, by whose they are."""
    found: dict[Key, list[Stamp]] = defaultdict(list)
    for segment in segments:
        if (stamp := segment.stamp()) is not None:
            found[segment.key].append(stamp)
    return found


@dataclass
class _Silence:
    frame: int
    before: list[_Segment]
    after: list[_Segment] = field(default_factory=list)
    read: int = 0

    def was_none(self) -> bool:
        """Whether both ends of a connection say that it was none."""
        before, after = _by_key(self.before), _by_key(self.after)
        said = {key: _none(before[key], after[key]) for key in after if key in before}
        told = {key: one for key, one in said.items() if one is not None}
        return bool(told) and all(told.values()) and any((flow, 1 - side) in told for flow, side in told)


def _none(before: list[Stamp], after: list[Stamp]) -> bool | None:
    """Whether a clock says that hardly any time went by; None where it does not tell."""
    rate = _rate(before) or _rate(after)
    if not rate:
        return None
    gap = after[0].ns - before[-1].ns
    return _later(before[-1], after[0]) / rate < gap * PART.value


def _rate(stamps: list[Stamp]) -> float | None:
    """Ticks in a ns; None where too few went by."""
    ticks, ns = _later(stamps[0], stamps[-1]), stamps[-1].ns - stamps[0].ns
    return min(ticks / ns, 1 / TICK_NS) if ticks >= TICKS_LEAST and ns > 0 else None


class SenderClocks:
    """Reads the clocks of senders beside silences of the whole capture."""

    def __init__(self) -> None:
        self._recent: list[_Segment] = []
        self._silences: list[_Silence] = []

    def note(self, batch: FrameBatch, packets: Any, since: np.ndarray) -> None:
        """Take the frames of a batch, their flows being numbered.

        Args:
            since: ns of each frame since the one before it, 0 of the first, ``i8 (n,)``.
        """
        rows, at = len(batch), 0
        fields = [column(packets, cell, rows) for cell in CELLS]
        for row in np.flatnonzero(since >= SILENCE.value * SECOND_NS).tolist():
            self._read(batch, fields, at, row)
            if len(self._silences) < SILENCES_MOST:
                self._silences.append(_Silence(batch.first_frame_number + row, self._recent.copy()))
            at = row
        self._read(batch, fields, at, rows)

    def _read(self, batch: FrameBatch, fields: list[np.ndarray], start: int, stop: int) -> None:
        """Read the clocks of some rows: of the first AROUND behind an open silence, and of the last AROUND."""
        last = self._silences[-1] if self._silences else None
        wanted = AROUND - last.read if last is not None else 0
        ahead = min(start + max(wanted, 0), stop)
        rows = [*range(start, ahead), *range(max(ahead, stop - AROUND), stop)]
        layers, begin, end, flow, side = (cells[rows] for cells in fields)
        here = (layers & TCP != 0) & (flow >= 0) & (end <= len(batch.buffer)) & (end > begin)
        places = zip(*(cells[here].tolist() for cells in (np.array(rows, dtype=np.int64), begin, end, flow, side)))
        for at, first, behind, whose, direction in places:
            options = batch.buffer[first:behind].tobytes()
            segment = _Segment((whose, direction), int(batch.frames[at, FRAME.TIME_NS]), options)
            if last is not None and at < ahead:
                last.after.append(segment)
            self._recent.append(segment)
        if last is not None:
            last.read += ahead - start
        del self._recent[:-AROUND]

    def set_ahead(self) -> list[int]:
        """The frames before which the capture's clock was set ahead."""
        return [one.frame for one in self._silences if one.was_none()]

"""What is said at the beginning of TLS connections, kept as it came: it is read in full where somebody asks for it.

Of most connections nobody does: their hellos are of a usual form (netanalyze.conversations.hellos).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from netanalyze.columns import GROWTH, in_order, longer
from netanalyze.kernel import Engine
from netanalyze.tracking.segments import WantedSegments
from netanalyze.tracking.spans import gather
from netanalyze.wire.message.tls_names import CLIENT_HELLO, HANDSHAKE

OCTETS_MOST = 128 * 1024 * 1024
"""Octets that are kept: the beginnings of thirty thousand connections. What is said beyond is read at once."""
FIRST_OFFSET, HELLO_LEAST = 1, 6
"""Where the first octet of a half-flow lies, and how many tell a ClientHello: content type, version, length, message type."""


class DeferredOctets(NamedTuple):
    """The octets of a segment, as ``Conversation.take`` takes them."""

    direction: int
    offset: int
    octets: bytes
    frame: int
    ns: int


class Beginnings(NamedTuple):
    """What both sides of some flows said, one behind the other; of a flow whose octets did not come in order, nothing.

    Attributes:
        ends: from where to where what the client and the server said lies in it, ``i8 (n, 4)``.
        behind, frame, ns: of the segments that brought it, in order: where each ends in it, ``i8 (m,)``.
    """

    octets: np.ndarray
    ends: np.ndarray
    behind: np.ndarray
    frame: np.ndarray
    ns: np.ndarray


class Deferred:
    """The segments of flows whose first octets begin a ClientHello, in frame order."""

    def __init__(self, engine: Engine) -> None:
        self.octets = 0
        self._engine = engine
        self._kept = np.empty(0, dtype=np.uint8)
        self._rows: list[np.ndarray] = []
        self._order: np.ndarray | None = None  # of the rows by flow, where it is known
        self._flows = np.zeros(0, dtype=np.int64)

    def take(self, segments: WantedSegments) -> None:
        """Keep some segments."""
        behind = self.octets + np.cumsum(segments.length)
        end = int(behind[-1]) if len(behind) else self.octets
        if end > len(self._kept):
            self._kept = longer(self._kept, self.octets, end, GROWTH * end)
        self._gather(segments.octets, segments.start, segments.length, self._kept[self.octets : end])
        columns = (segments.flow, segments.direction, segments.offset, segments.length, segments.frame, segments.ns)
        self._rows.append(np.column_stack([*columns, behind - segments.length]))
        self.octets = end
        self._order = None

    def _gather(self, octets: np.ndarray, start: np.ndarray, length: np.ndarray, into: np.ndarray) -> None:
        begins, ends = np.ascontiguousarray(start), start + length
        self._engine.run(gather, octets, begins, ends, len(begins), into)

    def _all(self) -> np.ndarray:
        """A row for each segment: flow, direction, offset, length, frame, ns, and where its octets begin."""
        if len(self._rows) > 1:
            self._rows = [np.concatenate(self._rows)]
        return self._rows[0] if self._rows else np.zeros((0, 7), dtype=np.int64)

    def pieces(self, flow: int) -> Iterator[DeferredOctets]:
        """What was kept of one flow, in order."""
        rows = self._all()
        if self._order is None:
            self._order = in_order(rows[:, 0])
            self._flows = rows[self._order, 0]
        first, behind = np.searchsorted(self._flows, (flow, flow + 1))
        for _, direction, offset, length, frame, ns, start in rows[self._order[first:behind]].tolist():
            yield DeferredOctets(direction, offset, self._kept[start : start + length].tobytes(), frame, ns)

    def streams(self, flows: np.ndarray) -> Beginnings:
        """What was kept of some flows, ids in order."""
        rows = self._all()
        place = np.searchsorted(flows, rows[:, 0])
        here = np.append(flows, -1)[place] == rows[:, 0]
        rows, place = rows[here], place[here]
        side = 2 * place + rows[:, 1]
        order = in_order(side)
        rows, side = rows[order], side[order]
        begins = np.diff(side, prepend=-1) != 0
        behind = np.cumsum(rows[:, 3])
        ends = np.zeros((2 * len(flows), 2), dtype=np.int64)
        first, last = np.flatnonzero(begins), np.flatnonzero(np.diff(side, append=-1) != 0)
        ends[side[first]] = np.column_stack([behind[first] - rows[first, 3], behind[last]])
        expected = np.where(begins, FIRST_OFFSET, np.roll(rows[:, 2] + rows[:, 3], 1))
        ends[side[rows[:, 2] != expected]] = 0
        octets = np.empty(int(behind[-1]) if len(behind) else 0, dtype=np.uint8)
        self._gather(self._kept[: self.octets], rows[:, 6], rows[:, 3], octets)
        return Beginnings(octets, ends.reshape(-1, 4), behind, rows[:, 4], rows[:, 5])


def begins_client_hello(segments: WantedSegments, rows: np.ndarray) -> np.ndarray:
    """Which of some rows hold the first octets of a half-flow, and these begin a ClientHello, ``bool (n,)``."""
    octets, start = segments.octets, segments.start[rows]
    found = (segments.direction[rows] == 0) & (segments.offset[rows] == FIRST_OFFSET) & segments.whole[rows]
    found &= segments.length[rows] >= HELLO_LEAST
    start = np.where(found, start, 0)
    for place, octet in ((0, HANDSHAKE), (1, 3), (5, CLIENT_HELLO)):
        found[found] &= octets[start[found] + place] == octet
    return found

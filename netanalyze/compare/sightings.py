"""A connection as one point saw it, in numbers that all points share: stream offsets, and moments of that point's clock.

Offsets count from the initial sequence number, so that a NAT that draws numbers anew changes none of them; where a capture
began in the midst of a connection, or a relay put a request of its own in front, a shift makes them the same.
"""

import heapq
from functools import cached_property

import numpy as np

from netanalyze.compare.points import COLUMNS, Point, Side
from netanalyze.report.facts import endpoint
from netanalyze.wire.layers import ACK, FIN, RST, SYN, TCP

_FRAME, _TIME, _DIRECTION, _FLAGS, _OFFSET, _ACK, _LENGTH, _IP_ID, _TTL, _LAYERS, _DIGEST = (
    COLUMNS.index(name)
    for name in (
        "frame",
        "time_ns",
        "direction",
        "flags",
        "offset",
        "ack",
        "length",
        "ip_id",
        "ttl",
        "layers",
        "digest",
    )
)
Sight = tuple[int, int]
"""When, ns of the point's own clock, and in which frame."""
UNKNOWN = -1


class SightedHalf:
    """What one side of a connection sent, as one point saw it; columns ``i8 (n,)`` in the order of the file.

    Attributes:
        start, end: stream offsets of the payload.
        ack: up to where it acknowledges the other side, -1 unknown.
        digest: a datagram's, 0 of TCP.
    """

    def __init__(self, rows: np.ndarray, shift: int, other_base: int | None, other_shift: int):
        self.frame, self.time, self.flags = rows[:, _FRAME], rows[:, _TIME], rows[:, _FLAGS]
        self.length, self.ip_id, self.ttl, self.digest = (rows[:, at] for at in (_LENGTH, _IP_ID, _TTL, _DIGEST))
        self.start = rows[:, _OFFSET] + shift
        self._begin = 1 + shift if len(rows) and bool((self.flags & SYN).any()) else None
        self.end = self.start + self.length
        if other_base is None:
            self.ack = np.full(len(rows), UNKNOWN, dtype=np.int64)
        else:
            numbered = (self.flags & ACK != 0) & (rows[:, _LAYERS] & TCP != 0)
            self.ack = np.where(numbered, ((rows[:, _ACK] - other_base) & 0xFFFFFFFF) + other_shift, UNKNOWN)

    def __len__(self) -> int:
        return len(self.time)

    def at(self, place: int) -> Sight:
        """When and in which frame a packet came."""
        return int(self.time[place]), int(self.frame[place])

    def _first(self, mask: np.ndarray) -> Sight | None:
        places = np.flatnonzero(mask)
        return self.at(int(places[0])) if len(places) else None

    def first_of(self, flag: int) -> Sight | None:
        """The first packet that bears a flag (SYN, FIN, RST)."""
        return self._first(self.flags & flag != 0)

    def first_with(self, octet: int) -> Sight | None:
        """The first packet that brings an octet."""
        return self._first((self.start <= octet) & (self.end > octet))

    def copies_of(self, octet: int) -> list[int]:
        """Places of the packets that bring an octet."""
        return np.flatnonzero((self.start <= octet) & (self.end > octet)).tolist()

    def first_ack(self, offset: int) -> Sight | None:
        """The first acknowledgment of all before an offset."""
        return self._first(self.ack >= offset)

    @cached_property
    def advances(self) -> np.ndarray:
        """How far the octets were whole: ``i8 (n, 3)``, offset up to which, ns, frame; offsets rise."""
        found: list[tuple[int, int, int]] = []
        reached = self._begin
        ahead: list[tuple[int, int]] = []  # a heap of what came before what stands in front of it
        for place in np.flatnonzero((self.length > 0) & (self.flags & RST == 0)).tolist():
            start, end = int(self.start[place]), int(self.end[place])
            reached = start if reached is None else reached
            if end <= reached:
                continue
            if start > reached:
                heapq.heappush(ahead, (start, end))
                continue
            reached = end
            while ahead and ahead[0][0] <= reached:
                reached = max(reached, heapq.heappop(ahead)[1])
            found.append((reached, *self.at(place)))
        return np.array(found, dtype=np.int64).reshape(-1, 3)

    def whole_to(self, end: int) -> Sight | None:
        """When all octets before an offset had come."""
        place = int(np.searchsorted(self.advances[:, 0], end))
        return (int(self.advances[place, 1]), int(self.advances[place, 2])) if place < len(self.advances) else None

    def whole_by(self, ns: int) -> int:
        """Up to where the octets were whole at a moment; 1 where nothing had come."""
        place = int(np.searchsorted(self.advances[:, 1], ns, "right"))
        return int(self.advances[place - 1, 0]) if place else 1

    def highest_by(self, ns: int) -> int:
        """The end of what had come by a moment, holes or not; 1 where nothing had."""
        ends = self.end[(self.time <= ns) & (self.length > 0)]
        return int(ends.max()) if len(ends) else 1


class Sighting:
    """A connection as one point saw it.

    Attributes:
        flow: its number there.
        flip: the capture takes the server for the originator (it began in the midst).
        shift: what is added to its stream offsets, by direction from the client, so that all points' are the same.
        begins: the first octet of either side that this sighting shares with the client's.
    """

    def __init__(
        self, number: int, point: Point, flow: int, flip: bool = False, shift: tuple[int, int] = (0, 0),
        begins: tuple[int, int] = (0, 0),
    ):  # fmt: skip
        self.number, self.point, self.flow, self.flip, self.shift, self.begins = (
            number,
            point,
            flow,
            flip,
            shift,
            begins,
        )

    def __repr__(self) -> str:
        return f"<Sighting of flow {self.flow} at {self.point.name}>"

    @cached_property
    def row(self) -> dict:
        """The flow's row of the table."""
        return self.point.flows[self.flow]

    @property
    def is_tcp(self) -> bool:
        """Whether it is TCP."""
        return bool(self.row["transport"] == "tcp")

    @cached_property
    def halves(self) -> tuple[SightedHalf, SightedHalf]:
        """What the client sent and what the server sent, as this point saw them."""
        rows = self.point.packets_of(self.flow)
        known = int(self.point.base_known[self.flow])
        bases = [int(base[self.flow]) if known >> side & 1 else None for side, base in enumerate(self.point.bases)]
        sides = (1, 0) if self.flip else (0, 1)
        return tuple(  # type: ignore[return-value]
            SightedHalf(rows[rows[:, _DIRECTION] == side], self.shift[to], bases[1 - side], self.shift[1 - to])
            for to, side in enumerate(sides)
        )

    def side(self, direction: int) -> Side | None:
        """The beginning of what the client (0) or the server (1) said."""
        return self.point.sides.get((self.flow, 1 - direction if self.flip else direction))

    @property
    def client_address(self) -> str:
        """The client's address and port."""
        return self._end("resp" if self.flip else "orig")

    @property
    def server_address(self) -> str:
        """The server's address and port."""
        return self._end("orig" if self.flip else "resp")

    def _end(self, side: str) -> str:
        return endpoint(self.row[f"{side}_address"], self.row[f"{side}_port"])


def control(half: SightedHalf, acknowledging: bool) -> Sight | None:
    """The first SYN of a side: of the server it acknowledges."""
    wanted = SYN | ACK if acknowledging else SYN
    places = np.flatnonzero(half.flags & (SYN | ACK) == wanted)
    return half.at(int(places[0])) if len(places) else None


__all__ = ["FIN", "RST", "SYN", "Sight", "SightedHalf", "Sighting", "control"]

"""Which flows of two captures are one connection, and what of them is the same: the TCP connection, or only what it carries.

From the surest sign to the weakest: the random of a ClientHello (RFC 8446 section 4.1.2: 32 octets, drawn for each), initial
sequence numbers (RFC 9293 section 3.4.1; a NAT leaves them), addresses and ports, the ports alone (a NAT that keeps them), a
datagram's octets (which hold a DNS message's id), what both sides said first. What a relay makes of a connection is another
one: it is known by what it carries, by whom it is for, and by when it began.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from netanalyze.compare.hellos import client_hello
from netanalyze.compare.points import COLUMNS, Point
from netanalyze.compare.sightings import Sighting
from netanalyze.findings import Threshold
from netanalyze.units import MILLISECOND_NS, SECOND_NS
from netanalyze.wire.layers import ACK, SYN

HEAD = Threshold(
    16,
    "octets",
    source="netanalyze, chosen",
    why="fewer than these (a banner, a greeting) begin many connections alike",
)
COMPARED_OCTETS = 64
SHARED = Threshold(
    0.5, "share of packets", source="netanalyze, measured",
    why="a relay shares next to no IP id with the other side, a router all that it did not lose",
)  # fmt: skip
EARLY_NS = 2 * MILLISECOND_NS
"""A relay's own connection begins after the one it serves; taps of one machine may hand frames over late by so much."""
RELAYED_MOST = 2_000
"""Flows without a sure counterpart that are held against each other one by one: a bound on the work, the earliest of them."""
SET_APART_NS = 60 * SECOND_NS
"""Clocks that nobody sets are apart by less; captures farther apart are of different times."""
_DIRECTION, _OFFSET, _LENGTH, _ACK, _IP_ID, _FLAGS, _DIGEST = (
    COLUMNS.index(name) for name in ("direction", "offset", "length", "ack", "ip_id", "flags", "digest")
)


@dataclass(frozen=True)
class Join:
    """Two flows that are one connection.

    Attributes:
        by: the sign by which they were joined.
        one_connection: the same packets pass both points; else something between them ends the one and opens the other.
        same_octets: what they carry is the same.
        flip: one of the two captures takes the other side for the originator.
        shift: what is to be added to the second's stream offsets to be the first's, by direction of the first.
        begins: the first octet of either side that both share, in the first's offsets.
    """

    first: int
    second: int
    by: str
    one_connection: bool
    same_octets: bool
    flip: bool = False
    shift: tuple[int, int] = (0, 0)
    begins: tuple[int, int] = (0, 0)


Key = Callable[[Point, int], Hashable | None]


def _hello(point: Point, flow: int) -> Hashable | None:
    said = point.sides.get((flow, 0))
    found = client_hello(said.head) if said else None
    return None if found is None else found.random


def _isn(side: int) -> Key:
    def key(point: Point, flow: int) -> Hashable | None:
        row = point.flows[flow]
        seen = row["syn_ns" if side == 0 else "syn_ack_ns"] is not None
        if row["transport"] != "tcp" or not seen or not int(point.base_known[flow]) >> side & 1:
            return None
        return int(point.bases[side][flow])

    return key


def _ends(row: dict[str, Any]) -> tuple[tuple[str, int], tuple[str, int]]:
    return (row["orig_address"], row["orig_port"]), (row["resp_address"], row["resp_port"])


def _tuple(point: Point, flow: int) -> Hashable | None:
    row = point.flows[flow]
    return (row["transport"], frozenset(_ends(row)))


def _ports(point: Point, flow: int) -> Hashable | None:
    row = point.flows[flow]
    return (row["transport"], row["orig_port"], *_ends(row)[1])


def _datagram(point: Point, flow: int) -> Hashable | None:
    if point.flows[flow]["transport"] != "udp":
        return None
    digests = [int(row[_DIGEST]) for row in point.packets_of(flow)[:8] if row[_DIRECTION] == 0 and row[_DIGEST]]
    return digests[0] if digests else None


def _said_first(point: Point, flow: int) -> Hashable | None:
    heads = [point.sides.get((flow, side)) for side in (0, 1)]
    if heads[0] is None or heads[1] is None:
        return None
    said = [side.head[:COMPARED_OCTETS] for side in heads if side is not None]
    return tuple(said) if min(map(len, said)) >= HEAD.value else None


SIGNS: tuple[tuple[str, Key], ...] = (
    ("hello", _hello), ("sequence", _isn(0)), ("sequence", _isn(1)), ("addresses", _tuple), ("ports", _ports),
    ("datagram", _datagram), ("octets", _said_first),
)  # fmt: skip
"""Signs of one connection, the surest first."""


def join(first: Point, second: Point, flows: Iterable[int], others: Iterable[int]) -> list[Join]:
    """Flows of one capture with those of the other that are the same connection, or carry the same octets."""
    left, right = list(flows), list(others)
    found: list[Join] = []
    for name, key in SIGNS:
        ours, theirs = _grouped(first, left, key), _grouped(second, right, key)
        for sign, mine in ours.items():
            also = theirs.get(sign, [])
            if not also or (len(mine) != len(also) and name in ("ports", "octets")):
                continue
            found += [joined(first, one, second, other, name) for one, other in zip(mine, also)]
        taken = {pair.first for pair in found}, {pair.second for pair in found}
        left, right = [one for one in left if one not in taken[0]], [one for one in right if one not in taken[1]]
    return found


def _grouped(point: Point, flows: list[int], key: Key) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for flow in flows:
        if (sign := key(point, flow)) is not None:
            groups.setdefault(sign, []).append(flow)
    return groups


def joined(first: Point, flow: int, second: Point, other: int, by: str) -> Join:
    """Two flows as one connection, with what has to be added to the second's offsets."""
    ends, theirs = _ends(first.flows[flow]), _ends(second.flows[other])
    flip = ends != theirs and ends == theirs[::-1]
    connection = _one_connection(first, flow, second, other, by, flip)
    if first.flows[flow]["transport"] != "tcp":
        return Join(flow, other, by, True, True, flip)
    a, b = Sighting(0, first, flow), Sighting(1, second, other, flip)
    shift = [0, 0]
    if connection:
        for direction in (0, 1):
            shift[direction] = _shift(a, b, direction)
        return Join(flow, other, by, True, True, flip, (shift[0], shift[1]))
    begins = [0, 0]
    heads = [[side.head if (side := s.side(d)) else b"" for d in (0, 1)] for s in (a, b)]
    hellos = [client_hello(head[0]) for head in heads]
    same = True
    if hellos[0] is not None and hellos[1] is not None:
        same = hellos[0].random == hellos[1].random
        shift[0], begins[0] = hellos[0].offset - hellos[1].offset, hellos[0].offset
    elif heads[0][0] and heads[1][0]:
        same = heads[0][0][:COMPARED_OCTETS].startswith(heads[1][0][:COMPARED_OCTETS][: len(heads[0][0])])
    if same and shift[0] and heads[1][1]:
        at = heads[0][1].find(heads[1][1][:COMPARED_OCTETS])
        shift[1] = begins[1] = at + 1 if at >= 0 else len(heads[0][1]) + 1
        shift[1] -= 1
    return Join(flow, other, by, False, same, flip, (shift[0], shift[1]), (begins[0], begins[1]))


def _shift(a: Sighting, b: Sighting, direction: int) -> int:
    """What makes the second's stream offsets the first's: 0 where both saw the SYN."""
    if all(len(s.halves[direction]) and bool((s.halves[direction].flags & SYN).any()) for s in (a, b)):
        return 0
    bases = []
    for sighting in (a, b):
        side = 1 - direction if sighting.flip else direction
        if not int(sighting.point.base_known[sighting.flow]) >> side & 1:
            return 0
        bases.append(int(sighting.point.bases[side][sighting.flow]))
    by_number = (bases[1] - bases[0] + 2**31) % 2**32 - 2**31
    return by_number if abs(by_number) < 1 << 30 else 0


def _one_connection(first: Point, flow: int, second: Point, other: int, by: str, flip: bool) -> bool:
    """Whether the same packets pass both points: by numbers that a router leaves as they are, and a relay draws anew."""
    if first.flows[flow]["transport"] != "tcp" or by == "sequence":
        return True
    sides = (1, 0) if flip else (0, 1)
    for side in (0, 1):
        if all(int(p.base_known[f]) >> s & 1 for p, f, s in ((first, flow, side), (second, other, sides[side]))):
            if int(first.bases[side][flow]) == int(second.bases[sides[side]][other]):
                return True
    ours, theirs = first.packets_of(flow), second.packets_of(other)
    marked = [_IP_ID, _LENGTH]  # what a relay sends may bear the same id, but not of the same length
    known = [{tuple(row) for row in rows[rows[:, _IP_ID] > 0][:, marked].tolist()} for rows in (ours, theirs)]
    if min(map(len, known)) >= 2:
        return len(known[0] & known[1]) >= SHARED.value * min(map(len, known))
    shapes = [_shapes(point, flow) for point, flow in ((first, flow), (second, other))]
    least = min(map(len, shapes))
    return least > 0 and len(shapes[0] & shapes[1]) >= SHARED.value * least and by != "octets"


def _shapes(point: Point, flow: int) -> set[tuple[int, ...]]:
    """What the first packets of a flow are like, numbers counted from the initial ones."""
    rows = point.packets_of(flow)[:40]
    bases = [int(base[flow]) for base in point.bases]
    return {
        (
            side,
            row[_OFFSET],
            row[_LENGTH],
            row[_FLAGS],
            (row[_ACK] - bases[1 - side]) % 2**32 if row[_FLAGS] & ACK else 0,
        )
        for row, side in zip(rows.tolist(), rows[:, _DIRECTION].tolist())
    }


def relayed(
    first: Point, second: Point, flows: Iterable[int], others: Iterable[int], ahead_ns: int | None = 0
) -> list[Join]:
    """Connections that end at something between, and those that it opened for them, by when they began.

    Args:
        ahead_ns: what the second clock is ahead of the first; None unknown: the order tells, within what clocks are apart.
    """
    free = sorted(others, key=lambda flow: second.flows[flow]["first_ns"])[:RELAYED_MOST]
    found: list[Join] = []
    answered = [flow for flow in flows if first.flows[flow]["resp_packets"]]  # what nothing answers, nothing relays
    left = sorted(answered, key=lambda flow: first.flows[flow]["first_ns"])[:RELAYED_MOST]
    for fits in (_same_name, _same_target, _same_server):
        for one in list(left):
            mine = first.flows[one]
            for other in free:
                theirs = second.flows[other]
                begun = theirs["first_ns"] - (ahead_ns or 0)
                early = EARLY_NS if ahead_ns is not None else SET_APART_NS
                if not mine["first_ns"] - early <= begun <= mine["last_ns"] + early:
                    continue
                if mine["transport"] == theirs["transport"] and fits(first, one, second, other):
                    found.append(joined(first, one, second, other, fits.__name__.strip("_")))
                    left.remove(one)
                    free.remove(other)
                    break
    return found


def _same_name(first: Point, flow: int, second: Point, other: int) -> bool:
    name = first.flows[flow]["sni"]
    return name is not None and name == second.flows[other]["sni"]


def _same_target(first: Point, flow: int, second: Point, other: int) -> bool:
    target, row = first.connects.get(flow), second.flows[other]
    if not target:
        return False
    host, _, port = target.rpartition(":")
    asked = host.strip("[]")  # nothing names the address where the proxy's lookup was not captured
    return port == str(row["resp_port"]) and (row["host"] is None or asked in (row["host"], row["resp_address"]))


def _same_server(first: Point, flow: int, second: Point, other: int) -> bool:
    mine, theirs = first.flows[flow], second.flows[other]
    if mine["transport"] != "tcp" or flow in first.connects:
        return False
    return bool(mine["resp_port"] == theirs["resp_port"] and mine["resp_address"] == theirs["resp_address"])


def total(join: Join, at: tuple[int, int]) -> tuple[int, int]:
    """The shift of a second flow from the client's offsets, where the first's is ``at``."""
    return at[0] + join.shift[0], at[1] + join.shift[1]


__all__ = ["Join", "join", "joined", "relayed", "total"]

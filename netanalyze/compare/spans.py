"""What became of packets between two neighbouring points: lost, doubled, injected, altered, split, merged, late, readdressed."""

from dataclasses import dataclass, field

import numpy as np

from netanalyze.compare.clocks import bounds
from netanalyze.compare.sightings import FIN, RST, SYN, SightedHalf, Sighting
from netanalyze.compare.trails import PointPath
from netanalyze.units import NEVER_NS, SECOND_NS

UNKNOWN_NS = 10 * SECOND_NS
"""How far clocks may be apart of which nothing is known: what is called lost or injected has the other capture around it."""
CONTROLS = ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST"))


@dataclass
class Fate:
    """What became of what one side sent, on one span; counts are packets, ``altered`` octets.

    Attributes:
        sent: seen where it was sent, while the other point was capturing.
        untold: sent before the other point's capture showed its first frame, or after its last, and not seen there: lost, or not
            captured.
        lost, doubled: copies fewer or more than were sent; ``injected``: what was never sent.
        injected_kinds: what of it was SYN, FIN, RST, data or a datagram.
        split, merged: segments that came in several, or several in one.
        altered_flows: whose octets were altered, and how many: (trail's number, octets).
        lost_frames: of them, where they were sent: (trail's number, frame).
        transit_ns: how long each took, by the clocks as they were set, ``f8 (n,)``.
    """

    sent: int = 0
    untold: int = 0
    lost: int = 0
    doubled: int = 0
    injected: int = 0
    altered: int = 0
    split: int = 0
    merged: int = 0
    injected_kinds: list[str] = field(default_factory=list)
    altered_flows: list[tuple[int, int]] = field(default_factory=list)
    lost_frames: list[tuple[int, int]] = field(default_factory=list)
    injected_frames: list[tuple[int, int]] = field(default_factory=list)
    transit_ns: list[float] = field(default_factory=list)

    def transit(self, quantile: float) -> float | None:
        """A quantile of the times they took, ns; None where none is known."""
        return float(np.quantile(self.transit_ns, quantile)) if self.transit_ns else None


@dataclass
class Span:
    """What lies between two points, both ways, and on how many connections it makes other headers.

    Attributes:
        connections, relayed: how many pass it, and how many end in it and go on as others.
        options: by name what a TCP option was before it, and behind it.
        hops: routers in it; None unknown.
    """

    number: int
    up: Fate = field(default_factory=Fate)
    down: Fate = field(default_factory=Fate)
    readdressed: int = 0
    renumbered: int = 0
    options: dict[str, tuple[int, int]] = field(default_factory=dict)
    hops: int | None = None
    connections: int = 0
    relayed: int = 0

    @property
    def fates(self) -> tuple[Fate, Fate]:
        """What became of what the client sent, and of what the server sent."""
        return self.up, self.down


@dataclass(frozen=True)
class _Window:
    """When a point was capturing, by the clock of the other one."""

    start: float
    end: float


def spans(path: PointPath) -> list[Span]:
    """All spans of a path, what became of the packets of all trails summed up."""
    found = [Span(number) for number in range(len(path.points) - 1)]
    for number, trail in enumerate(path.trails):
        for at, link in enumerate(trail.links):
            if link.inside:
                continue
            one, other = trail.sightings[at], trail.sightings[at + 1]
            span = found[one.number]
            if not link.one_connection:
                span.relayed += 1
                continue
            span.connections += 1
            _headers(span, one, other)
            for direction, fate in enumerate(span.fates):
                pair = (one, other) if direction == 0 else (other, one)
                _judge(path, fate, number, pair[0], pair[1], direction)
            _transits(path, span, one, other)
    return found


def _window(path: PointPath, point: int, seen_from: int) -> _Window:
    """When a point was capturing, on the clock of its neighbour."""
    capture = path.points[point].result.capture
    low = min(point, seen_from)
    clock = path.between[low]
    ahead = clock.offset_ns if clock is not None else 0.0
    error = clock.error_ns if clock is not None and clock.error_ns < UNKNOWN_NS else UNKNOWN_NS
    sign = 1 if point > seen_from else -1
    return _Window(capture.start_ns - sign * ahead - error, capture.end_ns - sign * ahead + error)


def _judge(path: PointPath, fate: Fate, number: int, sender: Sighting, receiver: Sighting, direction: int) -> None:
    sent, came = sender.halves[direction], receiver.halves[direction]
    there, here = _window(path, receiver.number, sender.number), _window(path, sender.number, receiver.number)
    if not sender.is_tcp:
        _datagrams(fate, number, sent, came, there, here)
        return
    for flag, kind in CONTROLS:
        rows, others = (np.flatnonzero((h.flags & flag != 0) & (h.length == 0)) for h in (sent, came))
        _count(fate, number, kind, sent, rows, came, others, there, here)
    _data(fate, number, sent, came, there, here)
    if (octets := altered(sender, receiver, direction)) is not None:
        fate.altered += octets
        if octets:
            fate.altered_flows.append((number, octets))


def _count(
    fate: Fate,
    number: int,
    kind: str,
    sent: SightedHalf,
    rows: np.ndarray,
    came: SightedHalf,
    others: np.ndarray,
    there: _Window,
    here: _Window,
) -> None:
    """Packets that are all alike: as many should come as were sent."""
    inside = (sent.time[rows] >= there.start) & (sent.time[rows] <= there.end)
    known = (came.time[others] >= here.start) & (came.time[others] <= here.end)
    missing = len(rows) - len(others)
    untold = max(0, min(missing, int(np.count_nonzero(~inside))))
    fate.sent += int(np.count_nonzero(inside))
    fate.untold += untold
    if missing > untold:
        fate.lost += missing - untold
        fate.lost_frames += [(number, frame) for frame in sent.frame[rows[inside]][: missing - untold].tolist()]
    elif (more := int(np.count_nonzero(known)) - len(rows)) > 0:
        if len(rows):
            fate.doubled += more
        else:
            fate.injected += more
            fate.injected_kinds += [kind] * more
            fate.injected_frames += [(number, frame) for frame in came.frame[others[known]].tolist()]


def _datagrams(fate: Fate, number: int, sent: SightedHalf, came: SightedHalf, there: _Window, here: _Window) -> None:
    orders = [np.argsort(half.digest, kind="stable") for half in (sent, came)]
    digests = np.union1d(sent.digest, came.digest)
    places = [
        (np.searchsorted(half.digest[order], digests, "left"), np.searchsorted(half.digest[order], digests, "right"))
        for half, order in zip((sent, came), orders)
    ]
    for at in range(len(digests)):
        rows, others = (order[first[at] : last[at]] for order, (first, last) in zip(orders, places))
        _count(fate, number, "datagram", sent, rows, came, others, there, here)


def _data(fate: Fate, number: int, sent: SightedHalf, came: SightedHalf, there: _Window, here: _Window) -> None:
    """Octets by how many copies were sent and how many came: packets may be cut otherwise at either point."""
    rows, others = (np.flatnonzero(h.length > 0) for h in (sent, came))
    inside = (sent.time[rows] >= there.start) & (sent.time[rows] <= there.end)
    fate.sent += int(np.count_nonzero(inside))
    edges = np.unique(np.concatenate([sent.start[rows], sent.end[rows], came.start[others], came.end[others]]))
    if not len(edges):
        return
    begun, ended = (np.searchsorted(edges, column) for column in (sent.start[rows], sent.end[rows]))
    came_from, came_to = (np.searchsorted(edges, column) for column in (came.start[others], came.end[others]))
    copies, arrived = _cover(begun, ended, len(edges)), _cover(came_from, came_to, len(edges))
    deficit = copies - arrived
    ids = set(came.ip_id[others].tolist())
    order = list(np.flatnonzero(_any(deficit > 0, begun, ended)).tolist())
    order.sort(key=lambda at: int(sent.ip_id[rows[at]]) in ids and int(sent.ip_id[rows[at]]) != 0)
    for at in order:
        part = deficit[begun[at] : ended[at]]
        if not (part > 0).any():
            continue
        part -= 1
        if inside[at]:
            fate.lost += 1
            fate.lost_frames.append((number, int(sent.frame[rows[at]])))
        else:
            fate.untold += 1
    surplus = arrived - copies
    for at in np.flatnonzero(_any(surplus > 0, came_from, came_to)).tolist():
        if not here.start <= came.time[others[at]] <= here.end:
            continue
        part = slice(came_from[at], came_to[at])
        if not (surplus[part] > 0).any():
            continue
        if (copies[part] == 0).all():
            fate.injected += 1
            fate.injected_kinds.append("data")
            fate.injected_frames.append((number, int(came.frame[others[at]])))
        else:
            fate.doubled += 1
        surplus[part] -= 1
    cuts, theirs = set(sent.start[rows].tolist()), set(came.start[others].tolist())
    fate.split += _crossed(sent, rows, np.array(sorted(theirs - cuts), dtype=np.int64))
    fate.merged += _crossed(came, others, np.array(sorted(cuts - theirs), dtype=np.int64))


def _cover(begun: np.ndarray, ended: np.ndarray, edges: int) -> np.ndarray:
    """How many packets bring the octets from each edge to the next, ``i8 (edges,)``."""
    steps = np.zeros(edges + 1, dtype=np.int64)
    np.add.at(steps, begun, 1)
    np.add.at(steps, ended, -1)
    return np.cumsum(steps)[:edges]


def _any(mask: np.ndarray, begun: np.ndarray, ended: np.ndarray) -> np.ndarray:
    """Which ranges of a mask have anything in them."""
    total = np.concatenate([[0], np.cumsum(mask)])
    return total[ended] > total[begun]


def _crossed(half: SightedHalf, rows: np.ndarray, cuts: np.ndarray) -> int:
    """How many packets have a cut within."""
    first, last = np.searchsorted(cuts, half.start[rows], "right"), np.searchsorted(cuts, half.end[rows], "left")
    return int(np.count_nonzero(last > first))


def altered(sender: Sighting, receiver: Sighting, direction: int) -> int | None:
    """How many octets came other than they were sent, of those that both points keep; None where they keep none."""
    one, other = sender.side(direction), receiver.side(direction)
    if one is None or other is None:
        return None
    shift = receiver.shift[direction] - sender.shift[direction]  # the receiver's place of an octet is so much less
    first = max(0, shift, max(sender.begins[direction], receiver.begins[direction]) - sender.shift[direction])
    last = min(len(one.octets), len(other.octets) + shift)
    if last <= first:
        return None
    mine, theirs = slice(first, last), slice(first - shift, last - shift)
    seen = np.frombuffer(one.seen, np.uint8)[mine] & np.frombuffer(other.seen, np.uint8)[theirs]
    differ = np.frombuffer(one.octets, np.uint8)[mine] != np.frombuffer(other.octets, np.uint8)[theirs]
    return int(np.count_nonzero(differ & (seen == 1)))


def _transits(path: PointPath, span: Span, near: Sighting, far: Sighting) -> None:
    clock = path.between[near.number]
    if clock is None or clock.error_ns >= UNKNOWN_NS:
        return
    above, below = bounds(near, far, True)
    span.up.transit_ns += [least - clock.ahead_ns(ns) for ns, least in above]
    span.down.transit_ns += [clock.ahead_ns(ns) - least for ns, least in below]


def _headers(span: Span, near: Sighting, far: Sighting) -> None:
    """What is different in the headers: addresses, numbers, options, time to live."""
    if (near.client_address, near.server_address) != (far.client_address, far.server_address):
        span.readdressed += 1
    if near.is_tcp:
        for side, name in enumerate(("orig", "resp")):
            sides = [f"{('resp', 'orig')[side] if s.flip else name}" for s in (near, far)]
            for option in ("mss", "window_scale"):
                mine, theirs = (s.row[f"{end}_{option}"] for s, end in zip((near, far), sides))
                if mine and theirs and mine != theirs and min(mine, theirs) > 0:
                    span.options.setdefault(f"{name}_{option}", (mine, theirs))
        if near.row["syn_ns"] not in (None, NEVER_NS) and far.row["syn_ns"] not in (None, NEVER_NS):
            bases = [[int(base[s.flow]) for base in s.point.bases] for s in (near, far)]
            span.renumbered += bases[0][0] != bases[1][0]
    sent, came = near.halves[0], far.halves[0]
    if len(sent) and len(came) and span.hops is None:
        hops = int(sent.ttl[0]) - int(came.ttl[0])
        span.hops = hops if 0 <= hops < 64 else None

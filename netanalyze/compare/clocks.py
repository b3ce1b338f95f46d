"""How far one point's clock is ahead of another's, and how fast it gains, with an error that the packets themselves bound.

A packet cannot come before it was sent. What goes one way bounds the offset from above at that moment, what comes back bounds
it from below; every straight line (offset and drift) between the two bounds is possible, and no other. The answer is the
middle of what is possible, its error half the width: half the shortest round trip between the points where traffic is dense.
After Paxson, "On Calibrating Measurements of Packet Transit Times" (SIGMETRICS 1998), and Moon, Skelly, Towsley, "Estimation
and Removal of Clock Skew" (INFOCOM 1999), which take one direction and its lower hull.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netanalyze.compare.sightings import FIN, SightedHalf, Sighting, control
from netanalyze.findings import Threshold
from netanalyze.units import SECOND_NS

DRIFT_MOST = Threshold(
    500e-6,
    "s/s",
    source="RFC 5905, MAXFREQ: the most that NTP corrects",
    why="a clock that drifts more is no clock at all",
)
DRIFT_KNOWN = Threshold(
    200e-6, "s/s", source="netanalyze, chosen: twice what crystals of machines drift by",
    why="a drift whose error is larger is not told: the captures are too short for it",
)  # fmt: skip
SLACK = Threshold(
    2, "us", source="pcap's resolution of 1 µs, at either point",
    why="stamps are cut to it: a packet may seem to come so much before it was sent",
)  # fmt: skip
STRAY = Threshold(
    0.02, "share of the bounds", source="netanalyze, chosen",
    why="bounds that contradict most others come of frames that a capture lacks; a few must not spoil the rest",
)  # fmt: skip
HULL_MOST, SPANS = 400, 1000
"""Corners of a bound that are kept (hulls of millions of packets have fewer), and spans of time of which bounds are kept."""


@dataclass(frozen=True)
class PointClock:
    """What a point's clock shows beyond another's: ``offset_ns + drift * (t - at_ns)``, ``t`` on the other's clock.

    Attributes:
        offset_ns: at the moment ``at_ns``, the middle of what they have in common.
        error_ns: the offset is within so much of it, there and nowhere surer.
        drift, drift_error: s a s; ``drift_error`` is DRIFT_MOST where nothing is known of it.
        bounds: how many packets bound it.
        strays: how many contradicted the others and were left out.
    """

    at_ns: int
    offset_ns: float
    error_ns: float
    drift: float
    drift_error: float
    bounds: int
    strays: int = 0
    corners: tuple[tuple[float, float], ...] = ()

    def ahead_ns(self, ns: int) -> float:
        """What it shows beyond the other at a moment of the other's."""
        return self.offset_ns + self.drift * (ns - self.at_ns)

    def error_at(self, ns: int) -> float:
        """How wrong that may be."""
        passed = (ns - self.at_ns) / SECOND_NS
        if not self.corners:
            return self.error_ns + self.drift_error * abs(ns - self.at_ns)
        values = [offset + drift * passed for offset, drift in self.corners]
        middle = self.ahead_ns(ns) - self.offset_ns
        return max(abs(value - middle) for value in values)

    def to_other(self, ns: int) -> int:
        """A moment of this point's clock on the other's."""
        other = ns - round(self.offset_ns)
        for _ in range(3):
            other = ns - round(self.ahead_ns(other))
        return other


SAME = PointClock(0, 0.0, 0.0, 0.0, 0.0, 0)
"""Of a point against itself."""


def bounds(
    first: Sighting, second: Sighting, one_connection: bool
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """What a connection says of the second point's clock against the first's, which is nearer to the client.

    Returns:
        Bounds from above and from below: (ns of the first clock, ns that the second is ahead at the most, or at the least).
    """
    above = [(sent, came - sent) for sent, came in _passages(first, second, 0, one_connection)]
    below = [(came, sent - came) for sent, came in _passages(second, first, 1, one_connection)]
    return above, below


def _passages(sender: Sighting, receiver: Sighting, direction: int, one_connection: bool) -> list[tuple[int, int]]:
    """When something was first seen where it was sent, and where it came: (ns there, ns here), each by its own clock."""
    sent, came = sender.halves[direction], receiver.halves[direction]
    if not len(sent) or not len(came):
        return []
    if not sender.is_tcp:
        return _datagrams(sent, came)
    begin = max(sender.begins[direction], receiver.begins[direction])
    found = _octets(sent, came, begin)
    if one_connection:
        found += _acknowledgments(sent, came)
        for one, other in (
            (control(sent, direction == 1), control(came, direction == 1)),
            (sent.first_of(FIN), came.first_of(FIN)),
        ):
            if one is not None and other is not None:
                found.append((one[0], other[0]))
    return found


def _datagrams(sent: SightedHalf, came: SightedHalf) -> list[tuple[int, int]]:
    first: dict[int, int] = {}
    for digest, ns in zip(sent.digest.tolist(), sent.time.tolist()):
        first.setdefault(digest, ns)
    seen: set[int] = set()
    found = []
    for digest, ns in zip(came.digest.tolist(), came.time.tolist()):
        if digest and digest in first and digest not in seen:
            seen.add(digest)
            found.append((first[digest], ns))
    return found


def _octets(sent: SightedHalf, came: SightedHalf, begin: int) -> list[tuple[int, int]]:
    """New octets: an octet's first packet here is not earlier than its first packet there."""
    there, here = _new(sent), _new(came)
    if not len(there) or not len(here):
        return []
    octets = sent.start[there]
    wanted = came.start[here]
    at = np.searchsorted(sent.end[there], wanted, "right")
    known = (at < len(there)) & (wanted >= begin)
    at = np.minimum(at, len(there) - 1)
    known &= octets[at] <= wanted
    return list(zip(sent.time[there][at[known]].tolist(), came.time[here][known].tolist()))


def _new(half: SightedHalf) -> np.ndarray:
    """Places of the packets that bring octets beyond all before them."""
    places = np.flatnonzero(half.length > 0)
    if not len(places):
        return places
    reached = np.maximum.accumulate(half.end[places])
    before = np.concatenate([[np.iinfo(np.int64).min], reached[:-1]])
    return places[half.start[places] >= before]


def _acknowledgments(sent: SightedHalf, came: SightedHalf) -> list[tuple[int, int]]:
    """Acknowledgments that go further: none comes before one that goes so far was sent."""
    there, here = _further(sent), _further(came)
    if not len(there) or not len(here):
        return []
    at = np.searchsorted(sent.ack[there], came.ack[here])
    known = at < len(there)
    return list(zip(sent.time[there][at[known]].tolist(), came.time[here][known].tolist()))


def _further(half: SightedHalf) -> np.ndarray:
    places = np.flatnonzero(half.ack >= 0)
    if not len(places):
        return places
    reached = np.maximum.accumulate(half.ack[places])
    before = np.concatenate([[-1], reached[:-1]])
    return places[reached > before]


def estimate(above: Sequence[tuple[int, int]], below: Sequence[tuple[int, int]]) -> PointClock | None:
    """The clock that fits between the bounds; None where there are none.

    Where one direction shows nothing the offset has one bound: it is taken as if the quickest packet had taken no time, with an
    error that is infinite. Bounds of a few packets that contradict all others (a capture that lacks frames) are left out.
    """
    if not above or not below:
        return _one_sided(above, below)
    upper, lower = np.array(sorted(above), dtype=np.int64), np.array(sorted(below), dtype=np.int64)
    upper, lower = _thinned(upper, 1), _thinned(lower, -1)
    at = (max(int(upper[0, 0]), int(lower[0, 0])) + min(int(upper[-1, 0]), int(lower[-1, 0]))) // 2
    level = int(np.median(upper[:, 1]))
    points = [
        np.column_stack([(rows[:, 0] - at) / SECOND_NS, (rows[:, 1] - level).astype(np.float64)])
        for rows in (upper, lower)
    ]
    allowed = max(1, int(STRAY.value * (len(upper) + len(lower))))
    strays = 0
    while True:
        corners = _possible(points[0], points[1], SLACK.ns)
        if len(corners) or strays >= allowed:
            break
        points, strays = _without_the_worst(points), strays + 1
        if not len(points[0]) or not len(points[1]):
            return _one_sided(above, below)
    slack = SLACK.ns
    while not len(corners):
        slack *= 2
        corners = _possible(points[0], points[1], slack)
    least, most = corners.min(axis=0), corners.max(axis=0)
    middle = (least + most) / 2
    half = (most - least) / 2
    away = tuple((float(o - middle[0]), float(d)) for o, d in corners)
    return PointClock(
        at, level + float(middle[0]), float(half[0]), float(middle[1]) / SECOND_NS, float(half[1]) / SECOND_NS,
        len(upper) + len(lower), strays, away,
    )  # fmt: skip


def _one_sided(above: Sequence[tuple[int, int]], below: Sequence[tuple[int, int]]) -> PointClock | None:
    """The clock by what went one way alone."""
    if not above and not below:
        return None
    at, offset = min(above, key=lambda one: one[1]) if above else max(below, key=lambda one: one[1])
    return PointClock(at, float(offset), float("inf"), 0.0, DRIFT_MOST.value, len(above) + len(below))


def _thinned(rows: np.ndarray, sign: int) -> np.ndarray:
    """Of many bounds the two tightest of each of so many spans of time: fewer bounds are true, too, and as good."""
    if len(rows) <= 2 * SPANS:
        return rows
    span = (rows[:, 0] - rows[0, 0]) * SPANS // (rows[-1, 0] - rows[0, 0] + 1)
    order = np.lexsort((sign * rows[:, 1], span))
    rank = np.arange(len(rows)) - np.searchsorted(span[order], span[order])
    return rows[np.sort(order[rank < 2])]


def _without_the_worst(points: list[np.ndarray]) -> list[np.ndarray]:
    """Without the bound that contradicts most: the one farthest beyond the middle of the other side's."""
    upper, lower = points
    drift = DRIFT_MOST.value * SECOND_NS
    # a bound from above that lies far below the bounds from below contradicts each of them, and the other way round
    clash = [
        np.array([np.count_nonzero(lower[:, 1] - drift * np.abs(lower[:, 0] - t) > v) for t, v in upper]),
        np.array([np.count_nonzero(upper[:, 1] + drift * np.abs(upper[:, 0] - t) < v) for t, v in lower]),
    ]
    shares = [clash[0].max() / len(lower), clash[1].max() / len(upper)]
    side = 0 if shares[0] >= shares[1] else 1
    kept = list(points)
    kept[side] = np.delete(points[side], int(clash[side].argmax()), axis=0)
    return kept


def _possible(upper: np.ndarray, lower: np.ndarray, slack: float) -> np.ndarray:
    """Corners of the set of lines (offset in ns, drift in ns a s) that lie between the bounds; ``f8 (n, 2)``, none: empty."""
    drift = DRIFT_MOST.value * SECOND_NS
    span = 1e15
    corners = np.array([[-span, -drift], [span, -drift], [span, drift], [-span, drift]])
    for rows, sign in ((_hull(upper, -1.0), 1.0), (_hull(lower, 1.0), -1.0)):
        for t, value in rows:
            corners = _clipped(corners, sign, sign * t, sign * value + slack)
            if not len(corners):
                return corners
    return corners


def _clipped(corners: np.ndarray, a: float, b: float, limit: float) -> np.ndarray:
    """The part of a convex polygon where ``a * x + b * y <= limit`` (Sutherland and Hodgman)."""
    if not len(corners):
        return corners
    beyond = corners[:, 0] * a + corners[:, 1] * b - limit
    if not (beyond > 0).any():
        return corners
    found = []
    for here, there, over, other in zip(corners, np.roll(corners, -1, axis=0), beyond, np.roll(beyond, -1)):
        if over <= 0:
            found.append(here)
        if (over > 0) != (other > 0):
            found.append(here + (there - here) * (over / (over - other)))
    return np.array(found).reshape(-1, 2)


def _hull(points: np.ndarray, sign: float) -> np.ndarray:
    """The corners of the bound that a line can touch: the lower hull of bounds from above (-1), the upper of those from below."""
    rows = points[np.lexsort((-sign * points[:, 1], points[:, 0]))]
    hull: list[tuple[float, float]] = []
    for t, value in rows.tolist():
        if hull and hull[-1][0] == t:
            continue
        while len(hull) >= 2:
            (t0, v0), (t1, v1) = hull[-2:]
            if sign * ((v1 - v0) * (t - t0) - (value - v0) * (t1 - t0)) > 0:
                break
            hull.pop()
        hull.append((t, value))
    return np.array(hull[:HULL_MOST])


def combined(parts: Sequence[PointClock]) -> PointClock:
    """Clocks one after another, each against the one before: the last against the first.

    One alone is as it is: what a sum of several is wrong by is known less well than by its corners.
    """
    if len(parts) < 2:
        return parts[0] if parts else SAME
    at = parts[-1].at_ns
    for clock in reversed(parts[:-1]):
        at = clock.to_other(at)
    now, error, gains = at, 0.0, 1.0
    for clock in parts:  # each is against the one before: its moments are of that one's clock
        error += clock.error_at(now)
        now += round(clock.ahead_ns(now))
        gains *= 1 + clock.drift
    return PointClock(
        at, float(now - at), error, gains - 1, sum(one.drift_error for one in parts), min(one.bounds for one in parts),
        sum(one.strays for one in parts),
    )  # fmt: skip

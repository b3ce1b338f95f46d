"""Each connection of the client from point to point, and the clocks of the points against each other."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from netanalyze.compare.clocks import SAME, PointClock, bounds, combined, estimate
from netanalyze.compare.joining import SET_APART_NS, Join, join, relayed, total
from netanalyze.compare.points import Point
from netanalyze.compare.sightings import Sighting
from netanalyze.errors import CaptureError
from netanalyze.units import NEVER_NS
from netanalyze.wording import Verbatim, message


@dataclass(frozen=True)
class TrailLink:
    """What is between two sightings of a trail: the path between two points, or something inside one (``inside``)."""

    by: str
    inside: bool
    one_connection: bool
    same_octets: bool


@dataclass
class Trail:
    """A connection of the client, from the client's sighting to the farthest; ``links[i]`` joins ``i`` and ``i + 1``."""

    sightings: list[Sighting]
    links: list[TrailLink] = field(default_factory=list)

    @property
    def last(self) -> Sighting:
        """The farthest sighting."""
        return self.sightings[-1]

    def of_one_connection(self) -> int:
        """How many sightings from the client on are of the client's own TCP connection."""
        return next((n for n, link in enumerate(self.links, 1) if not link.one_connection), len(self.sightings))

    def of_same_octets(self) -> int:
        """How many sightings from the client on carry the client's own octets."""
        return next((n for n, link in enumerate(self.links, 1) if not link.same_octets), len(self.sightings))


class NothingInCommon(CaptureError):
    """No flow of one capture is in another, and they are of different times."""

    def __init__(self, first: str, second: str):
        super().__init__(
            second,
            message(
                "none of its connections is one of {path}'s, and it is of another time, so nothing can be compared: give the "
                "captures of one path and time, in the order client, what is between, server",
                path=Verbatim(first),
            ),
        )


@dataclass
class PointPath:
    """All points, all trails, and the clocks.

    Attributes:
        between: the clock of each point against the one before; None where packets of one direction alone tell.
    """

    points: list[Point]
    trails: list[Trail]
    between: list[PointClock | None]

    def clock(self, number: int) -> PointClock | None:
        """The clock of a point against the client's; None unknown."""
        return self._clocks[number]

    def to_client(self, number: int, ns: int) -> int:
        """A moment of a point's clock on the client's; as it is where its clock is unknown."""
        clock = self.clock(number) if number else None
        return ns if clock is None else clock.to_other(ns)

    def error_at(self, number: int, ns: int) -> float:
        """How wrong a moment of a point may be on the client's clock, ns."""
        if not number:
            return 0.0
        clock = self.clock(number)
        return float("inf") if clock is None else clock.error_at(ns)

    def shares_nothing(self, number: int) -> bool:
        """Whether no flow of the client was seen at a point."""
        return not any(sighting.number == number for trail in self.trails for sighting in trail.sightings)

    def trail_of(self, flow: int) -> Trail | None:
        """The trail of a flow of the client's capture."""
        return self._by_flow.get(flow)

    @cached_property
    def _clocks(self) -> list[PointClock | None]:
        parts: list[PointClock] = []
        clocks: list[PointClock | None] = [SAME]
        for one in self.between:
            if one is None:
                break
            parts.append(one)
            clocks.append(combined(parts))
        return clocks + [None] * (len(self.between) + 1 - len(clocks))

    @cached_property
    def _by_flow(self) -> dict[int, Trail]:
        return {trail.sightings[0].flow: trail for trail in self.trails}


def follow(points: Sequence[Point]) -> PointPath:
    """Join the flows of all points, and set their clocks.

    Raises:
        NothingInCommon: a point has no flow of the one before it.
    """
    first = points[0]
    trails = [Trail([Sighting(0, first, flow)]) for flow in first.flows]
    between: list[PointClock | None] = []
    for number, (here, there) in enumerate(itertools.pairwise(points)):
        ends = {trail.last.flow: trail for trail in trails if trail.last.number == number}
        if number:
            ends = _inside(number, here, ends)
        taken: set[int] = set()
        for one in join(here, there, ends, there.flows):
            _extend(ends[one.first], number + 1, there, one)
            taken.add(one.second)
        clock = _clock(trails, number)
        alone = [flow for flow, trail in ends.items() if trail.last.number == number]
        free = [flow for flow in there.flows if flow not in taken]
        for one in relayed(here, there, alone, free, None if clock is None else round(clock.offset_ns)):
            _extend(ends[one.first], number + 1, there, one)
        if not any(trail.last.number == number + 1 for trail in trails) and _apart(here, there):
            raise NothingInCommon(here.path, there.path)
        between.append(clock if clock is not None else _clock(trails, number))
    return PointPath(list(points), trails, between)


def _apart(here: Point, there: Point) -> bool:
    """Whether two captures are of different times, however their clocks were set."""
    first, second = here.result.capture, there.result.capture
    if NEVER_NS in (first.start_ns, second.start_ns):
        return False
    return max(first.start_ns, second.start_ns) - min(first.end_ns, second.end_ns) > SET_APART_NS


def _inside(number: int, point: Point, ends: dict[int, Trail]) -> dict[int, Trail]:
    """What a point's own machine made of the connections that came to it: the trails by the flows that go on from it."""
    free = [flow for flow in point.flows if flow not in ends]
    found = join(point, point, list(ends), free) if free else []
    taken = {one.second for one in found}
    found += relayed(
        point, point, [f for f in ends if f not in {one.first for one in found}], [f for f in free if f not in taken]
    )
    onward = dict(ends)
    for one in found:
        trail = onward.pop(one.first)
        _extend(trail, number, point, one, inside=True)
        onward[one.second] = trail
    return onward


def _extend(trail: Trail, number: int, point: Point, join: Join, inside: bool = False) -> None:
    last = trail.last
    shift = total(join, last.shift)
    begins = tuple(max(a, b + s) if b else a for a, b, s in zip(last.begins, join.begins, last.shift))
    trail.links.append(TrailLink(join.by, inside, join.one_connection, join.same_octets))
    trail.sightings.append(Sighting(number, point, join.second, join.flip != last.flip, shift, (begins[0], begins[1])))


def _clock(trails: Sequence[Trail], number: int) -> PointClock | None:
    """The clock of point ``number + 1`` against ``number``, by all that passes from the one to the other."""
    above: list[tuple[int, int]] = []
    below: list[tuple[int, int]] = []
    for trail in trails:
        for link, one, other in zip(trail.links, trail.sightings, trail.sightings[1:]):
            if (one.number, other.number) == (number, number + 1) and link.same_octets:
                more = bounds(one, other, link.one_connection)
                above += more[0]
                below += more[1]
    return estimate(above, below)


__all__ = ["SAME", "NothingInCommon", "PointPath", "Trail", "TrailLink", "follow"]

"""One wait of the client, followed from point to point: what it sent on the way there, what came on the way back.

What is waited for has moments: when the question left the client, when it passed each point, when the answer left the server,
and when it passed each point on its way back. Between two neighbouring moments lies one span, or the server's own time; what
has no moment any more was lost before that point, and the longest stretch is where the time went.
"""

import itertools
from dataclasses import dataclass

from netanalyze.compare.places import PathAnswer, PathPlace, WayStep
from netanalyze.compare.sightings import FIN, RST, Sight, Sighting, control
from netanalyze.compare.trails import PointPath, Trail
from netanalyze.findings import Threshold
from netanalyze.flows.flow import INITIAL_TTLS
from netanalyze.units import seconds
from netanalyze.waiting import Waiting
from netanalyze.wording import Text, message

DELAYED_ACK = Threshold(
    500,
    "ms",
    source="RFC 1122 section 4.2.3.2",
    why="an acknowledgment that comes within it belongs to what was sent before",
)
ROUNDING_NS = 1_000
"""Stamps are of whole microseconds at least."""
OWN = (Waiting.CLIENT_FINISHED, Waiting.REQUEST, Waiting.FIN_ACK)


@dataclass(frozen=True)
class Event:
    """Something that can be looked for at each point: ``kind`` is syn, ack, data, whole, fin or rst, of one side."""

    kind: str
    direction: int
    offset: int = 0

    def at(self, sighting: Sighting) -> Sight | None:
        """When and where a point first saw it, by its own clock."""
        half = sighting.halves[self.direction]
        if self.kind == "syn":
            return control(half, self.direction == 1)
        if self.kind == "ack":
            return half.first_ack(self.offset)
        if self.kind == "whole":
            return half.whole_to(self.offset)
        if self.kind == "data":
            return half.first_with(self.offset)
        return half.first_of(FIN if self.kind == "fin" else RST)

    def copies(self, sighting: Sighting, before_ns: int | None) -> int:
        """How many packets bear it there, up to a moment."""
        half = sighting.halves[self.direction]
        if self.kind in ("data", "whole"):
            octet = self.offset - (self.kind == "whole")
            return sum(1 for at in half.copies_of(octet) if before_ns is None or half.time[at] <= before_ns)
        if self.kind == "syn":
            times = half.time[half.flags & 2 != 0]
            return int(len(times) if before_ns is None else (times <= before_ns).sum())
        return 1

    def reaches(self, trail: Trail) -> int:
        """How many sightings of a trail can show it: a relay answers SYNs, and sends its own octets, itself."""
        most = trail.of_one_connection() if self.kind in ("syn", "ack", "fin", "rst") else trail.of_same_octets()
        octet = self.offset - (self.kind == "whole")
        if self.kind in ("data", "whole"):
            begins = (n for n, s in enumerate(trail.sightings[:most]) if n and octet < s.begins[self.direction])
            return next(begins, most)
        return most


@dataclass(frozen=True)
class Wait:
    """A span in which the client waited, by its own clock; ``next_frame`` ended it, 0 none."""

    flow: int
    start_ns: int
    end_ns: int
    waiting: Waiting
    on: str
    next_frame: int = 0


def follow_wait(path: PointPath, trail: Trail, wait: Wait) -> PathAnswer | None:
    """Where the time of a wait went; None where its packets do not tell."""
    if wait.waiting in OWN or (wait.waiting is Waiting.WINDOW_UPDATE and wait.on == "client"):
        return PathAnswer(PathPlace(0), "own", wait.waiting.noun, seconds(wait.end_ns - wait.start_ns), wait.flow)
    return Itinerary(path, trail, wait, _goal(trail.sightings[0], wait)).answer()


def _goal(client: Sighting, wait: Wait) -> Event:
    """What the client waited for, as something that can be looked for at each point."""
    up, down = client.halves
    places = (down.frame == wait.next_frame).nonzero()[0].tolist() if wait.next_frame else []
    if places:  # what the client did next itself has given the wait up
        return _event(client, places[0], wait)
    if wait.waiting is Waiting.SYN_ACK:
        return Event("syn", 1)
    if wait.waiting is Waiting.ACK:
        return Event("ack", 1, up.highest_by(wait.end_ns))
    return Event("data", 1, down.whole_by(wait.end_ns))


def _event(client: Sighting, place: int, wait: Wait) -> Event:
    """What a packet of the server is, as an event."""
    down = client.halves[1]
    flags = int(down.flags[place])
    if flags & 2:
        return Event("syn", 1)
    if down.length[place] and not flags & RST:
        return Event(
            "data", 1, max(int(down.start[place]), min(down.whole_by(wait.start_ns), int(down.end[place]) - 1))
        )
    if flags & RST:
        return Event("rst", 1)
    if flags & FIN:
        return Event("fin", 1)
    return Event("ack", 1, int(down.ack[place]))


class Itinerary:
    """The moments of one wait at all points, on the client's clock."""

    def __init__(self, path: PointPath, trail: Trail, wait: Wait, goal: Event, asked: list[Event] | None = None):
        self.path, self.trail, self.wait, self.goal = path, trail, wait, goal
        self.reach = goal.reaches(trail)
        self.back = [self._moment(goal, n) for n in range(self.reach)]
        self.asked = self._asked() if asked is None else asked
        self.there = [self._asked_at(n) for n in range(min(self.reach, max(e.reaches(trail) for e in self.asked)))]

    def _moment(self, event: Event, number: int) -> WayStep | None:
        sighting = self.trail.sightings[number]
        found = event.at(sighting)
        if found is None:
            return None
        ns = self.path.to_client(sighting.number, found[0])
        error = self.path.error_at(sighting.number, ns)
        what = name_of(event, self.wait, self.trail.sightings[0])
        return WayStep(what, sighting.number, found[1], ns, error, event.direction == 0)

    def _asked(self) -> list[Event]:
        """What the client had sent by then, to which the answer was owed."""
        client = self.trail.sightings[0]
        up, down = client.halves
        before = self.wait.start_ns
        if self.goal.kind == "syn":
            return [Event("syn", 0)]
        events = []
        if (end := up.highest_by(before)) > 1:
            events.append(Event("whole", 0, end))
        if self.goal.kind != "ack" and (taken := down.whole_by(before)) > 1 and up.first_ack(taken) is not None:
            events.append(Event("ack", 0, taken))
        return events or [Event("syn", 0)]

    def _asked_at(self, number: int) -> WayStep | None:
        """When all that the client had sent had come to a point: its octets, and where it acknowledged much later, that."""
        found = [self._moment(event, number) for event in self.asked if number < event.reaches(self.trail)]
        known = [step for step in found if step is not None]
        if len(known) < len(found):
            return None
        return next((one for one in known[1:] if one.ns - known[0].ns > DELAYED_ACK.ns), known[0])

    def answer(self) -> PathAnswer | None:
        """Where it went."""
        arrived = self.back[0]
        if arrived is not None and arrived.ns <= self.wait.end_ns + ROUNDING_NS:
            return self._late()
        return self._missing()

    def _between(self, number: int) -> PathPlace:
        """What lies between two sightings: the path, or a point's own machine."""
        inside = self.trail.links[number].inside
        return PathPlace(self.trail.sightings[number].number, beyond=not inside)

    def _late(self) -> PathAnswer | None:
        """It came at last: the longest stretch of its way."""
        missing = next((n for n, step in enumerate(self.back) if step is None), None)
        if missing is not None:
            return self._answer(self._between(missing - 1), "injected", self.back[missing - 1], missing - 1, 1)
        back = [step for step in self.back if step is not None]
        far = back[-1]
        stretches: list[tuple[float, str, int]] = []
        for n, (near, beyond) in enumerate(itertools.pairwise(back)):
            begun = max(beyond.ns, self.wait.start_ns)
            stretches.append((near.ns - begun, "back", n))
        there = [s for s in self.there if s is not None and s.ns <= far.ns + s.error_ns + far.error_ns]
        if len(there) == len(self.there) == len(back):
            for n, (near, beyond) in enumerate(itertools.pairwise(there)):
                stretches.append((beyond.ns - max(near.ns, self.wait.start_ns), "there", n))
            stretches.append((far.ns - max(there[-1].ns, self.wait.start_ns), "own", len(back) - 1))
        elif far.ns > self.wait.start_ns:
            stretches.append((far.ns - self.wait.start_ns, "own", len(back) - 1))
        if not stretches:
            return None
        longest, way, number = max(stretches)
        if way == "own":
            return self._at_the_far_end(longest / 1e9, far)
        event, pair = (self.goal, (number + 1, number)) if way == "back" else (self.asked[0], (number, number + 1))
        step = (self.back if way == "back" else self.there)[pair[0]]
        until = event.at(self.trail.sightings[pair[1]])
        before = None
        if until is not None and step is not None:
            doubt = step.error_ns if step.error_ns != float("inf") else 0.0
            before = self._on_clock_of(pair[0], pair[1], until[0]) + round(doubt)
        copies = event.copies(self.trail.sightings[pair[0]], before)
        how = "lost" if copies > 1 else "late"
        return self._answer(
            self._between(number), how, step, pair[0], int(way == "back"), longest / 1e9, copies - 1, True
        )

    def _on_clock_of(self, number: int, other: int, ns: int) -> int:
        """A moment of one sighting's point on another's clock."""
        here, there = self.trail.sightings[other].number, self.trail.sightings[number].number
        on_client = self.path.to_client(here, ns)
        clock = self.path.clock(there)
        return on_client if clock is None else round(on_client + clock.ahead_ns(on_client))

    def _missing(self) -> PathAnswer | None:
        """It never came: on the way back, on the way there, or nobody sent it."""
        waited = seconds(self.wait.end_ns - self.wait.start_ns)
        seen = next((n for n, step in enumerate(self.back) if step is not None), None)
        if seen:
            step = self.back[seen]
            copies = self.goal.copies(self.trail.sightings[seen], None)
            return self._answer(self._between(seen - 1), "lost", step, seen, 1, waited, copies)
        gone = next((n for n, step in enumerate(self.there) if step is None), None)
        if gone and not self.trail.links[gone - 1].one_connection:
            if (beyond := self._beyond(gone)) is not None:
                return beyond
            return self._answer(self._between(gone - 1), "silent", self.there[gone - 1], gone - 1, None, waited)
        if gone:
            event, step = self._lacking(gone)
            copies = event.copies(self.trail.sightings[gone - 1], None)
            step = step or self.there[gone - 1]
            return self._answer(self._between(gone - 1), "lost", step, gone - 1, 0, waited, copies)
        last = next((step for step in reversed(self.there) if step is not None), None)
        return None if last is None else self._at_the_far_end(waited, None)

    def _lacking(self, number: int) -> tuple[Event, WayStep | None]:
        """Which of what was sent did not come to a sighting, and when it was at the one before."""
        event = next(e for e in self.asked if self._moment(e, number) is None)
        return event, self._moment(event, number - 1)

    def _at_the_far_end(self, waited: float, sent: WayStep | None) -> PathAnswer | None:
        """All that was asked came to where the connection ends, and the time went there, or beyond it."""
        number = len(self.there) - 1
        sighting, step = self.trail.sightings[number], self.there[number]
        how = "silent" if sent is None else "slow"
        if self.reach < len(self.trail.sightings):
            beyond = self._beyond(self.reach)
            if beyond is not None:
                return beyond
            return self._answer(self._between(self.reach - 1), how, step, number, None, waited, came=sent is not None)
        if sighting.number < len(self.path.points) - 1 and not _ends_here(sighting):
            answered = len(sighting.halves[1]) > 0
            if not answered:
                event = self.asked[0]
                copies = event.copies(sighting, None)
                return self._answer(PathPlace(sighting.number, True), "lost", step, number, 0, waited, copies)
            return self._answer(
                PathPlace(sighting.number, True), how, step, number, None, waited, came=sent is not None
            )
        return self._answer(PathPlace(sighting.number), how, step, number, None, waited, came=sent is not None)

    def _beyond(self, number: int) -> PathAnswer | None:
        """What the relay itself waited for meanwhile, on the connection that it opened; None where nothing is owed to it."""
        rest = Trail(self.trail.sightings[number:], self.trail.links[number:])
        relay = rest.sightings[0]
        clock = self.path.clock(relay.number)
        start, end = (
            ns if clock is None else round(ns + clock.ahead_ns(ns)) for ns in (self.wait.start_ns, self.wait.end_ns)
        )
        up, down = relay.halves
        if control(down, True) is None and control(up, False) is not None:
            waiting = Waiting.SYN_ACK
        elif up.highest_by(end) > 1 and not (down.time[down.length > 0] >= start).any():
            waiting = Waiting.RESPONSE if self.wait.waiting is Waiting.ACK else self.wait.waiting
        else:
            return None
        if waiting is Waiting.CONNECT_REPLY:
            waiting = Waiting.SERVER_HELLO
        wait = Wait(self.wait.flow, self.wait.start_ns, self.wait.end_ns, waiting, "server")
        goal = Event("syn", 1) if waiting is Waiting.SYN_ACK else Event("data", 1, down.whole_by(end))
        asked = [Event("syn", 0)] if waiting is Waiting.SYN_ACK else [Event("whole", 0, up.highest_by(end))]
        inner = Itinerary(self.path, rest, wait, goal, asked)
        return inner._missing() if inner.there and inner.there[0] is not None else None

    def _answer(
        self, place: PathPlace, how: str, step: WayStep | None, number: int, direction: int | None, waited: float | None = None,
        copies: int = 0, came: bool = False,
    ) -> PathAnswer | None:  # fmt: skip
        if step is None:
            return None
        waited = seconds(self.wait.end_ns - self.wait.start_ns) if waited is None else waited
        shown = [one for one in (*self.there, *reversed(self.back)) if one is not None]
        error = max((one.error_ns for one in shown), default=0.0)
        to_point = place.point if direction is None or not place.beyond or direction == 1 else place.point + 1
        return PathAnswer(
            place, how, step.what, waited, self.wait.flow, tuple(shown), max(0, copies),
            direction, came=came, error_s=error / 1e9, from_point=self.trail.sightings[number].number, to_point=to_point,
            shown=step,
        )  # fmt: skip


def _ends_here(sighting: Sighting) -> bool:
    """Whether the far end of a connection is the point itself, and not the client's: what it sends has crossed no router yet."""
    down = sighting.halves[1]
    return sighting.number > 0 and len(down) > 0 and int(down.ttl[0]) in INITIAL_TTLS


def name_of(event: Event, wait: Wait, client: Sighting) -> Text:
    """What an event is called in prose."""
    if event.kind == "syn":
        return message("SYN-ACK") if event.direction else message("SYN")
    if event.kind == "ack":
        return message("acknowledgment")
    if event.kind in ("fin", "rst"):
        return message("FIN") if event.kind == "fin" else message("RST")
    hello = client.point.handshakes.get(client.flow, {})
    if event.direction == 1:
        if wait.waiting is Waiting.SERVER_HELLO or (hello and hello["server_hello_ns"] is None):
            return message("ServerHello")
        return message(ANSWERS.get(wait.waiting, "next octets"))
    if (hello.get("client_hello_octets") or 0) + 1 == event.offset or wait.waiting is Waiting.SERVER_HELLO:
        return message("ClientHello")
    return message(QUESTIONS.get(wait.waiting, "client's last octets"))


ANSWERS = {
    Waiting.SERVER_FLIGHT: "server's flight", Waiting.RESPONSE: "response", Waiting.BODY: "rest of the body",
    Waiting.CONNECT_REPLY: "reply to CONNECT",
}  # fmt: skip
QUESTIONS = {
    Waiting.SERVER_FLIGHT: "client's part of the handshake", Waiting.RESPONSE: "request", Waiting.CONNECT_REPLY: "CONNECT",
}  # fmt: skip

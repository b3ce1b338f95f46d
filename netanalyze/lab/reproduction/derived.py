"""From the packets of a flow to a conversation: who said what and when, and what became of it on the way.

An end says a thing when its first octet, or any behind it, was first seen: what comes late because it was lost was said in
time, and lost.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from netanalyze.lab.reproduction.content import crossed_out, streams
from netanalyze.lab.reproduction.conversation import PlayedFlow, PlayedStep
from netanalyze.lab.reproduction.members import CLIENT, SERVER
from netanalyze.lab.reproduction.observed import ObservedFlow, ObservedPacket
from netanalyze.lab.reproduction.spans import OctetRanges
from netanalyze.tracking.marks import FAST_RETRANSMISSION, KEEP_ALIVE, OVERTAKEN, ZERO_WINDOW, ZERO_WINDOW_PROBE

SYN, FIN, RST, ACK = 0x02, 0x01, 0x04, 0x10
TOGETHER_S = 0.01
"""What one end says within so long is one step."""
STEPS_MOST = 300
UNHEARD_S = 0.5
"""So long after it was said, what nobody acknowledged did not get there."""
TIMEOUT_S = 0.2
"""The shortest retransmission timeout of Linux (TCP_RTO_MIN)."""
PATIENCE = 0.9
"""A dial is given up before its next SYN would go out."""
OTHER_TTL = 2
"""Hops by which a RST must differ to be somebody else's."""
MORE = 65_536
"""Octets further that are said to whom does not read."""
SOON = 0.6
"""Of a round trip: what is acknowledged sooner was not sent just before."""
FAR_S = 0.3
"""The most that one way may take."""
Told = list[tuple[int, int, float]]


@dataclass
class _Side:
    """What is known of what one end says: ``told`` are new octets and when they were first seen."""

    by: str
    seen: OctetRanges = field(default_factory=OctetRanges)
    told: Told = field(default_factory=list)
    again: dict[int, tuple[int, int]] = field(default_factory=dict)
    sent_again: dict[int, float] = field(default_factory=dict)
    late: list[tuple[str, int, int, float]] = field(default_factory=list)
    acked: int = 0
    heard: OctetRanges = field(default_factory=OctetRanges)

    def take(self, packet: ObservedPacket, round_trip: float) -> None:
        """A packet with payload."""
        start, end = packet.offset, packet.offset + packet.length
        if packet.marks & (KEEP_ALIVE | ZERO_WINDOW_PROBE):
            return
        before, new = self.seen.end, self.seen.add(start, end)
        self.told += [(left, right, packet.at) for left, right in new]
        for left, right in new:
            if left < before:  # it fills a hole: what lies behind it was there before
                since = min((at for first, _, at in self.told if first > left), default=packet.at)
                waited = max(packet.at - since, 0.0)
                if packet.marks & OVERTAKEN:
                    self.late.append((self.by, left, right, round(waited, 4)))
                else:
                    timeout = TIMEOUT_S + round_trip
                    self.again[left] = (right, max(1, round(math.log2(waited / timeout + 1))))
        if not new and start >= self.acked and not self.heard.has(start, end) and self._was_missed(packet, start):
            self.again[start] = (end, self.again.get(start, (0, 0))[1] + 1)
            self.sent_again[start] = packet.at

    def _was_missed(self, packet: ObservedPacket, start: int) -> bool:
        """Whether a copy stands for a loss: what came in here and came again at once was only not acknowledged yet."""
        if self.by == CLIENT or packet.marks & FAST_RETRANSMISSION:
            return True
        first = max((at for left, _, at in self.told if left <= start), default=packet.at)
        return packet.at - first >= TIMEOUT_S * PATIENCE

    def hear(self, ack: int, sacks: Sequence[tuple[int, int]], at: float, round_trip: float) -> None:
        """The other end acknowledges; what comes sooner than a round trip after a copy was for the one before it."""
        if self.by == CLIENT:
            for start, sent in list(self.sent_again.items()):
                if self.acked <= start < ack:
                    end, times = self.again[start]
                    if at - sent < SOON * round_trip and times:
                        self.again[start] = (end, times - 1)
                    del self.sent_again[start]
        self.acked = max(self.acked, min(ack, self.seen.end))
        for left, right in (*sacks, (0, self.acked)):
            if 0 <= left < right <= self.seen.end:
                self.heard.add(left, right)

    def complete(self) -> None:
        """What was never seen and lies before what was, was said all the same; and got there, where it was acknowledged."""
        for left, right in self.seen.holes():
            after = min((at for start, _, at in self.told if start >= right), default=0.0)
            self.told.append((left, right, after))
            if right <= self.acked:
                self.heard.add(left, right)

    def lost(self, until: float) -> list[tuple[str, int, int, int]]:
        """What did not get there, and how often."""
        found = [(self.by, start, end, times) for start, (end, times) in sorted(self.again.items()) if times]
        said = {start: at for start, _, at in self.told}
        everything = OctetRanges()
        for left, right in (*self.heard.ranges, (self.seen.end, self.seen.end + 1)):
            everything.add(left, right)
        for left, right in everything.holes():
            first = min((at for start, at in said.items() if start >= left), default=until)
            if until - first >= UNHEARD_S:
                found = [one for one in found if not left <= one[1] < right]
                found.append((self.by, left, right, -1))
        return found


def conversation(flow: ObservedFlow, begins: float, until: float) -> PlayedFlow:
    """A flow as a conversation, ``begins`` and ``until`` in seconds of the capture: when the run begins and ends."""
    made = _datagrams(flow, begins) if flow.transport == "udp" else _connection(flow, begins, until)
    ends = _given_up(flow)
    return replace(
        made, begins=round(flow.packets[0].at - begins, 4),
        ends=0.0 if ends is None or ends >= until else round(ends - begins, 4),
    )  # fmt: skip


def _datagrams(flow: ObservedFlow, begins: float) -> PlayedFlow:
    first = flow.packets[0].at
    steps = [
        PlayedStep(
            CLIENT if one.up else SERVER,
            round(one.at - first, 4),
            "say",
            crossed_out(one.octets).ljust(one.length, b"\0"),
        )
        for one in flow.packets[: 4 * STEPS_MOST]
    ]
    trips = [b.at - a.at for a, b in pairwise(flow.packets) if a.up and not b.up]
    return PlayedFlow("udp", flow.client, flow.server, 0, 0, round(min(min(trips, default=0.0) / 2, FAR_S), 5),
                        _ttl(flow), tuple(steps))  # fmt: skip


def _given_up(flow: ObservedFlow) -> float | None:
    """When the client gives up a dial that nobody answers: before its next SYN would have gone out; None of any other flow."""
    syns = [one.at for one in flow.packets if one.up and one.flags & (SYN | ACK) == SYN]
    if not syns or any(not one.up for one in flow.packets) or flow.transport == "udp":
        return None
    return syns[-1] + PATIENCE * (syns[-1] - syns[-2] if len(syns) > 1 else 1.0)


def _ttl(flow: ObservedFlow) -> int:
    down = [one.ttl for one in flow.packets if not one.up]
    return min(down[0] + 1, 255) if down else 0  # the router takes one away


def _connection(flow: ObservedFlow, begins: float, until: float) -> PlayedFlow:
    packets = flow.packets
    first, down = packets[0].at, [one for one in packets if not one.up]
    syns = [one for one in packets if one.up and one.flags & (SYN | ACK) == SYN]
    accepted = next((one for one in down if one.flags & (SYN | ACK) == SYN | ACK), None)
    bare = PlayedFlow("tcp", flow.client, flow.server, 0, 0, ttl=_ttl(flow))
    if syns and accepted is None and not any(one.length for one in packets):
        if down and down[0].flags & RST:
            return replace(bare, closed=True, delay=round(min(down[0].at - syns[-1].at, FAR_S) / 2, 5))
        return replace(bare, lost_syn=-1)
    before = [one.at for one in syns if accepted is not None and one.at <= accepted.at]
    delay = min(max(accepted.at - before[-1], 0.0) / 2, FAR_S) if before and accepted is not None else 0.0
    sides = {True: _Side(CLIENT), False: _Side(SERVER)}
    for one in packets:
        if one.length > 0 and not one.flags & (SYN | RST):
            sides[one.up].take(one, 2 * delay)
        if one.ack >= 0 and not one.flags & (SYN | RST):
            sides[not one.up].hear(one.ack, one.sacks, one.at, 2 * delay)
    for side in sides.values():
        side.complete()
    for left, right in sides[False].seen.ranges:  # what was seen here got here, whoever acknowledged it
        sides[False].heard.add(left, right)
    steps = _steps(flow, sides, first)
    steps, buffer = _closed_windows(packets, steps, first)
    return replace(
        bare, delay=round(delay, 5), lost_syn=max(len(before) - 1, 0), steps=tuple(steps), buffer=buffer,
        lost=(*sides[True].lost(until), *sides[False].lost(until)),
        late=(*sides[True].late, *sides[False].late),
        silent=_silent(packets, first), keepalive=_keepalive(packets),
    )  # fmt: skip


def _steps(flow: ObservedFlow, sides: dict[bool, _Side], first: float) -> list[PlayedStep]:
    """What both ends do, in order; what is said in one breath is one step."""
    contents = streams(flow)
    events: list[tuple[float, int, bool, str, int, int]] = []
    for up, side in sides.items():
        earliest = math.inf
        for start, end, at in sorted(side.told, reverse=True):
            earliest = min(earliest, at)
            events.append((earliest, 0, up, "say", start, end))
        ends = _endings(flow, up)
        if up and (torn := next((one.at for one in flow.packets if not one.up and one.flags & RST), None)) is not None:
            ends = [one for one in ends if one[0] < torn]  # a kernel that was told of no connection any more says so
        events += [(at, 1, up, act, ttl, 0) for at, act, ttl in ends]
    events.sort(key=lambda one: (one[0], one[1], one[4]))
    together = TOGETHER_S
    while True:
        steps: list[PlayedStep] = []
        last = -math.inf
        for at, _, up, act, start, end in events:
            by = CLIENT if up else SERVER
            if act != "say":
                steps.append(PlayedStep(by, round(at - first, 4), act, ttl=start))
                continue
            octets = contents[up][start:end]
            if steps and steps[-1].act == "say" and steps[-1].by == by and at - last <= together:
                steps[-1] = replace(steps[-1], octets=steps[-1].octets + octets)
            else:
                steps.append(PlayedStep(by, round(at - first, 4), "say", octets))
                last = at
        if len(steps) <= STEPS_MOST or together > 1:
            return steps
        together *= 2


def _endings(flow: ObservedFlow, up: bool) -> list[tuple[float, str, int]]:
    """When an end finishes, and when it resets; with the TTL of a RST that somebody else sent."""
    mine = [one for one in flow.packets if one.up is up]
    usual = median([one.ttl for one in mine if not one.flags & RST] or [0])
    found = []
    finish = next((one for one in mine if one.flags & FIN), None)
    if finish is not None:
        found.append((finish.at, "finish", 0))
    reset = next((one for one in mine if one.flags & RST), None)
    if reset is not None and not (up and finish is not None):
        foreign = not up and abs(reset.ttl - usual) > OTHER_TTL
        found.append((reset.at, "reset", min(reset.ttl + 1, 255) if foreign else 0))
    return found


def _silent(packets: list[ObservedPacket], first: float) -> tuple[tuple[float, float], ...]:
    """Since when nothing of the server's comes any more, though the client tries."""
    last = max((one.at for one in packets if not one.up), default=None)
    if last is None:
        return ()
    asked = [one.at for one in packets if one.up and one.at > last + UNHEARD_S]
    ended = any(one.flags & RST for one in packets)
    return ((round(last + TIMEOUT_S - first, 4), 0.0),) if asked and not ended else ()


def _keepalive(packets: list[ObservedPacket]) -> tuple[float, float]:
    """After how long without a word the client asks whether anybody is there, and how often then."""
    probes = [one for one in packets if one.up and one.marks & KEEP_ALIVE]
    if not probes:
        return ()  # type: ignore[return-value]
    quiet = max((one.at for one in packets if one.at < probes[0].at), default=probes[0].at)
    gaps = [b.at - a.at for a, b in pairwise(probes)]
    idle = probes[0].at - quiet
    return round(idle, 3), round(median(gaps) if gaps else idle, 3)


def _closed_windows(
    packets: list[ObservedPacket], steps: list[PlayedStep], first: float
) -> tuple[list[PlayedStep], int]:
    """Who does not read for a time, so that its window closes: steps that say so, and how much it has room for."""
    for up in (True, False):
        shut = next((one for one in packets if one.up is up and one.marks & ZERO_WINDOW), None)
        if shut is None:
            continue
        by, at = CLIENT if up else SERVER, round(shut.at - first, 4)
        again = next((one.at for one in packets if one.up is up and one.at > shut.at and one.window > 0), None)
        resumes = None if again is None else round(again - first, 4)
        held = [one if one.by == by or one.act != "say" or not at < one.at < (resumes or math.inf) + TIMEOUT_S else
                replace(one, at=at) for one in steps]  # fmt: skip
        room = max(min(shut.ack, MORE) if not up else MORE // 2, 1)
        if not up:  # who has read nothing since the beginning is full when it has taken so much
            held = [PlayedStep(by, 0.0, "pause"), *held]
            told = [number for number, one in enumerate(held) if one.by != by and one.act == "say"]
            if told:
                held[told[-1]] = replace(held[told[-1]], octets=held[told[-1]].octets + bytes(MORE))
        else:
            held.append(PlayedStep(by, at, "pause"))
        if resumes is not None:
            held.append(PlayedStep(by, resumes, "resume"))
        return sorted(held, key=lambda one: one.at), room
    return steps, 0

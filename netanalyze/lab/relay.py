"""A wire in user space: carries Ethernet frames between two interfaces, and can be a bad wire (packet(7)).

    python -m netanalyze.lab.relay 'JSON'          with the members of ``Wire``

Directions are the client's: ``up`` is away from the client, ``down`` is towards it. Everything the relay loses it loses
behind the client's tap, so a capture there shows the loss as a client would meet it.
"""

import heapq
import json
import random
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from netanalyze.lab.inject import asks_address, dns_answer, resets
from netanalyze.lab.journal import note
from netanalyze.lab.reproduction.fates import Fates

ALL_PROTOCOLS = 0x0003
IGNORE_OUTGOING = 23  # PACKET_IGNORE_OUTGOING, linux/if_packet.h
RECEIVE_BUFFER = 33  # SO_RCVBUFFORCE
IPV4, IPV6, TCP = 0x0800, 0x86DD, 6


@dataclass
class Wire:
    """How bad the wire is.

    Args:
        delay: seconds each way; ``jitter`` is the largest further delay, drawn evenly, order kept.
        loss_up, loss_down: fraction of TCP frames with payload, and of pure ACKs, that are lost.
        loss_from: loss begins so many seconds after the first frame.
        reorder: fraction of TCP frames down that come ``reorder_delay`` seconds late, behind their successors.
        rate: octets per second each way; 0 is no limit. ``queue``: octets that wait at most, the rest is lost.
        outage_after: octets of TCP payload down after which nothing passes for ``outage`` seconds (0: for ever).
        outage_at: the same, so many seconds after the first TCP frame.
        duplicate: fraction of TCP frames down that come twice.
        corrupt: fraction of TCP frames with payload down in which one bit is wrong, so that the receiver throws them away.
        drop_syn: so many SYNs up are lost, then they pass; ``drop_synack`` the same down.
        drop_dns: so many UDP/53 queries are lost.
        reset_on: inject RSTs when a TCP payload up contains this text; ``reset_ttl`` is their TTL, ``reset_both``
            sends one to the server too, ``reset_count`` so many to the client, each a bit further on.
        reset_swallow: the frame that set off the reset does not go on.
        forge_dns: answer queries for the IPv4 address of this name with ``forge_address`` before the true answer comes;
            ``forge_ttl`` is the forged datagram's.
        flows: flows with a delay and losses of their own (``reproduction.fates``).
        seed: of the random choices.
    """

    delay: float = 0.0
    jitter: float = 0.0
    loss_up: float = 0.0
    loss_down: float = 0.0
    loss_from: float = 0.0
    reorder: float = 0.0
    reorder_delay: float = 0.01
    rate: int = 0
    queue: int = 60_000
    outage_after: int = 0
    outage_at: float = 0.0
    outage: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    drop_syn: int = 0
    drop_synack: int = 0
    drop_dns: int = 0
    reset_on: str = ""
    reset_ttl: int = 57
    reset_both: bool = False
    reset_count: int = 1
    reset_swallow: bool = False
    forge_dns: str = ""
    forge_address: str = "203.0.113.66"
    forge_ttl: int = 57
    flows: list[dict[str, Any]] = field(default_factory=list)
    seed: int = 1
    near: str = "near"
    far: str = "far"


@dataclass
class Segment:
    """What the relay needs to know of a TCP frame; lengths in octets."""

    flags: int
    payload: bytes


def segment(frame: bytes) -> Segment | None:
    """The TCP segment in an Ethernet frame over IPv4 or IPv6 without extension headers; None if it is something else."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == IPV4 and len(frame) >= 54 and frame[23] == TCP:
        start, end = 14 + (frame[14] & 15) * 4, 14 + struct.unpack_from("!H", frame, 16)[0]
    elif kind == IPV6 and len(frame) >= 74 and frame[20] == TCP:
        start, end = 54, 54 + struct.unpack_from("!H", frame, 18)[0]
    else:
        return None
    return Segment(frame[start + 13], frame[start + (frame[start + 12] >> 4) * 4 : end])


def is_query(frame: bytes) -> bool:
    """True for a UDP datagram to port 53 over IPv4."""
    return len(frame) > 42 and frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[36:38] == b"\0\x35"


def corrupted(frame: bytes, part: Segment) -> bytes:
    """``frame`` with one bit of the middle of its TCP payload turned; its checksum stays and is wrong."""
    at = frame.rindex(part.payload) + len(part.payload) // 2
    return frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1 :]


@dataclass
class State:
    """What the wire remembers: when its queues drain, how much it carried, whether it is cut."""

    chance: random.Random
    free: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})
    last: dict[Any, float] = field(default_factory=dict)
    fates: Fates = field(default_factory=lambda: Fates([]))
    carried_down: int = 0
    begun: float = 0.0
    cut_at: float = 0.0
    syns: int = 0
    synacks: int = 0
    queries: int = 0


def fate(wire: Wire, state: State, frame: bytes, up: bool, now: float) -> list[float]:
    """Times at which ``frame`` comes out at the other end: none if it is lost, two if it is duplicated."""
    part = segment(frame)
    if is_query(frame):
        state.queries += 1
        if state.queries <= wire.drop_dns:
            return []
    if part:
        if not state.begun:
            state.begun = now
        if part.flags & 0x12 == 0x02:
            state.syns += 1
            if up and state.syns <= wire.drop_syn:
                return []
        if part.flags & 0x12 == 0x12:
            state.synacks += 1
            if not up and state.synacks <= wire.drop_synack:
                return []
        if not up:
            state.carried_down += len(part.payload)
        by_octets = bool(wire.outage_after) and state.carried_down > wire.outage_after
        struck = by_octets or (wire.outage_at > 0 and now - state.begun > wire.outage_at)
        if struck and not state.cut_at:
            state.cut_at = now
            note("outage", wire.outage or None)
    if state.cut_at and (not wire.outage or now < state.cut_at + wire.outage):
        return []
    lost, delay, later, flow = state.fates.of(frame, up, now) or (False, wire.delay, 0.0, None)
    if lost:
        return []
    lossy = part and not part.flags & 0x07 and now - state.begun >= wire.loss_from
    if lossy and state.chance.random() < (wire.loss_up if up else wire.loss_down):
        return []
    due = now
    if wire.rate:
        start = max(now, state.free[up])
        if (start - now) * wire.rate > wire.queue:
            return []
        state.free[up] = due = start + len(frame) / wire.rate
    due += delay + (state.chance.random() * wire.jitter if wire.jitter else 0.0)
    if later:
        return [due + later]
    if part and part.payload and not up and state.chance.random() < wire.reorder:
        return [due + wire.reorder_delay]
    due = state.last[up, flow] = max(due, state.last.get((up, flow), 0.0))
    if part and not up and wire.duplicate and state.chance.random() < wire.duplicate:
        return [due, due]
    return [due]


def carry(wire: Wire) -> None:
    """Carry frames until killed."""
    near, far = (_port(name) for name in (wire.near, wire.far))
    state, number = State(random.Random(wire.seed), fates=Fates(wire.flows)), 0
    waiting: list[tuple[float, int, socket.socket, bytes]] = []
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, out, frame = heapq.heappop(waiting)
            _send(out, frame)
        wait = max(0.0, waiting[0][0] - now) if waiting else 1.0
        for source in select.select([near, far], [], [], wait)[0]:
            up = source is near
            for _ in range(64):
                try:
                    frame = source.recv(65_536)
                except BlockingIOError:
                    break
                now = time.monotonic()
                part = segment(frame) if wire.reset_on and up else None
                if part and wire.reset_on.encode() in part.payload:
                    back, onward = resets(frame, wire.reset_ttl, wire.reset_count)
                    for forged in back:
                        _send(near, forged)
                    if wire.reset_both:
                        _send(far, onward)
                    if wire.reset_swallow:
                        continue
                if wire.forge_dns and up and is_query(frame) and asks_address(frame, wire.forge_dns):
                    _send(near, dns_answer(frame, wire.forge_address, wire.forge_ttl))
                if wire.corrupt and not up and (part := segment(frame)) and part.payload:
                    if state.chance.random() < wire.corrupt:
                        frame = corrupted(frame, part)
                for due in fate(wire, state, frame, up, now):
                    number += 1
                    heapq.heappush(waiting, (due, number, far if up else near, frame))


def _port(name: str) -> socket.socket:
    """A raw socket on interface ``name`` that does not hear itself, with room for bursts."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    sock.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER, 64 * 2**20)
    sock.setsockopt(263, IGNORE_OUTGOING, 1)
    sock.bind((name, 0))
    sock.setblocking(False)
    return sock


def _send(sock: socket.socket, frame: bytes) -> None:
    """Hand a frame to the interface; what it cannot take at the moment is lost, as on any wire."""
    try:
        sock.send(frame)
    except (BlockingIOError, OSError):
        pass


if __name__ == "__main__":
    carry(Wire(**json.loads(sys.argv[1])))

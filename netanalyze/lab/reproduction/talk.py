"""Plays one side of conversations, by the sockets of this namespace's kernel; run as a script.

    python -m netanalyze.lab.reproduction.talk client|server PLAN

``PLAN`` is JSON: ``conversations``, as in a scenario; ``start``, a file in which the client writes the moment of its beginning
(``time.monotonic``, which all processes of a machine share); ``ends``, seconds after that.
"""

import contextlib
import json
import math
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netanalyze.lab.reproduction.conversation import PlayedFlow, PlayedStep, conversations
from netanalyze.lab.reproduction.members import CLIENT, SERVER
from netanalyze.output_files import write_text

MSG_EOR = getattr(socket, "MSG_EOR", 0)
"""A segment ends with what was said, also where more is said before it is sent: what is lost is declared by the octets of the
segments that were recorded, and a segment across that edge would be lost with it or pass with it."""
PATIENCE_S, UNMARRED_S = 0.6, 5.0
"""So long an end waits for what it should have heard before it does its next step, and then does it all the same: where the wire
loses some of it, and where nothing is lost but a busy machine may be slow."""
HEADSTART_S = 0.3
FIREWALL_S = 0.05
"""What a rule takes to be made."""
SEND_BUFFER = 64 * 2**20
GRACE_S = 4.0
"""A run goes on so long beyond its end where what was said is still on its way: a machine that is busy is slower."""
GLANCE_S = 0.01
SO_SNDBUFFORCE = 32  # asm-generic/socket.h
ETHERTYPE_ARP = 0x0806


def weight(step: PlayedStep) -> int:
    """What of a step can be heard: its octets, or that there are no more; a datagram counts as one."""
    return len(step.octets) if step.act == "say" else int(step.act in ("finish", "reset"))


def marred(talk: PlayedFlow) -> bool:
    """Whether some of what is said does not get there."""
    return bool(talk.lost or talk.silent or talk.dropped_from >= 0)


class Heard:
    """What the client heard of each conversation, so that one that came of another begins after it."""

    def __init__(self, talks: list[PlayedFlow]):
        self.talks = talks
        self.count = dict.fromkeys(range(len(talks)), 0)
        self.over: set[int] = set()

    def everything_before(self, number: int) -> bool:
        """Whether all has come that came before a conversation began; what never came is not waited for."""
        begins = self.talks[number].begins
        for other, talk in enumerate(self.talks):
            if other == number or other in self.over or marred(talk):
                continue
            due = [step for step in talk.steps if step.by == SERVER and talk.begins + step.at < begins]
            owed = len(due) if talk.transport == "udp" else sum(map(weight, due))
            if self.count[other] < owed:
                return False
        return True

    def await_turn(self, number: int, start: float) -> None:
        """Sleep until a conversation begins."""
        due = start + self.talks[number].begins
        _sleep_until(due)
        while time.monotonic() < due + PATIENCE_S and not self.everything_before(number):
            time.sleep(GLANCE_S / 10)


@dataclass
class Player:
    """One side of a connection: does its steps when they are due, and reads what comes meanwhile."""

    sock: socket.socket
    talk: PlayedFlow
    by: str
    start: float
    ends: float
    told: Callable[[int], None] = lambda heard: None
    heard: int = 0
    reads: bool = True
    open: bool = True
    finished: bool = False
    owed: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def play(self) -> None:
        """All steps, and then silence until the end."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        for step in self.talk.steps:
            if step.by != self.by:
                self.owed += 0 if self.finished else weight(step)
                continue
            early = self.talk.delay if self.by == SERVER else 0.0
            self._until(poll, self.start + self.talk.begins + step.at - early, self.owed)
            if not self.open and step.act == "say":
                continue
            self.finished |= step.act == "finish"  # what the other end says then, if it still does, nobody waits for
            try:
                self._do(step.act, step.octets, step.ttl)
            except OSError:
                return
            if step.act == "reset":
                return
        self._until(poll, time.monotonic(), self.owed)
        self.done.set()
        self._until(poll, self.start + self.ends, 0)

    def _do(self, act: str, octets: bytes, ttl: int) -> None:
        match act:
            case "say":
                self.sock.settimeout(max(self.start + self.ends - time.monotonic(), 0.01))
                self.sock.sendall(octets, MSG_EOR)
            case "finish":
                self.sock.shutdown(socket.SHUT_WR)
            case "reset":
                if ttl and self.sock.family == socket.AF_INET:
                    self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.sock.close()
            case "pause":
                self.reads = False
                if self.talk.buffer:
                    self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.talk.buffer)
            case "resume":
                self.reads = True

    def _until(self, poll: "select.poll", due: float, owed: int) -> None:
        """Read until the moment is there, and what was owed too, or patience is over."""
        patience = PATIENCE_S if marred(self.talk) else UNMARRED_S
        while True:
            now = time.monotonic()
            if now >= due and (self.heard >= owed or not self.open or not self.reads or now >= due + patience):
                return
            wait = min(due - now, 1.0) if now < due else GLANCE_S
            if not (self.open and self.reads):
                time.sleep(wait)
            elif poll.poll(wait * 1000):
                try:
                    octets = self.sock.recv(2**20, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    continue
                except OSError:
                    octets = b""
                self.heard += len(octets) or 1
                self.open = bool(octets)
                self.told(self.heard)


@dataclass(frozen=True)
class Turn:
    """A conversation as the client's side plays it: its number, the run's beginning and end, and what is told when it is done."""

    number: int
    talk: PlayedFlow
    start: float
    ends: float
    heard: Heard
    done: threading.Event

    def tell(self, count: int) -> None:
        """So much was heard by now."""
        self.heard.count[self.number] = count

    def play(self) -> None:
        """All of it; ``done`` is set when it has done and heard all that it should, or will not any more."""
        try:
            with contextlib.suppress(OSError):
                (dial if self.talk.transport == "tcp" else ask)(self)
        finally:
            self.heard.over.add(self.number)
            self.done.set()


def dial(turn: Turn) -> None:
    """The client's side of a connection."""
    talk, start, ends = turn.talk, turn.start, turn.ends
    with socket.socket(_family(talk)) as sock:
        _prepared(sock)
        if talk.keepalive:
            idle, between = (max(round(value), 1) for value in talk.keepalive)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, between)
        sock.bind(talk.client)
        turn.heard.await_turn(turn.number, start)
        sock.setblocking(False)
        sock.connect_ex(talk.server)
        poll = select.poll()
        poll.register(sock, select.POLLOUT)
        if not poll.poll(max(start + min(talk.ends or ends, ends) - time.monotonic(), 0) * 1000):
            return
        if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            Player(sock, talk, CLIENT, start, ends + GRACE_S, turn.tell, done=turn.done).play()


def ask(turn: Turn) -> None:
    """The client's side of datagrams."""
    talk = turn.talk
    with socket.socket(_family(talk), socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(talk.client)
        asked = [step for step in talk.steps if step.by == CLIENT]
        dropped = talk.dropped_from if talk.dropped_from >= 0 else math.inf
        expected, count = sum(step.by == SERVER and step.at < dropped for step in talk.steps), 0
        turn.heard.await_turn(turn.number, turn.start)
        while asked or count < expected:
            now = time.monotonic()
            due = turn.start + (talk.begins + asked[0].at if asked else turn.ends + GRACE_S)
            if asked and now >= due:
                with contextlib.suppress(OSError):
                    sock.sendto(asked.pop(0).octets, talk.server)
                continue
            if now >= due:
                break
            sock.settimeout(due - now)
            with contextlib.suppress(OSError):
                sock.recv(65_536)
                count += 1
                turn.tell(count)
        turn.done.set()
        _sleep_until(turn.start + turn.ends + GRACE_S)


def _family(talk: PlayedFlow) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in talk.server[0] else socket.AF_INET


def firewall(talk: PlayedFlow, start: float) -> None:
    """This machine drops what the server says, from the moment on that is declared."""
    _sleep_until(start + talk.begins + talk.dropped_from)
    program = "ip6tables" if ":" in talk.server[0] else "iptables"
    ends = ["-s", talk.server[0], "-d", talk.client[0], "-p", talk.transport]
    ports = ["--sport", str(talk.server[1]), "--dport", str(talk.client[1])]
    subprocess.run([program, "-w", "-A", "INPUT", *ends, *ports, "-j", "DROP"], check=False)


def _prepared(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER)


def _sleep_until(moment: float) -> None:
    time.sleep(max(moment - time.monotonic(), 0))


class PlayedHost:
    """All that is to answer: listeners and datagram sockets, and the conversations that are theirs, by the client's end."""

    def __init__(self, talks: list[PlayedFlow], plan: dict[str, Any]):
        self.plan = plan
        self.talks = {(talk.transport, talk.client, talk.server): talk for talk in talks}
        self.heard: dict[Any, int] = {}
        self.news = threading.Condition()

    def open(self) -> None:
        """Open every socket, and serve in threads."""
        spoken = [talk for talk in self.talks.values() if not talk.closed and not talk.rejected]
        for transport, server in {(talk.transport, talk.server): talk for talk in spoken}:
            ttl = next((t.ttl for t in spoken if t.server == server and t.ttl), 0)
            family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if ttl and family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            room = next((t.buffer for t in spoken if t.server == server and t.buffer and _server_pauses(t)), 0)
            if room:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            sock.bind(server)
            if transport == "tcp":
                sock.listen(256)
            serve = self._accept if transport == "tcp" else self._datagrams
            threading.Thread(target=serve, args=(sock, server), daemon=True).start()

    def start(self) -> float:
        """The moment at which the client began."""
        path = Path(self.plan["start"])
        while not path.exists():
            time.sleep(GLANCE_S)
        return float(path.read_text())

    def _accept(self, listener: socket.socket, server: tuple[str, int]) -> None:
        while True:
            sock, peer = listener.accept()
            threading.Thread(target=self._serve, args=(sock, ("tcp", peer[:2], server)), daemon=True).start()

    def _serve(self, sock: socket.socket, key: Any) -> None:
        talk = self.talks.get(key)
        if talk is not None:
            with contextlib.suppress(OSError):
                _prepared(sock)
                Player(sock, talk, SERVER, self.start(), self.plan["ends"] + 2 * GRACE_S).play()

    def _datagrams(self, sock: socket.socket, server: tuple[str, int]) -> None:
        while True:
            _, peer = sock.recvfrom(65_536)
            key = ("udp", peer[:2], server)
            with self.news:
                new = key not in self.heard
                self.heard[key] = self.heard.get(key, 0) + 1
                self.news.notify_all()
            if new and key in self.talks:
                threading.Thread(target=self._answer, args=(sock, peer, key), daemon=True).start()

    def _answer(self, sock: socket.socket, peer: Any, key: Any) -> None:
        talk, start, owed = self.talks[key], self.start(), 0
        for step in talk.steps:
            if step.by == CLIENT:
                owed += 1
                continue
            _sleep_until(start + talk.begins + step.at - talk.delay)
            with self.news:
                self.news.wait_for(lambda owed=owed: self.heard[key] >= owed, PATIENCE_S)  # type: ignore[misc]
            with contextlib.suppress(OSError):
                sock.sendto(step.octets, peer)


def _server_pauses(talk: PlayedFlow) -> bool:
    return any(step.by == SERVER and step.act == "pause" for step in talk.steps)


def announce(interface: str = "eth0") -> None:
    """A last frame on the wire that says nothing new: a capture shows by it how long the run was (ARP, RFC 5227)."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        link, address = sock.getsockname()[4], bytes(4)
        body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + link + address + bytes(6) + address
        sock.send(b"\xff" * 6 + link + struct.pack("!H", ETHERTYPE_ARP) + body)


def main(role: str, path: str) -> None:
    """Play a side to the end of the plan; the server plays until it is ended."""
    plan = json.loads(Path(path).read_text())
    talks = conversations(plan["conversations"])
    if role == SERVER:
        PlayedHost(talks, plan).open()
        print("ready", flush=True)
        threading.Event().wait()
    start = time.monotonic() + HEADSTART_S + FIREWALL_S * sum(talk.dropped_from == 0 for talk in talks)
    write_text(plan["start"], repr(start), force=True)
    heard = Heard(talks)
    turns = [Turn(number, talk, start, plan["ends"], heard, threading.Event()) for number, talk in enumerate(talks)]
    for talk in talks:
        if talk.dropped_from == 0:
            firewall(talk, -talk.begins)  # at once
        elif talk.dropped_from > 0:
            threading.Thread(target=firewall, args=(talk, start), daemon=True).start()
    for turn in turns:
        threading.Thread(target=turn.play, daemon=True).start()
    _sleep_until(start + plan["ends"])
    for turn in turns:
        turn.done.wait(max(start + plan["ends"] + GRACE_S - time.monotonic(), 0))
    announce()
    for program in ("iptables", "ip6tables"):  # what the kernel says as this process ends is no part of the run
        subprocess.run([program, "-w", "-A", "OUTPUT", "-j", "DROP"], check=False)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

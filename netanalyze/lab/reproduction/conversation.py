"""What two ends said to each other, when, and what became of it on the way: the members of ``[[conversations]]``.

A step is a line of text: who, when (seconds after the conversation began, at the client's interface), what.

    "client 0.012 say 517 eJxjYGBg…"     octets, in all and as base64 of zlib; what is not needed is zeros
    "server 0.050 finish"                FIN
    "server 0.050 reset 51"              RST, with this TTL (left out: its usual one)
    "client 1.500 pause"                 it reads no more, so that its window closes; ``resume``: it reads again
"""

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netanalyze.lab.reproduction.members import (
    BY,
    CLIENT,
    MOMENT,
    SERVER,
    TRANSPORTS,
    TTL,
    check_rejection,
    checked,
    ends_of,
)
from netanalyze.tracking.addresses import is_loopback

ACTS = ("say", "finish", "reset", "pause", "resume")
OCTETS_MOST = 64 * 2**20
"""Of one step: a file from elsewhere must not fill the memory."""
ALL_OCTETS_MOST = 256 * 2**20
"""Of all steps of all conversations together, for the same reason: zeros are a thousand times smaller in a file."""


class TooMuchSaid(ValueError):
    """More octets than a scenario may have."""


@dataclass(frozen=True)
class PlayedStep:
    """One thing that an end does; ``at`` is seconds after the conversation began."""

    by: str
    at: float
    act: str
    octets: bytes = b""
    ttl: int = 0

    def text(self) -> str:
        """As it stands in a file."""
        words = [self.by, f"{self.at:.4f}", self.act]
        if self.act == "say":
            words += [str(len(self.octets)), base64.b64encode(zlib.compress(self.octets, 9)).decode()]
        elif self.ttl:
            words.append(str(self.ttl))
        return " ".join(words)


def step(text: str, most: int = OCTETS_MOST) -> PlayedStep:
    """The step that a line tells of; ``most`` octets may be said in it.

    Raises:
        TypeError: it is no text.
        ValueError: it tells of none.
    """
    if not isinstance(text, str):
        raise TypeError(f"steps: {text!r:.60} is no line of text")
    words = text.split()
    try:
        by, act = words[0], words[2]
        at = MOMENT(float(words[1]))
        if by not in BY or act not in ACTS:
            raise ValueError
        if act != "say":
            return PlayedStep(by, at, act, ttl=TTL(int(words[3])) if len(words) > 3 else 0)
        length, inflate = int(words[3]), zlib.decompressobj()
        if length < 0:
            raise ValueError
        if length > most:  # before anything is made of it
            raise TooMuchSaid(f"steps: {text[:40]!r} …: {length} octets are more than the {most} that may be said yet")
        octets = inflate.decompress(base64.b64decode(words[4], validate=True), length + 1)  # 0 would be no limit
        if len(octets) != length:
            raise ValueError
    except TooMuchSaid:
        raise
    except (ValueError, IndexError, zlib.error):
        raise ValueError(f"{text[:60]!r} is no step of a conversation") from None
    return PlayedStep(by, at, act, octets)


@dataclass(frozen=True)
class PlayedFlow:
    """One flow, by real sockets.

    Args:
        transport: tcp or udp.
        client, server: address and port; both are made, whatever they are.
        begins: seconds after the run began. ends: when a dial that nobody answered is given up; 0 is the run's end.
        delay: seconds each way. ttl: of the server, 0 is the kernel's.
        steps: in the order in which the client's interface saw them.
        closed: nobody listens. rejected: a kind of iptables' REJECT; by the ``router`` or the ``server`` itself.
        lost_syn, lost_synack: so many are lost; -1 is all.
        lost: (who says it, first octet, octet after the last, times): so many transmissions are lost; -1 is all.
        late: (who says it, first octet, octet after the last, seconds): the first transmission is overtaken.
        silent: (from, until) in seconds after it began, in which nothing passes; until 0 is for ever.
        keepalive: seconds until the client's first probe, and between them.
        dropped_from: seconds after it began from which on the client's own firewall drops what comes; -1 is never.
        buffer: octets that who ``pause``s has room for; 0 is the kernel's.
    """

    transport: str
    client: tuple[str, int]
    server: tuple[str, int]
    begins: float = 0.0
    ends: float = 0.0
    delay: float = 0.0
    ttl: int = 0
    steps: tuple[PlayedStep, ...] = ()
    closed: bool = False
    rejected: str = ""
    by: str = "router"
    lost_syn: int = 0
    lost_synack: int = 0
    lost: tuple[tuple[str, int, int, int], ...] = ()
    late: tuple[tuple[str, int, int, float], ...] = ()
    silent: tuple[tuple[float, float], ...] = ()
    keepalive: tuple[float, float] = ()  # type: ignore[assignment]
    dropped_from: float = -1.0
    buffer: int = 0

    def octets_of(self, by: str) -> int:
        """Octets that an end says in all."""
        return sum(len(step.octets) for step in self.steps if step.by == by)


DEFAULTS = PlayedFlow("", ("", 0), ("", 0))
MEMBERS = tuple(PlayedFlow.__dataclass_fields__)


def end_text(end: tuple[str, int]) -> str:
    """Address and port in one word."""
    return f"[{end[0]}]:{end[1]}" if ":" in end[0] else f"{end[0]}:{end[1]}"


def on_loopback(talk: PlayedFlow) -> bool:
    """Whether both ends are on the client's machine, so that no wire lies between them."""
    return is_loopback(talk.server[0])


def conversation(members: Mapping[str, Any], most: int = ALL_OCTETS_MOST) -> PlayedFlow:
    """A conversation as a file has it, in which no more than ``most`` octets are said.

    Raises:
        ValueError, TypeError: a member that is none, or says nothing that makes sense; names it.
    """
    if unknown := set(members) - set(MEMBERS):
        raise ValueError(f"a conversation has no {', '.join(sorted(unknown))}")
    if members.get("transport") not in TRANSPORTS:
        raise ValueError("a conversation is by tcp or udp")
    if lacking := {CLIENT, SERVER} - set(members):
        raise ValueError(f"a conversation needs {' and '.join(sorted(lacking))}")
    client, server = ends_of(members[CLIENT], members[SERVER])
    steps, left = [], most
    lines = members.get("steps", ())
    if not isinstance(lines, (list, tuple)):
        raise TypeError("steps: no list of lines")
    for line in lines:
        one = step(line, min(left, OCTETS_MOST))
        left -= len(one.octets)
        steps.append(one)
    others = {name: checked(name, members[name]) for name in members if name not in (CLIENT, SERVER, "steps")}
    check_rejection(others.get("rejected", ""), server[0])
    return PlayedFlow(**others, client=client, server=server, steps=tuple(steps))


def conversations(several: Iterable[Mapping[str, Any]]) -> list[PlayedFlow]:
    """All conversations of a file, in which no more than ``ALL_OCTETS_MOST`` are said together.

    Raises:
        ValueError, TypeError: as of ``conversation``.
    """
    found: list[PlayedFlow] = []
    sides: dict[str, str] = {}
    left = ALL_OCTETS_MOST
    for members in several:
        if not isinstance(members, Mapping):
            raise TypeError("a conversation is a table: [[conversations]]")
        found.append(conversation(members, left))
        for side, (address, _) in zip(BY, () if on_loopback(found[-1]) else (found[-1].client, found[-1].server)):
            if sides.setdefault(address, side) != side:
                raise ValueError(f"{side}: {address} is of another conversation's {sides[address]}")
        left -= sum(found[-1].octets_of(by) for by in BY)
    return found


def members_of(talk: PlayedFlow) -> dict[str, Any]:
    """The members of a conversation that are not what they are anyway, as a file has them."""
    found: dict[str, Any] = {}
    for name in MEMBERS:
        value = getattr(talk, name)
        if name in (CLIENT, SERVER):
            found[name] = end_text(value)
        elif name == "steps":
            found[name] = [step.text() for step in value]
        elif value != getattr(DEFAULTS, name) or name == "begins":
            found[name] = round(value, 4) if isinstance(value, float) else value
    return found

"""What becomes of single flows on the wire: which transmissions of which octets are lost, held up, or meet silence.

Stream positions are counted from the first octet of payload, as conversations declare them.
"""

import ipaddress
import struct
from dataclasses import dataclass, field
from typing import Any

IPV4, IPV6, TCP, UDP = 0x0800, 0x86DD, 6, 17
SYN, ACK = 0x02, 0x10
WORD = 0xFFFFFFFF
Key = tuple[bytes, int, bytes, int, int]


@dataclass(frozen=True)
class FrameHeaders:
    """Who sends a frame to whom; of TCP its flags, its number and how much payload it has."""

    source: tuple[bytes, int]
    target: tuple[bytes, int]
    protocol: int
    flags: int = 0
    seq: int = 0
    length: int = 0


def headers(frame: bytes) -> FrameHeaders | None:
    """The ends of a TCP or UDP frame over IPv4, or IPv6 without extension headers; None if it is something else."""
    if len(frame) < 42:
        return None
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == IPV4:
        at, protocol, source, target = 14 + (frame[14] & 15) * 4, frame[23], frame[26:30], frame[30:34]
        end = 14 + struct.unpack_from("!H", frame, 16)[0]
    elif kind == IPV6 and len(frame) >= 62:
        at, protocol, source, target = 54, frame[20], frame[22:38], frame[38:54]
        end = 54 + struct.unpack_from("!H", frame, 18)[0]
    else:
        return None
    if protocol not in (TCP, UDP) or len(frame) < at + 8:
        return None
    ports = struct.unpack_from("!HH", frame, at)
    if protocol == UDP:
        return FrameHeaders((source, ports[0]), (target, ports[1]), UDP)
    if len(frame) < at + 20:
        return None
    flags, seq = frame[at + 13], struct.unpack_from("!I", frame, at + 4)[0]
    return FrameHeaders(
        (source, ports[0]), (target, ports[1]), TCP, flags, seq, max(end - at - (frame[at + 12] >> 4) * 4, 0)
    )


@dataclass
class FlowFate:
    """One flow's, as it goes on: ``of`` says what becomes of its next frame."""

    delay: float
    lost_syn: int = 0
    lost_synack: int = 0
    lost: list[list[Any]] = field(default_factory=list)
    late: list[list[Any]] = field(default_factory=list)
    silent: tuple[tuple[float, float], ...] = ()
    begun: float = 0.0
    bases: dict[bool, int] = field(default_factory=dict)

    def of(self, header: FrameHeaders, up: bool, now: float) -> tuple[bool, float]:
        """Whether a frame is lost, and the seconds that it is late, beyond the flow's delay."""
        self.begun = self.begun or now
        since = now - self.begun
        if any(start <= since and (not end or since < end) for start, end in self.silent):
            return True, 0.0
        if header.protocol != TCP:
            return False, 0.0
        if header.flags & SYN:
            self.bases[up] = header.seq
            left = self.lost_syn if up else self.lost_synack
            if left:
                if up:
                    self.lost_syn = left - 1 if left > 0 else left
                else:
                    self.lost_synack = left - 1 if left > 0 else left
            return bool(left), 0.0
        if not header.length or up not in self.bases:
            return False, 0.0
        start = ((header.seq - self.bases[up]) & WORD) - 1
        end, by = start + header.length, "client" if up else "server"
        gone = False
        for entry in self.lost:
            who, first, last, times = entry
            if who == by and times and start < last and first < end:
                gone = True
                entry[3] = times - 1 if times > 0 else times
        later = 0.0
        for entry in self.late:
            who, first, last, seconds = entry
            if who == by and start < last and first < end and not gone:
                later, entry[3] = max(later, seconds), 0.0
        return gone, later


class Fates:
    """The fates of the flows that have one, by their ends."""

    def __init__(self, flows: list[dict[str, Any]]):
        self._flows: dict[Key, FlowFate] = {}
        for one in flows:
            client, server = (_packed(*one[end]) for end in ("client", "server"))
            protocol = TCP if one["transport"] == "tcp" else UDP
            self._flows[(*client, *server, protocol)] = FlowFate(
                one["delay"], one["lost_syn"], one["lost_synack"], [list(entry) for entry in one["lost"]],
                [list(entry) for entry in one["late"]], tuple(one["silent"]),
            )  # fmt: skip

    def of(self, frame: bytes, up: bool, now: float) -> tuple[bool, float, float, Key] | None:
        """Whether a frame is lost, its flow's delay, how late it is beyond that, and whose it is; None: no flow of ours."""
        if not self._flows:
            return None
        one = headers(frame)
        if one is None:
            return None
        key = (*one.source, *one.target, one.protocol) if up else (*one.target, *one.source, one.protocol)
        fate = self._flows.get(key)
        if fate is None:
            return None
        lost, later = fate.of(one, up, now)
        return lost, fate.delay, later, key


def _packed(address: str, port: int) -> tuple[bytes, int]:
    return ipaddress.ip_address(address).packed, port

"""What a capture shows of some flows, packet by packet: the raw material of a reproduction."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch, Interfaces
from netanalyze.notebook.reading import FrameReader
from netanalyze.tracking.addresses import address_text
from netanalyze.tracking.sacks import blocks_of
from netanalyze.wire.layers import PACKET

WORD = 0xFFFFFFFF
ICMP = (1, 58)  # protocol numbers of ICMP and ICMPv6
PACKETS_MOST = 60_000
"""Of one flow: a download of hours is no minimal reproduction."""


@dataclass(frozen=True)
class ObservedPacket:
    """One packet: ``offset`` of its payload in what its side says, from 0; ``ack`` and ``sacks`` in what the other says.

    ``ack`` is -1 where it has none; ``octets`` may be fewer than ``length``, where the capture was cut.
    """

    at: float
    frame: int
    up: bool
    flags: int
    offset: int
    length: int
    ack: int
    sacks: tuple[tuple[int, int], ...]
    window: int
    ttl: int
    marks: int
    octets: bytes


@dataclass
class ObservedFlow:
    """The packets of one flow, in their order; ``at`` is seconds since the epoch minus that of the capture's first frame."""

    transport: str
    client: tuple[str, int]
    server: tuple[str, int]
    packets: list[ObservedPacket] = field(default_factory=list)
    bases: dict[bool, int] = field(default_factory=dict)


@dataclass
class Observed:
    """Some flows of a capture.

    Attributes:
        seconds: its length.
        snaplen: the largest part of a frame that it keeps, 0 where they are whole.
        errors: ICMP errors by the client's end, the server's and the transport of what they quote: who sent the first, its IP
            version, type and code.
    """

    flows: dict[int, ObservedFlow]
    seconds: float
    snaplen: int
    errors: dict[Any, tuple[str, int, int, int]] = field(default_factory=dict)


def observe(reader: FrameReader, flows: Iterable[int]) -> Observed:
    """The packets of some flows."""
    wanted = np.array(sorted(flows), dtype=np.int64)
    found: dict[int, ObservedFlow] = {}
    times: list[int] = []
    errors: dict[Any, tuple[str, int, int, int]] = {}
    cut = 0

    def take(batch: FrameBatch, packets: np.ndarray, _: Interfaces) -> None:
        nonlocal cut
        if len(batch):
            times.extend((int(batch.frames[:, FRAME.TIME_NS].min()), int(batch.frames[:, FRAME.TIME_NS].max())))
        shorter = batch.frames[:, FRAME.CAPTURED_LENGTH] < batch.frames[:, FRAME.ORIGINAL_LENGTH]
        cut = max(cut, int(batch.frames[shorter, FRAME.CAPTURED_LENGTH].max(initial=0)))
        for row in np.flatnonzero(np.isin(packets[:, PACKET.FLOW_ID], wanted)).tolist():
            _take(found, batch, row, packets[row].tolist())
        for row in np.flatnonzero(np.isin(packets[:, PACKET.IP_PROTOCOL], ICMP)).tolist():
            _take_error(errors, batch, packets[row].tolist())

    reader.read(take)
    first = min(times, default=0)
    for flow in found.values():
        flow.packets = [_placed(flow, packet, first) for packet in flow.packets]
    return Observed(found, (max(times, default=first) - first) / 1e9, cut, errors)


def _take(flows: dict[int, ObservedFlow], batch: FrameBatch, row: int, packet: list[int]) -> None:
    frame = batch.frames[row].tolist()
    up = packet[PACKET.DIRECTION] == 0
    version = packet[PACKET.IP_VERSION]
    source = (address_text(packet[PACKET.SRC_HIGH], packet[PACKET.SRC_LOW], version), packet[PACKET.SRC_PORT])
    target = (address_text(packet[PACKET.DST_HIGH], packet[PACKET.DST_LOW], version), packet[PACKET.DST_PORT])
    transport = "tcp" if packet[PACKET.IP_PROTOCOL] == 6 else "udp"
    client, server = (source, target) if up else (target, source)
    flow = flows.setdefault(packet[PACKET.FLOW_ID], ObservedFlow(transport, client, server))
    if len(flow.packets) >= PACKETS_MOST:
        return
    start = packet[PACKET.PAYLOAD_START]
    octets = batch.buffer[start : start + max(packet[PACKET.PAYLOAD_CAPTURED], 0)].tobytes()
    options = batch.buffer[packet[PACKET.OPTIONS_START] : start].tobytes() if transport == "tcp" else b""
    flags, offset, ack = packet[PACKET.TCP_FLAGS], packet[PACKET.STREAM_OFFSET], -1
    if transport == "tcp":
        syn = flags & 0x02
        flow.bases.setdefault(up, packet[PACKET.TCP_SEQ] if syn else (packet[PACKET.TCP_SEQ] - offset) & WORD)
        ack = packet[PACKET.TCP_ACK] if flags & 0x10 else -1
        offset = max(offset - 1, 0)
    one = ObservedPacket(
        frame[FRAME.TIME_NS], batch.first_frame_number + row, up, flags, offset, packet[PACKET.PAYLOAD_LENGTH], ack,
        tuple(blocks_of(options)), packet[PACKET.TCP_WINDOW], packet[PACKET.TTL], packet[PACKET.MARKS], octets,
    )  # fmt: skip
    flow.packets.append(one)


def _take_error(errors: dict[Any, tuple[str, int, int, int]], batch: FrameBatch, packet: list[int]) -> None:
    """An ICMP error: where the network header ends its type, its code, and behind eight octets what it quotes."""
    version, at = packet[PACKET.IP_VERSION], packet[PACKET.NETWORK_START]
    head = batch.buffer[at : at + 1].tobytes()
    if not head:
        return
    at += (head[0] & 15) * 4 if version == 4 else 40
    octets = batch.buffer[at : at + 8 + 60].tobytes()
    told = quoted(octets[8:])
    if told is not None:
        source = address_text(packet[PACKET.SRC_HIGH], packet[PACKET.SRC_LOW], version)
        errors.setdefault(told, (source, version, octets[0], octets[1]))


def quoted(octets: bytes) -> tuple[tuple[str, int], tuple[str, int], str] | None:
    """Who sent the packet that an ICMP error quotes, to whom, by what: from its IP header and the four octets of ports."""
    if len(octets) < 28:
        return None
    if octets[0] >> 4 == 4:
        at, protocol, source, target = (octets[0] & 15) * 4, octets[9], octets[12:16], octets[16:20]
    elif octets[0] >> 4 == 6 and len(octets) >= 44:
        at, protocol, source, target = 40, octets[6], octets[8:24], octets[24:40]
    else:
        return None
    if protocol not in (6, 17) or len(octets) < at + 4:
        return None
    ports = struct.unpack_from("!HH", octets, at)
    ends = (str(ip_address(source)), ports[0]), (str(ip_address(target)), ports[1])
    return *ends, "tcp" if protocol == 6 else "udp"


def _placed(flow: ObservedFlow, packet: ObservedPacket, first: int) -> ObservedPacket:
    """The packet with times from the capture's beginning, and acknowledgments as offsets."""
    base = flow.bases.get(not packet.up)

    def offset(number: int) -> int:
        return ((number - (base or 0)) & WORD) - 1

    known = base is not None and packet.ack >= 0
    ack = offset(packet.ack) if known else -1
    sacks = tuple((offset(left), offset(right)) for left, right in packet.sacks) if known else ()
    return replace(packet, at=(packet.at - first) / 1e9, ack=ack, sacks=sacks)

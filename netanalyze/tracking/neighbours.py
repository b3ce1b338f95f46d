"""Who is there on the local link: questions for link addresses and their answers (ARP, RFC 826; neighbour discovery, RFC 4861).

A next hop that answers is alive, and so is the link to it; one that is asked in vain again and again is gone, whatever
lies behind it. Which questions are whose, and who is a flow's next hop, is told from the Ethernet addresses.
"""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.findings import Threshold
from netanalyze.tracking.addresses import address_text
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import ARP, ICMP, PACKET, PROTOCOL_ICMPV6, UDP
from netanalyze.wire.link.dispatch import ETHERNET
from netanalyze.wire.message.dhcp import SERVER_PORT, takes_offer
from netanalyze.wire.packets import column

ARP_LENGTH, ARP_HEAD = 28, bytes.fromhex("000108000604")
REQUEST, REPLY = 1, 2
SOLICITATION, ADVERTISEMENT, ND_LENGTH = 135, 136, 24
ROUTER, ROUTER_FLAGS, ASK_DHCP = 134, 5, 0xC0
"""A router's advertisement, and where it says that addresses (M) or other things (O) come by DHCPv6 (RFC 4861 section 4.2)."""
TARGET_OPTION, OPTION_UNIT = 2, 8
HARDWARE = 6
"""Octets of an Ethernet address; a frame begins with that of its receiver and that of its sender."""
GROUP_BIT = 1
"""Of the first octet of an Ethernet address: not a single host's."""
READ_MOST, ASKED_MOST, HEARD_MOST, EACH_MOST, FLOWS_MOST = 200_000, 10_000, 10_000, 1_000, 100_000
"""Bounds on what a capture full of such frames can make us keep."""
APART_NS = 10_000_000_000
"""Questions farther apart than this belong to two tries: within one, Linux asks every second (ip-sysctl, retrans_time_ms)."""

IN_VAIN = Threshold(
    3, "questions",
    source="Linux ip-sysctl mcast_solicit = 3; RFC 4861 section 10, MAX_MULTICAST_SOLICIT = 3, a second apart",
    why="after so many without an answer the system itself takes the neighbour for gone",
)  # fmt: skip


@dataclass
class AskedNeighbour:
    """One try to find a neighbour: questions by one host (its link and network address) for another, and the answer."""

    asker: bytes
    asker_address: str
    target: str
    first_frame: int
    first_ns: int
    last_frame: int
    last_ns: int
    times: int = 1
    answer_frame: int = 0
    answer_ns: int = NEVER_NS


class Ends(NamedTuple):
    """Ethernet addresses of a flow: its client's side, and the next hop as the client's side sees it."""

    client: bytes
    hop: bytes


class FlowEnds:
    """The Ethernet addresses of flows, by flow."""

    def __init__(self) -> None:
        self._flows, self._octets = [np.zeros(0, dtype=np.int64)], [np.zeros((0, 2 * HARDWARE), dtype=np.uint8)]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, flows: np.ndarray, octets: np.ndarray) -> None:
        """Take those of further flows, ids in order behind all before: the client's side and the hop, ``u1 (n, 12)``."""
        self._flows.append(flows)
        self._octets.append(octets)
        self._count += len(flows)

    def get(self, flow: int) -> Ends | None:
        """Those of a flow; None where they are not known."""
        if len(self._flows) > 1:
            self._flows, self._octets = [np.concatenate(self._flows)], [np.concatenate(self._octets)]
        at = int(np.searchsorted(self._flows[0], flow))
        if at == self._count or self._flows[0][at] != flow:
            return None
        octets = self._octets[0][at].tobytes()
        return Ends(octets[:HARDWARE], octets[HARDWARE:])


@dataclass
class Neighbours:
    """What neighbour discovery showed.

    Attributes:
        asked: every try, in order of its first question.
        read: frames of ARP and ICMP that were read; after READ_MOST no more are.
        arp_frames: all of ARP.
        offered: whether a client took what a DHCP server offered: there is one, if only others see what it says.
        no_dhcpv6: whether a router said, as its last word, that nothing is to be had by DHCPv6.
    """

    asked: list[AskedNeighbour] = field(default_factory=list)
    read: int = 0
    arp_frames: int = 0
    offered: bool = False
    no_dhcpv6: bool = False
    _ends: FlowEnds = field(init=False, default_factory=FlowEnds)
    _open: dict[str, dict[bytes, AskedNeighbour]] = field(default_factory=dict)
    _heard: dict[str, deque[tuple[int, int]]] = field(default_factory=dict)
    _hardware: dict[str, bytes] = field(default_factory=dict)

    def ends(self, flow: int) -> Ends | None:
        """Who sent and who was sent the packets of a flow on this link; None where it is no Ethernet."""
        return self._ends.get(flow)

    def note(
        self, batch: FrameBatch, packets: Any, kinds: np.ndarray, link_types: np.ndarray, known_flows: int, flows: int
    ) -> None:
        """Take a batch that has been decoded and tracked; flows from ``known_flows`` on began in it.

        ``kinds`` are the rows' ``layers`` as they were decoded, ``i8 (rows,)``.
        """
        discovery = np.flatnonzero(kinds & (ARP | ICMP))[: max(READ_MOST - self.read, 0)]
        self.read += len(discovery)
        self.arp_frames += int(np.count_nonzero(kinds & ARP))
        for row in discovery.tolist():
            self._read(batch, packets, row, int(link_types[batch.frames[row, FRAME.INTERFACE_ID]]))
        if not self.offered:
            self.offered = self._takes_offer(batch, packets, np.flatnonzero(kinds & UDP))
        if flows > known_flows and len(self._ends) < FLOWS_MOST:
            self._note_ends(batch, packets, link_types, known_flows)

    def _takes_offer(self, batch: FrameBatch, packets: Any, datagrams: np.ndarray) -> bool:
        """Whether one of some datagrams is a DHCP client's who takes an offer."""
        asks = column(packets, PACKET.DST_PORT, len(batch))[datagrams] == SERVER_PORT
        for row in datagrams[asks][: max(READ_MOST - self.read, 0)].tolist():
            self.read += 1
            cells = packets[row * PACKET.WIDTH : (row + 1) * PACKET.WIDTH]
            at = int(cells[PACKET.PAYLOAD_START])
            if takes_offer(batch.buffer[at : at + int(cells[PACKET.PAYLOAD_CAPTURED])].tobytes()):
                return True
        return False

    def _note_ends(self, batch: FrameBatch, packets: Any, link_types: np.ndarray, known_flows: int) -> None:
        """Keep the Ethernet addresses of the first packet of each flow that began in a batch."""
        ids = column(packets, PACKET.FLOW_ID, len(batch))
        begun = np.flatnonzero(ids >= known_flows)
        flows, firsts = np.unique(ids[begun], return_index=True)
        frames = batch.frames[begun[firsts]]
        there = link_types[frames[:, FRAME.INTERFACE_ID]] == ETHERNET
        there &= frames[:, FRAME.CAPTURED_LENGTH] >= 2 * HARDWARE
        starts, rows = frames[there, FRAME.START], begun[firsts][there]
        octets = batch.buffer[starts[:, None] + np.arange(2 * HARDWARE)]  # to whom, and by whom
        by_client = column(packets, PACKET.DIRECTION, len(batch))[rows] == 0
        octets[by_client] = np.roll(octets[by_client], HARDWARE, axis=1)
        self._ends.add(flows[there], octets)

    def _read(self, batch: FrameBatch, packets: Any, row: int, link_type: int) -> None:
        cells = packets[row * PACKET.WIDTH : (row + 1) * PACKET.WIDTH]
        start, captured = (int(n) for n in batch.frames[row, : FRAME.CAPTURED_LENGTH + 1])
        at = int(cells[PACKET.NETWORK_START])
        moment = int(batch.frames[row, FRAME.TIME_NS])
        frame = batch.first_frame_number + row
        to = batch.buffer[start : start + 6].tobytes() if link_type == ETHERNET and captured >= 12 else b""
        source = batch.buffer[start + 6 : start + 12].tobytes() if to else b""
        if int(cells[PACKET.LAYERS]) & ARP:
            octets = batch.buffer[at : min(at + ARP_LENGTH, start + captured)].tobytes()
            if len(octets) < ARP_LENGTH or octets[: len(ARP_HEAD)] != ARP_HEAD:
                return
            self._arp(octets, to, frame, moment)
            return
        if int(cells[PACKET.IP_PROTOCOL]) != PROTOCOL_ICMPV6:
            return
        at = int(cells[PACKET.PAYLOAD_START])
        octets = batch.buffer[at : at + int(cells[PACKET.PAYLOAD_CAPTURED])].tobytes()
        if octets[:1] == bytes([ROUTER]) and len(octets) > ROUTER_FLAGS:
            self.no_dhcpv6 = not octets[ROUTER_FLAGS] & ASK_DHCP
        if len(octets) < ND_LENGTH or octets[0] not in (SOLICITATION, ADVERTISEMENT):
            return
        sender = address_text(int(cells[PACKET.SRC_HIGH]), int(cells[PACKET.SRC_LOW]), 6)
        target = address_text(int.from_bytes(octets[8:16]), int.from_bytes(octets[16:24]), 6)
        if octets[0] == SOLICITATION:
            if sender != "::":  # RFC 4862 section 5.4: that asks whether anybody has the address already
                self._spoke(sender, source, frame, moment)
                self._question(source, sender, target, to, frame, moment)
        else:
            self._spoke(target, _named_by(octets) or source, frame, moment)

    def _arp(self, octets: bytes, to: bytes, frame: int, moment: int) -> None:
        operation = int.from_bytes(octets[6:8])
        asker, sender, target = octets[8:14], octets[14:18], octets[24:28]
        if not any(sender) or operation not in (REQUEST, REPLY):
            return  # RFC 5227: a probe asks whether anybody has the address already
        said = address_text(0, int.from_bytes(sender), 4)
        self._spoke(said, asker, frame, moment)
        if operation == REQUEST and sender != target:
            self._question(asker, said, address_text(0, int.from_bytes(target), 4), to, frame, moment)

    def _spoke(self, address: str, hardware: bytes, frame: int, moment: int) -> None:
        """A host said something of itself: it is there."""
        for one in self._open.pop(address, {}).values():
            one.answer_frame, one.answer_ns = frame, moment
        if address not in self._heard and len(self._heard) >= HEARD_MOST:
            return
        self._heard.setdefault(address, deque(maxlen=EACH_MOST)).append((moment, frame))
        if hardware:
            self._hardware[address] = hardware

    def _question(self, asker: bytes, address: str, target: str, to: bytes, frame: int, moment: int) -> None:
        if to and not to[0] & GROUP_BIT:
            self._hardware.setdefault(target, to)  # a question to one host alone: Linux asks again whom it knows
        one = self._open.get(target, {}).get(asker)
        if one is not None and moment - one.last_ns <= APART_NS:
            one.times += 1
            one.last_frame, one.last_ns = frame, moment
        elif len(self.asked) < ASKED_MOST:
            one = AskedNeighbour(asker, address, target, frame, moment, frame, moment)
            self._open.setdefault(target, {})[asker] = one
            self.asked.append(one)

    def words(self, address: str) -> Collection[tuple[int, int]]:
        """(ns, frame) of what a host was heard to say of itself, the latest ``EACH_MOST`` of it."""
        return self._heard.get(address, ())

    @property
    def hardware(self) -> Mapping[str, bytes]:
        """The link address of each network address that showed one."""
        return self._hardware

    def vain(self) -> list[AskedNeighbour]:
        """The tries that were repeated IN_VAIN times and found nobody."""
        return [one for one in self.asked if not one.answer_frame and one.times >= IN_VAIN.value]


def _named_by(advertisement: bytes) -> bytes:
    """The link address in an advertisement's options (RFC 4861 section 4.6.1); empty where it has none."""
    at = ND_LENGTH
    while at + OPTION_UNIT <= len(advertisement) and advertisement[at + 1]:
        if advertisement[at] == TARGET_OPTION:
            return advertisement[at + 2 : at + 8]
        at += advertisement[at + 1] * OPTION_UNIT
    return b""

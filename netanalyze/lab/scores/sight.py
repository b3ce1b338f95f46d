"""A recording as a plain list of packets, read with dpkt: what a scenario's declarations are held against.

Nothing of the analysis is used here, so that the laboratory does not confirm itself.
"""

import socket
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import dpkt

from netanalyze.wire.net.checksum import checksum

ETHERNET, COOKED, COOKED_2 = 1, 113, 276  # LINKTYPE numbers, tcpdump.org/linktypes.html
HEADS = {ETHERNET: (12, 14), COOKED: (14, 16), COOKED_2: (0, 20)}
"""Where a link's header has the Ethernet type, and how long it is; octets."""
IPV4, IPV6 = 0x0800, 0x86DD
ARP, ARP_REQUEST = 0x0806, b"\0\1"
NEIGHBOURS = range(130, 144)  # ICMPv6 types of multicast listening and neighbour discovery: no traffic of a command
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16
MODULUS = 2**32


@dataclass(frozen=True)
class Packet:
    """One IP packet.

    Attributes:
        time: seconds since the epoch.
        length: of the IP packet as sent, octets; ``size`` of its TCP or UDP payload, ``payload`` what was kept of it.
        intact: whether the checksum of a TCP segment over IPv4 that was captured whole is right; True where unknown.
        kind: ``tcp``, ``udp``, ``icmp``, ``icmp6`` or ``other``; for ICMP ``sport`` and ``dport`` are type and code.
    """

    time: float
    source: str
    target: str
    ttl: int
    length: int
    kind: str
    sport: int = 0
    dport: int = 0
    flags: int = 0
    seq: int = 0
    ack: int = 0
    window: int = 0
    sacked: tuple[tuple[int, int], ...] = ()
    payload: bytes = b""
    size: int = 0
    intact: bool = True

    @property
    def pure(self) -> bool:
        """True for a TCP segment without payload, SYN, FIN or RST."""
        return self.size == 0 and not self.flags & (SYN | FIN | RST)


@dataclass
class CapturedConnection:
    """The packets of one TCP connection, both ways, in order of capture; the client is the one who sent the SYN."""

    client: str
    server: str
    port: int
    packets: list[Packet] = field(default_factory=list)

    def up(self) -> list[Packet]:
        """Packets of the client."""
        return [packet for packet in self.packets if packet.source == self.client and packet.dport == self.port]

    def down(self) -> list[Packet]:
        """Packets of the server."""
        return [packet for packet in self.packets if packet.source == self.server and packet.sport == self.port]


@dataclass(frozen=True)
class Sight:
    """Everything a recording shows; ``link`` is its LINKTYPE, ``wall`` the command's seconds (0 where unknown),
    ``arp_requests`` how often somebody asked for a neighbour."""

    link: int
    packets: tuple[Packet, ...]
    connections: tuple[CapturedConnection, ...]
    wall: float = 0.0
    arp_requests: int = 0

    @property
    def end(self) -> float:
        """Time of the last packet."""
        return self.packets[-1].time if self.packets else 0.0


def look(path: Path, wall: float = 0.0) -> Sight:
    """Read a pcap or pcapng file; frames that are no IP are left out."""
    with path.open("rb") as file:
        reader = dpkt.pcap.UniversalReader(file)
        link = reader.datalink()
        at, start = HEADS[link]
        packets, questions = [], 0
        for moment, octets in reader:
            kind = int.from_bytes(octets[at : at + 2], "big")
            if kind in (IPV4, IPV6) and (packet := _packet(float(moment), octets[start:], kind)):
                packets.append(packet)
            questions += kind == ARP and octets[start + 6 : start + 8] == ARP_REQUEST
    return Sight(link, tuple(packets), tuple(_connections(packets)), wall, questions)


def _packet(moment: float, octets: bytes, kind: int) -> Packet | None:
    """One IP packet; None for neighbour discovery and for what cannot be read."""
    try:
        ip = dpkt.ip.IP(octets) if kind == IPV4 else dpkt.ip6.IP6(octets)
    except dpkt.UnpackError:
        return None
    if kind == IPV4:
        source, target = socket.inet_ntoa(ip.src), socket.inet_ntoa(ip.dst)
        ttl, length, inner = ip.ttl, ip.len, ip.len - ip.hl * 4
    else:
        source, target = socket.inet_ntop(socket.AF_INET6, ip.src), socket.inet_ntop(socket.AF_INET6, ip.dst)
        ttl, length, inner = ip.hlim, ip.plen + 40, ip.plen
    ends, data = (moment, source, target, ttl, length), ip.data
    if isinstance(data, dpkt.tcp.TCP):
        return Packet(
            *ends, "tcp", data.sport, data.dport, data.flags, data.seq, data.ack, data.win, _sacked(data.opts),
            bytes(data.data), inner - data.off * 4, kind == IPV6 or len(octets) < length or _sum(octets, ip.hl * 4, length) == 0,
        )  # fmt: skip
    if isinstance(data, dpkt.udp.UDP):
        return Packet(*ends, "udp", data.sport, data.dport, payload=bytes(data.data), size=data.ulen - 8)
    if isinstance(data, dpkt.icmp.ICMP):
        return Packet(*ends, "icmp", data.type, data.code)
    if isinstance(data, dpkt.icmp6.ICMP6):
        return None if data.type in NEIGHBOURS else Packet(*ends, "icmp6", data.type, data.code)
    return Packet(*ends, "other")


def _sum(octets: bytes, start: int, end: int) -> int:
    """The Internet checksum over a TCP segment over IPv4 with its pseudo-header: 0 where it is right (RFC 9293 3.1)."""
    return checksum(octets[12:20] + bytes([0, octets[9]]) + (end - start).to_bytes(2, "big") + octets[start:end])


def _sacked(options: bytes) -> tuple[tuple[int, int], ...]:
    """The blocks of a SACK option (RFC 2018)."""
    try:
        for kind, value in dpkt.tcp.parse_opts(options):
            if kind == dpkt.tcp.TCP_OPT_SACK:
                edges = [int.from_bytes(value[at : at + 4], "big") for at in range(0, len(value), 4)]
                return tuple(zip(edges[::2], edges[1::2]))
    except (dpkt.UnpackError, ValueError):
        pass
    return ()


def _connections(packets: list[Packet]) -> list[CapturedConnection]:
    """TCP connections in order of their first packet; without a SYN the lower port is the server's."""
    found: dict[tuple[str, int, str, int], CapturedConnection] = {}
    order = []
    for packet in packets:
        if packet.kind != "tcp":
            continue
        here = (packet.source, packet.sport, packet.target, packet.dport)
        there = (packet.target, packet.dport, packet.source, packet.sport)
        connection = found.get(here) or found.get(there)
        if connection is None:
            from_client = packet.flags & (SYN | ACK) == SYN or (packet.sport > packet.dport and not packet.flags & SYN)
            key = here if from_client else there
            connection = found[key] = CapturedConnection(key[0], key[2], key[3])
            order.append(connection)
        connection.packets.append(packet)
    return order


def after(left: int, right: int) -> int:
    """How many octets sequence number ``left`` is past ``right`` (RFC 9293 section 3.4); negative if it is before."""
    return (left - right + MODULUS // 2) % MODULUS - MODULUS // 2


def seen_ranges(segments: list[Packet]) -> tuple[int, int, int]:
    """Of one direction: segments wholly seen before, segments that begin below the highest octet and bring new ones,
    and octets of payload in all.
    """
    repeated = late = octets = 0
    have: dict[int, int] = defaultdict(int)
    highest: int | None = None
    for packet in segments:
        if not packet.size:
            continue
        octets += packet.size
        end = (packet.seq + packet.size) % MODULUS
        if have[packet.seq] >= packet.size:
            repeated += 1
        elif highest is not None and after(packet.seq, highest) < 0:
            late += 1
        have[packet.seq] = max(have[packet.seq], packet.size)
        if highest is None or after(end, highest) > 0:
            highest = end
    return repeated, late, octets

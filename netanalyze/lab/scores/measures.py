"""The words a scenario may use for what its recording must show (`shown`): each measures one thing in a `Sight`.

Here those about packets and DNS; `measures_tcp` has those about connections.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import dpkt

from netanalyze.lab.addresses import (
    CLIENT_V4,
    CLIENT_V6,
    HOSTS,
    LAN_ROUTER_V4,
    LAN_ROUTER_V6,
    RESOLVERS,
    SPARE_V4,
    SPARE_V6,
    WAN_ROUTER_V4,
    WAN_ROUTER_V6,
)
from netanalyze.lab.scores.sight import ACK, SYN, CapturedConnection, Packet, Sight

MEASURES: dict[str, Callable[..., float]] = {}
RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
TYPES = {"A": 1, "AAAA": 28}
NAMED = {
    "client": (CLIENT_V4, CLIENT_V6),
    "router": (LAN_ROUTER_V4, LAN_ROUTER_V6, WAN_ROUTER_V4, WAN_ROUTER_V6),
    "spare": (SPARE_V4, SPARE_V6),
    "resolver1": (RESOLVERS[0],),
    "resolver2": (RESOLVERS[1],),
} | {host.name: (host.ipv4, host.ipv6) for host in HOSTS.values()}


def measure(function: Callable[..., float]) -> Callable[..., float]:
    """Register a word."""
    MEASURES[function.__name__] = function
    return function


def address_of(host: str) -> Callable[[str], bool]:
    """Whether an address is one of ``host``'s."""
    if host == "*":
        return lambda address: True
    name, _, family = host.partition("/")
    addresses = NAMED.get(name, (name,))
    if family:
        addresses = tuple(address for address in addresses if (":" in address) == (family == "6"))
    return lambda address: address in addresses


def towards(sight: Sight, host: str) -> list[CapturedConnection]:
    """Connections to a host, DNS over TCP left out."""
    wanted = address_of(host)
    return [connection for connection in sight.connections if wanted(connection.server) and connection.port != 53]


# -- packets ----------------------------------------------------------------------------------------------------------


@measure
def frames(sight: Sight) -> float:
    """IP packets in all."""
    return len(sight.packets)


@measure
def arp_requests(sight: Sight) -> float:
    """Questions for a neighbour's link address (ARP)."""
    return sight.arp_requests


@measure
def sent_by(sight: Sight, host: str) -> float:
    """IP packets whose source is the host."""
    return sum(map(address_of(host), (packet.source for packet in sight.packets)))


@measure
def link(sight: Sight) -> float:
    """LINKTYPE of the capture."""
    return sight.link


@measure
def wall(sight: Sight) -> float:
    """Seconds the command ran."""
    return sight.wall


@measure
def quiet(sight: Sight) -> float:
    """Longest time without any packet, seconds."""
    times = [packet.time for packet in sight.packets]
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


@measure
def icmp(sight: Sight, which: str) -> float:
    """ICMP messages of ``TYPE/CODE``."""
    return _icmp(sight, "icmp", which)


@measure
def icmp6(sight: Sight, which: str) -> float:
    """ICMPv6 messages of ``TYPE/CODE``."""
    return _icmp(sight, "icmp6", which)


def _icmp(sight: Sight, kind: str, which: str) -> float:
    return sum(packet.kind == kind and f"{packet.sport}/{packet.dport}" == which for packet in sight.packets)


@measure
def ttls(sight: Sight, host: str) -> float:
    """Different TTLs on TCP segments of the host."""
    wanted = address_of(host)
    return len({packet.ttl for packet in sight.packets if packet.kind == "tcp" and wanted(packet.source)})


@measure
def largest_from(sight: Sight, host: str) -> float:
    """Largest IP packet of the host, octets."""
    wanted = address_of(host)
    return max((packet.length for packet in sight.packets if wanted(packet.source)), default=0)


@measure
def largest_to(sight: Sight, host: str) -> float:
    """Largest IP packet to the host, octets."""
    wanted = address_of(host)
    return max((packet.length for packet in sight.packets if wanted(packet.target)), default=0)


# -- DNS --------------------------------------------------------------------------------------------------------------


def _messages(sight: Sight) -> Iterator[tuple[Packet, dpkt.dns.DNS, bool]]:
    """DNS messages over UDP and TCP (one per segment, as this laboratory sends them), and whether each is a response."""
    for packet in sight.packets:
        if 53 not in (packet.sport, packet.dport) or not packet.size:
            continue
        octets = packet.payload[2:] if packet.kind == "tcp" else packet.payload
        try:
            message = dpkt.dns.DNS(octets)
        except (dpkt.UnpackError, IndexError, UnicodeDecodeError):
            continue
        yield packet, message, bool(message.qr)


def _asked(message: dpkt.dns.DNS, name: str, kind: str) -> bool:
    question = message.qd[0] if message.qd else None
    if question is None:
        return name == "*"
    return name in ("*", question.name) and TYPES.get(kind, question.type) == question.type


def _queries(sight: Sight, name: str, kind: str, resolver: str) -> dict[tuple, float]:
    """When each query (client's port, id, server) was sent."""
    wanted = address_of(resolver)
    return {
        (packet.source, packet.sport, message.id, packet.target): packet.time
        for packet, message, response in _messages(sight)
        if not response and _asked(message, name, kind) and wanted(packet.target)
    }


def _answered(sight: Sight) -> dict[tuple, float]:
    """When each query was first answered."""
    moments: dict[tuple, float] = {}
    for packet, message, response in _messages(sight):
        if response:
            moments.setdefault((packet.target, packet.dport, message.id, packet.source), packet.time)
    return moments


@measure
def dns_queries(sight: Sight, name: str = "*", kind: str = "*", resolver: str = "*") -> float:
    """Queries for a name, of a type, to a resolver."""
    return len(_queries(sight, name, kind, resolver))


@measure
def dns_unanswered(sight: Sight, name: str = "*", kind: str = "*", resolver: str = "*") -> float:
    """Queries that no response bears the id of."""
    return len(_queries(sight, name, kind, resolver).keys() - _answered(sight).keys())


@measure
def dns_wait(sight: Sight, name: str = "*", kind: str = "*", resolver: str = "*") -> float:
    """Longest time from a query to its response, seconds."""
    answers = _answered(sight)
    waits = (answers[key] - sent for key, sent in _queries(sight, name, kind, resolver).items() if key in answers)
    return max(waits, default=0.0)


@measure
def dns_rcode(sight: Sight, code: str, name: str = "*") -> float:
    """Responses with this RCODE."""
    return sum(
        response and message.rcode == RCODES[code] and _asked(message, name, "*")
        for _, message, response in _messages(sight)
    )


@measure
def dns_empty(sight: Sight, name: str) -> float:
    """Responses NOERROR without any record."""
    return sum(
        response and not message.rcode and not message.an and not message.tc and _asked(message, name, "*")
        for _, message, response in _messages(sight)
    )


@measure
def dns_given(sight: Sight, address: str) -> float:
    """Responses that give this IPv4 address."""
    octets = bytes(map(int, address.split(".")))
    return sum(
        response and any(getattr(record, "ip", None) == octets for record in message.an)
        for _, message, response in _messages(sight)
    )


@measure
def dns_addresses(sight: Sight, name: str) -> float:
    """Different IPv4 addresses given for a name."""
    return len(
        {
            record.ip
            for _, message, response in _messages(sight)
            if response and _asked(message, name, "A")
            for record in message.an
            if hasattr(record, "ip")
        }
    )


@measure
def dns_aliases(sight: Sight) -> float:
    """CNAME records in responses."""
    return sum(
        record.type == dpkt.dns.DNS_CNAME
        for _, message, response in _messages(sight)
        if response
        for record in message.an
    )


@measure
def dns_truncated(sight: Sight) -> float:
    """Responses with TC=1."""
    return sum(response and bool(message.tc) for _, message, response in _messages(sight))


@measure
def dns_over_tcp(sight: Sight) -> float:
    """SYNs to port 53."""
    return sum(packet.dport == 53 and packet.flags & (SYN | ACK) == SYN for packet in sight.packets)


@measure
def dns_stray(sight: Sight) -> float:
    """Responses whose id or question nobody asked on that port."""
    asked = set()
    stray = 0
    for packet, message, response in _messages(sight):
        question = (message.id, message.qd[0].name if message.qd else "")
        if response:
            stray += (packet.target, packet.dport, *question) not in asked
        else:
            asked.add((packet.source, packet.sport, *question))
    return stray


@measure
def dns_options(sight: Sight, answered: str) -> float:
    """Queries with an OPT record (RFC 6891) that were (``answered``) or were not (``unanswered``) answered."""
    answers = _answered(sight)
    return sum(
        bool(message.ar) and not response
        and ((packet.source, packet.sport, message.id, packet.target) in answers) == (answered == "answered")
        for packet, message, response in _messages(sight)
    )  # fmt: skip

"""Where packets to an address would leave this machine: the kernel's own answer (rtnetlink(7)); nothing is sent."""

import ipaddress
import socket
import struct
from collections.abc import Iterable
from typing import NamedTuple

from netanalyze.live import darwin
from netanalyze.wording import Text, chained, message

GET_ROUTE, ERROR, REQUEST_FLAG = 26, 2, 1
DESTINATION, OUT_INTERFACE, GATEWAY, PREFERRED_SOURCE, METRICS = 1, 4, 5, 7, 8
METRIC_MTU = 2
HEADER, ROUTE_MESSAGE = 16, 12
LOCAL = 2  # RTN_LOCAL: the address is this machine's own

LOOPBACK = darwin.LOOPBACK if darwin.HERE else "lo"
FAR_AWAY = ("198.41.0.4", "2001:503:ba3e::2:30")
"""Addresses that stand for the far side of the default route: a.root-servers.net's."""


class Route(NamedTuple):
    """The way to ``to``: out of ``interface``, through ``gateway`` unless it is on the link. ``mtu`` is the route's own."""

    to: str
    interface: str
    gateway: str | None
    source: str | None
    mtu: int | None
    local: bool

    def __str__(self) -> str:
        via = f" via {self.gateway}" if self.gateway else ""
        return f"{self.to}{via} dev {self.interface}" + (f" src {self.source}" if self.source else "")


def _attributes(octets: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at + 4 <= len(octets):
        length, kind = struct.unpack_from("HH", octets, at)
        if length < 4:
            break
        found[kind & 0x3FFF] = octets[at + 4 : at + length]
        at += (length + 3) // 4 * 4
    return found


def route_to(address: str) -> Route | None:
    """The route the kernel would take to an IPv4 or IPv6 address; None where there is none, or nothing to ask."""
    try:
        wanted = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if darwin.HERE:
        words = darwin.ask_route(str(wanted))
        return words and Route(str(wanted), words.interface, words.gateway, None, words.mtu, words.local)
    family = socket.AF_INET if wanted.version == 4 else socket.AF_INET6
    packed = wanted.packed
    route = struct.pack("BBBBBBBBI", family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0)
    body = route + struct.pack("HH", 4 + len(packed), DESTINATION) + packed
    request = struct.pack("IHHII", HEADER + len(body), GET_ROUTE, REQUEST_FLAG, 1, 0) + body
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as asking:
            asking.settimeout(1)
            asking.sendto(request, (0, 0))
            answer = asking.recv(65_536)
    except (OSError, AttributeError):
        return None
    if len(answer) < HEADER + ROUTE_MESSAGE or struct.unpack_from("IH", answer)[1] == ERROR:
        return None
    facts = _attributes(answer[HEADER + ROUTE_MESSAGE :])
    if OUT_INTERFACE not in facts:
        return None
    try:
        interface = socket.if_indextoname(struct.unpack("I", facts[OUT_INTERFACE])[0])
    except OSError:
        return None
    metrics = _attributes(facts.get(METRICS, b""))
    return Route(
        to=str(wanted),
        interface=interface,
        gateway=_text(facts.get(GATEWAY)),
        source=_text(facts.get(PREFERRED_SOURCE)),
        mtu=struct.unpack("I", metrics[METRIC_MTU])[0] if METRIC_MTU in metrics else None,
        local=answer[HEADER + 7] == LOCAL,
    )


def _text(packed: bytes | None) -> str | None:
    return None if packed is None or len(packed) not in (4, 16) else str(ipaddress.ip_address(packed))


def interfaces_towards(addresses: list[str]) -> tuple[list[str], Text]:
    """The interfaces to capture on when none was named, and why, for people.

    Those on the way to ``addresses`` (resolvers, proxies: loopback where a helper on this machine stands between)
    and of the default routes; ``any`` where there is no route at all.
    """
    chosen: dict[str, Text] = {}
    for address in FAR_AWAY:
        route = route_to(address)
        if route and not route.local:
            chosen.setdefault(route.interface, message("the default route"))
    for address in addresses:
        route = route_to(address)
        if route:
            chosen.setdefault(
                LOOPBACK if route.local else route.interface, message("the route to {address}", address=address)
            )
    if not chosen:
        return ["any"], message("there is no default route")
    return list(chosen), chained("{first}, {then}", _each_once(chosen.values()))


def _each_once(reasons: Iterable[Text]) -> list[Text]:
    return list({str(reason): reason for reason in reasons}.values())


WAYS_MOST = 50
"""Addresses whose way is asked for."""


def interfaces_of(addresses: Iterable[str]) -> dict[str, str]:
    """The interface towards each of some addresses, empty ones and those without a route left out."""
    found = {}
    for address in list(dict.fromkeys(a for a in addresses if a))[:WAYS_MOST]:
        route = route_to(address)
        if route:
            found[address] = "lo" if route.local else route.interface
    return found


def is_here(address: str) -> bool:
    """Whether an address is one of this machine's own, so that its packets pass the loopback only."""
    route = route_to(address)
    return bool(route and route.local)


__all__ = ["FAR_AWAY", "LOOPBACK", "Route", "interfaces_towards", "is_here", "route_to"]

"""What a conversation's members may be: a file comes from elsewhere, and root plays it.

Words go into firewall rules, and so only words that are known here pass; numbers have the range in which they mean something.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from netanalyze.numerals import integer
from netanalyze.tracking.addresses import is_group, is_loopback

CLIENT, SERVER = "client", "server"
BY = (CLIENT, SERVER)
TRANSPORTS = ("tcp", "udp")
REJECTIONS = {
    (4, 3, 0): "icmp-net-unreachable", (4, 3, 1): "icmp-host-unreachable", (4, 3, 2): "icmp-proto-unreachable",
    (4, 3, 3): "icmp-port-unreachable", (4, 3, 9): "icmp-net-prohibited", (4, 3, 10): "icmp-host-prohibited",
    (4, 3, 13): "icmp-admin-prohibited",
    (6, 1, 0): "icmp6-no-route", (6, 1, 1): "icmp6-adm-prohibited", (6, 1, 3): "icmp6-addr-unreachable",
    (6, 1, 4): "icmp6-port-unreachable",
}  # fmt: skip
"""ICMP types and codes by what iptables' REJECT calls them."""
LONGEST_S = 3600.0
"""What a file may ask for: a run of an hour at most."""
OFFSET_MOST = 2**40
"""No stream is longer."""
COUNT_MOST = 2**31 - 1
"""What the kernel takes as a socket's option (C's int)."""
PORT_MOST = 65_535
Check = Callable[[Any], Any]


def one_of(*words: str) -> Check:
    """Whether it is one of some words."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{value!r:.60} is no text")
        if value not in words:
            raise ValueError(f"{value!r:.60} is none of {', '.join(map(repr, words))}")
        return value

    return check


def number(least: float, most: float) -> Check:
    """Whether it is a finite number in this range."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{value!r:.60} is no number")
        if not least <= value <= most:  # nan is not, nor is what is infinite
            raise ValueError(f"{value!r:.60} is not between {least:g} and {most:g}")
        return value

    return check


def whole(least: int, most: int) -> Check:
    """Whether it is a whole number in this range."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{value!r:.60} is no whole number")
        if not least <= value <= most:
            raise ValueError(f"{value!r:.60} is not between {least} and {most}")
        return value

    return check


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r:.60} is neither true nor false")
    return value


def row(*checks: Check) -> Check:
    """Whether it is a list of just so many values, each of its kind."""

    def check(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or len(value) != len(checks):
            raise TypeError(f"{value!r:.60} is no list of {len(checks)}")
        return tuple(one(item) for one, item in zip(checks, value))

    return check


def rows(check: Check) -> Check:
    """Whether it is a list of any length, of which each is of this kind."""

    def check_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{value!r:.60} is no list")
        return tuple(check(item) for item in value)

    return check_all


def _keepalive(value: Any) -> tuple[Any, ...]:
    return () if value in ((), []) else row(DURATION, DURATION)(value)


DURATION, OFFSET, TIMES, TTL = number(0, LONGEST_S), whole(0, OFFSET_MOST), whole(-1, COUNT_MOST), whole(0, 255)
MOMENT = number(-LONGEST_S, LONGEST_S)
"""Moments may lie before the beginning: captures are not always in order."""
CHECKS: dict[str, Check] = {
    "transport": one_of(*TRANSPORTS), "begins": MOMENT, "ends": MOMENT, "delay": DURATION, "ttl": TTL,
    "closed": _flag, "rejected": one_of("", *REJECTIONS.values()), "by": one_of("router", "server"),
    "lost_syn": TIMES, "lost_synack": TIMES,
    "lost": rows(row(one_of(*BY), OFFSET, OFFSET, TIMES)), "late": rows(row(one_of(*BY), OFFSET, OFFSET, DURATION)),
    "silent": rows(row(MOMENT, MOMENT)), "keepalive": _keepalive, "dropped_from": MOMENT, "buffer": whole(0, COUNT_MOST),
}  # fmt: skip


def checked(name: str, value: Any) -> Any:
    """The value of a member, lists as tuples.

    Raises:
        TypeError, ValueError: it is none; names the member.
    """
    try:
        return CHECKS[name](value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from None


def check_rejection(kind: str, address: str) -> None:
    """Whether an address can be refused in this way.

    Raises:
        ValueError: the one is of IPv4 and the other of IPv6.
    """
    version = 6 if ":" in address else 4
    if kind and kind not in {name for (of, _, _), name in REJECTIONS.items() if of == version}:
        raise ValueError(f"rejected: {kind!r} is none over IPv{version}")


LINKS = ip_network("169.254.77.0/24"), ip_network("169.254.78.0/24"), ip_network("fd77::/64"), ip_network("fd78::/64")
"""Addresses of the links between the namespaces, and of nobody else: link-local (RFC 3927) and unique local ones (RFC 4193)."""


def why_nobodys(address: str) -> str | None:
    """Why no end of a conversation can have an address; None where one can.

    >>> why_nobodys("192.0.2.1"), why_nobodys("169.254.78.9"), why_nobodys("ff02::1")
    (None, "it is of the laboratory's own links", 'it is of no single host')
    """
    read = ip_address(address)
    if is_group(address):
        return "it is of no single host"
    if read.is_unspecified:
        return "it is of no host"
    if any(read in link for link in LINKS):
        return "it is of the laboratory's own links"
    return "it is valid on one link alone" if read.version == 6 and read.is_link_local else None


def ends_of(client: Any, server: Any) -> tuple[tuple[str, int], tuple[str, int]]:
    """Address and port of both ends, from ``address:port`` or ``[address]:port``.

    Raises:
        TypeError, ValueError: it is none, or one is over IPv4 and the other over IPv6.
    """
    ends = _end(CLIENT, client), _end(SERVER, server)
    if (":" in ends[0][0]) != (":" in ends[1][0]):
        raise ValueError("client and server: one has an IPv4 address and the other an IPv6 address")
    if ends[0] == ends[1] or (ends[0][0] == ends[1][0] and not is_loopback(ends[0][0])):
        raise ValueError(f"client and server: both are {client!r:.60}")
    return ends


def _end(name: str, text: Any) -> tuple[str, int]:
    if not isinstance(text, str):
        raise TypeError(f"{name}: {text!r:.60} is no address and port")
    written, _, port = text.rpartition(":")
    try:
        address = ip_address(written.strip("[]"))
    except ValueError:
        raise ValueError(f"{name}: {text!r:.60} has no address") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:  # a zone may be any words at all (RFC 6874)
        raise ValueError(f"{name}: {text!r:.60} has a zone")
    if (numbered := integer(port, PORT_MOST, 1)) is None:
        raise ValueError(f"{name}: {text!r:.60} has no port")
    if (why := why_nobodys(str(address))) is not None:
        raise ValueError(f"{name}: {text!r:.60}: {why}")
    return str(address), numbered

"""What is to be settled: a host and port as they are typed, and what a verdict adds to them."""

import ipaddress
from dataclasses import dataclass

from netanalyze.errors import NetanalyzeError
from netanalyze.numerals import integer
from netanalyze.paste import HOST, checked

HTTPS, HTTP = 443, 80
EVERYTHING, NAMES, CONNECTION = "everything", "names", "connection"
"""What is asked: all, the resolvers alone, or what comes after them alone."""


class NothingToSettle(NetanalyzeError):
    """There is nothing to ask the network: ``why``; ``remedy`` says what to do instead."""

    def __init__(self, why: str, remedy: str):
        super().__init__(why, remedy)
        self.why, self.remedy = why, remedy

    def __str__(self) -> str:
        return f"{self.why}; {self.remedy}"


@dataclass(frozen=True)
class SettleTarget:
    """Where probes go.

    Attributes:
        host: a name, or an address as it was given.
        sni: the name that hellos carry; None for an address.
        addresses: asked before those that the name has: the one that a verdict names.
        resolvers: asked instead of those of this machine: the one that a verdict names.
        focus: one of ``EVERYTHING``, ``NAMES``, ``CONNECTION``.
    """

    host: str
    port: int = HTTPS
    sni: str | None = None
    addresses: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    focus: str = EVERYTHING

    @property
    def other_port(self) -> int:
        """The port beside which this one is held."""
        return HTTP if self.port == HTTPS else HTTPS

    @property
    def by_name(self) -> bool:
        """Whether the host is a name, which resolvers are asked for."""
        return not is_address(self.host)


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def typed_target(text: str) -> SettleTarget:
    """The target that somebody typed: HOST, HOST:PORT, an address, [IPv6]:PORT, or the URL of one.

    Raises:
        NothingToSettle: it is none of these.

    >>> typed_target("go.dev"), typed_target("[2001:db8::1]:8443").port
    (SettleTarget(host='go.dev', port=443, sni='go.dev', addresses=(), resolvers=(), focus='everything'), 8443)
    """
    scheme, mark, rest = text.partition("://")
    place = (rest if mark else text).partition("/")[0]
    usual = HTTP if mark and scheme == "http" else HTTPS
    if is_address(place):
        host, number = place, ""
    elif place.startswith("["):
        host, end, number = place[1:].partition("]")
        host, number = host if end else "", number.removeprefix(":")
    else:
        host, _, number = place.partition(":")
    port = integer(number, most=65_535) if number else usual
    if not port or not (is_address(host) or checked(host, HOST)):
        raise NothingToSettle(f"{text!r} is no HOST or HOST:PORT", "write it as proxy.golang.org or 192.0.2.1:443")
    return SettleTarget(host, port, None if is_address(host) else host)

"""URLs as anybody may have written them: ``split`` takes any text and raises for none.

RFC 3986, with the places in which programs disagree told apart from the rest: what one reads as host and another as path,
port or user is no URL here. The library's own ``urllib.parse`` raises for some texts and is not used (ruff sees to it).
"""

import unicodedata
from ipaddress import AddressValueError, IPv6Address, ip_address
from typing import NamedTuple

from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern

LONGEST = 64 * 1024
"""Characters; RFC 9110 section 4.1 asks for 8000 at least, and no client sends more than a header may hold."""
LONGEST_HOST = 253
"""Characters of a name in the DNS (RFC 1035 section 2.3.4, without the root's dot)."""
LONGEST_ZONE = 64
PORTS = 65_535

_SCHEME = lazy_pattern(r"([A-Za-z][A-Za-z0-9+.-]{0,63}):")
_AUTHORITY = lazy_pattern(r"//([^/?#]*)")
_NO_HOST = lazy_pattern(r"[\x00-\x20\x7f-\x9f\"<>\\^`{|}\[\]:/?#@]")
"""What no host has: blanks and controls, and delimiters (RFC 3986 section 2.2; the WHATWG's forbidden code points)."""
_DELIMITERS = frozenset("/?#@:[]\\")


class Url(NamedTuple):
    """The parts of a URL, as they were written but for scheme and host, which are in lower case.

    Attributes:
        scheme: empty for a relative reference.
        userinfo: all before the last ``@`` of the authority; None where there is none.
        host: without brackets; an IPv6 address with its zone as ``fe80::1%eth0``; None where it names none.
        port: None where it names none.
    """

    scheme: str
    userinfo: str | None
    host: str | None
    port: int | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def target(self) -> str:
        """What is asked of the host: path and query."""
        return self.path if self.query is None else f"{self.path}?{self.query}"


def split(text: str) -> Url | None:
    """The parts of a URL or of a relative reference; None for a text that is none. Never raises.

    >>> split("HTTPS://me:a@b@Proxy.example:3128/x?y=1")
    Url(scheme='https', userinfo='me:a@b', host='proxy.example', port=3128, path='/x', query='y=1', fragment=None)
    >>> split("http://[2001:DB8::1%25eth0]:80/").host, split("/other").host, split("http://[x/")
    ('2001:db8::1%eth0', None, None)
    """
    text = text.strip(" \t\r\n")
    if len(text) > LONGEST:
        return None
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    authority = _AUTHORITY.match(rest)
    userinfo = host = port = None
    if authority:
        place = _place(authority[1])
        if place is None:
            return None
        userinfo, host, port = place
        rest = rest[authority.end() :]
    rest, hash_, fragment = rest.partition("#")
    path, mark, query = rest.partition("?")
    return Url(
        scheme[1].lower() if scheme else "", userinfo, host, port, path, query if mark else None,
        fragment if hash_ else None,
    )  # fmt: skip


def split_typed(text: str) -> Url | None:
    """The parts of a URL, or of ``HOST``, ``HOST:PORT`` and ``USER@HOST`` without a scheme; None for a text that is none.

    >>> split_typed("proxy.example:3128").port, split_typed("http://192.0.2.1/").scheme
    (3128, 'http')
    """
    return split(text if "://" in text else f"//{text}")


def host_in(text: str) -> str | None:
    """The host that a text names, of the forms of ``split_typed``; None if it names none.

    >>> host_in("proxy.example:3128"), host_in("http://me@192.0.2.1/"), host_in("http://[x/")
    ('proxy.example', '192.0.2.1', None)
    """
    found = split_typed(text)
    return found.host if found is not None else None


def is_address(text: str) -> bool:
    """Whether a text is an IP address and nothing else, an IPv6 address with or without its zone. Never raises.

    >>> is_address("192.0.2.1"), is_address("fe80::1%eth0"), is_address("192.0.2.1%eth0"), is_address("::1%a b")
    (True, True, False, False)
    """
    bare, percent, zone = text.partition("%")
    if percent and (":" not in bare or not _is_zone(zone)):
        return False
    try:
        ip_address(bare)
    except ValueError:
        return False
    return True


def authority(host: str, port: int | None) -> str:
    """A host and its port; an address of IPv6 in brackets (RFC 3986, 3.2.2).

    >>> authority("192.0.2.1", 443), authority("2001:db8::1", 443), authority("2001:db8::1", None)
    ('192.0.2.1:443', '[2001:db8::1]:443', '[2001:db8::1]')
    """
    name = f"[{host}]" if ":" in host and is_address(host) else host
    return name if port is None else f"{name}:{port}"


def _place(authority: str) -> tuple[str | None, str | None, int | None] | None:
    """User information, host and port; None where they are not in the form."""
    if "\\" in authority:  # to a browser it is a slash, and the host ends there
        return None
    before, at, place = authority.rpartition("@")
    if place.startswith("["):
        inside, closed, after = place[1:].partition("]")
        host = _address(inside) if closed else None
        if host is None or (after and after[0] != ":"):
            return None
        port_text = after[1:]
    else:
        name, _, port_text = place.partition(":")
        if not _is_name(name):
            return None
        host = name.lower()
    port = integer(port_text, most=PORTS) if port_text else None
    if port_text and (port is None or len(port_text) > 5):
        return None
    return before if at else None, host or None, port


def _is_name(name: str) -> bool:
    """Whether this can be a host's name or IPv4 address: no delimiter in it, nor in what IDNA would make of it."""
    if len(name) > LONGEST_HOST or _NO_HOST.search(name):
        return False
    # U+2100 is "a/c" once it is normalised (UTS #46), so that one program connects where another saw another host
    return name.isascii() or _DELIMITERS.isdisjoint(unicodedata.normalize("NFKC", name))


def _address(text: str) -> str | None:
    """An IPv6 address, with its zone after ``%25`` or ``%`` (RFC 6874, RFC 4007 section 11); None if it is none."""
    bare, percent, zone = text.partition("%")
    zone = zone.removeprefix("25") if len(zone) > 2 else zone
    if percent and not _is_zone(zone):
        return None
    try:
        address = IPv6Address(bare)
    except AddressValueError:
        return None
    return f"{address}%{zone}" if percent else str(address)


def _is_zone(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ZONE and not _NO_HOST.search(text)

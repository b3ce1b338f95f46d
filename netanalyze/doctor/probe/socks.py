"""A way through a SOCKS5 proxy (RFC 1928, RFC 1929), which is told the name and looks it up, as go and curl's socks5h have it."""

import ipaddress
import socket
from urllib.parse import unquote

from netanalyze.doctor.places import DEFAULT_PORTS
from netanalyze.doctor.probe.refused import Refused
from netanalyze.urls import Url, is_address

SOCKS_SCHEMES = ("socks5", "socks5h")
VERSION, CONNECT = 5, 1
IPV4, NAME, IPV6 = 1, 3, 4
NOTHING_ASKED, PASSWORD, NONE_FITS = 0, 2, 0xFF
PASSWORD_VERSION = 1
LENGTHS = {IPV4: 4, IPV6: 16}
"""Octets of an address in an answer, by its kind; of a name the first octet says it."""


def socks_tunnel(sock: socket.socket, proxy: Url, url: Url) -> None:
    """Let the proxy connect to where ``url`` is.

    Raises:
        Refused: it does not, or speaks no SOCKS5.
        OSError: the connection to it broke.
    """
    user, _, secret = (unquote(part) for part in (proxy.userinfo or "").partition(":"))
    methods = bytes([NOTHING_ASKED, PASSWORD] if user else [NOTHING_ASKED])
    sock.sendall(bytes([VERSION, len(methods)]) + methods)
    version, method = _exactly(sock, 2)
    if version != VERSION or method == NONE_FITS:
        raise Refused("proxy-refuses", "" if version == VERSION else "no SOCKS5")
    if method == PASSWORD:
        parts = [part.encode()[:255] for part in (user, secret)]
        sock.sendall(bytes([PASSWORD_VERSION]) + b"".join(bytes([len(part)]) + part for part in parts))
        if _exactly(sock, 2)[1]:
            raise Refused("proxy-refuses", "password")
    port = url.port or DEFAULT_PORTS[url.scheme]
    sock.sendall(bytes([VERSION, CONNECT, 0]) + _place(url.host or "") + port.to_bytes(2, "big"))
    _, code, _, kind = _exactly(sock, 4)
    if code:
        raise Refused("proxy-refuses", str(code))
    _exactly(sock, (LENGTHS.get(kind) or _exactly(sock, 1)[0]) + 2)


def _place(host: str) -> bytes:
    """A host as a request has it: the kind of its address, and the address (RFC 1928, 5)."""
    if is_address(host):
        address = ipaddress.ip_address(host)
        return bytes([IPV4 if address.version == 4 else IPV6]) + address.packed
    name = host.encode("idna")[:255]
    return bytes([NAME, len(name)]) + name


def _exactly(sock: socket.socket, count: int) -> bytes:
    """So many octets."""
    octets = b""
    while len(octets) < count:
        piece = sock.recv(count - len(octets))
        if not piece:
            raise Refused("proxy-closed")
        octets += piece
    return octets

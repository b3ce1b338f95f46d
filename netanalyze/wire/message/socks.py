"""What a client and a SOCKS proxy agree on before the tunnel opens (SOCKS5: RFC 1928, RFC 1929; SOCKS4 and 4a)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from netanalyze.errors import MessageError
from netanalyze.wire.message.cursor import Cursor

SOCKS4, SOCKS5, REPLY4 = 4, 5, 0
"""Versions in the first octet; a SOCKS4 proxy answers with 0."""

PASSWORD_VERSION = 1
IPV4, DOMAIN, IPV6 = 1, 3, 4
METHOD_PASSWORD, NO_METHOD = 2, 0xFF
GRANTED5, GRANTED4 = 0, 90
NAME_LIMIT = 255

REPLY_NAMES = {
    GRANTED5: "succeeded",
    1: "general failure",
    2: "not allowed",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
    GRANTED4: "succeeded",
    91: "rejected or failed",
    92: "identd unreachable",
    93: "identd disagrees",
}
"""Replies of SOCKS5 (RFC 1928 section 6) and, from 90, of SOCKS4."""


@dataclass(frozen=True)
class SocksClient:
    """What a client has said so far; what it has not said yet is None.

    Attributes:
        methods: the ways to prove itself that it offers (SOCKS5).
        host: name or address it wants to reach; ``port`` with it.
        length: octets understood; what lies behind belongs to the tunnel once ``host`` is known.
    """

    version: int
    methods: tuple[int, ...]
    command: int | None
    host: str | None
    port: int | None
    length: int

    def is_whole_greeting(self, octets: int) -> bool:
        """Whether the first ``octets`` that a client said are a greeting or request from end to end, and a possible one:
        it waits for the proxy's answer then, and offers no method twice (RFC 1928 section 3)."""
        return self.length == octets and len(set(self.methods)) == len(self.methods)


@dataclass(frozen=True)
class SocksServer:
    """What a proxy has said so far; what it has not said yet is None.

    Attributes:
        method: the way to prove itself it chose (SOCKS5; 255: none of those offered).
        password_status: 0 where it took the password.
        reply: code of its answer to the request; ``host`` and ``port`` are those it connects from.
        length: octets understood; what lies behind belongs to the tunnel once ``reply`` is known.
    """

    version: int
    method: int | None
    password_status: int | None
    reply: int | None
    host: str | None
    port: int | None
    length: int

    @property
    def reply_name(self) -> str | None:
        """The answer in words."""
        return None if self.reply is None else REPLY_NAMES.get(self.reply, f"reply {self.reply}")

    @property
    def granted(self) -> bool | None:
        """The tunnel is open; False where it was refused, None where that is not known yet."""
        if self.method == NO_METHOD or self.password_status:
            return False
        return None if self.reply is None else self.reply in (GRANTED4, GRANTED5)


def parse_client(octets: bytes) -> SocksClient:
    """The client's side of the connection from its first octet, as far as it goes.

    Raises:
        MessageError: no octets, or they are not those of a SOCKS client.
    """
    cursor = Cursor(octets, "SOCKS client")
    version = cursor.number(1)
    if version not in (SOCKS4, SOCKS5):
        raise cursor.invalid(0)
    methods: tuple[int, ...] = ()
    understood, command = 0, None
    try:
        if version == SOCKS4:
            command, host, port = _request4(cursor)
            return SocksClient(version, (), command, host, port, cursor.at)
        methods = tuple(cursor.vector(1))
        if not methods:
            raise cursor.invalid(1)
        understood = cursor.at
        if cursor.left and cursor.octets[cursor.at] == PASSWORD_VERSION:
            cursor.take(1)
            cursor.vector(1)
            cursor.vector(1)
            understood = cursor.at
        _expect(cursor, SOCKS5)
        command = cursor.number(1)
        cursor.take(1)
        host, port = _address(cursor)
        return SocksClient(version, methods, command, host, port, cursor.at)
    except MessageError as error:
        if not error.needed:
            raise
        return SocksClient(version, methods, None, None, None, understood)


def parse_server(octets: bytes) -> SocksServer:
    """The proxy's side of the connection from its first octet, as far as it goes.

    Raises:
        MessageError: no octets, or they are not those of a SOCKS proxy.
    """
    cursor = Cursor(octets, "SOCKS proxy")
    first = cursor.number(1)
    if first not in (REPLY4, SOCKS5):
        raise cursor.invalid(0)
    version = SOCKS5 if first == SOCKS5 else SOCKS4
    method, status, understood = None, None, 0
    try:
        if version == SOCKS4:
            reply = cursor.number(1)
            if not GRANTED4 <= reply <= GRANTED4 + 3:
                raise cursor.invalid(1)
            port, host = cursor.number(2), str(IPv4Address(cursor.take(4)))
            return SocksServer(version, None, None, reply, host, port, cursor.at)
        method, understood = cursor.number(1), 2
        if method == METHOD_PASSWORD and cursor.left and cursor.octets[cursor.at] == PASSWORD_VERSION:
            cursor.take(1)
            status, understood = cursor.number(1), cursor.at
        _expect(cursor, SOCKS5)
        reply = cursor.number(1)
        cursor.take(1)
        host, port = _address(cursor)
        return SocksServer(version, method, status, reply, host, port, cursor.at)
    except MessageError as error:
        if not error.needed:
            raise
        return SocksServer(version, method, status, None, None, None, understood)


def _expect(cursor: Cursor, number: int) -> None:
    """Passes over one octet that must be ``number``."""
    at = cursor.at
    if cursor.number(1) != number:
        raise cursor.invalid(at)


def _address(cursor: Cursor) -> tuple[str, int]:
    """Type, address and port (RFC 1928 section 5)."""
    at = cursor.at
    kind = cursor.number(1)
    if kind == IPV4:
        host = str(IPv4Address(cursor.take(4)))
    elif kind == IPV6:
        host = str(IPv6Address(cursor.take(16)))
    elif kind == DOMAIN:
        host = cursor.vector(1).decode("ascii", "backslashreplace")
    else:
        raise cursor.invalid(at)
    return host, cursor.number(2)


def _request4(cursor: Cursor) -> tuple[int, str, int]:
    """Command, host and port of SOCKS4; the address 0.0.0.x announces a name behind the user (4a)."""
    command, port, address = cursor.number(1), cursor.number(2), cursor.take(4)
    if command not in (1, 2):
        raise cursor.invalid(1)
    _text(cursor)
    if address[:3] == bytes(3) and address[3]:
        return command, _text(cursor), port
    return command, str(IPv4Address(address)), port


def _text(cursor: Cursor) -> str:
    """Octets up to a zero."""
    end = cursor.octets.find(b"\0", cursor.at, cursor.at + NAME_LIMIT + 1)
    if end < 0:
        if cursor.left > NAME_LIMIT:
            raise cursor.invalid()
        raise MessageError(cursor.what, cursor.at, cursor.left + 1, cursor.left)
    return cursor.take(end + 1 - cursor.at)[:-1].decode("ascii", "backslashreplace")

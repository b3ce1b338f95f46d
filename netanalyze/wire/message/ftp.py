"""The dialogue on FTP's control connection: commands, replies, data connections that are announced (RFC 959, RFC 2428)."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

LINE_MOST = 512
"""Octets of a line that are read; what follows is text for people."""
TRANSFERS = frozenset({"RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"})
"""Commands whose data goes over a connection of its own (RFC 959 section 4.1.3, RFC 3659 section 7)."""
FIRST = frozenset({"USER", "AUTH", "OPTS", "FEAT", "SYST", "HOST", "CLNT"})
"""What a client of FTP says first; one of SMTP, which is greeted with 220 as well, says EHLO or HELO."""
_TELNET = re.compile(rb"(?:\xff[\xf1-\xfa])+")
"""Signals of Telnet, Interrupt Process and Data Mark, which go before ABOR (RFC 959 section 4.1.3, RFC 854)."""
_COMMAND = re.compile(rb"([A-Za-z]{3,4})(?: (.*))?")
_REPLY = re.compile(rb"([1-6][0-5][0-9])( .*)?")
_SIX = re.compile(r"(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})")
_EXTENDED = re.compile(r"([!-~])([12]?)\1([0-9A-Fa-f:.]*)\1(\d{1,5})\1")


@dataclass(frozen=True)
class DataAddress:
    """Where a data connection is to go; ``address`` is empty where it is that of the control connection's server."""

    address: str
    port: int


def command(line: bytes) -> tuple[str, str] | None:
    """The verb and the argument of a line of a client's; None of any other.

    >>> command(b"RETR a b"), command(b"EHLO me"), command(bytes(4))
    (('RETR', 'a b'), ('EHLO', 'me'), None)
    >>> command(bytes([255, 244, 255, 242]) + b"ABOR")
    ('ABOR', '')
    """
    found = _COMMAND.fullmatch(
        _TELNET.sub(b"", line[:LINE_MOST], count=1) if line.startswith(b"\xff") else line[:LINE_MOST]
    )
    return None if found is None else (found[1].decode().upper(), (found[2] or b"").decode("utf-8", "replace"))


def reply(line: bytes) -> tuple[int, str] | None:
    """The code and text of a line that ends a reply; None of any other, those in the midst of one as well.

    >>> reply(b"150 Opening"), reply(b"220-Welcome"), reply(b" 211 not at the margin")
    ((150, 'Opening'), None, None)
    """
    found = _REPLY.fullmatch(line[:LINE_MOST])
    return None if found is None else (int(found[1]), (found[2] or b" ")[1:].decode("utf-8", "replace"))


def announced(text: str) -> DataAddress | None:
    """The address and port in the argument of PORT or EPRT, or in the reply to PASV or EPSV; None where there is none.

    >>> announced("Entering Passive Mode (10,0,0,5,156,65).")
    DataAddress(address='10.0.0.5', port=40001)
    >>> announced("|2|2001:db8::1|5282|"), announced("Entering Extended Passive Mode (|||6446|)"), announced("ok")
    (DataAddress(address='2001:db8::1', port=5282), DataAddress(address='', port=6446), None)
    """
    if (found := _SIX.search(text)) is not None:
        *parts, high, low = (int(part) for part in found.groups())
        port = 256 * high + low
        return DataAddress(".".join(map(str, parts)), port) if max(*parts, high, low) < 256 and port else None
    if (extended := _EXTENDED.search(text)) is None or not 0 < int(extended[4]) < 65536:
        return None
    try:
        return DataAddress(str(ip_address(extended[3])) if extended[3] else "", int(extended[4]))
    except ValueError:
        return None


def size(text: str) -> int | None:
    """How many octets a reply 150 says that it is about to send; None where it says none.

    >>> size("Opening BINARY mode data connection for a (900000 bytes)."), size("Here comes the listing")
    (900000, None)
    """
    found = re.search(r"\((\d{1,15}) bytes\)", text)
    return None if found is None else int(found[1])

"""What client and server of FTP agree on over the control connection: which transfers were asked for, and how each ended."""

from dataclasses import dataclass, field

from netanalyze.units import NEVER_NS
from netanalyze.wire.message.ftp import FIRST, LINE_MOST, TRANSFERS, DataAddress, announced, command, reply, size

GREETING = b"220"
TRANSFERS_MOST = 1000
"""Transfers of a connection that are kept."""


@dataclass
class FtpTransfer:
    """One transfer that a client asked for.

    Attributes:
        verb, name: RETR and what was to be fetched, for example.
        where: the address that was announced for its data; ``active``: by the client, which the server is to call.
        begun_frame, begun_ns: of the reply 1xx; 0 and ``NEVER_NS`` while there is none.
        octets: so many the reply said, None unknown.
        code, text, reply_frame, reply_ns: of the reply that ended it; code 0 while there is none.
    """

    verb: str
    name: str
    where: DataAddress
    active: bool
    asked_frame: int
    asked_ns: int
    begun_frame: int = 0
    begun_ns: int = NEVER_NS
    octets: int | None = None
    code: int = 0
    text: str = ""
    reply_frame: int = 0
    reply_ns: int = NEVER_NS


@dataclass
class FtpDialogue:
    """A control connection; ``transfers`` in the order in which they were asked for, ``encrypted`` once nobody can read on."""

    transfers: list[FtpTransfer] = field(default_factory=list)
    encrypted: bool = False
    _lines: list[bytearray] = field(default_factory=lambda: [bytearray(), bytearray()])
    _asked: str = ""
    _where: DataAddress | None = None
    _active: bool = False

    def take(self, direction: int, octets: bytes, frame: int, ns: int) -> None:
        """Take what one side said next."""
        if self.encrypted:
            return
        kept = self._lines[direction]
        kept += octets
        while (end := kept.find(b"\n")) >= 0:
            line = bytes(kept[:end]).rstrip(b"\r")
            del kept[: end + 1]
            (self._replied if direction else self._commanded)(line, frame, ns)
        del kept[: max(len(kept) - 2 * LINE_MOST, 0)]

    def _commanded(self, line: bytes, frame: int, ns: int) -> None:
        found = command(line)
        if found is None:
            return
        self._asked, argument = found
        if self._asked in ("PORT", "EPRT"):
            self._where, self._active = announced(argument), True
        elif self._asked in TRANSFERS and self._where is not None and len(self.transfers) < TRANSFERS_MOST:
            self.transfers.append(FtpTransfer(self._asked, argument, self._where, self._active, frame, ns))
            self._where = None

    def _replied(self, line: bytes, frame: int, ns: int) -> None:
        found = reply(line)
        if found is None:
            return
        code, text = found
        if code == 234:  # AUTH TLS (RFC 4217 section 4)
            self.encrypted = True
        elif code in (227, 229):
            self._where, self._active = announced(text), False
        elif self._asked in ("PORT", "EPRT") and code >= 500:
            self._where = None
        last = self.transfers[-1] if self.transfers else None
        if last is None or last.code:
            return
        if code < 200:
            last.begun_frame, last.begun_ns, last.octets = frame, ns, size(text)
        elif self._asked in TRANSFERS or last.begun_frame:
            last.code, last.text, last.reply_frame, last.reply_ns = code, text, frame, ns


def begins(opening: bytes, first: bytes) -> bool:
    """Whether a server that greets like this, and a client that says so first, speak FTP.

    >>> begins(b"220 ready", b"USER a"), begins(b"220 mx ESMTP", b"EHLO a")
    (True, False)
    """
    return opening.startswith(GREETING) and first[:4].upper().decode("ascii", "replace") in FIRST

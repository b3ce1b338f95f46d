"""What client and server of FTP agree on over the control connection: which transfers were asked for, and how each ended."""

from collections import deque
from dataclasses import dataclass, field

from netanalyze.units import NEVER_NS
from netanalyze.wire.message.ftp import FIRST, LINE_MOST, TRANSFERS, DataAddress, announced, command, reply, size

GREETING = b"220"
TRANSFERS_MOST = 1000
"""Transfers of a connection that are kept."""
OWED_MOST = 256
"""Commands kept that wait for their replies; few clients send the second before the first is answered."""
END_OF_DATA = (226, 250)
"""What a server says when a transfer is done (RFC 959 section 5.4); other replies 2xx are to other commands."""
ONLY_TO = {227: "PASV", 229: "EPSV", 221: "QUIT"}
"""Replies that one command alone has: commands before it that were never answered will not be (ABOR, of some servers)."""


@dataclass
class FtpTransfer:
    """One transfer that a client asked for.

    Attributes:
        verb, name: RETR and what was to be fetched, for example.
        where: the address that was announced for its data; ``active``: by the client, which the server is to call.
        announced_ns: when it was.
        begun_frame, begun_ns: of the reply 1xx; 0 and ``NEVER_NS`` while there is none.
        octets: so many the reply said, None unknown.
        code, text, reply_frame, reply_ns: of the reply that ended it; code 0 while there is none.
        aborted: whether the client broke it off (ABOR).
    """

    verb: str
    name: str
    where: DataAddress
    active: bool
    asked_frame: int
    asked_ns: int
    announced_ns: int
    begun_frame: int = 0
    begun_ns: int = NEVER_NS
    octets: int | None = None
    code: int = 0
    text: str = ""
    reply_frame: int = 0
    reply_ns: int = NEVER_NS
    aborted: bool = False


@dataclass
class FtpDialogue:
    """A control connection.

    Attributes:
        transfers: in the order in which they were asked for.
        encrypted: nobody can read on.
        cut: the snap length cut a segment of it.
    """

    transfers: list[FtpTransfer] = field(default_factory=list)
    encrypted: bool = False
    cut: bool = False
    _lines: list[bytearray] = field(default_factory=lambda: [bytearray(), bytearray()])
    _owed: deque[tuple[str, FtpTransfer | None]] = field(default_factory=lambda: deque(maxlen=OWED_MOST))
    _where: DataAddress | None = None
    _active: bool = False
    _announced_ns: int = NEVER_NS

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
        if not line:
            return
        verb, argument = command(line) or ("", "")
        transfer = None
        if verb in ("PORT", "EPRT"):
            self._announce(argument, True, ns)
        elif verb == "ABOR":
            for _, under_way in self._owed:
                if under_way is not None:
                    under_way.aborted = True
        elif verb in TRANSFERS and self._where is not None and len(self.transfers) < TRANSFERS_MOST:
            transfer = FtpTransfer(verb, argument, self._where, self._active, frame, ns, self._announced_ns)
            self.transfers.append(transfer)
            self._where = None
        self._owed.append((verb, transfer))

    def _announce(self, text: str, active: bool, ns: int) -> None:
        self._where, self._active, self._announced_ns = announced(text), active, ns

    def _replied(self, line: bytes, frame: int, ns: int) -> None:
        found = reply(line)
        if found is None:
            return
        code, text = found
        if code < 200:
            begun = next((one for _, one in self._owed if one is not None), None)
            if begun is not None:
                begun.begun_frame, begun.begun_ns, begun.octets = frame, ns, size(text)
            return
        verb, transfer = self._answered(code)
        if code == 234:  # AUTH TLS (RFC 4217 section 4)
            self.encrypted = True
        elif code in (227, 229):
            self._announce(text, False, ns)
        elif verb in ("PORT", "EPRT") and code >= 500:
            self._where = None
        if transfer is not None:
            transfer.code, transfer.text, transfer.reply_frame, transfer.reply_ns = code, text, frame, ns

    def _answered(self, code: int) -> tuple[str, FtpTransfer | None]:
        """The command to which a final reply is: the one that waits longest, but for what only another one can have."""
        owed = self._owed
        if code in ONLY_TO and any(verb == ONLY_TO[code] for verb, _ in owed):
            while owed[0][0] != ONLY_TO[code]:
                owed.popleft()
        elif 200 <= code < 300 and code not in END_OF_DATA:  # NOOP and STAT are answered while a transfer goes on
            at = next((at for at, (verb, _) in enumerate(owed) if verb not in TRANSFERS), 0)
            if at:
                found = owed[at]
                del owed[at]
                return found
        return owed.popleft() if owed else ("", None)


def begins(opening: bytes, first: bytes) -> bool:
    """Whether a server that greets like this, and a client that says so first, speak FTP.

    >>> begins(b"220 ready", b"USER a"), begins(b"220 mx ESMTP", b"EHLO a")
    (True, False)
    """
    return opening.startswith(GREETING) and first[:4].upper().decode("ascii", "replace") in FIRST

"""Whether a client of a protocol of lines has said all that it has to say before its server owes an answer.

A line ends in CRLF; a message of SMTP, once the server said 354, in a line with a dot alone (RFC 5321 section 4.1.1.4); a
literal of IMAP and a chunk of SMTP say beforehand how many octets they are (RFC 9051 section 4.3, RFC 3030 section 2).
"""

import re
from dataclasses import dataclass

from netanalyze.conversations.greetings import IMAP, SMTP

LINE_KEPT = 1024
"""Octets kept of a line's end, where it tells how much follows."""
CRLF, LAST_LINE = b"\r\n", b"\r\n.\r\n"
_GO_AHEAD = re.compile(rb"(?:^|\n)354[^\n]*\n?\Z")
_CHUNK = re.compile(rb"BDAT (\d{1,9})(?: LAST)?\r?\n", re.I)
_LITERAL = re.compile(rb"[^\n]*\{(\d{1,9})\+?\}\r?\n")
_SETTLED = re.compile(rb"(?:^|\n)[^+*\n][^\n]*\n?\Z")
"""A line of IMAP's server that ends a command: a literal that it declined does not come."""
_AMOUNTS = {SMTP: _CHUNK, IMAP: _LITERAL}


@dataclass
class ClientLines:
    """What a client has said since a line of it was over; ``protocol`` is its server's, as its greeting tells."""

    protocol: str
    _line: bytes = b""
    _message: bytes | None = None
    _follow: int = 0

    @property
    def unfinished(self) -> bool:
        """Whether the client is in the midst of a line, a message or a literal."""
        return bool(self._line) or self._message is not None or self._follow > 0

    def take(self, direction: int, octets: bytes) -> None:
        """Take what one side said next."""
        if direction:
            if self.protocol == SMTP and _GO_AHEAD.search(octets):
                self._message = CRLF
            elif self.protocol == IMAP and _SETTLED.search(octets):
                self._follow = 0
            return
        if self._message is not None:
            so_far, end, octets = (self._message + octets).partition(LAST_LINE)
            self._message = None if end else so_far[1 - len(LAST_LINE) :]
        while octets:
            if self._follow:
                passed = min(self._follow, len(octets))
                self._follow, octets = self._follow - passed, octets[passed:]
                continue
            line, end, octets = octets.partition(b"\n")
            self._line = (self._line + line + end)[-LINE_KEPT:]
            if end:
                amount = _AMOUNTS[self.protocol].fullmatch(self._line) if self.protocol in _AMOUNTS else None
                self._follow = int(amount[1]) if amount else 0
                self._line = b""

"""What servers of protocols in clear say who take a connection and will not serve: their words, as they were said."""

import re

from netanalyze.conversations.greetings import DECLINING, IDENTIFICATION
from netanalyze.wire.message.postgres import fatal

WORDS_MOST = 120
"""Characters of a server's words that are repeated."""
UNREADABLE = "\ufffd"
"""What stands for an octet that is no text."""
MYSQL_HEAD, MYSQL_ERROR, MYSQL_CODE = 4, 0xFF, 3
"""A MySQL packet's length and number; an ERR_Packet's first octet, and how many octets that and the error's number take."""
_SQLSTATE = re.compile(rb"\A#[0-9A-Z]{5}")
"""In the place of the greeting none should follow (MySQL 8.4 manual, Client/Server Protocol, ERR_Packet, Connection Phase); some
servers write one all the same."""
REDIS = (b"-ERR max number of clients", b"-DENIED ")
"""What Redis says to whom it closes again at once (networking.c, acceptCommonHandler); other errors are answers."""
RSYNC, RSYNC_ERROR, RSYNC_ANSWERS = b"@RSYNCD:", b"@ERROR", (b"@ERROR: auth failed", b"@ERROR: Unknown module")
"""How rsync's daemon greets, and how the line begins with which it refuses (clientserver.c); to turn a wrong password down, or a
name that it does not have, is its service, as it is FTP's (530, 550) and SMTP's (535, 550)."""
OOPS = b"500 OOPS:"
"""How vsftpd says that it will not go on, in the midst of a session as well (utility.c, die)."""
VNC, VNC_VERSION = b"RFB 003.", 12
"""How both sides of VNC begin, and the octets of that line. No security type, an octet (a word in 3.3), is a refusal: the reason
follows behind its length (RFC 6143 section 7.1.2)."""


def refusal(asked: bytes, answer: bytes, server_first: bool, closed: bool) -> str | None:
    """The words by which a server said that it will not serve; None where it did not, or where it greeted.

    Args:
        asked, answer: the client's first octets, and the server's.
        server_first: the server spoke before the client.
        closed: the server ended the connection: until then an identification may follow the lines before it.

    >>> refusal(b"", b"421 4.7.0 Too many connections\\r\\n", True, False)
    '421 4.7.0 Too many connections'
    >>> refusal(b"SSH-2.0-x\\r\\n", b"Exceeded MaxStartups\\r\\n", False, True)
    'Exceeded MaxStartups'
    >>> refusal(b"SSH-2.0-x\\r\\n", b"Authorised use only\\r\\n", False, False)
    >>> refusal(b"SSH-2.0-x\\r\\n", b"SSH-2.0-OpenSSH_9.6\\r\\n", False, True)
    """
    if (server_first and answer.startswith(DECLINING)) or answer.startswith(REDIS):
        return _words(answer)
    if asked.startswith(IDENTIFICATION):
        _, greeted, behind = (b"\n" + answer).partition(b"\n" + IDENTIFICATION)
        # behind it come packets with keys; a line in their place ends it, as one in the place of the identification does
        words = _words(behind.partition(b"\n")[2] if greeted else answer) if closed else None
        return words if words is not None and UNREADABLE not in words else None
    if server_first and _is_mysql_error(answer):
        return _words(_SQLSTATE.sub(b"", answer[MYSQL_HEAD + MYSQL_CODE :]))
    told = fatal(asked, answer) or _vnc_reason(answer) or (_last_line(answer) if closed else None)
    return None if told is None else _words(told)


def _vnc_reason(answer: bytes) -> bytes | None:
    """Why a server of VNC offers no security type."""
    if not answer.startswith(VNC):
        return None
    types = answer[VNC_VERSION:]
    for none in (bytes(1), bytes(4)):
        length, reason = types[len(none) : len(none) + 4], types[len(none) + 4 :]
        if types.startswith(none) and reason and int.from_bytes(length) == len(reason):
            return reason
    return None


def _last_line(answer: bytes) -> bytes | None:
    """The line with which rsync's daemon or vsftpd ended a conversation that it had begun."""
    last = answer.rstrip().rpartition(b"\n")[2]
    if answer.startswith(RSYNC):
        return last if last.startswith(RSYNC_ERROR) and not last.startswith(RSYNC_ANSWERS) else None
    return last if last.startswith(OOPS) else None


def _is_mysql_error(answer: bytes) -> bool:
    """Whether a server's first packet is an error, and the whole of what it said."""
    if len(answer) <= MYSQL_HEAD + MYSQL_CODE or answer[MYSQL_HEAD] != MYSQL_ERROR:
        return False
    return (
        int.from_bytes(answer[: MYSQL_HEAD - 1], "little") == len(answer) - MYSQL_HEAD and answer[MYSQL_HEAD - 1] == 0
    )


def _words(answer: bytes) -> str | None:
    """The first line that says something, None where none does; what is no text in it is shown as such: servers speak in code
    pages of their own."""
    line = next((line for line in answer.split(b"\n") if line.strip()), b"").strip().decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else UNREADABLE for letter in line[:WORDS_MOST]) or None

"""What an end said, without what nobody needs: application data is zeros, secrets in the clear are crossed out.

Lengths stay. Handshakes and whatever says what went wrong are kept as they are.
"""

import re

from netanalyze.lab.reproduction.observed import ObservedFlow
from netanalyze.redaction import Lines, redacted

APPLICATION_DATA, KINDS, HEADER = 23, range(20, 25), 5  # TLS records (RFC 8446 section 5.1)
PLAIN_MOST = 256 * 1024
"""Octets that are kept of what is said in the clear."""
SAID_MOST = 32 * 2**20
"""Octets that one end says at most: what comes behind them is left out."""
HIDDEN = "xxxxx"
"""What stands for a secret."""
RUN = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\n]+")
"""What lies between octets that no line of text has: a text within a binary protocol's message."""
TEXT = re.compile(r"[\t\x20-\x7e]{8,}")
"""What of a binary message may bear a secret: numbers and ciphers seldom have so many printable octets in a row."""


def streams(flow: ObservedFlow) -> dict[bool, bytes]:
    """All that the client (True) and the server (False) of a TCP flow said; zeros where the capture has it not."""
    found = {}
    for up in (True, False):
        mine = [one for one in flow.packets if one.up is up and one.length > 0 and one.offset < SAID_MOST]
        stream = bytearray(min(max((one.offset + one.length for one in mine), default=0), SAID_MOST))
        for one in reversed(mine):  # of what came twice, the first
            end = min(one.offset + len(one.octets), len(stream))
            stream[one.offset : end] = one.octets[: end - one.offset]
        found[up] = without_content(bytes(stream))
    return found


def without_content(stream: bytes) -> bytes:
    """What one end said, as it may be shown."""
    octets, at = bytearray(stream), 0
    while at + HEADER <= len(octets):
        if octets[at] in KINDS and octets[at + 1] == 3 and octets[at + 2] <= 4:
            length = int.from_bytes(octets[at + 3 : at + HEADER], "big")
            if octets[at] == APPLICATION_DATA:
                end = min(at + HEADER + length, len(octets))
                octets[at + HEADER : end] = bytes(end - at - HEADER)
            at += HEADER + length
            continue
        head = octets.find(b"\r\n\r\n", at, at + 8192)  # CONNECT and its answer, before TLS begins
        if head < 0 or not octets[at : at + 8].startswith((b"CONNECT ", b"HTTP/1.")):
            break
        octets[at : head + 4] = crossed_out(bytes(octets[at : head + 4]))
        at = head + 4
    rest = crossed_out(bytes(octets[at : at + PLAIN_MOST]))
    octets[at:] = rest + bytes(max(len(octets) - at - len(rest), 0))
    return bytes(octets)


def crossed_out(text: bytes) -> bytes:
    """What is in the clear with its secrets as so many x, by the rules of all other outputs (``netanalyze.redaction``).

    Of a line with control octets, as binary protocols have them, each text between these is taken by itself, and then what
    of it is ASCII: a length or a key before a text may be any octet.

    >>> crossed_out(b"Cookie: abc\\r\\nHost: example.test\\r\\n")
    b'Cookie: xxx\\r\\nHost: example.test\\r\\n'
    >>> crossed_out(b"\\x00\\x0dpassword=abc\\x00\\x90root:abc@h")
    b'\\x00\\rpassword=xxx\\x00\\x90xxxxxxxx@h'
    """
    lines = Lines()  # a private key goes over several
    return b"\n".join(_line(line, lines).encode("latin-1") for line in text.decode("latin-1").split("\n"))


def _line(line: str, lines: Lines) -> str:
    if RUN.fullmatch(line):
        return _as_long(line, lines.redacted(line))

    def text(run: re.Match[str]) -> str:
        return _as_long(run[0], lines.redacted(run[0])) if TEXT.search(run[0]) else run[0]

    return TEXT.sub(lambda run: _as_long(run[0], redacted(run[0])), RUN.sub(text, line))


def _as_long(line: str, shown: str) -> str:
    """What is shown of a line, with as many x as the line has characters where they stand for something; all x in doubt."""
    first, *kept = shown.split(HIDDEN)
    in_doubt = "x" * len(line.rstrip("\r")) + line[len(line.rstrip("\r")) :]
    if not kept or not line.startswith(first):
        return line if shown == line else in_doubt
    made, at = first, len(first)
    for number, part in enumerate(kept, 1):
        begin = len(line) - len(part) if number == len(kept) else line.find(part, at)
        if begin < at or not line.startswith(part, begin):
            return in_doubt
        made += "x" * (begin - at) + part
        at = begin + len(part)
    return made

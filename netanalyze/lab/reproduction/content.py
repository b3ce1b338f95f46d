"""What an end said, without what nobody needs: application data is zeros, secrets in the clear are crossed out.

Lengths stay. Handshakes and whatever says what went wrong are kept as they are.
"""

import re

from netanalyze.lab.reproduction.observed import ObservedFlow

APPLICATION_DATA, KINDS, HEADER = 23, range(20, 25), 5  # TLS records (RFC 8446 section 5.1)
PLAIN_MOST = 256 * 1024
"""Octets that are kept of what is said in the clear."""
SAID_MOST = 32 * 2**20
"""Octets that one end says at most: what comes behind them is left out."""
SECRET = re.compile(
    rb"(?im)^((?:proxy-)?authorization|cookie|set-cookie|x-[\w-]*(?:token|key)|private-token)(:[ \t]*)([^\r\n]+)|"
    rb"(?<=://)[^/\s@]+(?=@)|(?<=[?&])((?:access_)?token|key|password|secret|signature)=([^&\s]+)"
)


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
    """Secrets of HTTP in the clear as so many x.

    >>> crossed_out(b"Cookie: abc\\r\\nHost: example.test\\r\\n")
    b'Cookie: xxx\\r\\nHost: example.test\\r\\n'
    """

    def crossed(match: "re.Match[bytes]") -> bytes:
        whole, secret = match[0], match[3] or match[5] or match[0]
        return whole[: len(whole) - len(secret)] + b"x" * len(secret)

    return SECRET.sub(crossed, text)

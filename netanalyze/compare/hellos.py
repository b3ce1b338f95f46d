"""The hellos of TLS in what one side said first: where they begin, and their randoms, which no two connections share."""

import re
from typing import NamedTuple

from netanalyze.patterns import lazy_pattern

RANDOM = 32
LOOKED_AT = 1 << 13
"""Octets in which a hello is looked for: a CONNECT, or a greeting of SOCKS, may stand before it."""
_CLIENT = lazy_pattern(rb"\x16\x03[\x00-\x04]..\x01\x00..\x03[\x01-\x03]", re.DOTALL)
_SERVER = lazy_pattern(rb"\x16\x03[\x00-\x04]..\x02\x00..\x03[\x01-\x03]", re.DOTALL)
"""Record header, type and length of the handshake message, and its version (RFC 8446 sections 4, 4.1.2, 4.1.3, 5.1)."""


class HelloPlace(NamedTuple):
    """Where a hello begins, as a stream offset of what is shown (the first octet is 1), and its random."""

    offset: int
    random: bytes


def client_hello(octets: bytes) -> HelloPlace | None:
    """The first ClientHello in what a client says first."""
    return _hello_in(_CLIENT.search(octets[:LOOKED_AT]), octets)


def server_hello(octets: bytes) -> HelloPlace | None:
    """The first ServerHello (or HelloRetryRequest) in what a server says first."""
    return _hello_in(_SERVER.search(octets[:LOOKED_AT]), octets)


def _hello_in(match: "re.Match[bytes] | None", octets: bytes) -> HelloPlace | None:
    if match is None or match.end() + RANDOM > len(octets):
        return None
    return HelloPlace(match.start() + 1, octets[match.end() : match.end() + RANDOM])

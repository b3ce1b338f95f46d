"""An ICMP echo beside what cannot be dialled or asked: whether the host itself is there (RFC 792, RFC 4443 section 4.1).

Silence says little, as many hosts and filters answer no echo; an answer says that the host lives and the path to it.
"""

import os
import select
import socket
import struct
import time
from typing import NamedTuple

from netanalyze.settle.connection import hear_icmp, icmp_notes
from netanalyze.wire.net.checksum import ones_sum

REQUEST, REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
PATIENCE_S = 1.0
"""ping(8) waits for a second between two; a round trip about the Earth takes less than half."""
HEADER, LONGEST = 8, 2048
TEXT = b"netanalyze settle"


class Echo(NamedTuple):
    """``echoed``, ``silent`` or ``unreachable``; who said the last by ICMP."""

    manner: str
    seconds: float
    offender: str | None = None


def ask_echo(address: str, patience: float = PATIENCE_S) -> Echo | None:
    """Send one echo request, and wait for its reply; None where this user may send none."""
    version = 6 if ":" in address else 4
    try:
        sock, is_raw = _socket(version)
    except OSError:
        return None
    number = os.getpid() & 0xFFFF
    begun = time.monotonic()
    with sock:
        hear_icmp(sock, version == 6)
        try:
            sock.connect((address, 0))
            sock.send(_request(version, number))
        except OSError:
            return Echo("unreachable", 0.0)
        poll = select.poll()
        poll.register(sock, select.POLLIN | select.POLLERR)
        while (left := begun + min(patience, PATIENCE_S) - time.monotonic()) > 0:
            if not poll.poll(left * 1000):
                break
            teller = next((note.offender for note in icmp_notes(sock) if note.offender), None)
            if teller is not None:
                return Echo("unreachable", time.monotonic() - begun, teller)
            try:
                octets = sock.recv(LONGEST)
            except OSError:
                continue
            if is_reply(octets, version, number if is_raw else None):
                return Echo("echoed", time.monotonic() - begun)
    return Echo("silent", time.monotonic() - begun)


def _socket(version: int) -> tuple[socket.socket, bool]:
    """A socket for echoes: the one that icmp(7) lets users have, else root's.

    Raises:
        OSError: neither is permitted.
    """
    family, protocol = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6) if version == 6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    )
    try:
        return socket.socket(family, socket.SOCK_DGRAM, protocol), False
    except OSError:
        return socket.socket(family, socket.SOCK_RAW, protocol), True


def _request(version: int, number: int) -> bytes:
    """An echo request; over IPv6 the kernel puts the checksum in (RFC 3542 section 3.1)."""
    without = struct.pack("!BBHHH", REQUEST[version], 0, 0, number, 1) + TEXT
    total = 0 if version == 6 else 0xFFFF - ones_sum(without, 0)
    return without[:2] + total.to_bytes(2, "big") + without[4:]


def is_reply(octets: bytes, version: int, number: int | None) -> bool:
    """Whether these are the reply to our request.

    Args:
        number: the request's identifier, where the kernel does not keep others' replies away; a raw socket of IPv4 gives the
            header of IP as well (raw(7)).
    """
    if number is not None and version == 4:
        octets = octets[(octets[0] & 15) * 4 :] if octets else octets
    if len(octets) < HEADER or octets[0] != REPLY[version] or not octets[HEADER:].startswith(TEXT):
        return False
    return number is None or int.from_bytes(octets[4:6], "big") == number

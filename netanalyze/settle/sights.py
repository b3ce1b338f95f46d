"""What a probe with a limited TTL brings back: the hop where it ran out, by the kernel's ICMP errors; no rights are needed.

ip(7): a datagram's socket and, since Linux 6.0, one that is still connecting keep the ICMP message with its sender; a
connection that stands keeps the error alone, so that it is known that a hop answered, and the trace says which one.
"""

import errno
import select
import socket
import time
from dataclasses import dataclass

from netanalyze.settle.connection import Dialled, icmp_notes, limit_hops
from netanalyze.settle.hop_question import FARTHEST, PathTrace

FIRST_PORT = 33434
"""traceroute(8): a port where nobody listens, so that the target answers that there is none."""
WAVE, WAVE_S = 8, 0.6
"""Datagrams that are under way at once, and how long answers to them are waited for."""
HOP_S, HOP_TRIPS = 1.2, 4
"""How long a hop's answer is waited for: three transmissions (0, 0.2 and 0.6 s), and round trips added for long paths."""
RESET_AFTER_S = 0.4
"""How long a reset may come behind a hop's answer."""
PREFIX_S = 1.5
SYN_ACK_AGAIN_S = 0.95
"""A server whose handshake's last ACK got lost repeats its SYN-ACK after 1 s (RFC 6298, 2.1); the ACK to that would go out with
the TTL of the probe, and a hop's answer to it would be taken for one to the probe."""


@dataclass(frozen=True)
class HopSight:
    """What came of one probe: a hop said that the TTL ran out (``offender``, where known), a reset came, the target answered."""

    expired: bool = False
    offender: str | None = None
    reset: bool = False
    reached: bool = False


def trace(address: str, deadline: float) -> PathTrace:
    """Send datagrams with rising TTL to an address, eight at a time and each that was missed twice, and see who answers."""
    answering: dict[int, str] = {}
    distance, sent = None, 0
    for first in range(1, FARTHEST + 1, WAVE):
        ttls = list(range(first, min(first + WAVE, FARTHEST + 1)))
        for _ in range(2):
            asked = [ttl for ttl in ttls if ttl not in answering and ttl < (distance or FARTHEST + 1)]
            if not asked or time.monotonic() + WAVE_S > deadline:
                break
            sent += len(asked)
            for ttl, (offender, expired) in _wave(address, asked).items():
                if expired:
                    answering[ttl] = offender
                elif offender == address:
                    distance = min(ttl, distance or ttl)
        if distance or not any(ttl in answering for ttl in ttls):
            break
    return PathTrace({ttl: one for ttl, one in answering.items() if ttl < (distance or FARTHEST + 1)}, distance, sent)


def _wave(address: str, ttls: list[int]) -> dict[int, tuple[str, bool]]:
    """One datagram for each TTL, and what ICMP said of it: who, and whether the TTL ran out."""
    from netanalyze.settle.connection import hear_icmp

    ipv6 = ":" in address
    socks = {ttl: socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM) for ttl in ttls}
    found: dict[int, tuple[str, bool]] = {}
    poll = select.poll()
    try:
        for ttl, sock in socks.items():
            hear_icmp(sock, ipv6)
            limit_hops(sock, ipv6, ttl)
            try:
                sock.sendto(b"netanalyze settle", (address, FIRST_PORT + ttl))
            except OSError:
                continue
            poll.register(sock, 0)
        until = time.monotonic() + WAVE_S
        while len(found) < len(ttls) and (left := until - time.monotonic()) > 0:
            ready = {descriptor for descriptor, _ in poll.poll(left * 1000)}
            for ttl, sock in socks.items():
                if sock.fileno() in ready:
                    notes = [note for note in icmp_notes(sock) if note.offender]
                    if notes:
                        found[ttl] = notes[0].offender or "", notes[0].expired
                    poll.unregister(sock)
    finally:
        for sock in socks.values():
            sock.close()
    return found


def segment_sight(address: str, port: int, prefix: bytes, segment: bytes, mss: int, ttl: int, resets: bool) -> HopSight:
    """Dial, send ``prefix`` as ever until it is acknowledged, then ``segment`` with a TTL.

    Args:
        resets: what dies is reset, so that a reset behind a hop's answer counts.
    """
    with Dialled(address, port, mss) as dialled:
        if dialled.connected(PREFIX_S * 2) is not None:
            return HopSight()
        patience = HOP_S + HOP_TRIPS * dialled.round_trip
        if not prefix:
            patience = min(patience, SYN_ACK_AGAIN_S)
        else:  # whose acknowledgment shows that the handshake is over
            dialled.say([prefix])
            until = time.monotonic() + PREFIX_S
            while -1 < dialled.acked() < len(prefix) and time.monotonic() < until:
                time.sleep(0.005)
        dialled.hops(ttl)
        try:
            dialled.say([segment])
        except OSError:
            return HopSight(reset=True)
        return _of_stream(dialled, patience, resets)


def _of_stream(dialled: Dialled, patience: float, resets: bool) -> HopSight:
    """What comes back on a connection that stands."""
    poll = select.poll()
    poll.register(dialled.sock, select.POLLIN | select.POLLERR)
    until = time.monotonic() + patience
    expired = False
    while (left := until - time.monotonic()) > 0:
        if not poll.poll(left * 1000):
            break
        failure = dialled.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure == errno.ECONNRESET:
            return HopSight(expired, reset=True)
        if failure:
            if not resets:
                return HopSight(expired=True)
            if not expired:
                expired, until = True, time.monotonic() + RESET_AFTER_S + 2 * dialled.round_trip
            continue
        try:
            octets = dialled.sock.recv(4096)
        except BlockingIOError:
            continue
        except ConnectionResetError:
            return HopSight(expired, reset=True)
        except OSError:
            expired = True
            continue
        return HopSight(expired, reached=bool(octets), reset=not octets)
    return HopSight(expired)


def syn_sight(address: str, port: int, ttl: int) -> HopSight:
    """Dial with a TTL: three SYNs at the most, of which a hop may say that they went no further."""
    with Dialled(address, port, ttl=ttl) as dialled:
        poll = select.poll()
        poll.register(dialled.sock, select.POLLOUT | select.POLLERR)
        if not poll.poll(HOP_S * 1000):
            return HopSight()
        notes = icmp_notes(dialled.sock)
        failure = dialled.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if notes:
            return HopSight(notes[0].expired, notes[0].offender)
        if failure == errno.ECONNREFUSED:
            return HopSight(reset=True, reached=True)
        return HopSight(expired=True) if failure else HopSight(reached=True)


def datagram_sight(address: str, port: int, octets: bytes, ttl: int) -> HopSight:
    """Send a datagram with a TTL, twice at the most."""
    from netanalyze.settle.connection import hear_icmp

    ipv6 = ":" in address
    with socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        hear_icmp(sock, ipv6)
        limit_hops(sock, ipv6, ttl)
        poll = select.poll()
        poll.register(sock, select.POLLIN | select.POLLERR)
        for _ in range(2):
            try:
                sock.sendto(octets, (address, port))
            except OSError:
                pass
            if poll.poll(HOP_S / 2 * 1000):
                notes = icmp_notes(sock)
                if notes:
                    return HopSight(notes[0].expired, notes[0].offender)
                return HopSight(reached=True)
    return HopSight()

"""TCP_INFO of sockets, by sock_diag(7): no rights are needed to read the counters of any socket of a namespace."""

import struct
import time

from netanalyze.live.sockets.sock_diag import (
    _HEADER,
    _REQUEST,
    BY_FAMILY,
    CONNECTED,
    DONE,
    ERROR,
    EVERY_STATE,
    LENGTH,
    REQUEST_DUMP,
    TCP,
    UDP,
    SockDiag,
    Socket,
    _socket,
    messages,
)
from netanalyze.sockets import Key, SocketSample

INFO_ATTRIBUTE = 2
"""INET_DIAG_INFO (linux/inet_diag.h)."""
FAMILIES = (2, 10)
OCTETS = struct.Struct("=8B")
WORDS = struct.Struct("=24I")
WIDE = struct.Struct("=4Q6I")
LATER = struct.Struct("=4Q2I2Q4I")
"""struct tcp_info of linux/tcp.h in four pieces; a kernel may end after any of them, the first two are as old as it."""
UNACKED, SACKED, LAST_SENT, LAST_RECEIVED, LAST_ACK, RTO, MSS, RTT = 4, 5, 9, 11, 12, 0, 2, 15
"""Places in WORDS."""


def sample(info: bytes, state: int, now_ns: int) -> SocketSample:
    """One look, from the octets of a struct tcp_info; what a short one lacks is 0."""
    if len(info) < OCTETS.size + WORDS.size:
        return SocketSample(now_ns, state)
    head, words = OCTETS.unpack_from(info), WORDS.unpack_from(info, OCTETS.size)
    at = OCTETS.size + WORDS.size
    wide = WIDE.unpack_from(info, at) if len(info) >= at + WIDE.size else (0,) * 10
    at += WIDE.size
    later = LATER.unpack_from(info, at) if len(info) >= at + LATER.size else None
    acked, received = wide[2], wide[3]
    sent = later[6] - later[7] if later else max(acked - 1, 0) + words[UNACKED] * words[MSS]
    return SocketSample(
        now_ns, state, unacked=words[UNACKED], retransmits=head[2], backoff=head[4], sent=sent, acked=acked,
        received=received, unsent=wide[6], unordered=later[10] if later else 0, mss=words[MSS],
        window=later[11] if later else -1, last_sent_ms=words[LAST_SENT], last_received_ms=words[LAST_RECEIVED],
        last_ack_ms=words[LAST_ACK], rto_us=words[RTO], rtt_us=words[RTT], selected=words[SACKED],
    )  # fmt: skip


def _attribute(message: bytes, wanted: int) -> bytes:
    """The octets of one attribute of a message, empty where it has none."""
    at = (LENGTH + 3) & ~3
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if kind == wanted and length >= 4:
            return message[at + 4 : at + length]
        at += max((length + 3) & ~3, 4)
    return b""


def key_of(socket: Socket) -> Key:
    """What tells a socket's connection."""
    return socket.transport, socket.local, socket.local_port, socket.remote, socket.remote_port


class TcpInfo(SockDiag):
    """Looks at the sockets of this network namespace."""

    def look(self) -> list[tuple[Socket, SocketSample]]:
        """Every connected TCP or UDP socket, with its counters as they are now."""
        found: list[tuple[Socket, SocketSample]] = []
        for transport in (TCP, UDP):
            states = CONNECTED if transport == TCP else EVERY_STATE
            for family in FAMILIES:
                body = _REQUEST.pack(family, transport, 1 << (INFO_ATTRIBUTE - 1), 0, states, bytes(48))
                self._socket.send(_HEADER.pack(_HEADER.size + len(body), BY_FAMILY, REQUEST_DUMP, 1, 0) + body)
                while self._samples(transport, found):
                    pass
        return found

    def _samples(self, transport: int, samples: list[tuple[Socket, SocketSample]]) -> bool:
        """Read one datagram; whether more will come."""
        octets, now = self._socket.recv(262_144), time.time_ns()
        for kind, message in messages(octets):
            if kind in (DONE, ERROR):
                return False
            one = _socket(message, transport) if kind == BY_FAMILY else None
            if one is not None and one.remote:
                samples.append((one, sample(_attribute(message, INFO_ATTRIBUTE), one.state, now)))
        return True

"""QUIC connections, as far as anyone on the path can read them: version, the hellos, and what they name (RFC 9001)."""

import heapq
from typing import Any

from netanalyze.conversations.tls import Move, TlsConnection
from netanalyze.errors import MessageError
from netanalyze.wire.message import quic, tls

HEADER = 4
"""Octets of a handshake message's type and length (RFC 8446 section 4)."""

HELLO_LONGEST, DATAGRAMS_MOST, CONNECTIONS_MOST = 65_536, 32, 20_000
"""Bounds against hostile traffic: octets of a hello, datagrams of a flow that are looked at, flows that are followed."""

PARSERS = {tls.CLIENT_HELLO: ("client_hello", tls.parse_client_hello),
           tls.SERVER_HELLO: ("server_hello", tls.parse_server_hello)}  # fmt: skip


class CryptoStream:
    """The octets of one side's CRYPTO frames, from the first on, in whatever order they come."""

    def __init__(self) -> None:
        self.octets = bytearray()
        self._held: dict[int, bytes] = {}
        self._order: list[int] = []  # a heap of the offsets held
        self._room = HELLO_LONGEST

    def add(self, offset: int, octets: bytes) -> None:
        """Take one frame's octets; what is far ahead or comes again is dropped."""
        known = self._held.get(offset, b"")
        if offset + len(octets) > HELLO_LONGEST or len(octets) <= len(known) or len(octets) > self._room:
            return
        self._room -= len(octets)
        if not known:
            heapq.heappush(self._order, offset)
        self._held[offset] = octets
        while self._order and self._order[0] <= len(self.octets):
            at = heapq.heappop(self._order)
            self.octets += self._held.pop(at)[len(self.octets) - at :]


class QuicConnection:
    """One flow's Initial packets.

    Attributes:
        version: as its first long header said; ``None`` until one of a known version was seen.
        tls: the hellos, as those of TLS over TCP (kind "quic"); stream offsets are those of CRYPTO frames.
        sure: whether a packet could be decrypted, which proves that this is QUIC.
    """

    def __init__(self, flow_id: int):
        self.tls = TlsConnection(flow_id, kind="quic")
        self.version: int | None = None
        self.sure = False
        self._keys: dict[bytes, tuple[quic.Keys, quic.Keys]] = {}
        self._streams = (CryptoStream(), CryptoStream())
        self._looked = 0

    @property
    def version_name(self) -> str | None:
        """Version of QUIC, None while nothing proves that this is QUIC."""
        return quic.version_name(self.version) if self.sure and self.version is not None else None

    def take(self, direction: int, datagram: bytes, frame: int, ns: int) -> None:
        """Read a datagram's Initial packets."""
        if self._looked >= DATAGRAMS_MOST:
            return
        self._looked += 1
        at = 0
        try:
            while at < len(datagram) and datagram[at] & quic.LONG_HEADER:
                header = quic.parse_long_header(datagram, at)
                at = max(header.end, at + 1)
                if header.kind == "initial":
                    self._initial(direction, datagram, header, frame, ns)
        except MessageError:
            if self.version is None:
                self.version = quic.version_of_initial(datagram)  # the snap length cut it

    def _initial(self, direction: int, datagram: bytes, header: quic.LongHeader, frame: int, ns: int) -> None:
        self.version = header.version
        if header.destination not in self._keys and len(self._keys) < 4:
            self._keys[header.destination] = quic.initial_keys(header.version, header.destination)
        for pair in self._keys.values():
            for side, keys in enumerate(pair):
                try:
                    frames = quic.crypto_frames(quic.decrypted(datagram, header, keys))
                except (MessageError, ImportError):
                    continue
                self.sure = True
                self._hello(side, direction, frames, frame, ns)
                return

    def _hello(self, side: int, direction: int, frames: list[tuple[int, bytes]], frame: int, ns: int) -> None:
        stream = self._streams[side]
        for offset, octets in frames:
            stream.add(offset, octets)
        held = stream.octets
        if len(held) < HEADER or held[0] not in PARSERS:
            return
        end = HEADER + int.from_bytes(held[1:HEADER], "big")
        kind, parse = PARSERS[held[0]]
        if len(held) < end or self.tls.first(kind):
            return
        message: Any = None
        try:
            message = parse(bytes(held[HEADER:end]))
        except MessageError:
            kind = "malformed"
        self.tls.said.append(Move(kind, direction, 0, end, frame, ns, message))

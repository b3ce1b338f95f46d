"""QUIC's Initial packets with other names: read with the keys that everybody can make, and protected by them again.

RFC 9000 section 17.2.2, RFC 9001 section 5. What keys of the two ends alone protect becomes octets without a
meaning.
"""

from typing import NamedTuple

from netanalyze.anonymity import tls
from netanalyze.anonymity.keys import Key
from netanalyze.errors import MessageError
from netanalyze.wire.message import quic

KEYS_MOST = 4
"""Connection ids of one flow whose keys are tried, as the analysis does."""


class _Opened(NamedTuple):
    side: int
    keys: quic.Keys
    frames: bytes


class QuicFlow:
    """The Initial packets of one flow; ``gather`` first, then ``exchanged``."""

    def __init__(self, key: Key):
        self._key = key
        self._keys: dict[bytes, tuple[quic.Keys, quic.Keys]] = {}
        self._crypto: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})
        self._made: list[bytes | None] = [None, None]

    def gather(self, datagram: bytes) -> None:
        """Take note of what a datagram says of the handshake."""
        for header in _headers(datagram):
            opened = self._opened(datagram, header)
            if opened is not None:
                for offset, _, octets in _crypto(opened.frames):
                    self._crypto[opened.side].setdefault(offset, octets)

    def exchanged(self, datagram: bytes) -> bytes:
        """The datagram with other names."""
        new, done = bytearray(datagram), 0
        for header in _headers(datagram):
            opened = self._opened(datagram, header)
            if opened is not None:
                frames = bytearray(opened.frames)
                for offset, place, octets in _crypto(opened.frames):
                    frames[place : place + len(octets)] = self._handshake(opened.side)[offset : offset + len(octets)]
                new[header.start : header.end] = protected(datagram, header, opened.keys, bytes(frames))
            elif header.number_at:
                begin = min(header.number_at, header.end)
                new[begin : header.end] = self._key.fill(datagram[begin : begin + 8].hex(), header.end - begin)
            done = header.end
        begin = done + (1 if datagram[done : done + 1] and not datagram[done] & quic.LONG_HEADER else 0)
        new[begin:] = self._key.fill(datagram[begin : begin + 8].hex(), len(new) - begin) if begin < len(new) else b""
        return bytes(new)

    def _opened(self, datagram: bytes, header: quic.LongHeader) -> _Opened | None:
        if header.kind != "initial":
            return None
        if header.destination not in self._keys and len(self._keys) < KEYS_MOST:
            self._keys[header.destination] = quic.initial_keys(header.version, header.destination)
        for pair in self._keys.values():
            for side, keys in enumerate(pair):
                try:
                    frames = quic.decrypted(datagram, header, keys)
                    _crypto(frames)
                except MessageError:
                    continue
                return _Opened(side, keys, frames)
        return None

    def _handshake(self, side: int) -> bytes:
        """All that a side's CRYPTO frames carry, exchanged; where some is missing, up to its end as far as it is known."""
        made = self._made[side]
        if made is None:
            pieces = self._crypto[side]
            joined = bytearray(max((offset + len(octets) for offset, octets in pieces.items()), default=0))
            for offset, octets in pieces.items():
                joined[offset : offset + len(octets)] = octets
            at, changed = 0, bytearray()
            while at + 4 <= len(joined):
                end = at + 4 + int.from_bytes(joined[at + 1 : at + 4], "big")
                changed += tls.handshake(self._key, bytes(joined[at:end]))
                at = end
            made = self._made[side] = bytes(changed[: len(joined)].ljust(len(joined), b"\0"))
        return made


def _headers(datagram: bytes) -> list[quic.LongHeader]:
    headers, at = [], 0
    try:
        while at < len(datagram) and datagram[at] & quic.LONG_HEADER:
            headers.append(quic.parse_long_header(datagram, at))
            at = max(headers[-1].end, at + 1)
    except MessageError:
        pass
    return headers


def _crypto(frames: bytes) -> list[tuple[int, int, bytes]]:
    """Of each CRYPTO frame: its offset in the handshake, its place among the frames, its octets.

    Raises:
        MessageError: as of netanalyze.wire.message.quic.crypto_frames.
    """
    placed, at = [], 0
    for offset, octets in quic.crypto_frames(frames):
        at = frames.find(octets, at)  # frames come in their order, and a handshake's octets do not repeat by chance
        placed.append((offset, at, octets))
        at += len(octets)
    return placed


def protected(datagram: bytes, header: quic.LongHeader, keys: quic.Keys, frames: bytes) -> bytes:
    """The packet with other frames of the same length, encrypted and its header protected (RFC 9001 sections 5.3 and 5.4)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    def mask(packet: bytes) -> bytes:
        sample = packet[at + quic.SAMPLE_OFFSET : at + quic.SAMPLE_OFFSET + quic.SAMPLE_LENGTH]
        return Cipher(algorithms.AES(keys.mask), modes.ECB()).encryptor().update(sample)

    packet = bytes(datagram[header.start : header.end])
    at = header.number_at - header.start
    hidden = mask(packet)
    first = packet[0] ^ hidden[0] & 0x0F
    width = (first & 3) + 1
    number = bytes(octet ^ other for octet, other in zip(packet[at : at + width], hidden[1:]))
    clear = bytes([first]) + packet[1:at] + number
    nonce = bytes(a ^ b for a, b in zip(keys.nonce, number.rjust(len(keys.nonce), b"\0")))
    new = bytearray(clear + AESGCM(keys.key).encrypt(nonce, frames, clear))
    hidden = mask(bytes(new))
    new[0] ^= hidden[0] & 0x0F
    for place in range(width):
        new[at + place] ^= hidden[1 + place]
    return bytes(new)

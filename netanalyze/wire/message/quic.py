"""QUIC long headers and what an Initial packet hides (RFC 8999, RFC 9000 section 17.2, RFC 9001 section 5, RFC 9369).

An Initial packet is encrypted with keys that follow from the client's first connection id, so that whoever sees
that packet can read it: this keeps out accidents, not readers.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from netanalyze.errors import MessageError
from netanalyze.wire.message.cursor import Cursor

LONG_HEADER, FIXED_BIT, TYPE_SHIFT, TYPE_MASK = 0x80, 0x40, 4, 3
CONNECTION_ID_LONGEST = 20
VERSION_1, VERSION_2, DRAFT, DRAFT_MASK = 0x00000001, 0x6B3343CF, 0xFF000000, 0xFFFFFF00
FIRST_DRAFT_WITH_THESE_KEYS, LAST_DRAFT_WITH_OWN_SALT = 29, 32

SALT_1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
SALT_2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
SALT_DRAFT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
"""Salts of the initial secret (RFC 9001 section 5.2, RFC 9369 section 3.3.1, draft-ietf-quic-tls-29 to -32)."""

KINDS = ("initial", "0rtt", "handshake", "retry")
KINDS_2 = ("retry", "initial", "0rtt", "handshake")
"""Types of long header packets by number: of version 1 (RFC 9000 section 17.2) and 2 (RFC 9369 section 3.2)."""

SAMPLE_LENGTH, SAMPLE_OFFSET, TAG_LENGTH = 16, 4, 16
PADDING, PING, ACK, ACK_WITH_ECN, CRYPTO, CLOSE = 0x00, 0x01, 0x02, 0x03, 0x06, 0x1C
"""The frames that an Initial packet may hold (RFC 9000 section 12.4)."""


class Keys(NamedTuple):
    """What protects the Initial packets of one side: AES-128 key, nonce base, header protection key."""

    key: bytes
    nonce: bytes
    mask: bytes


@dataclass(frozen=True)
class LongHeader:
    """The long header of one packet of a datagram.

    Attributes:
        kind: one of ``KINDS``, or "version_negotiation".
        start, end: where the packet lies in the datagram, octets.
        number_at: where its protected packet number begins; 0 where it has none (Retry, Version Negotiation).
    """

    kind: str
    version: int
    destination: bytes
    source: bytes
    start: int
    end: int
    number_at: int


def version_name(version: int) -> str:
    """``1``, ``2``, ``draft-29``, or the number in hexadecimal.

    >>> version_name(0xFF00001D), version_name(0x6B3343CF)
    ('draft-29', '2')
    """
    names = {VERSION_1: "1", VERSION_2: "2"}
    if version & DRAFT_MASK == DRAFT:
        return f"draft-{version & 0xFF}"
    return names.get(version, f"0x{version:08x}")


def readable(version: int) -> bool:
    """Whether Initial packets of this version can be read: 1, 2, and the drafts from 29 on."""
    draft = version & DRAFT_MASK == DRAFT and version & 0xFF >= FIRST_DRAFT_WITH_THESE_KEYS
    return draft or version in (VERSION_1, VERSION_2)


def parse_long_header(datagram: bytes, at: int = 0) -> LongHeader:
    """The long header of the packet that begins at ``at``.

    Raises:
        MessageError: there is none, it is cut, or it says lengths that cannot be.
    """
    cursor = Cursor(datagram, "QUIC packet", at)
    first, version = cursor.number(1), cursor.number(4)
    if not first & LONG_HEADER:
        raise cursor.invalid(at)
    ids = []
    for _ in range(2):
        octets = cursor.vector(1)
        if len(octets) > CONNECTION_ID_LONGEST:
            raise cursor.invalid()
        ids.append(octets)
    destination, source = ids
    number = first >> TYPE_SHIFT & TYPE_MASK
    kind = "version_negotiation" if version == 0 else (KINDS_2 if version == VERSION_2 else KINDS)[number]
    if kind in ("retry", "version_negotiation"):
        return LongHeader(kind, version, destination, source, at, len(datagram), 0)
    if not first & FIXED_BIT or not readable(version):
        raise cursor.invalid(at)
    if kind == "initial":
        cursor.take(_integer(cursor))  # a token
    length = _integer(cursor)
    begin = cursor.at
    cursor.take(length)
    return LongHeader(kind, version, destination, source, at, cursor.at, begin)


def version_of_initial(datagram: bytes) -> int | None:
    """The version of the Initial that a datagram begins with, also where it is cut; None where it begins otherwise.

    >>> version_of_initial(b"\\xc3\\0\\0\\0\\1\\x08"), version_of_initial(b"\\x43\\0\\0\\0\\1\\x08")
    (1, None)
    """
    first, version = datagram[0] if datagram else 0, int.from_bytes(datagram[1:5], "big")
    if len(datagram) < 5 or not first & LONG_HEADER or not first & FIXED_BIT or not readable(version):
        return None
    kinds = KINDS_2 if version == VERSION_2 else KINDS
    return version if kinds[first >> TYPE_SHIFT & TYPE_MASK] == "initial" else None


def _integer(cursor: Cursor) -> int:
    """An integer of variable length (RFC 9000 section 16)."""
    first = cursor.number(1)
    more = (1 << (first >> 6)) - 1
    return (first & 0x3F) << 8 * more | cursor.number(more)


def _expanded(secret: bytes, label: str, length: int) -> bytes:
    """HKDF-Expand-Label without context (RFC 8446 section 7.1), for at most 32 octets."""
    full = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(full)]) + full + b"\0"
    return hmac.digest(secret, info + b"\1", sha256)[:length]


def initial_keys(version: int, connection_id: bytes) -> tuple[Keys, Keys]:
    """Keys of the client's and of the server's Initial packets.

    Args:
        connection_id: the destination of the client's first Initial packet (after a Retry: of the next one).
    """
    salt, prefix = SALT_1, "quic"
    if version == VERSION_2:
        salt, prefix = SALT_2, "quicv2"
    elif version & DRAFT_MASK == DRAFT and version & 0xFF <= LAST_DRAFT_WITH_OWN_SALT:
        salt = SALT_DRAFT_29
    common = hmac.digest(salt, connection_id, sha256)
    client, server = (_expanded(common, f"{side} in", 32) for side in ("client", "server"))
    made = [Keys(*(_expanded(secret, f"{prefix} {what}", size) for what, size in (("key", 16), ("iv", 12), ("hp", 16))))
            for secret in (client, server)]  # fmt: skip
    return made[0], made[1]


def decrypted(datagram: bytes, header: LongHeader, keys: Keys) -> bytes:
    """The frames of an Initial packet in clear.

    Raises:
        MessageError: the packet is too short, or these are not its keys (its tag does not fit).
        ImportError: the package cryptography is not installed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    at = header.number_at
    sample = datagram[at + SAMPLE_OFFSET : at + SAMPLE_OFFSET + SAMPLE_LENGTH]
    if len(sample) < SAMPLE_LENGTH or header.end - at < SAMPLE_OFFSET + TAG_LENGTH:
        raise MessageError("QUIC packet", at, SAMPLE_OFFSET + SAMPLE_LENGTH, max(header.end - at, 0))
    mask = Cipher(algorithms.AES(keys.mask), modes.ECB()).encryptor().update(sample)  # one block (section 5.4.3)
    first = datagram[header.start] ^ mask[0] & 0x0F
    width = (first & 3) + 1
    number = bytes(octet ^ hidden for octet, hidden in zip(datagram[at : at + width], mask[1:]))
    associated = bytes([first]) + datagram[header.start + 1 : at] + number
    nonce = bytes(a ^ b for a, b in zip(keys.nonce, number.rjust(len(keys.nonce), b"\0")))
    try:
        return AESGCM(keys.key).decrypt(nonce, datagram[at + width : header.end], associated)
    except InvalidTag:
        raise MessageError("QUIC packet", header.start) from None


def crypto_frames(frames: bytes) -> list[tuple[int, bytes]]:
    """``(offset in the handshake, octets)`` of each CRYPTO frame in an Initial packet's payload.

    Raises:
        MessageError: a frame that no Initial packet may hold, or one that is cut.
    """
    cursor = Cursor(frames, "QUIC frames")
    found = []
    while cursor.left:
        kind = cursor.number(1)
        if kind in (PADDING, PING):
            continue
        if kind == CRYPTO:
            offset = _integer(cursor)
            found.append((offset, cursor.take(_integer(cursor))))
        elif kind in (ACK, ACK_WITH_ECN):
            _integer(cursor), _integer(cursor)
            ranges = _integer(cursor)
            for _ in range(1 + 2 * min(ranges, len(frames)) + (3 if kind == ACK_WITH_ECN else 0)):
                _integer(cursor)
        elif kind == CLOSE:
            _integer(cursor), _integer(cursor)
            cursor.take(_integer(cursor))
        else:
            raise cursor.invalid(cursor.at - 1)
    return found

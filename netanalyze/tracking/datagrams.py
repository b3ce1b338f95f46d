"""UDP datagrams that are known by how they begin, whatever their ports: QUIC (RFC 9000) and DTLS (RFC 6347, RFC 9147)."""

import numpy as np

from netanalyze.wire.layers import PACKET, UDP
from netanalyze.wire.message.quic import DRAFT, DRAFT_MASK, FIRST_DRAFT_WITH_THESE_KEYS, VERSION_1, VERSION_2

LONG_HEADER_LEAST = 7
"""Octets of the shortest long header: first octet, version, two empty connection ids (RFC 8999 section 5.1)."""
RECORD_TYPE, RECORD_VERSION, RECORD_EPOCH, MESSAGE_TYPE = 0, 1, 3, 13
HANDSHAKE, CLIENT_HELLO = 22, 1
DTLS_1_0, DTLS_1_2 = 0xFEFF, 0xFEFD
"""Of the record header; a ClientHello of DTLS 1.3 bears one of these as well (RFC 9147 sections 4 and 5.3)."""


def looks_like_quic(buffer: np.ndarray, packets: np.ndarray) -> np.ndarray:
    """Datagrams that begin with a long header of a QUIC version that can be read (RFC 8999 section 5.1).

    Args:
        buffer: ``u1 (m,)``.
        packets: ``i8 (n, WIDTH)``; rows that are no datagrams are never chosen.

    Returns:
        ``bool (n,)``.
    """
    start = packets[:, PACKET.PAYLOAD_START]
    enough = (packets[:, PACKET.LAYERS] & UDP != 0) & (packets[:, PACKET.PAYLOAD_CAPTURED] >= LONG_HEADER_LEAST)
    at = np.where(enough, start, 0)
    if not enough.any():
        return enough
    first, *rest = (buffer[at + place].astype(np.int64) for place in range(5))
    version = rest[0] << 24 | rest[1] << 16 | rest[2] << 8 | rest[3]
    draft = (version & DRAFT_MASK == DRAFT) & (version & 0xFF >= FIRST_DRAFT_WITH_THESE_KEYS)
    return enough & (first & 0xC0 == 0xC0) & (draft | (version == VERSION_1) | (version == VERSION_2))


def begins_dtls(buffer: np.ndarray, packets: np.ndarray) -> np.ndarray:
    """Datagrams that begin with the record of a ClientHello that is not encrypted, as a DTLS handshake does (RFC 6347 sections
    4.1 and 4.2.2).

    Args and result as of :func:`looks_like_quic`.
    """
    start = packets[:, PACKET.PAYLOAD_START]
    enough = (packets[:, PACKET.LAYERS] & UDP != 0) & (packets[:, PACKET.PAYLOAD_CAPTURED] > MESSAGE_TYPE)
    at = np.where(enough, start, 0)
    if not enough.any():
        return enough
    kind, high, low, epoch, old = (
        buffer[at + place].astype(np.int64)
        for place in (RECORD_TYPE, RECORD_VERSION, RECORD_VERSION + 1, RECORD_EPOCH, RECORD_EPOCH + 1)
    )
    version = high << 8 | low
    known = (version == DTLS_1_0) | (version == DTLS_1_2)
    return enough & (kind == HANDSHAKE) & known & (epoch + old == 0) & (buffer[at + MESSAGE_TYPE] == CLIENT_HELLO)

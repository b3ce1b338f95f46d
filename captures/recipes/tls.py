"""TLS records and the messages of a server's first flight (RFC 8446, RFC 5246)."""

import struct

from captures.recipes.amounts import noise

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE, CLIENT_KEY_EXCHANGE = 2, 11, 12, 14, 16
OVERHEAD = {"1.3": 17, "1.2": 24}
"""Octets that encryption adds to a record's content: type and tag in 1.3, nonce and tag in 1.2 with GCM."""

ALERTS = {
    "close_notify": 0,
    "handshake_failure": 40,
    "bad_certificate": 42,
    "certificate_expired": 45,
    "protocol_version": 70,
    "internal_error": 80,
    "unrecognized_name": 112,
}
WARNING, FATAL = 1, 2
CHANGE = bytes.fromhex("140303000101")
SESSION_OCTETS = 32
KEM_SHARE = (0x11EC, 1120)
CURVE_SHARE = (0x001D, 32)
ECDSA_GCM, AES_GCM = 0xC02B, 0x1301


def record(kind, body, version=0x0303):
    """One record in the clear."""
    return struct.pack(">BHH", kind, version, len(body)) + body


def encrypted(content, version="1.3", seed=()):
    """One encrypted record whose plain content has ``content`` octets."""
    return record(APPLICATION_DATA, noise(content + OVERHEAD[version], "record", seed))


def sealed(kind, content, seed=()):
    """One encrypted TLS 1.2 record of a type that is still readable: a Finished, an alert."""
    return record(kind, noise(content + OVERHEAD["1.2"], "record", seed))


def alert(name, level=FATAL, version=0x0303):
    """An alert in the clear."""
    return record(ALERT, bytes([level, ALERTS[name]]), version)


def _message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def server_hello(session, seed=(), share=KEM_SHARE):
    """TLS 1.3 ServerHello record; ``session`` echoes the client's session id."""
    group, length = share
    extensions = _extension(43, b"\x03\x04")
    extensions += _extension(51, struct.pack(">HH", group, length) + noise(length, "share", seed))
    body = b"\x03\x03" + noise(32, "server random", seed) + bytes([len(session)]) + session
    body += struct.pack(">HBH", AES_GCM, 0, len(extensions)) + extensions
    return record(HANDSHAKE, _message(SERVER_HELLO, body))


def server_rest(certificate=446, seed=()):
    """Change Cipher Spec and the encrypted rest of a TLS 1.3 flight: EncryptedExtensions, Certificate, its proof, Finished.

    ``certificate`` is the length of the Certificate message; 446 is one small certificate, a public one has some 4,000.
    """
    parts = [encrypted(size, seed=(seed, index)) for index, size in enumerate((19, certificate, 79, 36))]
    return CHANGE + b"".join(parts)


def server_flight_12(chain, seed=()):
    """A TLS 1.2 flight in the clear: ServerHello, Certificate, ServerKeyExchange, ServerHelloDone, a record each."""
    extensions = _extension(0xFF01, b"\0") + _extension(11, b"\x01\0") + _extension(23, b"")
    extensions += _extension(16, b"\0\x03\x02h2")
    hello = b"\x03\x03" + noise(32, "server random", seed) + b"\0" + struct.pack(">HBH", ECDSA_GCM, 0, len(extensions))
    certificates = b"".join(len(one).to_bytes(3, "big") + one for one in chain)
    signature = b"\x30\x44\x02\x20\x5a" + noise(31, "r", seed) + b"\x02\x20\x5a" + noise(31, "s", seed)
    exchange = b"\x03\x00\x1d\x20" + noise(32, "server key", seed)
    exchange += struct.pack(">HH", 0x0403, len(signature)) + signature
    messages = (
        _message(SERVER_HELLO, hello + extensions),
        _message(CERTIFICATE, len(certificates).to_bytes(3, "big") + certificates),
        _message(SERVER_KEY_EXCHANGE, exchange),
        _message(SERVER_HELLO_DONE, b""),
    )
    return b"".join(record(HANDSHAKE, message) for message in messages)


def client_key_exchange(seed=()):
    """TLS 1.2 ClientKeyExchange record with an X25519 key."""
    return record(HANDSHAKE, _message(CLIENT_KEY_EXCHANGE, b"\x20" + noise(32, "client key", seed)))

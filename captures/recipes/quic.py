"""A QUIC connection's first packets: Initials with a ClientHello, protected by the keys of RFC 9001 section 5.2."""

import hashlib
import hmac
import struct

from captures.recipes import frames
from captures.recipes.amounts import nanoseconds, noise, number
from captures.recipes.hello import client_hello
from captures.recipes.script import LOCAL_TTL, Script, endpoint

VERSION = 1
SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
LONG_HEADER, CRYPTO, CONNECTION_OCTETS, LEAST, TAG = 0xC1, 6, 8, 1200, 16
PROBES = ("0 s", "1 s", "3 s", "7 s")
"""When an Initial is sent that nobody answers (RFC 9002 section 6.2.4: 1 s, then doubling)."""


def _expand(secret, label, length):
    """HKDF-Expand-Label of one block (RFC 8446 section 7.1)."""
    name = b"tls13 " + label
    info = struct.pack(">HB", length, len(name)) + name + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:length]


def initial(sni, connection, packet, seed=(), alpn=("h3",)):
    """The datagram with the client's Initial: a ClientHello in one CRYPTO frame, padded to 1,200 octets."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret = _expand(hmac.new(SALT, connection, hashlib.sha256).digest(), b"client in", 32)
    key, nonce, mask = (
        _expand(secret, name, size) for name, size in ((b"quic key", 16), (b"quic iv", 12), (b"quic hp", 16))
    )
    hello = client_hello(sni, "another", seed, versions=(0x0304,), alpn=alpn)[5:]
    crypto = bytes([CRYPTO, 0]) + (0x4000 | len(hello)).to_bytes(2, "big") + hello
    head = bytes([LONG_HEADER]) + VERSION.to_bytes(4, "big") + bytes([len(connection)]) + connection + b"\0\0"
    crypto += bytes(LEAST - len(head) - 4 - len(crypto) - TAG)
    head += (0x4000 | (2 + len(crypto) + TAG)).to_bytes(2, "big") + packet.to_bytes(2, "big")
    each = (int.from_bytes(nonce, "big") ^ packet).to_bytes(12, "big")
    body = AESGCM(key).encrypt(each, crypto, head)
    cover = Cipher(algorithms.AES(mask), modes.ECB()).encryptor().update(body[2:18])
    return bytes([head[0] ^ cover[0] & 15]) + head[1:-2] + bytes(a ^ b for a, b in zip(head[-2:], cover[1:])) + body


class Quic(Script):
    """One QUIC connection.

    Args:
        client, server: ``"address:port"``.
        sni: the server's name, for the ClientHello.
    """

    def __init__(
        self, client="192.0.2.10:52000", server="198.51.100.5:443", sni="files.example.org", alpn=("h3",), **how
    ):
        super().__init__(client, **how)
        self.server, self.sni, self.alpn = endpoint(server), sni, alpn

    def _sends(self, outgoing, octets, *seed):
        ends = (self.client_address, self.client_port), self.server
        source, target = ends if outgoing else ends[::-1]
        ttl = LOCAL_TTL if outgoing else LOCAL_TTL - 11
        ip_id = number(16, "quic id", *seed, self.now)
        self.adds(self.now, frames.udp(outgoing, source, target, ttl, ip_id, octets))
        return self

    def initials(self, times):
        """So many Initials, each probe later than the one before."""
        begun = self.now
        connection = noise(CONNECTION_OCTETS, "connection", self.client_address, self.client_port, begun)
        for packet, probe in enumerate(PROBES[:times]):
            self.now = begun + nanoseconds(probe)
            self._sends(True, initial(self.sni, connection, packet, (self.client_port,), self.alpn), packet)
        return self

    def answered(self, after="20 ms"):
        """The server's first datagram, which only its peer can read."""
        self.now += nanoseconds(after)
        return self._sends(
            False, b"\xc0" + VERSION.to_bytes(4, "big") + noise(LEAST - 5, "answer", self.client_port), "answer"
        )

"""TLS hellos (RFC 8446 section 4.1, RFC 5246 section 7.4.1; in the form of SSLv2: RFC 5246 appendix E.2)."""

import functools
from dataclasses import dataclass
from typing import TypeVar

from netanalyze.errors import MessageError
from netanalyze.wire.message import tls_fingerprints as fingerprints
from netanalyze.wire.message.cursor import Cursor, numbers
from netanalyze.wire.message.tls_extensions import client_extensions, pairs, protocols
from netanalyze.wire.message.tls_names import (
    ALERT,
    ALERT_LEVEL_NAMES,
    ALERT_NAMES,
    ALPN,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    CONTENT_TYPE_NAMES,
    ENCRYPTED_CLIENT_HELLO,
    HANDSHAKE,
    HANDSHAKE_TYPE_NAMES,
    HEARTBEAT,
    HELLO_RETRY_REQUEST,
    KEY_SHARE,
    KEY_SHARE_DRAFT,
    PRE_SHARED_KEY,
    SERVER_HELLO,
    SSL2,
    SUPPORTED_VERSIONS,
    TLS13,
    TLS13_DRAFT,
    alert_name,
    cipher_suite_name,
    group_name,
    is_grease,
    version_name,
)

__all__ = [
    "ALERT",
    "ALERT_LEVEL_NAMES",
    "ALERT_NAMES",
    "APPLICATION_DATA",
    "CHANGE_CIPHER_SPEC",
    "CLIENT_HELLO",
    "CONTENT_TYPE_NAMES",
    "HANDSHAKE",
    "HANDSHAKE_TYPE_NAMES",
    "HEARTBEAT",
    "HELLO_RETRY_REQUEST",
    "SERVER_HELLO",
    "ClientHello",
    "ServerHello",
    "alert_name",
    "cipher_suite_name",
    "group_name",
    "is_grease",
    "parse_client_hello",
    "parse_draft_hello_retry_request",
    "parse_server_hello",
    "parse_sslv2_client_hello",
    "parse_sslv2_server_hello",
    "version_name",
]

RANDOM_LENGTH = 32
HOST_NAME = 0
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random that makes a ServerHello a HelloRetryRequest (RFC 8446 section 4.1.3)."""

LAST_DRAFT_OF_OLD_FORM = TLS13_DRAFT + 21
"""Up to this draft a ServerHello had neither session id nor compression method."""

SSLV2_PREFIX, SSLV2_LONG, SSLV2_SUITE = 2, 0x80, 3
SSLV2_SERVER_HELLO = 4

Found = TypeVar("Found")


@dataclass(frozen=True)
class ClientHello:
    """What a client offers.

    Attributes:
        cipher_suites: as offered, GREASE and all; from an SSLv2-compatible hello those above 0xffff are SSLv2's.
        extension_types: of each, in their order, GREASE and all.
        sni: the host name asked for; None where none is.
        alpn: the protocols offered, an odd octet being the character of its number (Latin-1).
        key_share_groups: the groups a key is sent for (one that is missing here costs a round trip).
        has_ech: the extension encrypted_client_hello is there (``sni`` is then the outer one).
        is_sslv2: it came in an SSLv2 record; it can hold no extensions.
        malformed_extensions: types whose data contradict their format; their fields are empty.
    """

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suites: tuple[int, ...]
    compression_methods: tuple[int, ...]
    extension_types: tuple[int, ...] = ()
    sni: str | None = None
    alpn: tuple[str, ...] = ()
    supported_versions: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    key_share_groups: tuple[int, ...] = ()
    signature_algorithms: tuple[int, ...] = ()
    ec_point_formats: tuple[int, ...] = ()
    has_ech: bool = False
    has_pre_shared_key: bool = False
    is_sslv2: bool = False
    malformed_extensions: tuple[int, ...] = ()

    @property
    def offered_version(self) -> int:
        """The highest version offered, GREASE left out (RFC 8446 section 4.2.1); drafts of TLS 1.3 stand below it."""
        offered = [version for version in self.supported_versions if not is_grease(version)]
        return max(offered, key=_rank, default=self.legacy_version)

    @property
    def ja3_text(self) -> str | None:
        """The text that JA3 hashes, as Wireshark's ``tls.handshake.ja3_full``; None for an SSLv2 record."""
        if self.is_sslv2:
            return None
        return fingerprints.ja3_text(
            self.legacy_version, self.cipher_suites, self.extension_types, self.groups, self.ec_point_formats
        )

    @functools.cached_property
    def ja3(self) -> str | None:
        """JA3, 32 hexadecimal digits, as Wireshark's ``tls.handshake.ja3``; None for an SSLv2 record."""
        text = self.ja3_text
        return None if text is None else fingerprints.digest(text)

    @functools.cached_property
    def ja4(self) -> str | None:
        """JA4, as of TLS over TCP; None for an SSLv2 record."""
        return self.ja4_over("t")

    def ja4_over(self, transport: str) -> str | None:
        """JA4 where the hello came over TCP (``t``) or in QUIC (``q``); None for an SSLv2 record."""
        if self.is_sslv2:
            return None
        first = self.alpn[0].encode("latin-1") if self.alpn else b""
        return fingerprints.ja4(
            self.offered_version, self.cipher_suites, self.extension_types, first, self.signature_algorithms, transport
        )


@dataclass(frozen=True)
class ServerHello:
    """What a server chose.

    Attributes:
        version: the version agreed upon; drafts of TLS 1.3 keep their own number (``version_name`` knows it).
        alpn: the protocol chosen; None where the server said none in clear (TLS 1.3 says it encrypted).
        key_share_group: group of the server's key, or the one a HelloRetryRequest asks for.
        cipher_suite: None in a HelloRetryRequest of a draft before 19, and in SSL 2.0, where the client chooses.
    """

    legacy_version: int
    version: int
    random: bytes
    session_id: bytes
    cipher_suite: int | None
    extension_types: tuple[int, ...]
    alpn: str | None
    key_share_group: int | None
    is_hello_retry_request: bool

    @property
    def ja3s_text(self) -> str:
        """The text that JA3S hashes, as Wireshark's ``tls.handshake.ja3s_full``."""
        return fingerprints.ja3s_text(self.legacy_version, self.cipher_suite or 0, self.extension_types)

    @property
    def ja3s(self) -> str | None:
        """JA3S, 32 hexadecimal digits, as Wireshark's ``tls.handshake.ja3s``; None in SSL 2.0."""
        return None if self.legacy_version == SSL2 else fingerprints.digest(self.ja3s_text)


def parse_client_hello(body: bytes) -> ClientHello:
    """A ClientHello from the body of its handshake message (behind type and length; RFC 8446 section 4.1.2).

    Raises:
        MessageError: the fixed fields or the list of extensions do not fit ``body``. Data of one
            extension that do not fit are named in ``malformed_extensions`` instead.
    """
    cursor = Cursor(body, "ClientHello")
    legacy_version, random, session_id = cursor.number(2), cursor.take(RANDOM_LENGTH), cursor.vector(1)
    suites = numbers(cursor.vector(2), 2, "cipher suites")
    compression = tuple(cursor.vector(1))
    offer, sni, shared_groups, malformed = client_extensions(cursor)
    return ClientHello(
        legacy_version, random, session_id, suites, compression, offer.types, sni, offer.alpn, offer.versions, offer.groups,
        shared_groups, offer.algorithms, offer.formats, ENCRYPTED_CLIENT_HELLO in offer.types, PRE_SHARED_KEY in offer.types,
        malformed_extensions=malformed,
    )  # fmt: skip


def parse_sslv2_client_hello(record: bytes) -> ClientHello:
    """A ClientHello in the form of SSLv2, from its record with the two octets of length in front.

    Raises:
        MessageError: these octets are no such hello.
    """
    cursor = Cursor(record, "SSLv2 ClientHello")
    first, second = cursor.number(1), cursor.number(1)
    cursor.end = min(cursor.end, SSLV2_PREFIX + ((first & ~SSLV2_LONG) << 8 | second))
    if not first & SSLV2_LONG or cursor.number(1) != CLIENT_HELLO:
        raise cursor.invalid(0)
    version = cursor.number(2)
    lengths = [cursor.number(2) for _ in range(3)]
    suites = numbers(cursor.take(lengths[0]), SSLV2_SUITE, "SSLv2 cipher specs")
    session_id, challenge = cursor.take(lengths[1]), cursor.take(lengths[2])
    return ClientHello(version, challenge, session_id, suites, (), is_sslv2=True)


def parse_sslv2_server_hello(record: bytes) -> ServerHello:
    """A server's answer in SSL 2.0, from its record with the two octets of length in front.

    The client chooses among the suites that the server leaves: ``cipher_suite`` is None. Source: Hickman, "The SSL
    Protocol" (1995), SERVER-HELLO.

    Raises:
        MessageError: these octets are no such answer.
    """
    cursor = Cursor(record, "SSLv2 ServerHello")
    cursor.take(SSLV2_PREFIX)
    if cursor.number(1) != SSLV2_SERVER_HELLO:
        raise cursor.invalid(SSLV2_PREFIX)
    cursor.take(2)  # whether the session is resumed, and the type of the certificate
    version = cursor.number(2)
    lengths = [cursor.number(2) for _ in range(3)]
    cursor.take(lengths[0] + lengths[1])  # its certificate, and the suites it leaves
    return ServerHello(version, version, b"", cursor.take(lengths[2]), None, (), None, None, False)


def parse_server_hello(body: bytes) -> ServerHello:
    """A ServerHello from the body of its handshake message (RFC 8446 section 4.1.3; drafts up to 21: shorter).

    Raises:
        MessageError: the fields or the list of extensions do not fit ``body``.
    """
    cursor = Cursor(body, "ServerHello")
    legacy_version, random = cursor.number(2), cursor.take(RANDOM_LENGTH)
    session_id = b""
    if TLS13_DRAFT <= legacy_version <= LAST_DRAFT_OF_OLD_FORM:
        suite = cursor.number(2)
    else:
        session_id, suite, _ = cursor.vector(1), cursor.number(2), cursor.number(1)
    return _server_hello(legacy_version, random, session_id, suite, pairs(cursor), random == RETRY_RANDOM)


def parse_draft_hello_retry_request(body: bytes) -> ServerHello:
    """The HelloRetryRequest of TLS 1.3 drafts up to 21, once a handshake message of its own (type 6).

    Raises:
        MessageError: the fields do not fit ``body``.
    """
    cursor = Cursor(body, "HelloRetryRequest")
    version = cursor.number(2)
    suite = cursor.number(2) if version >= TLS13_DRAFT + 19 else None
    return _server_hello(version, b"", b"", suite, pairs(cursor), True)


def _server_hello(
    legacy_version: int,
    random: bytes,
    session_id: bytes,
    suite: int | None,
    extensions: tuple[tuple[int, bytes], ...],
    retry: bool,
) -> ServerHello:
    """Puts it together with what its extensions say."""
    version, alpn, group = legacy_version, None, None
    for kind, data in extensions:
        if kind == SUPPORTED_VERSIONS and len(data) == 2:
            version = int.from_bytes(data, "big")
        elif kind in (KEY_SHARE, KEY_SHARE_DRAFT) and len(data) >= 2:
            group = int.from_bytes(data[:2], "big")
        elif kind == ALPN:
            try:
                alpn = next(iter(protocols(Cursor(data, "ALPN"))), None)
            except MessageError:
                alpn = None
    types = _same(tuple(kind for kind, _ in extensions))
    return ServerHello(legacy_version, version, random, session_id, suite, types, alpn, group, retry)


@functools.lru_cache(1024)
def _same(types: tuple[int, ...]) -> tuple[int, ...]:
    """Numbers that many servers say alike, kept once."""
    return types


def _rank(version: int) -> tuple[bool, int]:
    """Sorts versions by age."""
    return version == TLS13, version

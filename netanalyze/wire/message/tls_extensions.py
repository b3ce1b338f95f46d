"""Extensions of TLS hellos (RFC 8446 section 4.2): a program offers the same in each of its ClientHellos, but for few of them."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from netanalyze.errors import MessageError
from netanalyze.wire.message.cursor import Cursor, numbers
from netanalyze.wire.message.tls_names import (
    ALPN,
    EC_POINT_FORMATS,
    KEY_SHARE,
    KEY_SHARE_DRAFT,
    PRE_SHARED_KEY,
    SERVER_NAME,
    SIGNATURE_ALGORITHMS,
    SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
)

HEADER, TYPE = 4, 2
"""Octets before the data of an extension: its type and its length."""
OFFERS_KEPT, OFFER_MOST = 4096, 1024
"""Offers that are remembered, and octets of one that is."""
VARYING = frozenset({SERVER_NAME, KEY_SHARE, KEY_SHARE_DRAFT, PRE_SHARED_KEY})
"""Extensions whose data differ from one hello of a program to the next; of a few programs others do, which costs time alone."""
HOST_NAME = 0


class HelloOffer(NamedTuple):
    """What a ClientHello says in extensions that are the same in each of a program's; ``malformed`` are those of them whose data
    contradict their format."""

    types: tuple[int, ...]
    alpn: tuple[str, ...]
    versions: tuple[int, ...]
    groups: tuple[int, ...]
    algorithms: tuple[int, ...]
    formats: tuple[int, ...]
    malformed: tuple[int, ...]


class ClientExtensions(NamedTuple):
    """All that a ClientHello's extensions say."""

    offer: HelloOffer
    sni: str | None
    shared_groups: tuple[int, ...]
    malformed: tuple[int, ...]


def client_extensions(cursor: Cursor) -> ClientExtensions:
    """The extensions of a ClientHello, the cursor behind its other fields.

    Raises:
        MessageError: their list does not fit.
    """
    parts, varying = _parts(cursor)
    offer = (_kept_offer if sum(map(len, parts)) <= OFFER_MOST else _offer)(tuple(parts))
    malformed = set(offer.malformed)

    def read(kind: int, reader: Callable[[Cursor], Any]) -> Any:
        return _read(varying[kind], reader, kind, malformed) if kind in varying else None

    sni = read(SERVER_NAME, _host_name)
    shared = read(KEY_SHARE if KEY_SHARE in varying else KEY_SHARE_DRAFT, _shared_groups) or ()
    in_order = tuple(kind for kind in READ if kind in malformed) if malformed else ()
    return ClientExtensions(offer, sni, shared, in_order)


def _parts(cursor: Cursor) -> tuple[list[bytes], dict[int, bytes]]:
    """The octets of all extensions, cut where one of ``VARYING`` was, of which its type stays; and the data of these, of several
    of a type the first."""
    if not cursor.left:
        return [], {}
    block, what = cursor.vector(2), f"extensions of a {cursor.what}"
    parts: list[bytes] = []
    varying: dict[int, bytes] = {}
    at, since, length = 0, 0, len(block)
    while at < length:
        end = at + HEADER + int.from_bytes(block[at + TYPE : at + HEADER])
        if end > length or at + HEADER > length:
            inside = Cursor(block, what, at)  # says what is missing
            inside.number(2), inside.vector(2)
        kind = block[at] << 8 | block[at + 1]
        if kind in VARYING:
            varying.setdefault(kind, block[at + HEADER : end])
            parts.append(block[since : at + TYPE])
            since = end
        at = end
    parts.append(block[since:])
    return parts, varying


def _offer(parts: tuple[bytes, ...]) -> HelloOffer:
    """What is the same in each hello: of extensions that were cut where others stood, of which the type is left."""
    types: list[int] = []
    data: dict[int, bytes] = {}
    for part in parts:
        at = 0
        while at < len(part):
            types.append(int.from_bytes(part[at : at + TYPE]))
            end = at + HEADER + int.from_bytes(part[at + TYPE : at + HEADER])
            if at + TYPE < len(part):
                data.setdefault(types[-1], part[at + HEADER : end])
            at = end
    malformed: set[int] = set()

    found: list[Any] = [
        (_read(data[kind], reader, kind, malformed) if kind in data else None) or () for kind, reader in READERS.items()
    ]
    return HelloOffer._make([tuple(types), *found, tuple(kind for kind in READERS if kind in malformed)])


_kept_offer = functools.lru_cache(OFFERS_KEPT)(_offer)


def _read(data: bytes, reader: Callable[[Cursor], Any], kind: int, malformed: set[int]) -> Any:
    """What an extension says; where its data contradict its format, it is noted, and nothing is said."""
    try:
        return reader(Cursor(data, "extension of a ClientHello"))
    except MessageError:
        malformed.add(kind)
        return None


def pairs(cursor: Cursor) -> tuple[tuple[int, bytes], ...]:
    """Type and data of each extension; none where the message ends before them (SSL 3.0)."""
    if not cursor.left:
        return ()
    block, what = cursor.vector(2), f"extensions of a {cursor.what}"
    found, at = [], 0
    while at < len(block):
        end = at + HEADER + int.from_bytes(block[at + TYPE : at + HEADER], "big")
        if end > len(block) or at + HEADER > len(block):
            inside = Cursor(block, what, at)  # says what is missing
            inside.number(2), inside.vector(2)
        found.append((block[at] << 8 | block[at + 1], block[at + HEADER : end]))
        at = end
    return tuple(found)


def protocols(data: Cursor) -> tuple[str, ...]:
    """The protocols of ALPN (RFC 7301 section 3.1)."""
    inside = Cursor(data.vector(2), "ALPN")
    found = []
    while inside.left:
        found.append(inside.vector(1).decode("latin-1"))
    return tuple(found)


def _versions(data: Cursor) -> tuple[int, ...]:
    return numbers(data.vector(1), 2, "versions")


def _groups(data: Cursor) -> tuple[int, ...]:
    return numbers(data.vector(2), 2, "groups")


def _algorithms(data: Cursor) -> tuple[int, ...]:
    return numbers(data.vector(2), 2, "signature algorithms")


def _formats(data: Cursor) -> tuple[int, ...]:
    return tuple(data.vector(1))


def _host_name(data: Cursor) -> str | None:
    """The first host name of server_name (RFC 6066 section 3)."""
    inside = Cursor(data.vector(2), "server_name")
    while inside.left:
        kind, name = inside.number(1), inside.vector(2)
        if kind == HOST_NAME:
            return name.decode("ascii", "backslashreplace")
    return None


def _shared_groups(data: Cursor) -> tuple[int, ...]:
    """The groups of a client's key_share (RFC 8446 section 4.2.8)."""
    inside = Cursor(data.vector(2), "key_share")
    found = []
    while inside.left:
        found.append(inside.number(2))
        inside.vector(2)
    return tuple(found)


READERS: dict[int, Callable[[Cursor], Any]] = {
    ALPN: protocols,
    SUPPORTED_VERSIONS: _versions,
    SUPPORTED_GROUPS: _groups,
    SIGNATURE_ALGORITHMS: _algorithms,
    EC_POINT_FORMATS: _formats,
}
READ = (
    SERVER_NAME, ALPN, SUPPORTED_VERSIONS, SUPPORTED_GROUPS, KEY_SHARE, KEY_SHARE_DRAFT, SIGNATURE_ALGORITHMS, EC_POINT_FORMATS,
)  # fmt: skip
"""The extensions that are read, in the order in which malformed ones are told."""

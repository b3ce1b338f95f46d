"""JA3, JA3S and JA4: names for the software behind a hello (JA3: Salesforce, 2017; JA4: FoxIO, BSD 3-Clause, 2023)."""

import functools
from collections.abc import Callable, Iterable
from hashlib import md5, sha256
from typing import Any

from netanalyze.wire.message.tls_names import ALPN, SERVER_NAME, SSL2, SSL3, TLS10, TLS11, TLS12, TLS13, is_grease

JA4_VERSIONS = {SSL2: "s2", SSL3: "s3", TLS10: "10", TLS11: "11", TLS12: "12", TLS13: "13"}
JA4_NOTHING = "0" * 12
"""Stands for the hash of an empty list."""

HELLOS_KEPT, LONGEST_KEPT = 1024, 1000
"""Kinds of hellos whose names are kept, as one program says nearly the same each time; their longest list or text."""

JA4_MOST = 99
"""Counts have two digits."""


def kept(name: Callable[..., str]) -> Callable[..., str]:
    """``name``, whose results are kept for arguments that are not too long."""
    known = functools.lru_cache(HELLOS_KEPT)(name)

    @functools.wraps(name)
    def look_up(*arguments: Any) -> str:
        short = all(isinstance(one, int) or len(one) <= LONGEST_KEPT for one in arguments)
        return known(*arguments) if short else name(*arguments)

    return look_up


@kept
def ja3_text(
    version: int,
    suites: tuple[int, ...],
    extension_types: tuple[int, ...],
    groups: tuple[int, ...],
    point_formats: tuple[int, ...],
) -> str:
    """What JA3 hashes: five fields with commas, numbers with dashes, without GREASE."""
    lists = (suites, extension_types, groups)
    return ",".join((str(version), *(_dashed(numbers) for numbers in lists), "-".join(map(str, point_formats))))


def ja3s_text(version: int, suite: int, extension_types: Iterable[int]) -> str:
    """What JA3S hashes: version, cipher suite and extensions of a ServerHello, without GREASE."""
    return f"{version},{suite},{_dashed(extension_types)}"


def _dashed(numbers: Iterable[int]) -> str:
    """Decimal numbers with dashes between, GREASE left out."""
    return "-".join(str(number) for number in numbers if not is_grease(number))


@kept
def digest(text: str) -> str:
    """The MD5 of ``text`` in hexadecimal, as JA3 and JA3S want it; nothing is kept secret by it."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


@kept
def ja4(
    version: int,
    suites: tuple[int, ...],
    extension_types: tuple[int, ...],
    alpn: bytes,
    signature_algorithms: tuple[int, ...],
    transport: str = "t",
) -> str:
    """JA4 of a ClientHello.

    Args:
        version: the highest that is offered.
        alpn: the first protocol offered, empty where there is none.
        transport: ``t`` TCP, ``q`` QUIC.
    """
    suites = tuple(suite for suite in suites if not is_grease(suite))
    types = [number for number in extension_types if not is_grease(number)]
    algorithms = [number for number in signature_algorithms if not is_grease(number)]
    head = (
        f"{transport}{JA4_VERSIONS.get(version, '00')}{'d' if SERVER_NAME in types else 'i'}"
        f"{min(len(suites), JA4_MOST):02d}{min(len(types), JA4_MOST):02d}{_ends(alpn)}"
    )
    hashed = _listed(sorted(number for number in types if number not in (SERVER_NAME, ALPN)))
    if hashed and algorithms:
        hashed += "_" + _listed(algorithms)
    return f"{head}_{_short_hash(_listed(sorted(suites)))}_{_short_hash(hashed)}"


def _ends(alpn: bytes) -> str:
    """First and last character of the protocol's name; of its hexadecimal form where one is no letter or digit."""
    if not alpn:
        return "00"
    ends = alpn[:1] + alpn[-1:]
    if ends.isalnum():
        return ends.decode("ascii")
    text = alpn.hex()
    return text[0] + text[-1]


def _listed(numbers: Iterable[int]) -> str:
    """Four hexadecimal digits each, commas between."""
    return ",".join(f"{number:04x}" for number in numbers)


def _short_hash(text: str) -> str:
    """The first twelve hexadecimal digits of SHA-256, zeros for the empty text."""
    return sha256(text.encode()).hexdigest()[:12] if text else JA4_NOTHING

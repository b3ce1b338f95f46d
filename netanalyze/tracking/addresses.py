"""Addresses: two signed 64-bit halves inside, text at the door."""

import functools
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

import numpy as np

from netanalyze.wire.layers import PACKET


@functools.lru_cache(4096)
def address_text(high: int, low: int, version: int) -> str:
    """The usual text of an address.

    >>> address_text(0, 0xC0000201, 4)
    '192.0.2.1'
    """
    if version == 6:
        return str(IPv6Address(((high & 0xFFFFFFFFFFFFFFFF) << 64) | (low & 0xFFFFFFFFFFFFFFFF)))
    return ".".join(map(str, (low & 0xFFFFFFFF).to_bytes(4, "big")))


def coded_addresses(high: np.ndarray, low: np.ndarray, version: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Many addresses as numbers, ``i8 (n,)``, and the text of each number."""
    parts = version, low, high
    order = np.lexsort(parts)
    changes = np.zeros(len(order), dtype=bool)
    changes[:1] = True
    for part in parts:
        changes[1:] |= np.diff(part[order]) != 0
    codes = np.empty(len(order), dtype=np.int64)
    codes[order] = np.cumsum(changes) - 1
    first = order[changes]
    return codes, [address_text(*ends) for ends in zip(*(part[first].tolist() for part in (high, low, version)))]


@functools.lru_cache(4096)
def is_group(address: str) -> bool:
    """Whether an address is nobody's own, multicast or the limited broadcast: whoever likes answers there, or nobody.

    >>> is_group("255.255.255.255"), is_group("ff02::fb"), is_group("192.0.2.53")
    (True, True, False)
    """
    told = ip_address(address.partition("%")[0])
    return told.is_multicast or address == "255.255.255.255"


FAKE_ADDRESSES = ip_network("198.18.0.0/15")
"""Addresses that the resolvers of fake-IP proxies hand out (RFC 2544's benchmark range): never a host of the Internet."""


def is_fake(address: str) -> bool:
    """Whether a connection to ``address`` ends at a fake-IP proxy, whoever it was meant for.

    >>> is_fake("198.19.0.7"), is_fake("198.51.100.7"), is_fake("2001:db8::1")
    (True, False, False)
    """
    return ip_address(address.partition("%")[0]) in FAKE_ADDRESSES


@functools.cache
def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, so that no network lies before it.

    >>> is_loopback("127.0.0.53"), is_loopback("::1"), is_loopback("192.0.2.53")
    (True, True, False)
    """
    return ip_address(address.partition("%")[0]).is_loopback


def ends_text(fields: Sequence[int]) -> tuple[str, str]:
    """Source and destination of a packet, from its cells (``wire.layers``)."""
    version = fields[PACKET.IP_VERSION]
    source = address_text(fields[PACKET.SRC_HIGH], fields[PACKET.SRC_LOW], version)
    return source, address_text(fields[PACKET.DST_HIGH], fields[PACKET.DST_LOW], version)

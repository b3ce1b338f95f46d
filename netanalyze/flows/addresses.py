"""Addresses: two signed 64-bit halves inside, text at the door."""

from ipaddress import IPv4Address, IPv6Address


def address_text(high: int, low: int, version: int) -> str:
    """The usual text of an address.

    >>> address_text(0, 0xC0000201, 4)
    '192.0.2.1'
    """
    if version == 6:
        return str(IPv6Address(((high & 0xFFFFFFFFFFFFFFFF) << 64) | (low & 0xFFFFFFFFFFFFFFFF)))
    return str(IPv4Address(low & 0xFFFFFFFF))

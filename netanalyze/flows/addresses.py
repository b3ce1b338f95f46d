"""Addresses: two signed 64-bit halves inside, text at the door."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def address_text(high: int, low: int, version: int) -> str:
    """The usual text of an address.

    >>> address_text(0, 0xC0000201, 4)
    '192.0.2.1'
    """
    if version == 6:
        return str(IPv6Address(((high & 0xFFFFFFFFFFFFFFFF) << 64) | (low & 0xFFFFFFFFFFFFFFFF)))
    return str(IPv4Address(low & 0xFFFFFFFF))


FAKE_ADDRESSES = ip_network("198.18.0.0/15")
"""Addresses that the resolvers of fake-IP proxies hand out (RFC 2544's benchmark range): never a host of the Internet."""


def is_fake(address: str) -> bool:
    """Whether a connection to ``address`` ends at a fake-IP proxy, whoever it was meant for.

    >>> is_fake("198.19.0.7"), is_fake("198.51.100.7"), is_fake("2001:db8::1")
    (True, False, False)
    """
    return ip_address(address.partition("%")[0]) in FAKE_ADDRESSES

"""The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words."""


def ones_sum(octets: bytes | bytearray | memoryview, start: int = 0) -> int:
    """The sum of the words and of ``start``, carries added in, not inverted; an odd octet has a zero after it.

    2 ** 16 leaves 1 when divided by 0xFFFF, so that adding carries in is a division of the whole number.

    >>> hex(ones_sum(bytes.fromhex("0001 f203 f4f5 f6f7")))
    '0xddf2'
    """
    number = (int.from_bytes(octets, "big") << 8 * (len(octets) & 1)) + start
    return number % 0xFFFF or 0xFFFF * (number > 0)


def checksum(octets: bytes | bytearray | memoryview, start: int = 0) -> int:
    """What stands in a header's field of zeros for these octets and ``start``, the sum of a pseudo-header."""
    return 0xFFFF - ones_sum(octets, start)

"""ARCNET (ATA 878.1), as BSD and Linux capture it (tcpdump.org/linktypes), with IP after RFC 1201 or RFC 1051."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_END, NO_ETHERTYPE
from netanalyze.wire.octets import u8

ADDRESSES, LINUX_OFFSET = 2, 2
IP_1051, IP_1201, IPV6 = 240, 212, 196
"""Protocol identifiers: IPv4 in the old form and the new one, IPv6 (RFC 2497)."""
FRAGMENTATION, EXCEPTION, EXCEPTION_REST = 3, 0xFF, 4
"""RFC 1201: a split flag and a number of two octets; an exception packet has this flag, and the header comes once more."""


@kernel
def arcnet(buffer, at, end, is_linux):
    """What an ARCNET frame carries: (ethertype, offset, 0, NO_END); a fragment but the first carries nothing to read."""
    at += ADDRESSES
    if is_linux:
        at += LINUX_OFFSET
    if at + 1 > end:
        return NO_ETHERTYPE, at, 0, NO_END
    kind = u8(buffer, at)
    at += 1
    if kind == IP_1051:
        return ETHERTYPE_IPV4, at, 0, NO_END
    if kind != IP_1201 and kind != IPV6:
        return NO_ETHERTYPE, at, 0, NO_END
    if not is_linux and at + EXCEPTION_REST < end and u8(buffer, at) == EXCEPTION:
        at += EXCEPTION_REST
    if at + FRAGMENTATION > end:
        return NO_ETHERTYPE, at, 0, NO_END
    split = u8(buffer, at)
    if split != 0 and split % 2 == 0:
        return NO_ETHERTYPE, at, 0, NO_END
    at += FRAGMENTATION
    if kind == IPV6:
        return ETHERTYPE_IPV6, at, 0, NO_END
    return ETHERTYPE_IPV4, at, 0, NO_END

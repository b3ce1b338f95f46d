"""BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP) and raw IP (LINKTYPE_RAW and its several numbers)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_END, NO_ETHERTYPE
from netanalyze.wire.octets import u8, u32

HEADER_LENGTH = 4
AF_INET = 2
INET6_LINUX, INET6_NETBSD_OPENBSD, INET6_FREEBSD, INET6_MACOS = 10, 24, 28, 30
"""AF_INET6 of each system."""


@kernel
def loopback(buffer, at, end):
    """What a loopback frame carries, its family in either byte order: (ethertype, offset, 0, NO_END)."""
    if at + HEADER_LENGTH > end:
        return NO_ETHERTYPE, at, 0, NO_END
    family = u32(buffer, at)
    if family > 0xFFFF:
        family = u8(buffer, at) + u8(buffer, at + 1) * 256
    if family == AF_INET:
        return ETHERTYPE_IPV4, at + HEADER_LENGTH, 0, NO_END
    if family == INET6_LINUX or family == INET6_NETBSD_OPENBSD or family == INET6_FREEBSD or family == INET6_MACOS:
        return ETHERTYPE_IPV6, at + HEADER_LENGTH, 0, NO_END
    return NO_ETHERTYPE, at, 0, NO_END


@kernel
def raw_ip(buffer, at, end):
    """Which IP a bare packet is, by its first four bits: (ethertype, offset, 0, NO_END)."""
    if at >= end:
        return NO_ETHERTYPE, at, 0, NO_END
    version = u8(buffer, at) // 16
    if version == 4:
        return ETHERTYPE_IPV4, at, 0, NO_END
    if version == 6:
        return ETHERTYPE_IPV6, at, 0, NO_END
    return NO_ETHERTYPE, at, 0, NO_END

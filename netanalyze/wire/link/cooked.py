"""Linux cooked captures, version 1 and 2 (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2)."""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import NO_END, NO_ETHERTYPE
from netanalyze.wire.link.ethernet import after_ethertype
from netanalyze.wire.octets import u16

HEADER_1, TYPE_1 = 16, 14
HEADER_2, TYPE_2 = 20, 0


@kernel
def cooked(buffer, at, end):
    """What a version 1 cooked frame carries: (ethertype, offset, innermost VLAN or 0, where it ends)."""
    if at + HEADER_1 > end:
        return NO_ETHERTYPE, at, 0, NO_END
    return after_ethertype(buffer, at + HEADER_1, end, u16(buffer, at + TYPE_1))


@kernel
def cooked2(buffer, at, end):
    """What a version 2 cooked frame carries: (ethertype, offset, innermost VLAN or 0, where it ends)."""
    if at + HEADER_2 > end:
        return NO_ETHERTYPE, at, 0, NO_END
    return after_ethertype(buffer, at + HEADER_2, end, u16(buffer, at + TYPE_2))

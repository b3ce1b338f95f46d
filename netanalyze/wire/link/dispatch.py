"""From a LINKTYPE number to its decoder (https://www.tcpdump.org/linktypes.html)."""

from netanalyze.kernel import kernel
from netanalyze.wire.link.cooked import cooked, cooked2
from netanalyze.wire.link.ethernet import ethernet
from netanalyze.wire.link.loopback import loopback, raw_ip
from netanalyze.wire.link.ppp import cisco_hdlc, ppp

NULL, ETHERNET, PPP, RAW, PPP_HDLC, CISCO_HDLC, LOOP, LINUX_SLL, LINUX_SLL2 = 0, 1, 9, 101, 50, 104, 108, 113, 276
RAW_BSD, RAW_OPENBSD, IPV4, IPV6 = 12, 14, 228, 229
LINK_TYPE_UNKNOWN = -1

DECODED = (
    NULL, ETHERNET, PPP, RAW, PPP_HDLC, CISCO_HDLC, LOOP, LINUX_SLL, LINUX_SLL2, RAW_BSD, RAW_OPENBSD, IPV4, IPV6,
)  # fmt: skip
"""LINKTYPE numbers that ``link`` knows."""


@kernel
def link(buffer, at, end, link_type):
    """What a frame carries: (ethertype, offset, innermost VLAN or 0); ethertype -1 where the link type is unknown."""
    if link_type == ETHERNET:
        return ethernet(buffer, at, end)
    if link_type == LINUX_SLL:
        return cooked(buffer, at, end)
    if link_type == LINUX_SLL2:
        return cooked2(buffer, at, end)
    if link_type == RAW or link_type == RAW_BSD or link_type == RAW_OPENBSD or link_type == IPV4 or link_type == IPV6:
        return raw_ip(buffer, at, end)
    if link_type == NULL or link_type == LOOP:
        return loopback(buffer, at, end)
    if link_type == PPP or link_type == PPP_HDLC:
        return ppp(buffer, at, end)
    if link_type == CISCO_HDLC:
        return cisco_hdlc(buffer, at, end)
    return LINK_TYPE_UNKNOWN, at, 0

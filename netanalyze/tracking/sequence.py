"""Sequence arithmetic: the only place where 32-bit sequence numbers wrap (RFC 9293 section 3.4).

Above this, a position in a half-flow is its *stream offset*: a 64-bit integer that never wraps,
0 for the SYN, 1 for the first octet of data, as Wireshark's relative sequence numbers.
"""

from netanalyze.kernel import kernel

HALF = 0x8000_0000
NO_OFFSET = -(2**62)
"""No such position: nothing was acknowledged yet, or the segment has no acknowledgment."""


@kernel
def stream_offset(number, base, near):
    """The stream offset of sequence number ``number``, the one closest to offset ``near`` (within 2 GiB).

    ``base`` is the initial sequence number.

    >>> stream_offset(5, 0xFFFFFFFF, 1), stream_offset(0xFFFFFFFF, 0xFFFFFFFF, 1)
    (6, 0)
    """
    return near + ((number - base - near + HALF) & 0xFFFFFFFF) - HALF

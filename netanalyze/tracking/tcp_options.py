"""TCP options that the analysis needs (RFC 9293 section 3.2, RFC 7323, RFC 2018, RFC 8684)."""

from netanalyze.kernel import kernel
from netanalyze.tracking.sequence import NO_OFFSET, stream_offset
from netanalyze.wire.octets import u8, u16, u32

END, NOP, MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMPS, MULTIPATH = 0, 1, 2, 3, 4, 5, 8, 30
JOIN = 1
"""Subtype of Multipath TCP's option that adds a subflow to a connection (RFC 8684 section 3.2)."""
TIMESTAMPS_ALONE = 0x0101080A
UNKNOWN_SCALE, NO_SCALE = -1, -2
"""Window scale where no SYN was seen, or its options were cut off; and where one was seen and had no such option."""
SCALE_MOST = 14
"""A larger window scale is taken as this one (RFC 7323 section 2.3)."""


@kernel
def syn_options(buffer, at, end):
    """The options of a SYN: (MSS or 0, window scale or NO_SCALE, 1 if SACK is permitted, 1 if timestamps, 1 if it
    adds a subflow to a connection of Multipath TCP)."""
    mss = 0
    scale = NO_SCALE
    sack = 0
    stamps = 0
    joins = 0
    while at < end:
        kind = u8(buffer, at)
        if kind == NOP:
            at += 1
            continue
        if kind == END or at + 2 > end:
            break
        length = u8(buffer, at + 1)
        if length < 2 or at + length > end:
            break
        if kind == MSS and length == 4:
            mss = u16(buffer, at + 2)
        elif kind == WINDOW_SCALE and length == 3:
            scale = u8(buffer, at + 2)
            if scale > SCALE_MOST:
                scale = SCALE_MOST
        elif kind == SACK_PERMITTED:
            sack = 1
        elif kind == TIMESTAMPS:
            stamps = 1
        elif kind == MULTIPATH and length > 2 and u8(buffer, at + 2) >> 4 == JOIN:
            joins = 1
        at += length
    return mss, scale, sack, stamps, joins


@kernel
def tail_options(buffer, at, end, base, near):
    """The SACK blocks of a segment: (left edge and right edge of the highest one, 1 if the first is a D-SACK).

    Edges are stream offsets of the half-flow that is acknowledged up to ``near``; NO_OFFSET where there are none.
    """
    if end - at == 12 and u32(buffer, at) == TIMESTAMPS_ALONE:
        return NO_OFFSET, NO_OFFSET, 0
    left = right = NO_OFFSET
    duplicate = 0
    while at < end:
        kind = u8(buffer, at)
        if kind == NOP:
            at += 1
            continue
        if kind == END or at + 2 > end:
            break
        length = u8(buffer, at + 1)
        if length < 2 or at + length > end:
            break
        if kind == SACK:
            first = True
            block = at + 2
            while block + 8 <= at + length:
                low = stream_offset(u32(buffer, block), base, near)
                high = stream_offset(u32(buffer, block + 4), base, near)
                if first and high <= near:
                    duplicate = 1
                elif high > right:
                    left = low
                    right = high
                first = False
                block += 8
        at += length
    return left, right, duplicate

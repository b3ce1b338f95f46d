"""Time stamps of pcapng (section 4.2, if_tsresol and if_tsoffset) as whole nanoseconds.

A time stamp is an unsigned 64-bit number of units; a unit is 10**-n or 2**-n seconds. The result
is rounded down and exact. Moments farther than 2**62 ns (146 years) from 1970 become that limit,
so that the difference of any two times is a 64-bit integer too.
"""

from netanalyze.kernel import kernel

FARTHEST_NS = 2**62 - 1
MULTIPLY, DIVIDE, SHIFT, ZERO = 0, 1, 2, 3
"""How units become ns: times a factor; divided by a factor; times 10**9 and shifted right; always 0."""


def clock(resolution: int, offset_seconds: int) -> tuple[int, int, int, int]:
    """How to convert: ``if_tsresol`` and ``if_tsoffset`` -> (operation, factor, offset ns, units per second).

    Units finer than 10**-27 s read as 0: 64 bits of them are less than a nanosecond or two.

    >>> clock(6, 0), clock(0x80 | 10, 1)
    ((0, 1000, 0, 1000000), (2, 10, 1000000000, 1024))
    """
    offset_ns = max(-FARTHEST_NS, min(FARTHEST_NS, offset_seconds * 1_000_000_000))
    power = resolution & 0x7F
    if resolution & 0x80:
        return SHIFT, min(power, 94), offset_ns, 2**power
    if power <= 9:
        return MULTIPLY, 10 ** (9 - power), offset_ns, 10**power
    if power <= 27:
        return DIVIDE, 10 ** (power - 9), offset_ns, 10**power
    return ZERO, 0, offset_ns, 10**power


@kernel
def moment_ns(high, low, operation, factor, offset_ns):
    """Units ``high * 2**32 + low`` as ns since the epoch; every intermediate value is below 2**63.

    Args:
        high, low: the two 32-bit halves of the time stamp.
        operation, factor, offset_ns: from ``clock``.
    """
    ns = 0
    if operation == MULTIPLY:
        if high >= 0x40000000 or high * 0x100000000 + low > FARTHEST_NS // factor:
            ns = FARTHEST_NS
        else:
            ns = (high * 0x100000000 + low) * factor
    elif operation == DIVIDE:
        half = high * 0x80000000 + low // 2
        ns = half // factor * 2
        if half % factor * 2 + low % 2 >= factor:
            ns += 1
    elif operation == SHIFT:
        # units * 10**9 in two parts: upper * 2**32 + lower
        product = low * 1_000_000_000
        upper = high * 1_000_000_000 + product // 0x100000000
        lower = product % 0x100000000
        if factor >= 32:
            ns = upper >> (factor - 32)
        elif upper > FARTHEST_NS >> (32 - factor):
            ns = FARTHEST_NS
        else:
            ns = (upper << (32 - factor)) + (lower >> factor)
    ns += offset_ns
    if ns > FARTHEST_NS:
        ns = FARTHEST_NS
    elif ns < -FARTHEST_NS:
        ns = -FARTHEST_NS
    return ns

"""Times and sizes as people write them, and octets that look random and never change."""

import hashlib
from datetime import datetime
from fractions import Fraction

TIME_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9}
SIZE_UNITS = {"B": 1, "kB": 1000, "KiB": 1024, "MiB": 1024**2}


def _amount(text, units):
    number, unit = text.split()
    return int(Fraction(number) * units[unit])


def nanoseconds(time):
    """A span of time in ns; integers are ns already.

    >>> nanoseconds("1.5 ms")
    1500000
    """
    return time if isinstance(time, int) else _amount(time, TIME_UNITS)


def octets(size):
    """A size in octets; integers are octets already.

    >>> octets("64 KiB")
    65536
    """
    return size if isinstance(size, int) else _amount(size, SIZE_UNITS)


def instant(time):
    """A moment in ns since the epoch, from RFC 3339; integers are ns already.

    >>> instant("2024-01-01T00:00:00Z")
    1704067200000000000
    """
    if isinstance(time, int):
        return time
    return int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()) * 10**9


def noise(length, *seed):
    """``length`` octets that depend on the seed and on nothing else.

    >>> noise(4, "example") == noise(4, "example")
    True
    """
    return hashlib.shake_128(repr(seed).encode()).digest(length)


def number(bits, *seed):
    """An integer below ``2**bits`` that depends on the seed and on nothing else."""
    return int.from_bytes(noise(8, *seed), "big") >> (64 - bits)

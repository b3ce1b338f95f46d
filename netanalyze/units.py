"""Times and sizes: the only place that converts or formats them.

Times inside the house are integers, nanoseconds since the epoch; ``NEVER_NS`` (the least
64-bit integer, which NumPy and pandas read as NaT) means that it did not happen.
"""

from datetime import UTC, datetime

from netanalyze.numerals import decimal
from netanalyze.wording import message

NEVER_NS = -(2**63)
SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000

_SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
SIZE_UNITS = "B, KB, MB, GB, KiB, MiB, GiB"
_TIMES = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}


def _split(text: str) -> tuple[float, str]:
    """``"64 MiB"`` as number and unit."""
    text = text.strip()
    end = len(text)
    while end and text[end - 1] not in "0123456789":
        end -= 1
    number = decimal(text[:end].strip())
    if number is None:
        raise ValueError(
            message("{text} does not begin with a number", text=repr(text)) if text else message("it is empty")
        )
    return number, text[end:].strip()


def _bounded(value: float, text: str) -> float:
    if value >= 2**63:
        raise ValueError(message("{text} is more than 64 bits hold", text=repr(text)))
    return value


def octets(text: str | int) -> int:
    """A size in octets from ``"64 MiB"``, ``"1500"`` or a number.

    Raises:
        ValueError: no number, one beyond 64 bits, or a unit that is none of B, KB, MB, GB, KiB, MiB, GiB.

    >>> octets("64 KiB")
    65536
    """
    if isinstance(text, int):
        return text
    number, unit = _split(text)
    if unit.upper() not in _SIZES:
        raise ValueError(message("{text}: the unit must be one of {units}", text=repr(text), units=SIZE_UNITS))
    return int(_bounded(number * _SIZES[unit.upper()], text))


def nanoseconds(text: str | int | float) -> int:
    """A duration in ns from ``"20 ms"``, ``"1.5 s"`` or a number of seconds.

    Raises:
        ValueError: no number, one beyond 64 bits, or a unit that is none of ns, us, ms, s, min, h.

    >>> nanoseconds("20 ms")
    20000000
    """
    if isinstance(text, (int, float)):
        return round(text * SECOND_NS)
    number, unit = _split(text)
    if (unit or "s") not in _TIMES:
        raise ValueError(message("{text}: the unit must be one of {units}", text=repr(text), units=", ".join(_TIMES)))
    return round(_bounded(number * _TIMES[unit or "s"], text))


def seconds(ns: int) -> float:
    """Nanoseconds as seconds, exact to the nanosecond for any capture of less than 100 days."""
    return ns / SECOND_NS


def duration(ns: int) -> str:
    """A duration as a person says it: ``"38 ms"``, ``"1.20 s"``, ``"10.0 s"``, ``"167 s"``.

    >>> [duration(n) for n in (900, 38_000_000, 1_204_000_000, 10_040_000_000, 167_000_000_000)]
    ['1 µs', '38 ms', '1.20 s', '10.0 s', '167 s']
    """
    s = abs(ns) / SECOND_NS
    if s < 0.000_999_5:
        return f"{s * 1e6:.0f} µs"
    if s < 0.999_5:
        return f"{s * 1e3:.0f} ms"
    return f"{s:.2f} s" if s < 9.995 else f"{s:.1f} s" if s < 99.95 else f"{s:.0f} s"


def size(count: int | float) -> str:
    """A number of octets as a person says it: ``"980 B"``, ``"1.5 kB"``, ``"41 MB"``.

    >>> [size(n) for n in (980, 1538, 41_000_000)]
    ['980 B', '1.5 kB', '41 MB']
    """
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def rfc3339(ns: int) -> str | None:
    """A moment as RFC 3339 in UTC with nanoseconds; ``None`` for ``NEVER_NS`` and beyond the year 9999."""
    if ns == NEVER_NS:
        return None
    whole, rest = divmod(ns, SECOND_NS)
    try:
        return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:09d}Z"
    except (ValueError, OverflowError, OSError):
        return None


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun, in the plural where there is not exactly one.

    >>> counted(1, "lookup"), counted(2000, "lookup"), counted(2, "query", "queries")
    ('1 lookup', '2,000 lookups', '2 queries')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"

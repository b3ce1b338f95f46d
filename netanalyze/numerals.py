"""Numbers in texts that others wrote: ASCII digits, bounded, and never an exception.

``int`` and ``float`` take more than they seem to (``²`` is a digit to ``str.isdigit``, ``1_0`` and ``٣`` are numbers to
``int``) and raise for the rest: for a word, and for a number of more than 4,300 digits. So what reads foreign texts reads
its numbers here (tests/house/test_foreign_numbers.py).
"""

from collections.abc import Iterable

from netanalyze.patterns import lazy_pattern

INT64 = 2**63 - 1
"""The largest number that a column or a recording can hold."""
LONGEST = 40
"""Characters of a number; 64 bits need 20."""

_HEXADECIMAL = lazy_pattern(r"(?:0[xX])?[0-9A-Fa-f]+")
_DECIMAL = lazy_pattern(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")


def _text(text: str | bytes) -> str:
    """Any octets as text; what is not ASCII is no digit, whatever it stands for."""
    return text if isinstance(text, str) else text.decode("ascii", "replace")


def integer(text: str | bytes, most: int = INT64, least: int = 0) -> int | None:
    """A whole number of ASCII digits from ``least`` to ``most``, None for any other text.

    A sign is read only where ``least`` is below 0.

    >>> integer("17"), integer(b"017"), integer("-1"), integer("-1", least=-1), integer("²"), integer("9" * 5000)
    (17, 17, None, -1, None, None)
    """
    text = _text(text)
    digits = text[1:] if least < 0 and text[:1] == "-" else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > LONGEST:
        return None
    value = int(text)
    return value if least <= value <= most else None


def integers(texts: Iterable[str | bytes], most: int = INT64, least: int = 0) -> tuple[int, ...] | None:
    """Whole numbers, all of them as ``integer`` reads each; None if any is none.

    >>> integers(["1", "2"]), integers(["1", "x"])
    ((1, 2), None)
    """
    found = [integer(text, most, least) for text in texts]
    return None if None in found else tuple(number for number in found if number is not None)


def hexadecimal(text: str | bytes, most: int = INT64) -> int | None:
    """A whole number of hexadecimal digits up to ``most``, with or without ``0x``; None for any other text.

    >>> hexadecimal("01BB"), hexadecimal("0x1f"), hexadecimal("1_0"), hexadecimal("-1")
    (443, 31, None, None)
    """
    text = _text(text)
    if len(text) > LONGEST or not _HEXADECIMAL.fullmatch(text):
        return None
    value = int(text, 16)
    return value if value <= most else None


def decimal(text: str | bytes, most: float = float(INT64)) -> float | None:
    """A number of ASCII digits with or without a point, from 0 to ``most``; None for any other text.

    >>> decimal("0.25"), decimal("7"), decimal("1e9"), decimal("nan"), decimal(".")
    (0.25, 7.0, None, None, None)
    """
    text = _text(text)
    if len(text) > LONGEST or not _DECIMAL.fullmatch(text):
        return None
    value = float(text)
    return value if value <= most else None

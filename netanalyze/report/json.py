"""The result as JSON: strict (no NaN, no Infinity), ASCII, one row of a table on a line.

Its form is netanalyze/schema.json; ``Result.to_json`` makes the object, this writes it down.
"""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from netanalyze.columns import Table
from netanalyze.patterns import lazy_pattern
from netanalyze.report.json_rows import cells, written
from netanalyze.result import TABLES, Result


def render(result: Result, tables: Collection[str] = TABLES) -> str:
    """The JSON document, with a newline at its end."""
    return "".join(pieces(result, tables))


def pieces(result: Result, tables: Collection[str] = TABLES) -> Iterator[str]:
    """The JSON document, some of it at a time: what is written out need not be held as a whole; ``tables`` are in it."""
    between = "{\n"
    for name, value in result.members(tables).items():
        yield f"{between}  {json.dumps(name)}: "
        between = ",\n"
        if not isinstance(value, Table):
            yield _dumped(value, indent=2).replace("\n", "\n  ")
        elif not len(value):
            yield "[]"
        else:  # a row on a line, for grep and diff
            yield "[\n    "
            yield from written(cells(value, result.capture.start_ns), _dumped)
            yield "\n  ]"
    yield "\n}\n"


_LONE = lazy_pattern("[\ud800-\udfff]")
"""Halves of a pair that stand alone: octets of a command line or path that are not UTF-8 (PEP 383)."""


def _dumped(value: Any, indent: int | None = None) -> str:
    try:
        text = json.dumps(value, allow_nan=False, default=plain, indent=indent)
    except (ValueError, TypeError):  # a number that JSON does not have, or a key that is no text
        text = "\\ud"
    return json.dumps(plain(value), allow_nan=False, indent=indent) if "\\ud" in text else text


def _whole(text: str) -> str:
    """The text with what no JSON reader has to accept (RFC 8259, 8.2) as ``\\xff`` or ``\\ud800``."""
    return _LONE.sub(
        lambda half: f"\\x{ord(half[0]) - 0xDC00:02x}" if half[0] >= "\udc80" else f"\\u{ord(half[0]):04x}", text
    )


def plain(value: Any) -> Any:
    """A value in JSON's own types: not a number and infinity become null, arrays lists, all else whole text.

    >>> plain({"rtt": float("nan"), "flows": (1, 2)})
    {'rtt': None, 'flows': [1, 2]}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _whole(value)
    if value is None or isinstance(value, (int, bool)):
        return value
    if isinstance(value, Mapping):
        return {_whole(str(key)): plain(member) for key, member in value.items()}
    if isinstance(value, (set, frozenset)):
        return [plain(member) for member in sorted(value, key=str)]
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays
        return plain(value.tolist())
    return _whole(str(value))

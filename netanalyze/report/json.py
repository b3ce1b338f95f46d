"""The result as JSON: strict (no NaN, no Infinity), ASCII, one row of a table on a line.

Its form is netanalyze/schema.json; ``Result.to_json`` makes the object, this writes it down.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from netanalyze.result import Result

ROWS = ("ledger", "flows", "dns", "tls", "http", "stalls")
"""Members that are written a row on a line, for grep and diff."""


def render(result: Result) -> str:
    """The JSON document, with a newline at its end."""
    members = []
    for name, value in result.to_json().items():
        if name in ROWS and value:
            text = "[\n    " + ",\n    ".join(_dumped(row) for row in value) + "\n  ]"
        else:
            text = _dumped(value, indent=2).replace("\n", "\n  ")
        members.append(f"  {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _dumped(value: Any, indent: int | None = None) -> str:
    try:
        return json.dumps(value, allow_nan=False, default=plain, indent=indent)
    except (ValueError, TypeError):  # a number that JSON does not have, or a key that is no text
        return json.dumps(plain(value), allow_nan=False, indent=indent)


def plain(value: Any) -> Any:
    """A value in JSON's own types: not a number and infinity become null, arrays lists, all else text.

    >>> plain({"rtt": float("nan"), "flows": (1, 2)})
    {'rtt': None, 'flows': [1, 2]}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (set, frozenset)):
        return [plain(member) for member in sorted(value, key=str)]
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays
        return plain(value.tolist())
    return str(value)

"""Rows of JSON by columns: many rows are written as octets of one matrix, a few as Python writes them.

Each cell is a field as wide as the widest of its column; what a cell does not fill stays NUL, and no NUL is written. What a
column has throughout is part of the template. The octets are those of ``json.dumps`` of each row.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from netanalyze.columns import Table
from netanalyze.units import NEVER_NS, SECOND_NS, seconds

ROWS_AT_ONCE = 2048
"""Rows of one matrix: some 2 MB of it, which stay in the processor's cache."""
FEW = 64
"""So few rows Python writes sooner."""
WIDEST = 400
"""Octets of a field beyond which rows are written one by one: most of the matrix would be empty."""
EXACT_NS = 10**15
"""Below it a float of seconds has all nine decimals (15 digits; IEEE 754 double)."""
SHORT_NS = 100_000
"""Below it Python writes seconds with an exponent."""


class Cells(NamedTuple):
    """A column as it is written: ``values`` an array; ``seconds``: they are ns; ``missing`` is written as null."""

    name: str
    values: np.ndarray
    seconds: bool = False
    missing: int | None = None


def cells(table: Table, start_ns: int) -> list[Cells]:
    """The columns of a table: ``x_ns`` become ``x`` in seconds, moments from ``start_ns`` on."""
    found = []
    for column in table.schema:
        values = getattr(table, column.name)
        if column.unit != "ns":
            found.append(Cells(column.name, values, False, column.missing))
            continue
        if column.missing == NEVER_NS:
            never = (values == NEVER_NS) | (start_ns == NEVER_NS)
            values = np.where(never, NEVER_NS, values - (0 if start_ns == NEVER_NS else start_ns))
        found.append(Cells(column.name[:-3], values, True, column.missing))
    return found


def written(columns: Sequence[Cells], dumped: Callable[[Any], str]) -> Iterator[str]:
    """The rows as JSON, some at a time, ",\\n    " between them.

    Args:
        dumped: writes a value of a row, or a whole row.
    """
    count = len(columns[0].values)
    for first in range(0, count, ROWS_AT_ONCE):
        part = [one._replace(values=one.values[first : first + ROWS_AT_ONCE]) for one in columns]
        fields = None if count < FEW else _fields(part, dumped)
        text = ",\n    ".join(map(dumped, _plain(part))) if fields is None else _joined(fields, len(part[0].values))
        yield text if not first else ",\n    " + text


def _plain(columns: Sequence[Cells]) -> Iterator[dict[str, Any]]:
    """The rows as mappings."""
    lists = [(one, one.values.tolist()) for one in columns]
    for at in range(len(columns[0].values)):
        yield {one.name: _value(one, values[at]) for one, values in lists}


def _value(column: Cells, value: Any) -> Any:
    if column.missing is not None and value == column.missing:
        return None
    return round(seconds(value), 9) if column.seconds else value


def _fields(columns: Sequence[Cells], dumped: Callable[[Any], str]) -> list[bytes | np.ndarray] | None:
    """What a row is made of, in order: octets that all rows have, and ``u1 (rows, width)`` matrices; None: too wide."""
    fields: list[bytes | np.ndarray] = []
    shared = b"{"
    for column in columns:
        shared += f"{', ' if column is not columns[0] else ''}{json.dumps(column.name)}: ".encode()
        field = _texts(column, dumped) if column.values.dtype == object else _numbers(column, dumped)
        if isinstance(field, bytes):
            shared += field
            continue
        if field.shape[1] > WIDEST:
            return None
        fields += [shared, field]
        shared = b""
    return [*fields, shared + b"},\n    "]


def _joined(fields: Sequence[bytes | np.ndarray], rows: int) -> str:
    widths = [len(field) if isinstance(field, bytes) else field.shape[1] for field in fields]
    matrix = np.empty((rows, sum(widths)), dtype=np.uint8)
    at = 0
    for field, width in zip(fields, widths):
        matrix[:, at : at + width] = np.frombuffer(field, dtype=np.uint8) if isinstance(field, bytes) else field
        at += width
    flat = matrix.reshape(-1)
    return flat[flat != 0].tobytes()[: -len(",\n    ")].decode("ascii")


def _texts(column: Cells, dumped: Callable[[Any], str]) -> bytes | np.ndarray:
    """A column of texts or lists; each text is written once, and each list of texts or of integers."""
    values = column.values.tolist()
    first: dict[Any, int] = {}
    codes = [first.setdefault(_key(value), at) for at, value in enumerate(values)]
    if len(first) == 1:
        return dumped(values[0]).encode()
    texts = {at: dumped(values[at]).encode() for at in first.values()}
    if max(map(len, texts.values())) > WIDEST:
        return np.empty((0, WIDEST + 1), dtype=np.uint8)
    return _octets([texts[code] for code in codes])


def _key(value: Any) -> Any:
    """What is the same for values that are written alike."""
    if type(value) is str or value is None:
        return value
    if type(value) is list and set(map(type, value)) in ({str}, {int}):
        return tuple(value)
    return id(value)  # 1, 1.0 and True are equal, and are written apart


def _octets(texts: list[bytes]) -> np.ndarray:
    """Texts as rows of octets, NUL behind each."""
    fixed = np.array(texts, dtype=bytes)
    return fixed.view(np.uint8).reshape(len(texts), -1)


def _numbers(column: Cells, dumped: Callable[[Any], str]) -> bytes | np.ndarray:
    """A column of integers, or of ns as seconds."""
    values = column.values
    low, high = int(values.min()), int(values.max())
    if low == high:
        return dumped(_value(column, low)).encode()
    values = values.astype(np.int64)
    gone = values == column.missing if column.missing is not None else np.zeros(len(values), dtype=bool)
    size = np.abs(np.where(gone, 0, values))
    negative = (values < 0) & ~gone
    if column.seconds:
        whole, part = np.divmod(size, SECOND_NS)
        body = np.concatenate([_digits(whole, 1), _decimals(part)], axis=1)
    else:
        body = _digits(size, 1)
    if negative.any():
        body = np.concatenate([np.where(negative, ord("-"), 0).astype(np.uint8)[:, None], body], axis=1)
    odd = ((size >= EXACT_NS) | ((size < SHORT_NS) & (size > 0))) if column.seconds else np.zeros(0, dtype=bool)
    rows = np.flatnonzero(odd)
    others = {int(row): dumped(_value(column, int(values[row]))).encode() for row in rows}
    width = max([4 if gone.any() else 0, *map(len, others.values())])
    if body.shape[1] < width:
        body = np.concatenate([body, np.zeros((len(body), width - body.shape[1]), dtype=np.uint8)], axis=1)
    body[gone] = 0
    body[gone, :4] = np.frombuffer(b"null", dtype=np.uint8) if gone.any() else 0
    for row, text in others.items():
        body[row] = 0
        body[row, : len(text)] = np.frombuffer(text, dtype=np.uint8)
    return body


def _digits(values: np.ndarray, least: int) -> np.ndarray:
    """Numbers that are not negative in decimal, each with ``least`` digits or more; NUL before them."""
    width = max(len(str(int(values.max()))), least)
    rest, found = values, np.zeros((len(values), width), dtype=np.uint8)
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        found[:, place] = digit
    shown = np.cumsum(found, axis=1, dtype=np.int64) > 0
    shown[:, width - least :] = True
    return np.where(shown, found + ord("0"), 0).astype(np.uint8)


def _decimals(part: np.ndarray) -> np.ndarray:
    """The point and the decimals of ns below a second, without the zeros at their end; at least one."""
    found = _digits(part, 9)
    behind = np.cumsum((found != ord("0"))[:, ::-1], axis=1)[:, ::-1] > 0
    behind[:, 0] = True
    point = np.full((len(part), 1), ord("."), dtype=np.uint8)
    return np.concatenate([point, np.where(behind, found, 0).astype(np.uint8)], axis=1)

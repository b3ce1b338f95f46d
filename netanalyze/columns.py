"""Columns and tables: named, typed, documented columns of equal length.

A column is declared once; the DataFrame's dtypes, the reference page, the JSON schema and the
tooltips are derived from that declaration.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from netanalyze.units import NEVER_NS

TEXT = "text"
"""dtype of a column of strings (``None`` where unknown)."""
LIST = "list"
"""dtype of a column of lists of strings or numbers."""


class Column(NamedTuple):
    """One column: NumPy dtype (or TEXT, LIST), unit, meaning, and who defines the value.

    Integer columns whose value may be unknown have ``missing``, the number that says so.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    source: str
    missing: int | None = None
    words: Mapping[int, str] | None = None

    @property
    def array_dtype(self) -> Any:
        """The dtype of the NumPy array that holds the column."""
        return object if self.dtype in (TEXT, LIST) else np.dtype(self.dtype)


def time_column(name: str, meaning: str, source: str = "capture clock") -> Column:
    """A column of moments, ns since the epoch, ``NEVER_NS`` where it did not happen."""
    return Column(name, "i8", "ns", meaning, source, NEVER_NS)


class Table:
    """Rows as columns. Subclasses declare ``schema``; columns are attributes.

    Construct with one array (or list) a column, all of equal length; a column left out is
    filled with its ``missing`` value, or 0, or None.
    """

    schema: tuple[Column, ...] = ()

    def __init__(self, **columns: Any):
        length = max((len(values) for values in columns.values()), default=0)
        self._length = length
        for column in self.schema:
            given = columns.pop(column.name, None)
            if given is None:
                array = np.empty(length, dtype=column.array_dtype)
                array[:] = column.missing if column.missing is not None else None if array.dtype == object else 0
            elif column.array_dtype is object:
                array = np.empty(length, dtype=object)
                for i, value in enumerate(given):
                    array[i] = value
            else:
                array = np.asarray(given, dtype=column.array_dtype)
            if len(array) != length:
                raise ValueError(f"{type(self).__name__}.{column.name} has {len(array)} rows, not {length}")
            setattr(self, column.name, array)
        if columns:
            raise TypeError(f"{type(self).__name__} has no column {', '.join(columns)}")

    def __getattr__(self, name: str) -> Any:  # declared for the type checker: columns are set in __init__
        raise AttributeError(f"{type(self).__name__} has no column {name!r}")

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} rows: {', '.join(c.name for c in self.schema)}>"

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """A table from one mapping a row; absent or ``None`` values become the column's ``missing``."""
        rows = list(rows)
        columns: dict[str, list[Any]] = {}
        for column in cls.schema:
            default = column.missing if column.missing is not None else None if column.array_dtype is object else 0
            columns[column.name] = [
                default if (value := row.get(column.name)) is None and column.array_dtype is not object else value
                for row in rows
            ]
        return cls(**columns)

    def where(self, mask: Any) -> Any:
        """The rows for which ``mask`` is true (or the rows numbered, for integers)."""
        return type(self)(**{column.name: getattr(self, column.name)[mask] for column in self.schema})

    def row(self, i: int) -> dict[str, Any]:
        """Row ``i`` as a mapping; unknown values are ``None``."""
        out: dict[str, Any] = {}
        for column in self.schema:
            value = getattr(self, column.name)[i]
            if column.array_dtype is not object:
                value = value.item()
                if column.missing is not None and value == column.missing:
                    value = None
            out[column.name] = value
        return out

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row as a mapping, in order."""
        for i in range(len(self)):
            yield self.row(i)

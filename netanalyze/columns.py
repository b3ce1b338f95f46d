"""Columns and tables: named, typed, documented columns of equal length.

A column is declared once; the DataFrame's dtypes, the reference page, the JSON schema and the
tooltips are derived from that declaration.
"""

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

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


def is_moment(column: Column) -> bool:
    """Whether it holds moments, ns since the epoch."""
    return column.missing == NEVER_NS


def is_flag(column: Column) -> bool:
    """Whether it holds 0 and 1 for no and yes (its meaning then begins with "1 if")."""
    return column.dtype == "i1" and column.missing is None and column.meaning.startswith("1 if ")


def name_of(column: Column) -> str:
    """The column's name in a DataFrame and in the JSON: times lose ``_ns``, as their dtype says it."""
    return column.name.removesuffix("_ns") if column.unit == "ns" else column.name


def time_column(name: str, meaning: str, source: str = "capture clock") -> Column:
    """A column of moments, ns since the epoch, ``NEVER_NS`` where it did not happen."""
    return Column(name, "i8", "ns", meaning, source, NEVER_NS)


def distinct(numbers: np.ndarray) -> np.ndarray:
    """The numbers that occur, in order: ``np.unique`` takes ten times as long for many, and imports masked arrays."""
    ordered = np.sort(numbers)
    return ordered[:1] if len(ordered) < 2 else np.concatenate([ordered[:1], ordered[1:][np.diff(ordered) != 0]])


MANY = 2_000
"""So many numbers are put in order sooner by halves of sixteen bits than by comparing them (measured: 4 times at 250,000)."""


def in_order(numbers: np.ndarray) -> np.ndarray:
    """The places of integers in their order, equal ones as they stand: what a stable ``np.argsort`` gives, sooner where there are
    many that lie close together, as numbers of flows or names do."""
    if len(numbers) < MANY:
        return np.argsort(numbers, kind="stable")
    least, most = int(numbers.min()), int(numbers.max())
    if most - least >= 1 << 32:
        return np.argsort(numbers, kind="stable")
    above = numbers - least
    order = np.argsort(above.astype(np.uint16), kind="stable")  # NumPy sorts sixteen bits by counting
    if most - least >= 1 << 16:
        order = order[np.argsort((above >> 16).astype(np.uint16)[order], kind="stable")]
    return order


def coded(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers that occur, in order, and the place of each among them."""
    order = in_order(numbers)
    ordered = numbers[order]
    new = np.diff(ordered, prepend=ordered[:1] - 1) != 0
    places = np.empty(len(numbers), dtype=np.int64)
    places[order] = np.cumsum(new) - 1
    return ordered[new], places


def first_places(numbers: np.ndarray) -> np.ndarray:
    """Where each number that occurs does so first, in the order of the numbers."""
    order = in_order(numbers)
    return order[np.diff(numbers[order], prepend=numbers[order][:1] - 1) != 0]


GROWTH = 8
"""Where an array has no room left, the next has so many times as much: what was not written to yet takes no memory of the
machine's, and each copy takes the time of writing all anew."""


def longer(cells: np.ndarray, used: int, least: int, most: int) -> np.ndarray:
    """Cells, or columns of them, whose first ``used`` are as they were, with room for ``most`` along the last axis; where so
    much address space is not to be had, for ``least``."""
    try:
        grown = np.empty((*cells.shape[:-1], most), dtype=cells.dtype)
    except MemoryError:
        grown = np.empty((*cells.shape[:-1], least), dtype=cells.dtype)
    grown[..., :used] = cells[..., :used]
    return grown


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """While it lasts nobody looks for garbage: where all that is made stays, that takes a quarter of the time for nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Table:
    """Rows as columns. Subclasses declare ``schema``; columns are attributes.

    Construct with one array (or list) a column, all of equal length; a column left out is
    filled with its ``missing`` value, or 0, or None.
    """

    schema: tuple[Column, ...] = ()

    def __init__(self, **columns: Any):
        self._fill(columns)

    @classmethod
    def later(cls, make: Callable[[], Self]) -> Self:
        """The table that ``make`` gives, made when something of it is first asked for."""
        table = cls.__new__(cls)
        table.__dict__["_make"] = make
        return table

    def _fill(self, columns: dict[str, Any]) -> None:
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

    def __getattr__(self, name: str) -> Any:
        """What is not there yet: the columns of a table that is made later."""
        make = self.__dict__.pop("_make", None)
        if make is None:
            raise AttributeError(f"{type(self).__name__} has no column {name!r}")
        with uncollected():
            self.__dict__.update(make().__dict__)
        return getattr(self, name)

    def __getstate__(self) -> dict[str, Any]:
        len(self)  # made by now
        return self.__dict__

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

    def followed_by(self, other: Self) -> Self:
        """These rows, and those of another table of this kind behind them."""
        pairs = ((column.name, (getattr(self, column.name), getattr(other, column.name))) for column in self.schema)
        return type(self)(**{name: np.concatenate(values) for name, values in pairs})

    def row(self, i: int) -> dict[str, Any]:
        """Row ``i`` as a mapping; unknown values are ``None``."""
        return next(self.rows(i, i + 1 or None))

    def rows(self, first: int = 0, last: int | None = None) -> Iterator[dict[str, Any]]:
        """The rows [first, last) as mappings, in order; unknown values are ``None``."""
        names = [column.name for column in self.schema]
        for values in zip(*(self.values(column, first, last) for column in self.schema)):
            yield dict(zip(names, values))

    def values(self, column: Column, first: int = 0, last: int | None = None) -> list[Any]:
        """What a column holds in the rows [first, last), in Python's own types; unknown values are ``None``."""
        array = getattr(self, column.name)[first:last]
        values = array.tolist()
        if column.missing is not None and array.dtype != object:
            for row in np.flatnonzero(array == column.missing).tolist():
                values[row] = None
        return values


class Cell(NamedTuple):
    """A column of a matrix that kernels read and write: unit, meaning, and what stands in it before anything is known."""

    name: str
    unit: str
    meaning: str
    blank: int = 0


def moment(name: str, meaning: str) -> Cell:
    """A moment, ns since the epoch, ``NEVER_NS`` where it did not happen."""
    return Cell(name, "ns", f"time of: {meaning}", NEVER_NS)


def frame(name: str, meaning: str) -> Cell:
    """The number of a frame, 0 none."""
    return Cell(name, "frame number", meaning)


class Layout:
    """The columns of an ``i8`` matrix, each declared once; kernels index it flat, ``rows[row * FLOW.WIDTH + FLOW.KIND]``.

    A column's place is the attribute of its name in capitals; ``WIDTH`` is how many there are.

    Attributes:
        names: of the columns, in their order.
        blank: ``i8 (WIDTH,)``: a row of which nothing is known yet.
    """

    def __init__(self, *declared: Cell):
        self.declared = declared
        self.names = tuple(cell.name for cell in declared)
        self.blank = np.array([cell.blank for cell in declared], dtype=np.int64)
        self.WIDTH = len(declared)
        for place, name in enumerate(self.names):
            setattr(self, name.upper(), place)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...

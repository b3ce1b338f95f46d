"""Rows that a tracker keeps, as they come: so many and no more."""

import numpy as np

from netanalyze.columns import GROWTH, longer
from netanalyze.tracking.memory import CELL_TAKES, Memory

FIRST_ROWS = 64
"""Rows for which there is room at first: a small capture has no more of most kinds."""


class RowStore:
    """Rows of integers, in the order they came.

    Attributes:
        rows: how many there are.
        refused: how many more there were.

    Args:
        width: numbers of a row.
        most: rows that are kept.
        each: octets that a row takes; None: by its width.
    """

    def __init__(self, width: int, most: int, memory: Memory, each: int | None = None):
        self.width, self.rows, self.refused = width, 0, 0
        self._most, self._memory, self._each = most, memory, each or width * CELL_TAKES
        self._cells = np.empty(0, dtype=np.int64)
        self._filled = 0

    def has_room(self, further: int) -> bool:
        """Whether so many more rows are kept; else they are counted, and no later ones are kept: these are the first."""
        if self.refused or self.rows >= self._most or further > self._memory.room(self._each):
            self.refused += further
            return False
        self.rows += further
        self._memory.take(further * self._each)
        return True

    def add(self, rows: np.ndarray) -> None:
        """Keep rows for which there is room, ``i8 (n, width)``; they are copied."""
        self.further(len(rows))[:] = rows

    def further(self, count: int) -> np.ndarray:
        """The place of so many more rows for which there is room, ``i8 (count, width)``, to be written into."""
        begin, end = self._filled, self._filled + count
        width = self.width
        if end * width > len(self._cells):
            most = max(end, min(max(GROWTH * begin, FIRST_ROWS), self._most))
            self._cells = longer(self._cells, begin * width, end * width, most * width)
        self._filled = end
        return self._cells[begin * width : end * width].reshape(-1, width)

    def with_rows(self, rows: np.ndarray) -> np.ndarray:
        """All of them and others behind, which are not kept: as long as no more are added."""
        kept = self._filled
        self.add(rows)
        whole, self._filled = self.matrix, kept
        return whole

    def clear(self) -> None:
        """Keep none of them."""
        self._cells, self._filled = np.empty(0, dtype=np.int64), 0

    @property
    def matrix(self) -> np.ndarray:
        """All of them, ``i8 (rows, width)``: a view, which further rows leave as it is."""
        return self._cells[: self._filled * self.width].reshape(-1, self.width)

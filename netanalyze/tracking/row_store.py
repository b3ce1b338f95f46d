"""Rows that a tracker keeps, as they come: so many and no more."""

import numpy as np

from netanalyze.tracking.memory import CELL_TAKES, Memory


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
        self._parts: list[np.ndarray] = []

    def has_room(self, further: int) -> bool:
        """Whether so many more rows are kept; else they are counted."""
        if self.rows >= self._most or further > self._memory.room(self._each):
            self.refused += further
            return False
        self.rows += further
        self._memory.take(further * self._each)
        return True

    def add(self, rows: np.ndarray) -> None:
        """Keep rows for which there is room, ``i8 (n, width)``."""
        self._parts.append(rows)

    def clear(self) -> None:
        """Keep none of them."""
        self._parts.clear()

    @property
    def matrix(self) -> np.ndarray:
        """All of them, ``i8 (rows, width)``; kept joined so that asking again is cheap."""
        if not self._parts:
            return np.empty((0, self.width), dtype=np.int64)
        if len(self._parts) > 1:
            self._parts[:] = [np.concatenate(self._parts)]
        return self._parts[0]

"""A number for each of very many others: a hash table that kernels read and write, a dict where they are plain."""

import numpy as np

from netanalyze.kernel import Engine, kernel
from netanalyze.tracking.slots import PIECE, PIECE_BITS, PRIME, scattered, slot_key

NONE = -1


@kernel
def number_hash(number, key):
    """A hash of a number that is not negative, below ``PRIME``; whoever does not know ``key`` cannot have many meet in one."""
    return (
        key[0] * (number & PIECE) + key[1] * (number >> PIECE_BITS & PIECE) + key[2] * (number >> 2 * PIECE_BITS)
    ) % PRIME


@kernel
def find_numbers(wanted, count, table, mask, key, values):
    """What ``count`` numbers stand for, -1 nothing; the table has a number and what it stands for, plus one, by turns."""
    for row in range(count):
        number = wanted[row]
        slot = scattered(number_hash(number, key)) & mask
        while table[2 * slot + 1] != 0 and table[2 * slot] != number:
            slot = (slot + 1) & mask
        values[row] = table[2 * slot + 1] - 1


@kernel
def enter_numbers(numbers, values, count, table, mask, key):
    """Let ``count`` numbers stand for values, of a number twice the later one; returns how many were not there yet."""
    more = 0
    for row in range(count):
        number = numbers[row]
        slot = scattered(number_hash(number, key)) & mask
        while table[2 * slot + 1] != 0 and table[2 * slot] != number:
            slot = (slot + 1) & mask
        if table[2 * slot + 1] == 0:
            more += 1
        table[2 * slot] = number
        table[2 * slot + 1] = values[row] + 1
    return more


class NumberMap:
    """What numbers stand for; none of either is negative."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._of: dict[int, int] = {}  # where kernels are plain
        self._table, self._count, self._key = np.zeros(256, dtype=np.int64), 0, slot_key()

    def find(self, numbers: np.ndarray) -> np.ndarray:
        """What each stands for, ``i8 (n,)``; ``NONE`` nothing."""
        if not self._engine.compiled:
            return np.array([self._of.get(number, NONE) for number in numbers.tolist()], dtype=np.int64)
        found = np.empty(len(numbers), dtype=np.int64)
        mask = len(self._table) // 2 - 1
        self._engine.run(find_numbers, np.ascontiguousarray(numbers), len(numbers), self._table, mask, self._key, found)
        return found

    def enter(self, numbers: np.ndarray, values: np.ndarray) -> None:
        """Let numbers stand for values; of a number twice the later one counts."""
        if not self._engine.compiled:
            self._of.update(zip(numbers.tolist(), values.tolist()))
            return
        slots = len(self._table) // 2
        if 2 * (self._count + len(numbers)) > slots:
            there = self._table.reshape(-1, 2)[self._table[1::2] != 0]
            self._table = np.zeros(1 << (8 * (self._count + len(numbers))).bit_length(), dtype=np.int64)
            self._count = 0
            self._enter(there[:, 0], there[:, 1] - 1)
        self._enter(numbers, values)

    def _enter(self, numbers: np.ndarray, values: np.ndarray) -> None:
        columns = np.ascontiguousarray(numbers), np.ascontiguousarray(values)
        mask = len(self._table) // 2 - 1
        self._count += int(self._engine.run(enter_numbers, *columns, len(numbers), self._table, mask, self._key))

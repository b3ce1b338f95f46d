"""Spans of time: of those that cover a piece the one of the lowest rank, and how much of another span they cover in all."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


class Sweep(Generic[T]):
    """Things with a span and a rank each: of those that cover a piece, the one of the lowest rank.

    Args:
        ones: (start, end, rank, thing), ns; of equal ranks the first one counts.
    """

    def __init__(self, findings: Iterable[tuple[int, int, tuple, T]]):
        self._waiting = [(start, end, (*rank, at), one) for at, (start, end, rank, one) in enumerate(findings)]
        self._waiting.sort(key=lambda entry: entry[0], reverse=True)
        self._begun: list[tuple[tuple, int, T]] = []

    def covering(self, left: int, right: int) -> tuple[tuple, T] | None:
        """Rank and thing; ``left`` is never earlier than the one before."""
        while self._waiting and self._waiting[-1][0] <= left:
            _, end, rank, one = self._waiting.pop()
            heapq.heappush(self._begun, (rank, end, one))
        while self._begun and self._begun[0][1] < right:
            heapq.heappop(self._begun)
        return (self._begun[0][0], self._begun[0][2]) if self._begun else None


class Union:
    """Spans joined to what at least one of them covers: how much of another span that is.

    Args:
        spans: (start, end), ns.
        beyond: what is counted elsewhere, and not here.
    """

    def __init__(self, spans: Iterable[tuple[int, int]], beyond: "Union | None" = None):
        self._beyond = beyond
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            elif end > start:
                self._starts.append(start)
                self._ends.append(end)
        self._before = list(accumulate(map(self._weight, self._starts, self._ends), initial=0))
        self._columns: tuple[np.ndarray, ...] = ()

    def _weight(self, start: int, end: int) -> int:
        return end - start - (self._beyond.within(start, end) if self._beyond is not None else 0)

    def within(self, start: int, end: int) -> int:
        """ns of a span that are covered."""
        first, behind = bisect_right(self._ends, start), bisect_left(self._starts, end)
        if behind <= first:
            return 0
        whole = self._before[behind] - self._before[first]
        if self._starts[first] < start:
            whole -= self._weight(self._starts[first], start)
        if self._ends[behind - 1] > end:
            whole -= self._weight(end, self._ends[behind - 1])
        return whole

    def within_each(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The same of many spans, ``i8 (n,)``."""
        return np.where(starts < ends, self._until(ends) - self._until(starts), 0)

    def _until(self, moments: np.ndarray) -> np.ndarray:
        """ns that are covered up to some moments."""
        if not self._starts:
            return np.zeros(len(moments), dtype=np.int64)
        if not self._columns:
            never = np.iinfo(np.int64).max
            self._columns = np.array([*self._starts, never]), np.array(self._ends), np.array(self._before)
        starts, ends, before = self._columns
        place = np.searchsorted(ends, moments, "right")
        begun = np.minimum(starts[place], moments)
        part = moments - begun
        if self._beyond is not None:
            part -= self._beyond._until(moments) - self._beyond._until(begun)
        return before[place] + part

"""The rows that the tracker has of some flows: what ``Flow`` objects are views of, and what is told of all flows at once."""

import functools
from collections.abc import Iterable

import numpy as np

from netanalyze.flows.flow import Flow
from netanalyze.flows.uneventful import smooth
from netanalyze.tracking.gaps import GAP
from netanalyze.tracking.tracker import KEPT_FIELDS, FlowTracker


class Grouped:
    """The rows of a matrix by flow, each flow's in their order: ``of`` gives those of the flow at a place among ``ids``."""

    def __init__(self, matrix: np.ndarray, column: int, ids: np.ndarray):
        keys = matrix[:, column]
        self._matrix = matrix
        self._order = np.argsort(keys, kind="stable")
        keys = keys[self._order]
        self.starts: list[int] = np.searchsorted(keys, ids).tolist()
        self.ends: list[int] = np.searchsorted(keys, ids, "right").tolist()

    def either(self, column: int, where: np.ndarray) -> list[int]:
        """All bits that a column has in the rows ``where``, ``bool (rows,)``, of each flow."""
        return self._reduced(np.bitwise_or, np.where(where, self._matrix[:, column], 0))

    def most(self, column: int, less: int) -> list[int]:
        """The largest difference of two columns in each flow's rows, 0 where it has none."""
        return self._reduced(np.maximum, self._matrix[:, column] - self._matrix[:, less])

    def _reduced(self, how: np.ufunc, values: np.ndarray) -> list[int]:
        starts, ends = np.array(self.starts, dtype=np.int64), np.array(self.ends, dtype=np.int64)
        there = np.flatnonzero(ends > starts)
        found = np.zeros(len(starts), dtype=np.int64)
        if len(there):
            found[there] = how.reduceat(values[self._order], starts[there])
        return found.tolist()

    def of(self, place: int) -> list[list[int]]:
        """The rows of one flow."""
        return self.matrix_of(place).tolist()

    def matrix_of(self, place: int) -> np.ndarray:
        """The same as a matrix."""
        return self._matrix[self._order[self.starts[place] : self.ends[place]]]


class FlowRows:
    """What the tracker has of some flows, ``ids`` in order: what ``Flow`` objects are views of, until more frames are fed."""

    def __init__(self, tracker: FlowTracker, gaps: np.ndarray, ids: Iterable[int]):
        self.ids = np.array(sorted(ids), dtype=np.int64)
        self._state = tracker.state
        cells = tracker.state.half_cells
        self.halves = memoryview(cells) if isinstance(cells, np.ndarray) else cells
        self._kept = tracker.kept
        self.kept, self.gaps = Grouped(self._kept, 2, self.ids), Grouped(gaps, 0, self.ids)
        self.records, self.bins = Grouped(tracker.records, 0, self.ids), tracker.bins

    @functools.cached_property
    def marks(self) -> tuple[list[int], list[int]]:
        """By direction, all marks that packets kept of each flow bear."""
        sides = self._kept[:, KEPT_FIELDS.index("direction")]
        column = KEPT_FIELDS.index("marks")
        return self.kept.either(column, sides == 0), self.kept.either(column, sides == 1)

    @functools.cached_property
    def smooth(self) -> list[bool]:
        """Which of them have nothing to look at in their segments (netanalyze.flows.uneventful)."""
        return smooth(self).tolist()

    @functools.cached_property
    def longest_gaps(self) -> list[int]:
        """ns of the longest gap of each flow, 0 where it has none."""
        return self.gaps.most(GAP.END_NS, GAP.START_NS)

    def flow(self, name: str) -> np.ndarray:
        """A field of all of them, ``i8 (n,)``."""
        return self._state.flow(name)[self.ids]

    def half(self, name: str, direction: int) -> np.ndarray:
        """A field of one side of all of them, ``i8 (n,)``."""
        return self._state.half(name, direction)[self.ids]

    def flows(self) -> list[Flow]:
        """A view of each; messages are joined by the caller."""
        ids = self.ids.tolist()
        return [Flow(self, place, id_, row) for place, (id_, row) in enumerate(zip(ids, self._state.flow_rows(ids)))]

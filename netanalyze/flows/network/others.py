"""Whether there is another one: questions about all flows or lookups, answered from what was put in order once.

A rule that asks of each flow whether some other one is later, or beside it, would look at all pairs of them. Each of these
is made in one pass and answers in the logarithm of that.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

import numpy as np

from netanalyze.units import NEVER_NS

K = TypeVar("K", bound=Hashable)


class Greatest(Generic[K]):
    """The latest moment of each key, and of all others, ns; ``NEVER_NS`` where there is none.

    >>> things = Greatest([("a", 3), ("b", 5), ("b", 4)])
    >>> things.of("b"), things.but("b"), things.but("c")
    (5, 3, 5)
    """

    def __init__(self, numbers: Iterable[tuple[K, int]]):
        self._of: dict[K, int] = {}
        for key, number in numbers:
            self._of[key] = max(number, self._of.get(key, number))
        self._two = sorted(self._of.items(), key=lambda one: -one[1])[:2]

    def of(self, key: K) -> int:
        """The latest of a key."""
        return self._of.get(key, NEVER_NS)

    def but(self, key: K) -> int:
        """The latest of any other key."""
        return next((number for other, number in self._two if other != key), NEVER_NS)


class Spans(Generic[K]):
    """Spans of time that belong to somebody, ns: whose are there beside a moment or a span.

    Args:
        spans: (start, end, whose).
    """

    def __init__(self, spans: Iterable[tuple[int, int, K]]):
        ordered = sorted(spans, key=lambda span: span[0])
        self._starts = [start for start, _, _ in ordered]
        self._latest: list[tuple[tuple[int, K], ...]] = []  # up to each: the two ends that are latest, of two owners
        two: tuple[tuple[int, K], ...] = ()
        for _, end, whose in ordered:
            mine = max([end] + [other for other, owner in two if owner == whose])
            rest = [one for one in two if one[1] != whose]
            two = tuple(sorted([*rest, (mine, whose)], key=lambda one: -one[0])[:2])
            self._latest.append(two)

    def beside(self, whose: K, begun_by_ns: int, until_ns: int) -> bool:
        """Whether somebody else's span begins at ``begun_by_ns`` or before and ends at ``until_ns`` or later."""
        place = bisect_right(self._starts, begun_by_ns)
        return place > 0 and any(owner != whose and end >= until_ns for end, owner in self._latest[place - 1])


class InOrder(Generic[K]):
    """Things with a span each, in the order of their beginnings: the first of them that overlaps another span.

    Args:
        things: (start, end, thing), ns.
    """

    def __init__(self, things: Sequence[tuple[int, int, K]]):
        self._things = things
        self._latest: list[int] = []  # the latest end of any up to each
        for _, end, _ in things:
            self._latest.append(max(end, self._latest[-1]) if self._latest else end)

    def first(self, start_ns: int, end_ns: int) -> K | None:
        """The first that ends at ``start_ns`` or later, if it begins at ``end_ns`` or earlier; None where none does."""
        at = bisect_left(self._latest, start_ns)
        return self._things[at][2] if at < len(self._things) and self._things[at][0] <= end_ns else None


class Moments(Generic[K]):
    """Moments at which somebody began something.

    Args:
        ns: ``i8 (n,)``, in any order.
        whose: whose each is, as the place among ``owners``, ``i8 (n,)``.
    """

    def __init__(self, ns: np.ndarray, whose: np.ndarray, owners: Sequence[K]):
        order = np.argsort(ns, kind="stable")
        self._ns, self._whose = ns[order].tolist(), whose[order]
        self._place = {owner: at for at, owner in enumerate(owners)}
        begins = np.append(np.flatnonzero(np.diff(self._whose)) + 1, len(order))
        # from each on, the next one of somebody else
        self._other = np.repeat(begins, np.diff(begins, prepend=0))

    @classmethod
    def of(cls, moments: Sequence[tuple[int, K]]) -> "Moments[K]":
        """Each with whose it is."""
        owners: dict[K, int] = {}
        whose = [owners.setdefault(owner, len(owners)) for _, owner in moments]
        ns = np.array([ns for ns, _ in moments], dtype=np.int64)
        return cls(ns, np.array(whose, dtype=np.int64), list(owners))

    def after(self, ns: int, whose: K) -> int | None:
        """The first moment after ``ns`` that is not ``whose``; None where there is none."""
        at = bisect_right(self._ns, ns)
        if at < len(self._ns) and self._whose[at] == self._place.get(whose, -1):
            at = int(self._other[at])
        return self._ns[at] if at < len(self._ns) else None

    def between(self, start_ns: int, end_ns: int, whose: K) -> bool:
        """Whether a moment that is not ``whose`` lies between two others, themselves left out."""
        found = self.after(start_ns, whose)
        return found is not None and found < end_ns


class Latest:
    """Flows by their beginning, with the moment at which each was last heard of: the latest such moment of many.

    Args:
        things: (beginning, moment, id of the flow), ns.
    """

    def __init__(self, things: Iterable[tuple[int, int, int]]):
        ordered = sorted(things)
        self._begun = [begun for begun, _, _ in ordered]
        self._place = {flow: at for at, (_, _, flow) in enumerate(ordered)}
        self._levels = [np.array([moment for _, moment, _ in ordered], dtype=np.int64)]  # [k][i]: of 2**k from i on
        while 2 ** len(self._levels) <= len(ordered):
            half, width = self._levels[-1], 2 ** (len(self._levels) - 1)
            self._levels.append(np.maximum(half[:-width], half[width:]))

    def since(self, begun_ns: int, but: Iterable[int | None]) -> int:
        """The latest moment of those that began at ``begun_ns`` or later, some left out; ``NEVER_NS`` where none did."""
        first = bisect_left(self._begun, begun_ns)
        out = sorted(at for flow in but if flow is not None and (at := self._place.get(flow, -1)) >= first)
        edges = zip([first, *(at + 1 for at in out)], [*out, len(self._begun)])
        return max((self._most(start, end) for start, end in edges if start < end), default=NEVER_NS)

    def _most(self, start: int, end: int) -> int:
        level = (end - start).bit_length() - 1
        row = self._levels[level]
        return int(max(row[start], row[end - 2**level]))


class Last(Generic[K]):
    """Things in an order of their own, each with its moment, ns: the last of them that was there by then."""

    def __init__(self, things: Sequence[tuple[int, K]]):
        self._things = things
        self._earliest = [ns for ns, _ in things]  # of each and of all behind it
        for at in range(len(things) - 2, -1, -1):
            self._earliest[at] = min(self._earliest[at], self._earliest[at + 1])

    def by(self, ns: int) -> K | None:
        """The last in order whose moment is ``ns`` or earlier; None where there is none."""
        at = bisect_right(self._earliest, ns)
        return self._things[at - 1][1] if at else None

    def before(self, ns: int) -> K | None:
        """The last in order whose moment is earlier than ``ns``; None where there is none."""
        at = bisect_left(self._earliest, ns)
        return self._things[at - 1][1] if at else None

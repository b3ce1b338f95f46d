"""When lookups were begun and over, as columns: what a ledger and a bound on time need of most of them, and no more."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from netanalyze.columns import distinct
from netanalyze.flows.names.lookups import Lookup
from netanalyze.units import NEVER_NS


class LookupSpan(NamedTuple):
    """When a lookup was begun and over, the frames that show it (0 none), and the name."""

    start_ns: int
    end_ns: int
    first_frame: int
    decided_by: int
    name: str
    client: str
    resolver: str


NUMBERS = ("start_ns", "end_ns", "first_frame", "decided_by")
TEXTS = ("name", "client", "resolver")


class Coded:
    """Texts as numbers: ``codes`` of rows among few ``texts``."""

    def __init__(self, codes: np.ndarray, texts: list[str]):
        self.codes, self.texts = codes, texts

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Coded":
        """Texts by numbers in the order of their first occurrence."""
        known: dict[str, int] = {}
        codes = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)
        return cls(codes, list(known))

    def there(self) -> list[str]:
        """The texts that occur."""
        return [self.texts[code] for code in distinct(self.codes).tolist()]

    def where(self, rows: np.ndarray) -> "Coded":
        """Those of some rows."""
        return Coded(self.codes[rows], self.texts)

    def values(self) -> list[str]:
        """The text of each row."""
        return list(map(self.texts.__getitem__, self.codes.tolist()))

    def behind(self, other: "Coded") -> "Coded":
        """These rows, and those of another behind them."""
        known = {text: code for code, text in enumerate(self.texts)}
        moved = np.array([known.setdefault(text, len(known)) for text in other.texts], dtype=np.int64)
        codes = moved[other.codes] if len(moved) else other.codes
        return Coded(np.concatenate([self.codes, codes]), list(known))


class LookupSpans(Sequence[LookupSpan]):
    """Spans of lookups, a row each.

    Attributes:
        start_ns, end_ns, first_frame, decided_by: ``i8 (n,)``.
        name, client, resolver: texts of the rows.
    """

    start_ns: np.ndarray
    end_ns: np.ndarray
    first_frame: np.ndarray
    decided_by: np.ndarray

    def __init__(self, numbers: Sequence[np.ndarray], name: Coded, client: Coded, resolver: Coded):
        self.start_ns, self.end_ns, self.first_frame, self.decided_by = numbers
        self.name, self.client, self.resolver = name, client, resolver

    @classmethod
    def of(cls, lookups: Sequence[Lookup]) -> "LookupSpans":
        """Those of lookups that are objects."""
        numbers = [np.array([getattr(one, field) for one in lookups], dtype=np.int64) for field in NUMBERS]
        texts = (one.name for one in lookups), (one.client for one in lookups), (one.resolvers[0] for one in lookups)
        return cls(numbers, *map(Coded.of, texts))

    def __len__(self) -> int:
        return len(self.start_ns)

    def __getitem__(self, at):
        if isinstance(at, slice):
            return list(self.where(np.arange(len(self))[at]))
        return next(iter(self.where(np.arange(len(self))[[at]])))

    def __iter__(self) -> Iterator[LookupSpan]:
        numbers = [getattr(self, field).tolist() for field in NUMBERS]
        return map(LookupSpan, *numbers, *(one.values() for one in (self.name, self.client, self.resolver)))

    def where(self, rows: np.ndarray) -> "LookupSpans":
        """Those of some rows: numbers, or a mask."""
        numbers = [getattr(self, field)[rows] for field in NUMBERS]
        return LookupSpans(numbers, self.name.where(rows), self.client.where(rows), self.resolver.where(rows))

    def last_begun(self) -> list[tuple[str, int]]:
        """When each name was last looked up."""
        latest = np.full(len(self.name.texts), NEVER_NS)
        np.maximum.at(latest, self.name.codes, self.start_ns)
        return [(self.name.texts[code], int(latest[code])) for code in distinct(self.name.codes).tolist()]

    def behind(self, other: "LookupSpans") -> "LookupSpans":
        """These rows, and those of another behind them."""
        numbers = [np.concatenate([getattr(self, field), getattr(other, field)]) for field in NUMBERS]
        texts = (getattr(self, field).behind(getattr(other, field)) for field in TEXTS)
        return LookupSpans(numbers, *texts)

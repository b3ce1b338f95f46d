"""The ledger of a run: rows end to end, each with its one owner. Kept as columns, for a busy run has a row for each wait."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from netanalyze.columns import LIST, TEXT, Column, Table, time_column
from netanalyze.findings import Culprit
from netanalyze.waiting import Waiting
from netanalyze.wording import Text

PHASES = ("local", "dns", "connect", "tls", "request", "transfer", "idle", "unexplained")
"""Ledger phases: work or waiting on this machine; lookups; opening TCP; the TLS handshake; waiting for a
response; octets on the move; nothing was asked of the network; nobody knows."""
NO_FLOW = -1


class LedgerRow(NamedTuple):
    """A span of the run with its one owner. ``phase`` is one of PHASES; ``cause`` None where nothing is wrong; ``waiting``
    is what was owed in it, where its note tells of that."""

    start_ns: int
    end_ns: int
    phase: str
    cause: str | None = None
    culprit: Culprit | None = None
    flow_id: int | None = None
    note: Text = ""
    waiting: Waiting | None = None

    @property
    def ns(self) -> int:
        """How long it is."""
        return self.end_ns - self.start_ns


class RowWords(NamedTuple):
    """What a row says but for its time and its flow: of many rows there are few of these."""

    phase: str
    cause: str | None = None
    culprit: Culprit | None = None
    note: Text = ""
    waiting: Waiting | None = None


class Ledger(Sequence[LedgerRow]):
    """The rows of a ledger; objects where somebody goes through them.

    Attributes:
        start_ns, end_ns, flow: ``i8 (n,)``; the flow is ``NO_FLOW`` where no flow owns a row.
        code: ``i8 (n,)``, the place of what each says in ``words``.
    """

    def __init__(self, edges: np.ndarray, flow: np.ndarray, code: np.ndarray, words: Sequence[RowWords]):
        self._edges = edges
        self.start_ns, self.end_ns = edges[:-1], edges[1:]
        self.flow, self.code, self.words = flow, code, tuple(words)

    @classmethod
    def of(cls, rows: Iterable[LedgerRow]) -> "Ledger":
        """A ledger of some rows that lie end to end; one that is a ledger stays itself."""
        if isinstance(rows, Ledger):
            return rows
        rows = list(rows)
        known: dict[RowWords, int] = {}
        words = [RowWords(row.phase, row.cause, row.culprit, row.note, row.waiting) for row in rows]
        code = np.array([known.setdefault(one, len(known)) for one in words], dtype=np.int64)
        edges = np.array([*(row.start_ns for row in rows), *(row.end_ns for row in rows[-1:])], dtype=np.int64)
        flow = np.array([NO_FLOW if row.flow_id is None else row.flow_id for row in rows], dtype=np.int64)
        return cls(edges if rows else np.zeros(1, dtype=np.int64), flow, code, list(known))

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, at):
        if isinstance(at, slice):
            return list(self.rows(np.arange(len(self))[at]))
        return next(self.rows(np.arange(len(self))[[at]]))

    def __iter__(self) -> Iterator[LedgerRow]:
        return self.rows(np.arange(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def rows(self, places: np.ndarray) -> Iterator[LedgerRow]:
        """Those at some places."""
        columns = (column[places].tolist() for column in (self.start_ns, self.end_ns, self.code, self.flow))
        for start, end, code, flow in zip(*columns):
            one = self.words[code]
            yield LedgerRow(
                start, end, one.phase, one.cause, one.culprit, None if flow == NO_FLOW else flow, one.note, one.waiting
            )

    @property
    def ns(self) -> np.ndarray:
        """How long each row is."""
        return self.end_ns - self.start_ns

    def spent(self) -> dict[RowWords, int]:
        """ns by what the rows say, in the order of the first row of each."""
        sums = np.zeros(len(self.words), dtype=np.int64)
        np.add.at(sums, self.code, self.ns)
        first = np.full(len(self.words), len(self.code))
        first[self.code[::-1]] = np.arange(len(self.code))[::-1]  # of several the one that is written last
        order = np.argsort(first, kind="stable")[: np.count_nonzero(first < len(self.code))]
        return {self.words[code]: int(sums[code]) for code in order.tolist()}

    def places(self, phase: str) -> np.ndarray:
        """Where the rows of a phase are."""
        codes = [code for code, one in enumerate(self.words) if one.phase == phase]
        return np.flatnonzero(np.isin(self.code, codes))

    def saying(self, words: Sequence[RowWords]) -> "Ledger":
        """The same rows, which say something else: of each thing they say what is there in its place."""
        return Ledger(self._edges, self.flow, self.code, words)


class LedgerTable(Table):
    """The rows of a ledger as the JSON has them."""

    schema = (
        time_column("start_ns", "the end of the row before"),
        time_column("end_ns", "when something began or ended"),
        Column("seconds_ns", "i8", "ns", "how long it is", "capture clock"),
        Column("phase", TEXT, "", "one of PHASES", "netanalyze"),
        Column("cause", TEXT, "", "why, None where nothing is wrong", "netanalyze"),
        Column("culprit", LIST, "", "who, as the JSON has it", "netanalyze"),
        Column("flow", "i8", "1", "flow, -1 none", "netanalyze", -1),
        Column("note", TEXT, "", "particulars", "netanalyze"),
    )

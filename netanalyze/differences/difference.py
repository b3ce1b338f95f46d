"""RunDifference: two runs beside each other, and its JSON (docs/diff.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike, fspath
from typing import Any, NamedTuple

from netanalyze.api import analyze
from netanalyze.differences.occurrences import KINDS, Occurrence
from netanalyze.differences.run_facts import ComparedRun, HostShare
from netanalyze.differences.sentences import headline
from netanalyze.findings import Threshold
from netanalyze.version import __version__
from netanalyze.wording import Text, english

SCHEMA_VERSION = 1
NOTABLE = Threshold(
    0.1, "s", source="Card, Robertson, Mackinlay (CHI 1991): the limit of what seems to be at once",
    why="shorter differences of a whole run are what two runs of one thing differ by anyway",
)  # fmt: skip
CHANGED = Threshold(
    0.05,
    "s",
    source="netanalyze, chosen",
    why="a request that took so much longer is worth a row; jitter of paths is less",
)
PARTS = ("environment", "resolvers", "addresses", "modules", "causes")


class Changed(NamedTuple):
    """A fact that is not the same; None where a run does not have it."""

    name: str
    a: Text | None
    b: Text | None


@dataclass(frozen=True)
class ChangedOccurrence:
    """Something that was asked in one run alone, or answered otherwise.

    Attributes:
        a, b: it in either run; None where that did not ask it.
        seconds: how much longer the second took for it: all of it where the first did not ask.
        moved: it came earlier or later among what both asked of its kind.
    """

    a: Occurrence | None
    b: Occurrence | None
    seconds: float
    moved: bool = False

    @property
    def either(self) -> Occurrence:
        """It, in the run that has it."""
        found = self.b or self.a
        assert found is not None
        return found


class RunDifference:
    """Two runs beside each other; ``b`` minus ``a`` throughout.

    Attributes:
        seconds: how much longer the second took.
    """

    def __init__(self, a: ComparedRun, b: ComparedRun):
        self.a, self.b = a, b

    @property
    def seconds(self) -> float:
        """How much longer the second took."""
        return self.b.seconds - self.a.seconds

    @cached_property
    def phases(self) -> dict[str, float]:
        """By phase of the ledger: they add up to the difference."""
        names = dict.fromkeys([*self.a.phases, *self.b.phases])
        return {name: self.b.phases.get(name, 0.0) - self.a.phases.get(name, 0.0) for name in names}

    @cached_property
    def shares(self) -> list[tuple[HostShare, float]]:
        """By phase and host, the largest first: they add up to the difference."""
        every = dict.fromkeys([*self.a.shares, *self.b.shares])
        rows = [(share, self.b.shares.get(share, 0.0) - self.a.shares.get(share, 0.0)) for share in every]
        return sorted(rows, key=lambda row: (-abs(row[1]), row[0].phase, row[0].who))

    def changed(self, part: str) -> list[Changed]:
        """What of a part of PARTS is not the same, by name."""
        one: Mapping[str, Text] = getattr(self.a, part)
        other: Mapping[str, Text] = getattr(self.b, part)
        return [
            Changed(name, one.get(name), other.get(name))
            for name in sorted({*one, *other})
            if one.get(name) != other.get(name)
        ]

    @cached_property
    def asked(self) -> list[ChangedOccurrence]:
        """What was asked in one run alone, answered otherwise, or took longer or shorter, in the order of the second run."""
        ours, theirs = ({one.key: one for one in run.asked} for run in (self.a, self.b))
        moved: set[tuple[str, str, int]] = set()
        for kind in KINDS:
            both = [one for one in self.b.asked if one.key in ours and one.kind == kind]
            ranks = sorted(range(len(both)), key=lambda place: ours[both[place].key].order)
            moved |= {both[place].key for rank, place in enumerate(ranks) if abs(rank - place) > MOVED_LEAST}
        rows = [ChangedOccurrence(ours.get(one.key), one, 0.0, one.key in moved) for one in self.b.asked]
        rows += [ChangedOccurrence(one, None, 0.0) for one in self.a.asked if one.key not in theirs]
        rows.sort(key=lambda row: row.either.start)
        kept = []
        for row in rows:
            took = [self._time(one, run) for one, run in ((row.a, self.a), (row.b, self.b))]
            longer = took[1] - took[0]
            same = row.a is not None and row.b is not None and row.a.outcome == row.b.outcome and row.a.via == row.b.via
            if not same or abs(longer) >= CHANGED.value or row.moved:
                kept.append(ChangedOccurrence(row.a, row.b, longer, row.moved))
        return kept

    @staticmethod
    def _time(occurrence: Occurrence | None, run: ComparedRun) -> float:
        """How long it was waited for: to the end of the run where nothing came."""
        if occurrence is None:
            return 0.0
        return occurrence.seconds if occurrence.seconds is not None else max(0.0, run.seconds - occurrence.start)

    @cached_property
    def headline(self) -> Text:
        """The difference in one sentence."""
        return headline(self)

    def to_json(self) -> dict[str, Any]:
        """The JSON object; seconds are b's minus a's."""
        return {
            "schema_version": SCHEMA_VERSION,
            "netanalyze": __version__,
            "a": _run_json(self.a),
            "b": _run_json(self.b),
            "summary": english(self.headline),
            "seconds": round(self.seconds, 6),
            "phases": {name: round(seconds, 6) for name, seconds in self.phases.items()},
            "hosts": [
                {"phase": share.phase, "host": share.who or None, "seconds": round(seconds, 6),
                 "a": round(self.a.shares.get(share, 0.0), 6), "b": round(self.b.shares.get(share, 0.0), 6)}
                for share, seconds in self.shares
                if seconds
            ],
            **{part: english([one._asdict() for one in self.changed(part)]) for part in PARTS},
            "asked": [
                {"kind": row.either.kind, "name": row.either.name, "number": row.either.number, "moved": row.moved,
                 "seconds": round(row.seconds, 6), "a": _occurrence_json(row.a), "b": _occurrence_json(row.b)}
                for row in self.asked
            ],
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<RunDifference: {english(self.headline)}>"

    def _repr_html_(self) -> str:
        from html import escape

        from netanalyze.differences.text import render

        return f"<pre>{escape(render(self, 100))}</pre>"


MOVED_LEAST = 2
"""Places by which something is earlier or later to count as moved: neighbours change places by chance."""


def _run_json(run: ComparedRun) -> dict[str, Any]:
    verdict = run.result.verdict
    return {
        "file": run.name, "seconds": round(run.seconds, 6), "status": verdict.status, "cause": verdict.cause,
        "summary": english(verdict.summary), "asked": len(run.asked),
    }  # fmt: skip


def _occurrence_json(occurrence: Occurrence | None) -> dict[str, Any] | None:
    if occurrence is None:
        return None
    return {
        "order": occurrence.order, "start": round(occurrence.start, 6),
        "seconds": None if occurrence.seconds is None else round(occurrence.seconds, 6), "outcome": occurrence.outcome,
        "via": occurrence.via,
    }  # fmt: skip


def diff(
    a: str | PathLike[str],
    b: str | PathLike[str],
    traces: tuple[str | None, str | None] = (None, None),
    progress: Callable[[int, int | None], None] | None = None,
    kernels: str = "auto",
) -> RunDifference:
    """Compare two runs of one command, from a capture of each.

    Args:
        traces: what the command printed, as text, of either; None where that is not known.
        progress: called with octets read and octets in all (None unknown).

    Raises:
        CaptureError: one of them cannot be analysed.
    """
    runs = [
        ComparedRun(analyze([fspath(path)], trace=trace, progress=progress, kernels=kernels))
        for path, trace in zip((a, b), traces)
    ]
    return RunDifference(runs[0], runs[1])

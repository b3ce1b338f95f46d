"""The run again, without a cause: how much earlier it would have been over.

Each span begins as long after what it waited for as it did in fact, and lasts as long, but for the time in it that the
cause's findings explain. What ran beside the cause keeps its own pace, and the run is over when the last span is. That is the
what-if analysis of a schedule (Kelley and Walker, Critical-Path Planning and Scheduling, 1959): a wait costs only what it
is longer than everything that was waited for beside it.
"""

import functools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from netanalyze.causes.case import Case
from netanalyze.columns import coded, first_places, in_order
from netanalyze.diagnosis.covering import Explained, spread
from netanalyze.diagnosis.timeline.intervals import Interval, intervals
from netanalyze.findings import Finding
from netanalyze.flows.names.search_list import beginnings
from netanalyze.flows.screen import odd, plain
from netanalyze.flows.smooth.spans import ACTIVE, OWN
from netanalyze.flows.timeline.what_if import played_again, waited_for
from netanalyze.result.ledger import NO_FLOW
from netanalyze.tracking.addresses import is_loopback

NONE = -1


def saved(case: Case, findings: Sequence[Finding]) -> int | None:
    """By how many ns the run would have been shorter without what the findings explain; None where no span is theirs."""
    waits, by = _waits(case), Explained(findings)
    cuts, tried_cuts = waits.explained(by), np.zeros(len(waits), dtype=np.int64)
    if not cuts.any():
        return None
    for at, earlier in waits.tried.items():
        tried_cuts[at] = _explained(replace(waits[earlier], end_ns=int(waits.start_ns[at])), by)
    over = np.empty(len(waits), dtype=np.int64)
    tried = np.full(len(waits), NONE)
    tried[list(waits.tried)] = list(waits.tried.values())
    arguments = waits.start_ns, waits.end_ns, waits.causes, cuts, tried, tried_cuts, len(waits), over
    case.engine.run(played_again, *arguments)
    return int(waits.end_ns.max() - over.max())


def saved_at_most(case: Case, findings: Sequence[Finding]) -> int | None:
    """A bound of ``saved`` that takes no replay: what the findings explain of all spans; None where no span is theirs.

    Whatever waited for whatever, no span begins earlier than by what is cut of those before it.
    """
    return int(_waits(case).explained(Explained(findings)).sum()) or None


def _waits(case: Case) -> "_Waits":
    if "waits" not in case.derived:
        case.derived["waits"] = _Waits(case)
    return case.derived["waits"]


class _Waits:
    """The spans of a run in the order of their beginnings, and those of each flow and name: put in order once, however many
    causes are replayed.

    Attributes:
        causes: what each span waited for, the place of another, -1 nothing.
        tried: by the first span of a dial's later attempt, the earlier attempt's that lay open then, and made it wait.
    """

    def __init__(self, case: Case):
        self._spans = spans = intervals(case)
        places = np.flatnonzero(spans.rank != OWN)
        within = _asked_for_a_stub(case)
        if within is not None:
            mine = [spans.flow[at] != NO_FLOW or not within(spans[at]) for at in places.tolist()]
            places = places[np.array(mine, dtype=bool)]
        self._places = places[np.lexsort((spans.end_ns[places], spans.start_ns[places]))]
        self.start_ns, self.end_ns = spans.start_ns[self._places], spans.end_ns[self._places]
        self._flow, self._name = spans.flow[self._places], spans.name[self._places]
        self.causes = self._waited_for(case)
        self.tried = self._earlier_attempts(case)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: int) -> Interval:
        return self._spans[int(self._places[at])]

    def _waited_for(self, case: Case) -> np.ndarray:
        count, flows = len(self), coded(self._flow)
        ranks = np.empty(count, dtype=np.int64)
        ranks[np.argsort(self.end_ns, kind="stable")] = np.arange(count)
        whose = np.where(self._flow == NO_FLOW, NONE, flows[1])
        last, found = np.full(max(len(flows[0]), 1), NONE), np.empty(count, dtype=np.int64)
        columns = self.start_ns, self.end_ns, whose, ranks
        case.engine.run(waited_for, *columns, count, np.empty(max(count, 1), dtype=np.int64), last, found)
        return found

    def _earlier_attempts(self, case: Case) -> dict[int, int]:
        firsts = first_places(self._flow)
        first = dict(zip(self._flow[firsts].tolist(), firsts.tolist()))
        found = {}
        for dial in case.dials:
            if len(dial.attempts) < 2:
                continue
            attempts = [first[flow.id] for flow in dial.attempts if flow.id in first]
            for earlier, later in pairwise(sorted(attempts, key=lambda at: int(self.start_ns[at]))):
                if self.start_ns[earlier] < self.start_ns[later] <= self.end_ns[earlier]:
                    found[later] = earlier
        return found

    @functools.cached_property
    def _codes(self) -> dict[str, list[int]]:
        """The codes of the names that are, or begin with, a name."""
        found: dict[str, list[int]] = defaultdict(list)
        for code, name in enumerate(self._spans.names):
            for begun in (name, *beginnings(name)):
                found[begun].append(code)
        return found

    def explained(self, by: Explained) -> np.ndarray:
        """How much of each span the findings explain, ns, ``i8 (n,)``."""
        cuts = np.zeros(len(self), dtype=np.int64)
        for at in self._of_flows.of(by.flows).tolist():
            cuts[at] = _explained(self[at], by)
        about = [code for name in set(by.names) for code in self._codes.get(name, ())]
        if by.any_name:
            every = self._lookups.all
            cuts[every] = by.of_lookups(None, self.start_ns[every], self.end_ns[every])
        named = self._lookups.of(about)
        edges = np.flatnonzero(np.diff(self._name[named], prepend=NONE, append=NONE))
        for first, behind in pairwise(edges.tolist()):  # one name's stand side by side
            at = named[first:behind]
            name = self._spans.names[self._name[at[0]]]
            cuts[at] = by.of_lookups(name, self.start_ns[at], self.end_ns[at])
        return cuts

    @functools.cached_property
    def _of_flows(self) -> "_Places":
        return _Places(self._flow, self._flow != NO_FLOW)

    @functools.cached_property
    def _lookups(self) -> "_Places":
        return _Places(self._name, self._flow == NO_FLOW)


class _Places:
    """Where each of some keys stands in a column, as far as ``here`` says."""

    def __init__(self, column: np.ndarray, here: np.ndarray):
        rows = np.flatnonzero(here)
        self._rows = rows[in_order(column[rows])]
        self._keys = column[self._rows]

    @property
    def all(self) -> np.ndarray:
        """Of whatever key."""
        return self._rows

    def of(self, keys: Iterable[int]) -> np.ndarray:
        """Of some keys, those of one side by side."""
        wanted = np.unique(np.array(list(keys), dtype=np.int64))
        first, behind = np.searchsorted(self._keys, wanted), np.searchsorted(self._keys, wanted, "right")
        counts = behind - first
        return self._rows[np.repeat(behind - np.cumsum(counts), counts) + np.arange(int(counts.sum()))]


def _asked_for_a_stub(case: Case) -> Callable[[Interval], bool] | None:
    """Whether a lookup is one that a resolver on this machine asks on behalf of one that waits for it, and so is no wait of its
    own; None where no resolver is on this machine."""
    begun: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for x in odd(case.lookups):
        if x.resolvers and all(map(is_loopback, x.resolvers)):
            begun[x.name].append((x.start_ns, x.end_ns))
    asked = plain(case.lookups)
    local = [code for code, resolver in enumerate(asked.resolver.texts) if is_loopback(resolver)]
    for one in asked.where(np.isin(asked.resolver.codes, local)):
        begun[one.name].append((one.start_ns, one.end_ns))
    if not begun:
        return None
    for rows in begun.values():
        rows.sort()

    def within(span: Interval) -> bool:
        rows = begun.get(span.note, ())
        at = bisect_left(rows, (span.start_ns, -1)) - 1
        return at >= 0 and rows[at][0] < span.start_ns and span.end_ns < rows[at][1]

    return within


def _explained(span: Interval, by: Explained) -> int:
    """ns of a flow's span that lie in findings about it."""
    flow = span.flow_id
    if flow is None:
        return 0
    if span.rank == ACTIVE:
        return by.of_flow(flow, "spread", spread, span.start_ns, span.end_ns)
    return by.of_flow(flow, "any", lambda f: True, span.start_ns, span.end_ns)

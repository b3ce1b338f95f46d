"""The run again, without a cause: how much earlier it would have been over.

Each span begins as long after what it waited for as it did in fact, and lasts as long, but for the time in it that the
cause's findings explain. What ran beside the cause keeps its own pace, and the run is over when the last span is. That is the
what-if analysis of a schedule (Kelley and Walker, Critical-Path Planning and Scheduling, 1959): a wait costs only what it
is longer than everything that was waited for beside it.
"""

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, pairwise

from netanalyze.causes.case import Case
from netanalyze.diagnosis.covering import Explained
from netanalyze.diagnosis.ledger import ACTIVE, OWN, Interval, intervals, spread
from netanalyze.findings import Finding
from netanalyze.flows.names.search_list import beginnings
from netanalyze.flows.screen import odd, plain
from netanalyze.flows.timeline.critical_path import AT_ONCE_NS
from netanalyze.tracking.addresses import is_loopback


def saved(case: Case, findings: Sequence[Finding]) -> int | None:
    """By how many ns the run would have been shorter without what the findings explain; None where no span is theirs."""
    waits, by = _waits(case), Explained(findings)
    spans, theirs = waits.spans, waits.explained(by)
    if not theirs:
        return None
    before, rival = _Before(spans), _earlier_attempts(case, spans)
    over: dict[int, int] = {}
    for span in spans:
        cause, tried = before.of(span), rival.get(id(span))
        if tried is not None and id(tried) in over:
            # as far as the earlier attempt had come by then, less what is explained of it
            begins = over[id(tried)] - (tried.end_ns - span.start_ns) + theirs.get(id(tried), 0)
            begins -= _explained(replace(tried, end_ns=span.start_ns), by)
        elif cause is not None:
            begins = over[id(cause)] + max(span.start_ns - cause.end_ns, 0)
        else:
            begins = span.start_ns
        over[id(span)] = begins + span.end_ns - span.start_ns - theirs.get(id(span), 0)
    return max(span.end_ns for span in spans) - max(over.values())


def saved_at_most(case: Case, findings: Sequence[Finding]) -> int | None:
    """A bound of ``saved`` that takes no replay: what the findings explain of all spans; None where no span is theirs.

    Whatever waited for whatever, no span begins earlier than by what is cut of those before it.
    """
    return sum(_waits(case).explained(Explained(findings)).values()) or None


def _waits(case: Case) -> "_Waits":
    if "waits" not in case.derived:
        case.derived["waits"] = _Waits(case)
    return case.derived["waits"]


class _Waits:
    """The spans of a run in the order of their beginnings, and those of each flow and name: put in order once, however many
    causes are replayed."""

    def __init__(self, case: Case):
        within = _asked_for_a_stub(case)
        self.spans = sorted(
            (i for i in intervals(case) if i.rank != OWN and not within(i)), key=lambda i: (i.start_ns, i.end_ns)
        )
        self._of_flow: dict[int, list[Interval]] = defaultdict(list)
        self._of_name: dict[str, list[Interval]] = defaultdict(list)
        self._lookups: list[Interval] = []
        for span in self.spans:
            if span.flow_id is not None:
                self._of_flow[span.flow_id].append(span)
                continue
            self._lookups.append(span)
            for name in {span.note, *beginnings(span.note)}:
                self._of_name[name].append(span)

    def explained(self, by: Explained) -> dict[int, int]:
        """By id, how much of the spans the findings explain, ns: of those of which they explain something."""
        of_flows = (self._of_flow.get(flow, ()) for flow in by.flows)
        names = (self._of_name.get(name, ()) for name in by.names)
        of_names = (self._lookups,) if by.any_name else names
        spans = chain.from_iterable(chain(of_flows, of_names))
        return {id(span): cut for span in spans if (cut := _explained(span, by))}


def _asked_for_a_stub(case: Case) -> Callable[[Interval], bool]:
    """Whether a span is a lookup that a resolver on this machine asks on behalf of one that waits for it: no wait of its own."""
    begun: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for x in odd(case.lookups):
        if x.resolvers and all(map(is_loopback, x.resolvers)):
            begun[x.name].append((x.start_ns, x.end_ns))
    for one in plain(case.lookups):
        if is_loopback(one.resolver):
            begun[one.name].append((one.start_ns, one.end_ns))
    for rows in begun.values():
        rows.sort()

    def within(span: Interval) -> bool:
        rows = begun.get(span.note, ()) if span.flow_id is None else ()
        at = bisect_left(rows, (span.start_ns, -1)) - 1
        return at >= 0 and rows[at][0] < span.start_ns and span.end_ns < rows[at][1]

    return within


def _earlier_attempts(case: Case, spans: Sequence[Interval]) -> dict[int, Interval]:
    """By id of the first span of a dial's later attempt: the earlier attempt that lay open then, and made it wait."""
    first: dict[int, Interval] = {}
    for span in spans:
        if span.flow_id is not None:
            first.setdefault(span.flow_id, span)
    found = {}
    for dial in case.dials:
        attempts = [first[flow.id] for flow in dial.attempts if flow.id in first]
        for earlier, later in pairwise(sorted(attempts, key=lambda span: span.start_ns)):
            if earlier.start_ns < later.start_ns <= earlier.end_ns:
                found[id(later)] = earlier
    return found


def _explained(span: Interval, by: Explained) -> int:
    """ns of a span that lie in findings about it."""
    if span.flow_id is None:
        return by.of_lookup(span.note, span.start_ns, span.end_ns)
    if span.rank == ACTIVE:
        return by.of_flow(span.flow_id, "spread", spread, span.start_ns, span.end_ns)
    return by.of_flow(span.flow_id, "any", lambda f: True, span.start_ns, span.end_ns)


class _Before:
    """What each span waited for: the same flow's span that it follows on, else what ended last before it began.

    Args:
        spans: in the order of their beginnings, as they will be asked for.
    """

    def __init__(self, spans: Sequence[Interval]):
        self.spans = spans
        order = sorted(range(len(spans)), key=lambda at: spans[at].end_ns)
        self.rank = {at: rank for rank, at in enumerate(order)}
        self.open: list[tuple[int, int]] = []  # rank by end, and place: begun before the span that is asked for
        self.begun = 0
        self.ended: tuple[int, int] | None = None
        self.last: dict[int, Interval] = {}

    def of(self, span: Interval) -> Interval | None:
        """The span that ``span`` waited for."""
        while self.spans[self.begun].start_ns < span.start_ns:
            heapq.heappush(self.open, (self.rank[self.begun], self.begun))
            self.begun += 1
        while self.open and self.spans[self.open[0][1]].end_ns <= span.start_ns + AT_ONCE_NS:
            found = heapq.heappop(self.open)
            self.ended = found if self.ended is None else max(self.ended, found)
        mine = self.last.get(span.flow_id) if span.flow_id is not None else None
        if span.flow_id is not None:
            self.last[span.flow_id] = span
        if mine is not None and abs(mine.end_ns - span.start_ns) <= AT_ONCE_NS:
            return mine
        return self.spans[self.ended[1]] if self.ended is not None else None

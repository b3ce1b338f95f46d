"""The run again, without a cause: how much earlier it would have been over.

Each span begins as long after what it waited for as it did in fact, and lasts as long, but for the time in it that the
cause's findings explain. What ran beside the cause keeps its own pace, and the run is over when the last span is. That is the
what-if analysis of a schedule (Kelley and Walker, Critical-Path Planning and Scheduling, 1959): a wait costs only what it
is longer than everything that was waited for beside it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from netanalyze.diagnosis.critical_path import AT_ONCE_NS
from netanalyze.diagnosis.ledger import ACTIVE, OWN, SPREAD, Interval, intervals, same_name
from netanalyze.findings import Finding
from netanalyze.rules import Observations


def saved(seen: Observations, findings: Sequence[Finding]) -> int | None:
    """By how many ns the run would have been shorter without what the findings explain; None where no span is theirs."""
    spans = sorted((i for i in intervals(seen) if i.rank != OWN), key=lambda i: (i.start_ns, i.end_ns))
    theirs = {id(span): cut for span in spans if (cut := _explained(span, findings))}
    if not theirs:
        return None
    before, rival = _Before(spans), _earlier_attempts(seen, spans)
    over: dict[int, int] = {}
    for span in spans:
        cause, tried = before.of(span, over), rival.get(id(span))
        if tried is not None and id(tried) in over:
            # as far as the earlier attempt had come by then, less what is explained of it
            begins = over[id(tried)] - (tried.end_ns - span.start_ns) + theirs.get(id(tried), 0)
            begins -= _explained(replace(tried, end_ns=span.start_ns), findings)
        elif cause is not None:
            begins = over[id(cause)] + max(span.start_ns - cause.end_ns, 0)
        else:
            begins = span.start_ns
        over[id(span)] = begins + span.end_ns - span.start_ns - theirs.get(id(span), 0)
    return max(span.end_ns for span in spans) - max(over.values())


def _earlier_attempts(seen: Observations, spans: Sequence[Interval]) -> dict[int, Interval]:
    """By id of the first span of a dial's later attempt: the earlier attempt that lay open then, and made it wait."""
    first: dict[int, Interval] = {}
    for span in spans:
        if span.flow_id is not None:
            first.setdefault(span.flow_id, span)
    found = {}
    for dial in seen.dials:
        attempts = [first[flow.id] for flow in dial.attempts if flow.id in first]
        for earlier, later in pairwise(sorted(attempts, key=lambda span: span.start_ns)):
            if earlier.start_ns < later.start_ns <= earlier.end_ns:
                found[id(later)] = earlier
    return found


def _explained(span: Interval, findings: Iterable[Finding]) -> int:
    """ns of a span that lie in findings about it."""
    cuts = []
    for finding in findings:
        if span.flow_id is None:
            about = finding.cause.startswith("dns/") and same_name(finding, span.note)
        else:
            about = span.flow_id in (finding.flow_id, *finding.also_flows)
            about = about and (span.rank != ACTIVE or finding.cause in SPREAD)
        if about:
            cuts.append((max(span.start_ns, finding.start_ns), min(span.end_ns, finding.end_ns)))
    total, at = 0, span.start_ns
    for start, end in sorted(cuts):
        total += max(end - max(start, at), 0)
        at = max(at, end)
    return total


class _Before:
    """What each span waited for: the same flow's span that it follows on, else what ended last before it began."""

    def __init__(self, spans: Sequence[Interval]):
        self.order = sorted(spans, key=lambda span: span.end_ns)
        self.ends = [span.end_ns for span in self.order]
        self.last: dict[int, Interval] = {}

    def of(self, span: Interval, known: dict[int, int]) -> Interval | None:
        """The span that ``span`` waited for, of those that are ``known``; asked in order of their beginnings."""
        mine = self.last.get(span.flow_id) if span.flow_id is not None else None
        if span.flow_id is not None:
            self.last[span.flow_id] = span
        if mine is not None and abs(mine.end_ns - span.start_ns) <= AT_ONCE_NS:
            return mine
        at = bisect_right(self.ends, span.start_ns + AT_ONCE_NS)
        while at and (self.order[at - 1].start_ns >= span.start_ns or id(self.order[at - 1]) not in known):
            at -= 1
        return self.order[at - 1] if at else None

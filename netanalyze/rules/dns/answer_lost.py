"""One query, or its answer, was lost; the retry worked."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.lookups import settles
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    0.9, "s", source="resolv.conf(5): the shortest time-out that can be set is 1 s",
    why="what is asked again sooner was not lost, but asked twice",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A query without an answer, and the same asked of the same resolver later and answered."""
    for lookup in seen.lookups:
        for qtype, ones in lookup.families.items():
            saved = [t for t in ones if t.answered and settles(t)]
            repeats = [t for t in saved if t.queries > 1 and t.response_ns - t.last_query_ns < PATIENCE.ns]
            lost_query = [t for t in ones if not t.answered and not t.rejected_by_frame]
            alive = {t.resolver for t in seen.transactions if t.answered}
            pairs = [
                (a, b) for a in lost_query for b in saved
                if b.query_ns > a.query_ns and (b.resolver == a.resolver or a.resolver in alive)
            ]  # fmt: skip
            if pairs:
                lost, rescue = pairs[0]
                start, end = lost.query_ns, rescue.response_ns
                first, again = lost.query_frame, rescue.query_frame
            elif repeats:
                rescue = repeats[0]
                start, end = rescue.query_ns, rescue.response_ns
                first, again = rescue.query_frame, rescue.last_query_frame
            else:
                continue
            if end - start < PATIENCE.ns:
                continue
            yield Finding(
                cause="dns/answer-lost",
                culprit=seen.resolver(rescue.resolver),
                start_ns=start,
                end_ns=end,
                message=f"a query for {lookup.name} (type {qtype}) or its answer was lost; asked again, "
                f"{rescue.resolver} answered: {duration(end - start)}",
                evidence=frames(
                    (first, f"query for {lookup.name}: no answer"),
                    (again, f"asked again {duration(rescue.last_query_ns - start)} later"),
                    (rescue.response_frame, "answered"),
                ),
                confidence=0.85,
                quantities={"name": lookup.name, "qtype": qtype},
            )
            break

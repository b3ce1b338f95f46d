"""The first resolver is silent and a later one answers, so that every lookup pays the first one's time-out."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.lookups import settles
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    0.9, "s", source="resolv.conf(5): the shortest time-out that can be set is 1 s",
    why="a client turns to the next resolver after its time-out; sooner, it asked both at once",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A lookup whose first resolver never answered any of its queries, and another one did, later."""
    for lookup in seen.lookups:
        if len(lookup.resolvers) < 2:
            continue
        first = lookup.resolvers[0]
        to_first = [t for t in lookup.transactions if t.resolver == first]
        saved = [t for t in lookup.transactions if t.resolver != first and t.answered and settles(t)]
        if any(t.answered or t.rejected_by_frame for t in to_first) or not saved:
            continue
        rescue = min(saved, key=lambda t: t.query_ns)
        lost = rescue.query_ns - lookup.start_ns
        if lost < PATIENCE.ns:
            continue
        if any(t.resolver == first and t.answered for t in seen.transactions):
            continue  # it lives: dns/answer-lost
        yield Finding(
            cause="dns/first-resolver-dead",
            culprit=seen.resolver(first),
            start_ns=lookup.start_ns,
            end_ns=rescue.query_ns,
            message=f"{first} did not answer for {lookup.name}; {rescue.resolver} did, {duration(lost)} later",
            evidence=frames(
                (lookup.first_frame, f"query for {lookup.name} to {first}, the first resolver: no answer"),
                (rescue.query_frame, f"the same asked of {rescue.resolver}, {duration(lost)} later"),
                (rescue.response_frame, f"{rescue.resolver} answers after {duration(rescue.response_ns - rescue.query_ns)}"),
            ),
            confidence=0.95,
            quantities={"lookups": 1, "name": lookup.name, "answered_by": rescue.resolver},
        )

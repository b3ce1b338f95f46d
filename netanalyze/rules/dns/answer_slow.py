"""The resolver answers, late."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.search_list import search_steps
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy",)
PATIENCE = Threshold(
    1, "s", source="RFC 1536 section 1 and RFC 8767 section 5: a client that waits a second for a name suffers",
    why="a cache miss costs some hundred milliseconds; a second means that the resolver itself waited for somebody",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """An answer PATIENCE or more after the last time it was asked for, where every query was answered."""
    steps = search_steps(seen.lookups)
    for lookup in seen.lookups:
        if id(lookup) in steps:
            continue  # what a search list costs is dns/search-list-walk's
        late = [
            t for t in lookup.transactions
            if t.answered and t.query_frame and t.response_ns - t.last_query_ns >= PATIENCE.ns
        ]  # fmt: skip
        if not late:
            continue
        worst = max(late, key=lambda t: t.response_ns - t.query_ns)
        took = worst.response_ns - worst.query_ns
        closed = [t for t in late if t.rejected_answer_frame]
        yield Finding(
            cause="dns/answer-slow",
            culprit=seen.resolver(worst.resolver),
            start_ns=lookup.start_ns,
            end_ns=max(t.response_ns for t in late) if lookup.end_ns < worst.response_ns else lookup.end_ns,
            message=f"{worst.resolver} took {duration(took)} to answer for {lookup.name}",
            evidence=frames(
                (worst.query_frame, f"query for {lookup.name} to {worst.resolver}"),
                (worst.response_frame, f"its answer, {duration(took)} later"),
                (closed[0].rejected_answer_frame if closed else 0, "too late: the client's socket was closed already"),
            ),
            confidence=0.93,
            fatal=bool(closed) and not lookup.addresses,
            quantities={"name": lookup.name, "took": took / 1e9},
        )

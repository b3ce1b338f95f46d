"""No resolver that was asked gave any answer."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.lookups import ATTEMPT_NS, Lookup
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s", source="Go net/dnsclient_unix.go and resolv.conf(5): an attempt waits 5 s",
    why="slower than any cache miss that works (RFC 1536 section 1 advises 1 s at the least), sooner than the first retry",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A lookup none of whose queries was answered, refused by ICMP, or answered wrongly, for PATIENCE or longer."""
    for lookup in seen.lookups:
        spoilt = any(t.rejected_by_frame or t.unusable_frame for t in lookup.transactions)
        if lookup.answered or spoilt or lookup.end_ns - lookup.start_ns < PATIENCE.ns:
            continue
        if any(t.edns for t in lookup.transactions) and any(
            t.answered and not t.edns and t.resolver in lookup.resolvers for t in seen.transactions
        ):
            continue  # dns/edns-dropped says more
        asked = sum(t.queries for t in lookup.transactions)
        if asked < 2 and (seen.end_ns - lookup.start_ns > ATTEMPT_NS + PATIENCE.ns or _asks_once(seen, lookup)):
            continue  # nobody asks again: whoever asked does not wait for it
        alive = {t.resolver for t in seen.transactions if t.answered}
        known = [r for r in lookup.resolvers if r in alive]
        first = lookup.resolvers[0]
        yield Finding(
            cause="dns/resolver-unanswered",
            culprit=seen.resolver(first),
            start_ns=lookup.start_ns,
            end_ns=lookup.end_ns,
            message=f"{' and '.join(lookup.resolvers)} never answered: {asked} queries for {lookup.name} "
            f"in {duration(lookup.end_ns - lookup.start_ns)}",
            evidence=frames(
                (lookup.first_frame, f"first query for {lookup.name}, to {first}"),
                (lookup.transactions[-1].last_query_frame, f"last of {asked} queries; nothing came back to any"),
            ),
            confidence=0.75 if known else 0.95,
            fatal=True,
            quantities={"queries": asked, "resolvers": len(lookup.resolvers), "name": lookup.name},
            counter_evidence=tuple(f"{r} answered other queries" for r in known),
            alternatives=(
                Alternative(
                    "tcp/path-death", "nothing at all may leave this machine",
                    f"ping -c3 {first}",
                ),
            ) if not known and not any(f.server.packets for f in seen.flows) else (),
        )  # fmt: skip


def _asks_once(seen: Observations, lookup: Lookup) -> bool:
    """Whether this client let an earlier query go unanswered without asking again."""
    return any(
        other is not lookup
        and other.client == lookup.client
        and not other.answered
        and sum(t.queries for t in other.transactions) == 1
        and other.start_ns + ATTEMPT_NS + PATIENCE.ns < seen.end_ns
        for other in seen.lookups
    )

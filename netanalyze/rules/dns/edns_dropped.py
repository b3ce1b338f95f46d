"""Queries with an EDNS option record vanish, queries without one are answered."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.lookups import FORMERR
from netanalyze.rules import Observations

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s", source="Go net/dnsclient_unix.go: an attempt waits 5 s",
    why="no answer for longer than any answer takes that comes, sooner than the first retry",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Unanswered (or FORMERR) queries with OPT to a resolver that answers others without it."""
    for lookup in seen.lookups:
        if lookup.end_ns - lookup.start_ns < PATIENCE.ns or lookup.addresses:
            continue
        failed = [t for t in lookup.transactions if t.edns and (not t.answered or t.rcode == FORMERR)]
        if len(failed) < len(lookup.transactions) or not failed:
            continue
        plain = [
            t for t in seen.transactions
            if t.answered and not t.edns and t.query_frame and t.resolver == failed[0].resolver and t.rcode != FORMERR
        ]  # fmt: skip
        with_opt = [t for t in seen.transactions if t.answered and t.edns and t.resolver == failed[0].resolver]
        if not plain or with_opt:
            continue
        yield Finding(
            cause="dns/edns-dropped",
            culprit=seen.resolver(failed[0].resolver),
            start_ns=lookup.start_ns,
            end_ns=lookup.end_ns,
            message=f"{failed[0].resolver} answers queries without an OPT record and none with one",
            evidence=frames(
                (failed[0].query_frame, f"query with OPT for {lookup.name}: no answer"),
                (plain[0].query_frame, f"query without OPT for {plain[0].qname}"),
                (plain[0].response_frame, "answered"),
            ),
            confidence=0.8,
            fatal=True,
            quantities={"with_opt": len(failed), "without_opt": len(plain)},
        )

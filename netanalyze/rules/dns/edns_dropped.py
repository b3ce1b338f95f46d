"""Queries with an EDNS option record vanish, queries without one are answered.

What it finds
    A lookup all of whose queries had an OPT record and stayed unanswered (or
    got FORMERR) for PATIENCE (2 s) or longer, while the same resolver answered
    some query without OPT, and none with.

Why a program hangs
    The go command sends OPT with every query since 1.24 and does not try
    without. A firewall that drops such queries therefore lets dig and git work
    (glibc sends none) and makes go wait 5 s an attempt, in vain.

What to do
    Ask both ways, then leave EDNS out for this command:
        dig +edns=0 @RESOLVER NAME; dig +noedns @RESOLVER NAME
        GODEBUG=netedns0=0 go mod download
    GODEBUG must be in the environment; the file of "go env" is not read for
    this. To end it, renew the router or firewall, or use another resolver.

Look-alikes
    dns/resolver-unanswered: plain queries are not answered either, or nobody
    sent one to compare. dns/server-failure: FORMERR to all forms of the
    question. dns/one-family-unanswered: one of A and AAAA is answered, with the
    same OPT.

Known false alarms
    A resolver that died between the plain query and the others. Where only go
    asked, nothing can be compared and this rule is silent.

References
    RFC 6891 sections 6.2.6 and 7 (middleboxes, transport); Go 1.27
    net/dnsclient_unix.go (newRequest: OPT, 1232 octets) and internal/godebugs
    (netedns0); measured: queries of 34 octets up to Go 1.23, of 45 from 1.24
    on.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.lookups import FORMERR
from netanalyze.rules import Observations
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s",
    source="Go net/dnsconfig_unix.go: an attempt waits 5 s; the limit is chosen here",
    why="above what a cache miss takes, below the first retry",
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
            message=message(
                "{resolver} answers queries without an OPT record and none with one", resolver=failed[0].resolver
            ),
            evidence=frames(
                (failed[0].query_frame, message("query with OPT for {name}: no answer", name=lookup.name)),
                (plain[0].query_frame, message("query without OPT for {name}", name=plain[0].qname)),
                (plain[0].response_frame, "answered"),
            ),
            confidence=0.8,
            fatal=True,
            quantities={"with_opt": len(failed), "without_opt": len(plain)},
        )

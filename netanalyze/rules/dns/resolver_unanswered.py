"""No resolver that was asked gave any answer.

What it finds
    A lookup with no answer, no ICMP error and no spoilt answer to any of its
    queries, for PATIENCE (2 s) or longer. It was asked twice at the least, or
    the run ended before a second query was due; who never asks again does not
    wait. If the resolver answers plain queries and not those with OPT,
    dns/edns-dropped speaks instead.

Why a program hangs
    A resolver that is gone is waited for: 5 s an attempt, two attempts, each
    server in turn and each suffix of the search list again. With one server Go
    fails after 10 s ("i/o timeout" on port 53); the dial's 30 s end the rest.
    git's libc waits as long.

What to do
    Is it the resolver, or the way to it?
        ping -c 3 RESOLVER; dig +tries=1 +time=2 @RESOLVER NAME
        dig +tries=1 +time=2 @1.1.1.1 NAME; ip route get RESOLVER
    For 127.0.0.53: sudo systemctl restart systemd-resolved. In a container:
    docker run --dns ADDRESS, and see that the address is routed from there.

Look-alikes
    dns/first-resolver-dead: a later one answers. dns/resolver-unreachable: ICMP
    answers. dns/answer-slow: it comes after all. tcp/path-death: everything is
    gone, not only DNS.

Known false alarms
    Queries of other programs on the machine; a resolver that answers by a way
    which the recorder does not see.

References
    resolv.conf(5), timeout and attempts; Go 1.27 net/dnsconfig_unix.go (5 s, 2
    attempts), net/dnsclient_unix.go; measured: 10.1 s with one dead server.
"""

import functools
from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.lookups import ATTEMPT_NS, Lookup
from netanalyze.flows.probing import only_tried
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import counted, message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s",
    source="Go net/dnsconfig_unix.go and resolv.conf(5): an attempt waits 5 s; the limit is chosen here",
    why="above what a cache miss takes, below the first retry",
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
            message=message(
                "{resolvers} never answered: {queries} for {name} in {time}",
                resolvers=functools.reduce(_both, lookup.resolvers),
                queries=counted(asked, "{number} query", "{number} queries"),
                name=lookup.name,
                time=duration(lookup.end_ns - lookup.start_ns),
            ),
            evidence=frames(
                *(((lookup.first_frame, message("first query for {name}, to {resolver}", name=lookup.name, resolver=first)),
                   (lookup.transactions[-1].last_query_frame,
                    message("last of {number} queries; nothing came back to any", number=asked)))
                  if asked > 1 else
                  ((lookup.first_frame,
                    message("query for {name} to {resolver}; nothing came back", name=lookup.name, resolver=first)),)),
            ),
            confidence=0.75 if known or asked < 2 else 0.95,
            fatal=not only_tried(lookup),  # without an address to reach, nothing else waits for it
            quantities={
                "queries": asked, "resolvers": len(lookup.resolvers), "name": lookup.name,
                "answers_others": len(known) == len(lookup.resolvers),
            },
            counter_evidence=tuple(message("{resolver} answered other queries", resolver=r) for r in known),
            alternatives=(
                Alternative(
                    "tcp/path-death", "nothing at all may leave this machine",
                    f"ping -c3 {first}",
                ),
                Alternative(
                    "capture/one-way", "nothing that comes to this machine is in the capture",
                    f"tcpdump -ni any -c 20 host {first}",
                ),
            ) if not known and not any(f.server.packets for f in seen.flows) else (),
        )  # fmt: skip


def _both(one: str, other: str) -> str:
    return message("{one} and {other}", one=one, other=other)


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

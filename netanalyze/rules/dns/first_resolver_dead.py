"""The first resolver is silent, a later one answers: every lookup pays for it.

What it finds
    A lookup whose first resolver never answered (and answers nothing else in
    the capture), and another that did; the query to the other one left PATIENCE
    (0.9 s) or more after the first.

Why a program hangs
    Resolvers are asked in order, each for 5 s. Nothing remembers that the first
    is dead, and Go keeps no cache: every new connection pays 5 s before its
    SYN, out of its 30 s for the whole dial.

What to do
    Take the dead one out, or put another one first:
        grep nameserver /etc/resolv.conf; resolvectl status
        dig +tries=1 +time=2 @DEAD NAME
    Where DHCP or a VPN writes the list, change it there. "options timeout:1"
    makes each wait a fifth; "rotate" only spreads it.

Look-alikes
    dns/resolver-unanswered: nobody answers at all. dns/answer-lost: the first
    one answers other questions. dns/one-family-unanswered: the answering
    resolver itself is silent on one type.

Known false alarms
    A resolver reachable only with the VPN up, seen in the moment between.

References
    resolv.conf(5), nameserver, timeout, rotate; Go 1.27 net/dnsclient_unix.go,
    tryOneName (attempts outside, servers inside); measured: 5.1 s a lookup.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.lookups import settles
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    0.9, "s",
    source="Go net/dnsconfig_unix.go: options timeout:n is 1 s at the least (resolv.conf(5): 5 s by default)",
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
            message=message(
                "{resolver} did not answer for {name}; {other} did, {time} later",
                resolver=first,
                name=lookup.name,
                other=rescue.resolver,
                time=duration(lost),
            ),
            evidence=frames(
                (
                    lookup.first_frame,
                    message(
                        "query for {name} to {resolver}, the first resolver: no answer",
                        name=lookup.name,
                        resolver=first,
                    ),
                ),
                (
                    rescue.query_frame,
                    message(
                        "the same asked of {resolver}, {time} later", resolver=rescue.resolver, time=duration(lost)
                    ),
                ),
                (
                    rescue.response_frame,
                    message(
                        "{resolver} answers after {time}",
                        resolver=rescue.resolver,
                        time=duration(rescue.response_ns - rescue.query_ns),
                    ),
                ),
            ),
            confidence=0.95,
            quantities={"lookups": 1, "name": lookup.name, "answered_by": rescue.resolver},
        )

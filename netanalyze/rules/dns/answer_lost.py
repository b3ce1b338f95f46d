"""One query, or its answer, was lost; the retry worked.

What it finds
    A query without an answer, asked again and then answered, by the same
    resolver or by one that is known to live, PATIENCE (0.9 s) or more after it
    was first asked. Repeats on the same socket count too.

Why a program hangs
    UDP repeats nothing. The client waits out its own time before it asks again:
    5 s for one attempt in Go and glibc (options timeout: in resolv.conf). So
    one lost datagram is a pause of 5.0 s, and then all is well.

What to do
    Once is chance. If it returns, see whether the path or the resolver loses
    them:
        for i in $(seq 20); do dig +tries=1 +time=1 @RESOLVER NAME +short; done
    Shorten the wait with "options timeout:1 attempts:3" in /etc/resolv.conf;
    run a cache on this machine. In Kubernetes, where A and AAAA from one socket
    race in conntrack: NodeLocal DNSCache.

Look-alikes
    dns/first-resolver-dead: there the first one never answers anything.
    dns/one-family-unanswered: the same question is lost every time.
    dns/answer-slow: an answer comes after all, late.

Known false alarms
    A resolver that answered a socket which had been closed is told apart only
    by the ICMP error of this machine; without that error a late answer seems
    lost.

References
    resolv.conf(5), timeout and attempts; Go 1.27 net/dnsclient_unix.go
    (exchange, tryOneName); RFC 1035 section 4.2.1.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.lookups import settles
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wire.message.dns import type_name
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    0.9, "s",
    source="Go net/dnsconfig_unix.go: options timeout:n is 1 s at the least (resolv.conf(5): 5 s by default)",
    why="what is asked again sooner was not lost, but asked twice",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A query without an answer, and the same asked of the same resolver later and answered."""
    alive = {t.resolver for t in seen.transactions if t.answered}
    for lookup in seen.lookups:
        for qtype, ones in lookup.families.items():
            saved = [t for t in ones if t.answered and settles(t)]
            repeats = [t for t in saved if t.queries > 1 and t.response_ns - t.last_query_ns < PATIENCE.ns]
            lost_query = [t for t in ones if not t.answered and not t.rejected_by_frame]
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
                message=message(
                    "a query for {name} ({qtype}) or its answer was lost; asked again, {resolver} answered: {time}",
                    name=lookup.name,
                    qtype=type_name(qtype),
                    resolver=rescue.resolver,
                    time=duration(end - start),
                ),
                evidence=frames(
                    (first, message("query for {name}: no answer", name=lookup.name)),
                    (again, message("asked again {time} later", time=duration(rescue.last_query_ns - start))),
                    (rescue.response_frame, "answered"),
                ),
                confidence=0.85,
                quantities={"name": lookup.name, "qtype": qtype},
            )
            break

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
    dns/answer-slow: an answer comes after all, late. At a loopback address it
    is the resolver on this machine that dropped it: nothing gets lost there.

Known false alarms
    A resolver that answered a socket which had been closed is told apart only
    by the ICMP error of this machine; without that error a late answer seems
    lost.

References
    resolv.conf(5), timeout and attempts; Go 1.27 net/dnsclient_unix.go
    (exchange, tryOneName); RFC 1035 section 4.2.1.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import ONE_TRY, RESTART_STUB
from netanalyze.causes.dns._names import NAME_CUT, name_cut
from netanalyze.conversations.dns import Transaction
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.names.lookups import Lookup, settles
from netanalyze.flows.screen import odd, of_names
from netanalyze.tracking.addresses import is_loopback
from netanalyze.units import duration
from netanalyze.wire.message.dns import type_name
from netanalyze.wording import message, saying

CAUSE = Cause(
    "dns/answer-lost",
    meaning="A single query or answer got lost, and the repeated query was answered.",
    headline="A DNS query or its answer was lost; the retry worked.",
    guarded_by="dns",
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    0.9, "s",
    source="Go net/dnsconfig_unix.go: options timeout:n is 1 s at the least (resolv.conf(5): 5 s by default)",
    why="what is asked again sooner was not lost, but asked twice",
)  # fmt: skip
REPEAT_ANSWERED = Proved(
    0.85, "a query went unanswered, and the same question was answered when it was asked again", Basis.LAB,
    "the resolver lives; whether query or answer was lost, or its own upstream was late, one side cannot see",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A query without an answer, and the same asked of the same resolver later and answered."""
    for lookup in odd(case.lookups):
        for qtype, ones in lookup.families.items():
            lost, rescue, again = _rescued(ones, case.index.answered_by)
            if rescue is None or rescue.response_ns - lost.query_ns < PATIENCE.ns:
                continue
            start, end = lost.query_ns, rescue.response_ns
            say = saying(name=lookup.name, qtype=type_name(qtype), resolver=rescue.resolver, time=duration(end - start))
            later = message("asked again {time} later", time=duration(rescue.last_query_ns - start))
            yield CAUSE.finding(
                case.resolver(rescue.resolver), (start, end),
                say("a query for {name} ({qtype}) or its answer was lost; asked again, {resolver} answered: {time}"),
                frames(
                    (lost.query_frame, say("query for {name}: no answer")),
                    (_upstream(case, lookup, qtype, start, end), "what it asks has answered by then"),
                    (again, later),
                    (rescue.response_frame, "answered"),
                ),
                confidence(REPEAT_ANSWERED, NAME_CUT.when(name_cut(lookup))), quantities={"name": lookup.name, "qtype": qtype},
            )  # fmt: skip
            break


def _rescued(transactions: list[Transaction], alive: frozenset[str]) -> tuple[Transaction, Transaction | None, int]:
    """Of one family's transactions the one that was lost, the one that was answered in its place (None where there is
    none; it may be the same), and the frame of the query that was."""
    saved = [t for t in transactions if t.answered and settles(t)]
    latest = max((t.query_ns for t in saved), default=None)
    for lost in transactions:
        if lost.answered or lost.rejected_by_frame or latest is None or lost.query_ns >= latest:
            continue
        if lost.resolver in alive:
            rescue = next(t for t in saved if t.query_ns > lost.query_ns)
            return lost, rescue, rescue.query_frame
    for one in saved:
        if one.queries > 1 and one.response_ns - one.last_query_ns < PATIENCE.ns:
            return one, one, one.last_query_frame
    return transactions[0], None, 0


def _upstream(case: Case, lookup: Lookup, qtype: int, start_ns: int, end_ns: int) -> int:
    """The frame in which somebody else answered the same question meanwhile, to the host and not to the client; 0 none."""
    if not all(is_loopback(r) for r in lookup.resolvers):
        return 0
    theirs = (
        t for x in of_names(case.lookups, {lookup.name}) if x is not lookup
        for t in x.families.get(qtype, ()) if t.answered and start_ns <= t.response_ns < end_ns
    )  # fmt: skip
    return min((t.response_frame for t in theirs), default=0)


ADVICE = Page(
    where=offers(
        Offer("the resolver on this machine: no network lies before it", None, "stub"),
        Offer("path to the resolver: one datagram was lost; it recovered"),
    ),
    fix=offers(
        RESTART_STUB,
        ONE_TRY,
        Offer("Ask past the resolver on this machine, to compare", "dig +tries=1 @{other_resolver} {name}", "stub"),
        Offer("Does it return? A resolver on this machine helps", None, "!stub"),
        Offer("In Kubernetes: NodeLocal DNS avoids the conntrack race", None, "!stub"),
    ),
    verify=commands(Offer("", "for i in 1 2 3 4; do dig +tries=1 @{resolver} {name}; done"), *DNS_CHECK),
    no_use=offers(CLEAN_CACHE, Offer("another GOPROXY", None, "go"), Offer("another server", None, "!go")),
)

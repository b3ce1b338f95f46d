"""The resolver answers, late.

What it finds
    An answer PATIENCE (1 s) or more after the last time its question was asked,
    up to LONGEST (150 s): later, the clock was set, or captures were put together.
    What a search list costs is not counted here. If this machine rejected the
    answer (ICMP port unreachable), it came after the client had given up, and
    the lookup failed by it.

Why a program hangs
    Each new connection of Go looks its host up again, without a cache: every
    delay of the resolver is paid at every dial, out of the same 30 s as the
    connection itself.

What to do
    See whether it is the resolver or the name:
        dig @RESOLVER NAME | grep 'Query time'  # twice: the second is cached
        dig @1.1.1.1 NAME | grep 'Query time'
    Slow only the first time: the zone's servers, or DNSSEC, behind the
    resolver. Slow each time: use another resolver, or a cache on this machine.

Look-alikes
    dns/answer-lost: asked again, and only the repeat was answered.
    dns/server-failure after several seconds: the resolver waited in vain for
    somebody else. dns/search-list-walk: many quick answers in a row.

Known false alarms
    The first lookup after boot or for a rare name, which costs the resolver its
    own time-outs once.

References
    RFC 8767 section 5 (1.8 s, after which a resolver may answer stale data);
    RFC 1035 section 7; resolv.conf(5).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE, PUT_FIRST
from netanalyze.causes.dns._names import NAME_CUT, name_cut
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.screen import odd
from netanalyze.units import duration, seconds
from netanalyze.wording import saying

CAUSE = Cause(
    "dns/answer-slow",
    meaning="The answer came, but late.",
    headline="The resolver {place} answers late.",
    unnamed={"place": "in use"},
    guarded_by="dns",
    fits=("dns-timeout", "dns-unresolved"),
    undermined_by=("capture_lossy",),
)

PATIENCE = Threshold(
    1, "s",
    source="Go net/dnsconfig_unix.go: the shortest time-out is 1 s; RFC 8767 section 5: stale data after 1.8 s",
    why="a client with the shortest time-out gives up here; from a cache an answer takes milliseconds",
)  # fmt: skip
LONGEST = Threshold(
    150, "s",
    source="glibc resolv.h: RES_MAXRETRY (5) tries of RES_MAXRETRANS (30 s), the most that resolv.conf can ask for",
    why="nobody waits longer for one query without asking again: the clock was set, or captures were put together",
)  # fmt: skip
BOTH_SEEN = Proved(
    0.93, "query and late answer are both in the capture", Basis.FRAMES,
    "their ids belong together; the answer may also have been held up on the way",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """An answer PATIENCE or more after the last time it was asked for, where every query was answered."""
    for lookup in odd(case.lookups):
        if id(lookup) in case.index.steps:
            continue  # what a search list costs is dns/search-list-walk's
        late = [
            t for t in lookup.transactions
            if t.answered and t.query_frame and PATIENCE.ns <= t.response_ns - t.last_query_ns <= LONGEST.ns
        ]  # fmt: skip
        if not late:
            continue
        worst = max(late, key=lambda t: t.response_ns - t.query_ns)
        took = worst.response_ns - worst.query_ns
        closed = sorted((t for t in late if t.rejected_answer_frame), key=lambda t: t is not worst)
        used = any(case.index.used.of(address) >= lookup.start_ns for address in lookup.addresses)
        last_ns = max(t.response_ns for t in late)
        say = saying(resolver=worst.resolver, time=duration(took), name=lookup.name)
        yield CAUSE.finding(
            case.resolver(worst.resolver),
            (lookup.start_ns, last_ns if lookup.end_ns < worst.response_ns else lookup.end_ns),
            say("{resolver} took {time} to answer for {name}"),
            frames(
                (worst.query_frame, say("query for {name} to {resolver}")),
                (worst.response_frame, say("its answer, {time} later")),
                (closed[0].rejected_answer_frame if closed else 0, "too late: the client's socket was closed already"),
            ),
            confidence(BOTH_SEEN, NAME_CUT.when(name_cut(lookup))), fatal=bool(closed) and not used,
            quantities={"name": lookup.name, "took": seconds(took)},
        )  # fmt: skip


ADVICE = Page(
    where=offers("resolver, or the name's own servers behind it"),
    fix=offers(COMPARE, PUT_FIRST, Offer("A caching resolver on this machine")),
    verify=commands(
        Offer("", "dig +tries=1 @{resolver} {name} | grep 'Query time'"), "dig +tries=1 {name} | grep 'Query time'"
    ),
    no_use=offers(CLEAN_CACHE, "a faster line"),
)

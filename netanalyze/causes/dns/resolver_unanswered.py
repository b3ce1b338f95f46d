"""No resolver that was asked gave any answer.

What it finds
    A lookup with no answer, no ICMP error and no spoilt answer to any of its
    queries, for PATIENCE (2 s) or longer. It was asked twice at the least, or
    the run ended before a second query was due (NEXT_TRY, 7 s), or nothing
    followed; who goes on, and never asks again, does not wait. If the resolver
    answers plain queries and not those with OPT, it is dns/edns-dropped.

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

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE, CONTAINER, PUT_FIRST, RESTART_STUB, VAIN
from netanalyze.causes.dns._names import NEXT_TRY, answered_by_another, asks_no_more
from netanalyze.causes.patience import patience
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.names.probing import only_tried
from netanalyze.flows.screen import odd
from netanalyze.paste import command
from netanalyze.units import duration
from netanalyze.wording import Text, counted, message, saying

CAUSE = Cause(
    "dns/resolver-unanswered",
    meaning="None of the resolvers that were asked answered.",
    headline="The resolver {place} answers nothing.",
    unnamed={"place": "in use"},
    variants={When.ANSWERS_OTHERS: "The resolver {place} does not answer for {name}."},
    guarded_by="dns",
    silent=True,
    fits=("dial-timeout", "dns-timeout", "dns-unresolved"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    2, "s",
    source="Go net/dnsconfig_unix.go and resolv.conf(5): an attempt waits 5 s; the limit is chosen here",
    why="above what a cache miss takes, below the first retry",
)  # fmt: skip

NAMED = 8
"""So many resolvers are named: resolv.conf(5) takes three, and a list of hundreds says no more than its beginning."""

SILENT = Proved(
    0.95, "no query of the lookup was answered, by any resolver that was asked", Basis.LAB,
    "several datagrams in a row are not lost by chance",
)  # fmt: skip
ASKED_ONCE = Missing(
    "it was asked only once", Basis.FOREIGN, "one datagram may be lost, and nobody may have waited", at_most=0.75,
)  # fmt: skip
ANSWERED_OTHERS = Missing(
    "a resolver that was asked answered other queries", Basis.FOREIGN, "it lives: it may be the name it waits for",
    at_most=0.75,
)  # fmt: skip

DAMAGED = Missing(
    "its queries carry a wrong checksum", Basis.FRAMES, "whoever gets them throws them away, and the resolver may be well",
    at_most=0.8,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A lookup none of whose queries was answered, refused by ICMP, or answered wrongly, for PATIENCE or longer."""
    for lookup in odd(case.lookups):
        spoilt = any(t.rejected_by_frame or t.unusable_frame for t in lookup.transactions)
        borne = patience(case, PATIENCE, "dns", (lookup.name,), (lookup.start_ns, lookup.end_ns))
        if lookup.answered or spoilt or lookup.end_ns - lookup.start_ns < borne:
            continue
        if answered_by_another(case, lookup) is not None:
            continue  # dns/answer-unusable says more
        resolvers = lookup.resolvers
        if any(t.edns for t in lookup.transactions) and not case.index.answered_without_edns.isdisjoint(resolvers):
            continue  # dns/edns-dropped says more
        asked = sum(t.queries for t in lookup.transactions)
        late = case.end_ns - lookup.start_ns > NEXT_TRY.ns and not _is_last(case, lookup)
        if asked < 2 and (late or _asks_once(case, lookup)):
            continue  # nobody asks again: whoever asked does not wait for it
        if asks_no_more(case, lookup):
            continue
        known = [r for r in resolvers if r in case.index.answered_by]
        say = saying(
            resolvers=_all_of(resolvers), resolver=resolvers[0], name=lookup.name, number=asked,
            queries=counted(asked, "{number} query", "{number} queries"),
            time=duration(lookup.end_ns - lookup.start_ns),
        )  # fmt: skip
        only = ((lookup.first_frame, say("query for {name} to {resolver}; nothing came back")),)
        first_and_last = (
            (lookup.first_frame, say("first query for {name}, to {resolver}")),
            (lookup.transactions[-1].last_query_frame, say("last of {number} queries; nothing came back to any")),
        )
        yield CAUSE.finding(
            case.resolver(resolvers[0]),
            lookup.span,
            say("{resolvers} never answered: {queries} for {name} in {time}"),
            frames(*(first_and_last if asked > 1 else only)),
            confidence(
                SILENT,
                ANSWERED_OTHERS.when(known),
                ASKED_ONCE.when(asked < 2),
                DAMAGED.when(lookup.first_frame in case.bad_datagrams),
            ),
            fatal=not only_tried(lookup),  # without an address to reach, nothing else waits for it
            quantities={"queries": asked, "resolvers": len(resolvers), "name": lookup.name,
                        "answers_others": len(known) == len(resolvers)},
            counter_evidence=tuple(message("{resolver} answered other queries", resolver=r) for r in known[:NAMED]),
            alternatives=_nothing_at_all(resolvers[0]) if not known and not case.index.heard else (),
        )  # fmt: skip


def _nothing_at_all(resolver: str) -> tuple[Alternative, ...]:
    """What else it may be where nobody else was heard either."""
    ping = command("ping -c3 {address}", address=resolver)
    listen = command("tcpdump -ni any -c 20 host {address}", address=resolver)
    return (
        Alternative("tcp/path-death", "nothing at all may leave this machine", ping),
        Alternative("capture/one-way", "nothing that comes to this machine is in the capture", listen),
    )


def _all_of(resolvers: list[str]) -> Text:
    """The resolvers, joined; of very many the first."""
    named: list[Text] = [*resolvers[:NAMED]]
    some = functools.reduce(_both, named)
    left = len(resolvers) - NAMED
    return some if left <= 0 else message("{some} and {number} more", some=some, number=left)


def _both(first: Text, second: Text) -> Text:
    return message("{one} and {other}", one=first, other=second)


def _is_last(case: Case, lookup: Lookup) -> bool:
    """Whether nothing followed a lookup: no other name was asked for, and on no connection anything was heard any more."""
    followed = case.index.lookup_moments.after(lookup.start_ns, lookup.name) is not None
    return not followed and case.index.last_ns <= lookup.start_ns


def _asks_once(case: Case, lookup: Lookup) -> bool:
    """Whether this client let an earlier query go unanswered without asking again."""
    return bool(case.index.asked_once.get(lookup.client, set()) - {id(lookup)})


ADVICE = Page(
    where=offers(
        Offer("the resolver on this machine, or what it asks", None, "stub"),
        Offer("resolver, or the path to it; the servers were never reached"),
    ),
    fix=offers(COMPARE, RESTART_STUB, PUT_FIRST, CONTAINER),
    verify=DNS_CHECK,
    no_use=VAIN,
)

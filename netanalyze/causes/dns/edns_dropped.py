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

from netanalyze.causes.advice.form import RUN, SHELL, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import PUT_FIRST, VAIN
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.names.lookups import FORMERR
from netanalyze.flows.screen import odd
from netanalyze.wording import message

CAUSE = Cause(
    "dns/edns-dropped",
    meaning="Queries with an OPT record (EDNS) get lost, the same queries without it are answered.",
    headline="Queries with an EDNS record vanish on the way to {place}.",
    guarded_by="dns",
    fits=("dns-timeout", "dns-unresolved"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    2, "s",
    source="Go net/dnsconfig_unix.go: an attempt waits 5 s; the limit is chosen here",
    why="above what a cache miss takes, below the first retry",
)  # fmt: skip
ONLY_WITHOUT = Proved(
    0.8, "no query with an OPT record is answered, and one without it is", Basis.LAB,
    "the comparison tells; the two may have been asked at different times, or for different names",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Unanswered (or FORMERR) queries with OPT to a resolver that answers others without it."""
    for lookup in odd(case.lookups):
        if lookup.end_ns - lookup.start_ns < PATIENCE.ns or lookup.addresses:
            continue
        failed = [t for t in lookup.transactions if t.edns and (not t.answered or t.rcode == FORMERR)]
        if not failed or len(failed) < len(lookup.transactions):
            continue
        first = failed[0]
        plain = case.index.plain_answers.get(first.resolver)
        if not plain or first.resolver in case.index.answered_with_edns:
            continue
        yield CAUSE.finding(
            case.resolver(first.resolver), lookup.span,
            message("{resolver} answers queries without an OPT record and none with one", resolver=first.resolver),
            frames(
                (first.query_frame, message("query with OPT for {name}: no answer", name=lookup.name)),
                (plain[0].query_frame, message("query without OPT for {name}", name=plain[0].qname)),
                (plain[0].response_frame, "answered"),
            ),
            confidence(ONLY_WITHOUT), fatal=True,
            quantities={"with_opt": len(failed), "without_opt": len(plain), "name": lookup.name},
        )  # fmt: skip


ADVICE = Page(
    where=offers("path or resolver: drops queries with EDNS; plain ones pass"),
    fix=offers(
        Offer("Ask without EDNS, for this run", "GODEBUG=netedns0=0 {again}", "go", scope=RUN),
        Offer("Ask without EDNS, in this shell", "export GODEBUG=netedns0=0", "go", scope=SHELL),
        PUT_FIRST,
        Offer("Renew the router or firewall that drops EDNS"),
    ),
    verify=commands(
        Offer("", "dig +tries=1 +time=2 +noedns @{resolver} {name}"), "dig +tries=1 +time=2 +noedns {name}"
    ),
    no_use=offers(Offer("GODEBUG through go env -w (does not reach go)", None, "go"), VAIN),
)

"""Answers come that do not fit the question, so that the client waits on.

What it finds
    A query that was never answered in a form that fits it, though something
    came back on its socket: another id, another question, or octets that are no
    DNS message. No address came from anybody. Or the answer fits, and comes
    from an address that was not asked.

Why a program hangs
    A resolver must ignore what does not match, or anybody could answer for it.
    So the wait goes on as if nothing had come: 5 s an attempt, two attempts a
    server, and then the name is not found.

What to do
    Look at question and answer side by side, and ask somebody else:
        sudo tcpdump -i any -vvn port 53
        dig @RESOLVER NAME; dig +noedns @RESOLVER NAME; dig @1.1.1.1 NAME
    Garbled only with EDNS: GODEBUG=netedns0=0 go mod download. Renew the router
    or forwarder that rewrites DNS, or go round it.

Look-alikes
    dns/resolver-unanswered: nothing at all came back. dns/conflicting-answers:
    both answers fit the question. dns/edns-dropped: queries with OPT vanish and
    plain ones are answered.

Known false alarms
    An answer to an older query that reused the port; scanners and other
    machines' traffic in a capture taken on a router.

References
    RFC 5452 section 9.1 (what an answer must match); RFC 1035 section 4.1; Go
    1.27 net/dnsclient_unix.go (checkResponse, dnsPacketRoundTrip).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, offers
from netanalyze.causes.advice.shared import DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE, PUT_FIRST, VAIN
from netanalyze.causes.dns._names import answered_by_another
from netanalyze.conversations.dns import Transaction
from netanalyze.findings import Finding, frames
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wording import saying

CAUSE = Cause(
    "dns/answer-unusable",
    meaning="Answers arrive, but not to what was asked (id, question, form): the client must ignore them.",
    headline="What {place} answers does not fit the questions.",
    guarded_by="dns",
    fits=("dns-timeout", "dns-unresolved"),
)

DOES_NOT_FIT = Proved(
    0.85, "what came back on the query's socket has another id, question or form, and no answer fits", Basis.FRAMES,
    "client and capture read it alike; whether resolver or somebody between made it so stays open",
)  # fmt: skip
FROM_ANOTHER = Proved(
    0.9, "the answer fits socket, id and question, and comes from an address that was not asked", Basis.FRAMES,
    "whoever took it from there must drop it (RFC 5452 section 9.1); who translated, the frames do not say",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A query that was never answered in a form that fits it, though something came back on its socket."""
    for lookup in odd(case.lookups):
        if not lookup.answered and (pair := answered_by_another(case, lookup)) is not None:
            yield _from_another(case, lookup, *pair)
            continue
        bad = [t for t in lookup.unanswered if t.unusable_frame]
        if not bad or lookup.addresses:
            continue
        time = duration(lookup.end_ns - lookup.start_ns)
        say = saying(resolver=bad[0].resolver, name=lookup.name, id=bad[0].dns_id, time=time)
        yield CAUSE.finding(
            case.resolver(bad[0].resolver), lookup.span,
            say("what {resolver} answers for {name} does not fit the question; the client waits on ({time})"),
            frames(
                (bad[0].query_frame, say("query for {name}, id {id}")),
                (bad[0].unusable_frame, "an answer with another id, question or form"),
            ),
            confidence(DOES_NOT_FIT), fatal=True, quantities={"name": lookup.name, "answers": len(bad)},
        )  # fmt: skip


def _from_another(case: Case, lookup: Lookup, query: Transaction, answer: Transaction) -> Finding:
    """An answer that fits in all but whom it comes from: somebody translated the query's address and not the answer's."""
    time = duration(lookup.end_ns - lookup.start_ns)
    say = saying(resolver=query.resolver, other=answer.resolver, name=lookup.name, id=query.dns_id, time=time)
    return CAUSE.finding(
        case.resolver(query.resolver), lookup.span,
        say("{resolver} was asked for {name}, and {other} answers: the client takes no answer from another ({time})"),
        frames(
            (query.query_frame, say("query for {name}, id {id}")),
            (answer.response_frame, say("its answer, from {other}")),
        ),
        confidence(FROM_ANOTHER), fatal=True, quantities={"name": lookup.name, "answers": 1},
        attributes={"answered_by": answer.resolver},
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("translation on the way: the answer's address is not turned back", None, "answered-by-another"),
        "resolver or path: what answers is not what was asked",
    ),
    fix=offers(
        Offer(
            "In Kubernetes: have bridged packets translated back",
            "sudo modprobe br_netfilter; sudo sysctl -w net.bridge.bridge-nf-call-iptables=1",
            "answered-by-another",
        ),
        COMPARE,
        PUT_FIRST,
        Offer("Ask without EDNS, for this run", "GODEBUG=netedns0=0 {again}", "go", scope=RUN),
        Offer("Renew the router that changes DNS messages"),
    ),
    verify=DNS_CHECK,
    no_use=VAIN,
)

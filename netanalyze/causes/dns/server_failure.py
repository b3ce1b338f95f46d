"""The resolver answers that it failed: SERVFAIL, FORMERR or NOTIMP.

What it finds
    A lookup that got no address and one of these codes, with no answer that
    settles it from anybody. The attribute rcode has the last one.

Why a program hangs
    A failure is an answer, so each client turns to the next resolver at once
    and fails in a tenth of a second ("server misbehaving" in Go). It hangs
    where the resolver itself waits for seconds before it says SERVFAIL, and the
    client asks again.

What to do
    Tell the resolver's trouble from the name's:
        dig @RESOLVER NAME; dig @1.1.1.1 NAME
        dig +cd @RESOLVER NAME             # answered now? then DNSSEC fails
        dig +noedns @RESOLVER NAME         # for FORMERR
    Restart or change the forwarder; if every resolver fails, the zone's own
    servers are broken.

Look-alikes
    dns/refused: it will not, rather than cannot. dns/name-not-found: the answer
    is that there is no such name. dns/resolver-unanswered: no answer.

Known false alarms
    A failure to one family only, while the other was answered, is none. A
    forwarder that cannot reach its upstream for a moment is reported like one
    that never can.

References
    RFC 1035 section 4.1.1 (RCODE 1, 2, 4); RFC 4035 section 5.5 (SERVFAIL for
    bogus data); RFC 8914 (extended errors); Go 1.27 net/dnsclient_unix.go.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE, PUT_FIRST, RESTART_STUB, VAIN
from netanalyze.causes.dns._names import NAME_CUT, name_cut
from netanalyze.findings import Finding, frames
from netanalyze.flows.names.lookups import FORMERR, NOTIMP, SERVFAIL, settles
from netanalyze.flows.screen import odd
from netanalyze.wire.message.dns import rcode_name
from netanalyze.wording import counted, message, saying

CAUSE = Cause(
    "dns/server-failure",
    meaning="The resolver answers that it failed or does not understand (SERVFAIL, FORMERR, NOTIMP).",
    headline="The resolver {place} fails to answer for {name}.",
    unnamed={"place": "in use"},
    answered=True,
    fits=("dns-unresolved", "dns-server-misbehaving"),
)

FAILURES = (SERVFAIL, FORMERR, NOTIMP)
BY_RCODE = Proved(
    0.95, "the answer's rcode is SERVFAIL, FORMERR or NOTIMP", Basis.FRAMES, "the resolver itself says so, by name",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A lookup that got no address, where every family that was answered was answered with a failure."""
    for lookup in odd(case.lookups):
        failed = [t for t in lookup.transactions if t.answered and t.rcode in FAILURES]
        if not failed or lookup.addresses or any(t.answered and settles(t) for t in lookup.transactions):
            continue
        first, worst, rcode = failed[0], failed[-1], rcode_name(failed[-1].rcode)
        times = counted(len(failed), "{number} time", "{number} times")
        say = saying(resolver=worst.resolver, rcode=rcode, name=lookup.name, times=times)
        yield CAUSE.finding(
            case.resolver(worst.resolver), (lookup.start_ns, max(lookup.end_ns, worst.response_ns)),
            say("{resolver} answers {rcode} for {name}, {times}"),
            frames(
                (
                    first.query_frame,
                    message("query for {name} to {resolver}", name=lookup.name, resolver=first.resolver),
                ),
                (first.response_frame, message("answered {rcode}", rcode=rcode_name(first.rcode))),
                (worst.response_frame if worst is not first else 0, say("answered {rcode} again")),
            ),
            confidence(BY_RCODE, NAME_CUT.when(name_cut(lookup))),
            fatal=True, quantities={"name": lookup.name, "answers": len(failed)},
            attributes={"rcode": rcode},
        )  # fmt: skip


ADVICE = Page(
    where=offers("resolver, or the name's own servers behind it"),
    fix=offers(
        COMPARE,
        RESTART_STUB,
        PUT_FIRST,
        Offer("If only the first fails: DNSSEC or its upstream", "dig +cd @{resolver} {name}"),
    ),
    verify=DNS_CHECK,
    no_use=VAIN,
)

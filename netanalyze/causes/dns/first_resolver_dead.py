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

from collections import Counter
from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.dns._advice import ONE_TRY, RESTART_STUB, VAIN
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.names.lookups import settles
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wording import message, saying

CAUSE = Cause(
    "dns/first-resolver-dead",
    meaning="The resolver asked first is silent, a later one answers: every lookup pays a timeout.",
    headline="The first resolver, {place}, is dead; every lookup waits for it.",
    guarded_by="dns",
    silent=True,
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    0.9, "s",
    source="Go net/dnsconfig_unix.go: options timeout:n is 1 s at the least (resolv.conf(5): 5 s by default)",
    why="a client turns to the next resolver after its time-out; sooner, it asked both at once",
)  # fmt: skip
OTHER_ANSWERED = Proved(
    0.95, "the resolver asked first answers nothing, the next one answers the same question", Basis.LAB,
    "question and client are the same: only the resolver, or the way to it, differs",
)  # fmt: skip
ONE_LOOKUP = Missing(
    "only one lookup asked it", Basis.FRAMES,
    "what takes a datagram may take the next one, sent at once, as well: it may answer again",
    at_most=0.75,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A lookup whose first resolver never answered any of its queries, and another one did, later."""
    asked_first = Counter(lookup.resolvers[0] for lookup in odd(case.lookups))
    for lookup in odd(case.lookups):
        first = lookup.resolvers[0]
        to_first = [t for t in lookup.transactions if t.resolver == first]
        saved = [t for t in lookup.transactions if t.resolver != first and t.answered and settles(t)]
        if not saved or any(t.answered or t.rejected_by_frame for t in to_first):
            continue
        if first in case.index.answered_by:
            continue  # it lives: dns/answer-lost
        rescue = min(saved, key=lambda t: t.query_ns)
        lost = rescue.query_ns - lookup.start_ns
        if lost < PATIENCE.ns:
            continue
        say = saying(resolver=first, other=rescue.resolver, name=lookup.name, time=duration(lost))
        then = saying(resolver=rescue.resolver, time=duration(lost))
        took = duration(rescue.response_ns - rescue.query_ns)
        yield CAUSE.finding(
            case.resolver(first), (lookup.start_ns, rescue.query_ns),
            say("{resolver} did not answer for {name}; {other} did, {time} later"),
            frames(
                (lookup.first_frame, say("query for {name} to {resolver}, the first resolver: no answer")),
                (rescue.query_frame, then("the same asked of {resolver}, {time} later")),
                (
                    rescue.response_frame,
                    message("{resolver} answers after {time}", resolver=rescue.resolver, time=took),
                ),
            ),
            confidence(OTHER_ANSWERED, ONE_LOOKUP.when(asked_first[first] < 2)),
            quantities={"lookups": 1, "name": lookup.name, "answered_by": rescue.resolver},
        )  # fmt: skip


ADVICE = Page(
    where=offers("the resolver listed first; the others and the servers are fine"),
    fix=offers(
        Offer(
            "Take it out of /etc/resolv.conf (keeps a .bak)",
            "sudo sed -i.bak --follow-symlinks '/ {resolver}$/d' /etc/resolv.conf",
            "!resolved",
        ),
        RESTART_STUB,
        ONE_TRY,
        Offer("Let VPN or DHCP hand out another resolver"),
    ),
    verify=DNS_CHECK,
    no_use=VAIN,
)

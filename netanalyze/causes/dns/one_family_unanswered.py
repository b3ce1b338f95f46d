"""One of A and AAAA is answered, the other never, and the client waits for both.

What it finds
    A lookup of A and AAAA of which one got NOERROR or NXDOMAIN, the other nothing, from
    the same resolver, while the client waited PATIENCE (1 s) or longer after
    the answer it had.

Why a program hangs
    Go's resolver wants both families before it connects. The silent one is
    asked for 5 s, twice: the SYN leaves exactly 10 s after an answer that took
    a millisecond, at every new connection.

What to do
    See which type is dropped, and replace what drops it:
        dig +tries=1 +time=2 @RESOLVER NAME A
        dig +tries=1 +time=2 @RESOLVER NAME AAAA
    Meanwhile: "options timeout:1" in /etc/resolv.conf, or the host in
    /etc/hosts. Turning IPv6 off does not help, AAAA is asked all the same, and
    no GODEBUG setting skips it.

Look-alikes
    dns/resolver-unanswered: neither is answered. dns/answer-lost: the repeat is
    answered. dns/edns-dropped: both types fail, plain queries do not.

Known false alarms
    With two resolvers in turn, a silence of each to another type may be two
    losses. Waits that the run's end cut short are counted to that end.

References
    Go 1.27 net/dnsclient_unix.go, goLookupIPCNAMEOrder (both types awaited);
    RFC 8305 section 3 (50 ms would do); RFC 4074 section 4.1 (servers that
    ignore AAAA); measured: 10.06 s.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import HOSTS, NO_AAAA, ONE_TRY, PUT_FIRST, VAIN
from netanalyze.causes.dns._names import asks_no_more
from netanalyze.conversations.dns import Transaction
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.names.lookups import NOERROR, NXDOMAIN, Lookup
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wire.message.dns import AAAA, A, type_name
from netanalyze.wording import message, saying

CAUSE = Cause(
    "dns/one-family-unanswered",
    meaning="One of A and AAAA was answered, the other never, and the connection waited for both.",
    headline="{place} never answers for {family}, and the connection waits for it.",
    unnamed={"family": "one family"},
    guarded_by="dns",
    fits=("dns-timeout",),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    1, "s",
    source="RFC 8305 section 3: 50 ms are enough to wait for the other family; resolv.conf(5): 5 s",
    why="a client that still waits after a second waits for its resolver's time-out",
)  # fmt: skip
OTHER_FAMILY_ANSWERED = Proved(
    0.85, "the same resolver answers for one family and not for the other", Basis.LAB,
    "one query without an answer may be one lost datagram",
)  # fmt: skip
SILENT_TWICE = Proved(
    0.95, "two queries or more for that family went unanswered", Basis.LAB, "chance does not pick one family twice",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A lookup of A and AAAA of which one was answered and the other never, by the same resolver."""
    for lookup in odd(case.lookups):
        families = lookup.families
        for silent, other in ((AAAA, A), (A, AAAA)):
            mute = families.get(silent, [])
            good = [t for t in families.get(other, ()) if t.answered and t.rcode in (NOERROR, NXDOMAIN)]
            if not good or any(t.answered or t.rejected_by_frame for t in mute):
                continue
            known = min(good, key=lambda t: t.response_ns)
            start = max(known.response_ns, lookup.start_ns)
            if all(t.resolver != known.resolver for t in mute) or lookup.end_ns - start < PATIENCE.ns:
                continue
            if asks_no_more(case, lookup):
                continue
            yield _one_family(case, lookup, known, mute, start)


def _one_family(case: Case, lookup: Lookup, answered: Transaction, mute: list[Transaction], start: int) -> Finding:
    family, other = type_name(mute[0].qtype), type_name(answered.qtype)
    say = saying(
        resolver=answered.resolver, name=lookup.name, known=other, silent=family, family=family,
        time=duration(answered.response_ns - answered.query_ns), wait=duration(lookup.end_ns - start),
    )  # fmt: skip
    answer = message(
        "{family} answered: {addresses}", family=other, addresses=", ".join(answered.answers[:2]) or "no address"
    )
    rows = (
        (answered.response_frame, answer),
        (mute[0].query_frame, say("{family} for {name} asked: no answer")),
        (mute[-1].last_query_frame, say("{family} asked for the last time: no answer")),
    )
    return CAUSE.finding(
        case.resolver(answered.resolver), (start, lookup.end_ns),
        say("{resolver} answered {known} for {name} after {time} and {silent} never; the client waited {wait} for it"),
        frames(*sorted(rows[: 2 + (len(mute) > 1)], key=lambda row: (row[0] or 0, str(row[1])))),
        confidence(OTHER_FAMILY_ANSWERED, SILENT_TWICE.when(len(mute) > 1)),
        quantities={"name": lookup.name, "silent": family, "queries": len(mute)}, attributes={"family": family},
    )  # fmt: skip


ADVICE = Page(
    where=offers("resolver: it drops one kind of question; the servers are fine"),
    fix=offers(
        Offer("See it: does AAAA stay without an answer?", "dig +tries=1 +time=2 @{resolver} {name} AAAA"),
        NO_AAAA,
        ONE_TRY,
        PUT_FIRST,
        HOSTS,
        Offer("Renew the forwarder or router that drops AAAA"),
    ),
    verify=commands(Offer("", "dig +tries=1 +time=2 @{resolver} {name} AAAA"), "dig +tries=1 +time=2 {name} AAAA"),
    no_use=offers("turning IPv6 off (AAAA is asked all the same)", VAIN),
)

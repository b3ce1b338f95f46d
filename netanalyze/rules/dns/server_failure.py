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

from netanalyze.findings import Finding, frames
from netanalyze.flows.lookups import FORMERR, NOTIMP, SERVFAIL, settles
from netanalyze.rules import Observations
from netanalyze.wire.message.dns import rcode_name
from netanalyze.wording import counted, message

FAILURES = (SERVFAIL, FORMERR, NOTIMP)


def check(seen: Observations) -> Iterator[Finding]:
    """A lookup that got no address, where every family that was answered was answered with a failure."""
    for lookup in seen.lookups:
        failed = [t for t in lookup.transactions if t.answered and t.rcode in FAILURES]
        if not failed or lookup.addresses or any(t.answered and settles(t) for t in lookup.transactions):
            continue
        worst = failed[-1]
        name = rcode_name(worst.rcode)
        yield Finding(
            cause="dns/server-failure",
            culprit=seen.resolver(worst.resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, worst.response_ns),
            message=message(
                "{resolver} answers {rcode} for {name}, {times}",
                resolver=worst.resolver,
                rcode=name,
                name=lookup.name,
                times=counted(len(failed), "{number} time", "{number} times"),
            ),
            evidence=frames(
                (
                    failed[0].query_frame,
                    message("query for {name} to {resolver}", name=lookup.name, resolver=failed[0].resolver),
                ),
                (failed[0].response_frame, message("answered {rcode}", rcode=rcode_name(failed[0].rcode))),
                (worst.response_frame if worst is not failed[0] else 0, message("answered {rcode} again", rcode=name)),
            ),
            confidence=0.95,
            fatal=True,
            quantities={"name": lookup.name, "answers": len(failed)},
            attributes={"rcode": name},
        )

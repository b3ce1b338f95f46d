"""Answers come that do not fit the question, so that the client waits on.

What it finds
    A query that was never answered in a form that fits it, though something
    came back on its socket: another id, another question, or octets that are no
    DNS message. No address came from anybody.

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

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """A query that was never answered in a form that fits it, though something came back on its socket."""
    for lookup in seen.lookups:
        bad = [t for t in lookup.unanswered if t.unusable_frame]
        if not bad or lookup.addresses:
            continue
        yield Finding(
            cause="dns/answer-unusable",
            culprit=seen.resolver(bad[0].resolver),
            start_ns=lookup.start_ns,
            end_ns=lookup.end_ns,
            message=message(
                "what {resolver} answers for {name} does not fit the question; the client waits on ({time})",
                resolver=bad[0].resolver,
                name=lookup.name,
                time=duration(lookup.end_ns - lookup.start_ns),
            ),
            evidence=frames(
                (bad[0].query_frame, message("query for {name}, id {id}", name=lookup.name, id=bad[0].dns_id)),
                (bad[0].unusable_frame, "an answer with another id, question or form"),
            ),
            confidence=0.85,
            fatal=True,
            quantities={"name": lookup.name, "answers": len(bad)},
        )

"""One query got two different answers: somebody on the way injects the first.

What it finds
    A transaction with a second answer that shares no address with the first.
    Who sent which is not proven; the quicker one stands nearer.

Why a program hangs
    The first answer that fits is the one a client uses. If it is forged, the
    connection goes to an address that is dead or somebody else's, and hangs or
    fails there: a dial of 30 s, or a certificate for another name.

What to do
    Ask where nobody on the way can answer, and compare:
        dig @RESOLVER NAME; dig +tcp @RESOLVER NAME
        curl -s 'https://dns.google/resolve?name=NAME&type=A'
    Then use DNS over TLS (resolvectl dnsovertls IFACE yes) or a resolver beyond
    the filter; for go a mirror under another name, as in
    GOPROXY=https://goproxy.cn,direct.

Look-alikes
    dns/unroutable-answer: one answer, with an address that leads nowhere.
    tls/name-mismatch and tcp/syn-unanswered are what follows from the forged
    address.

Known false alarms
    A repeat answered from another cache behind the same address with rotated
    records (only disjoint sets are reported), and captures on two interfaces
    with NAT between.

References
    RFC 5452 (forged answers); RFC 3833 section 2.1 (packet interception); Go
    1.27 net/dnsclient_unix.go, dnsPacketRoundTrip: the first match wins.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.rules import Observations
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """A transaction with a second answer that shares no address with the first."""
    for t in seen.transactions:
        if not t.other_answers or set(t.answers) & set(t.other_answers) or t.kind != "dns":
            continue
        yield Finding(
            cause="dns/conflicting-answers",
            culprit=seen.resolver(t.resolver),
            start_ns=t.query_ns if t.query_frame else t.response_ns,
            end_ns=t.response_ns,
            message=message(
                "{name} was answered twice: {first} first, then {second}",
                name=t.qname,
                first=", ".join(t.answers) or t.rcode,
                second=", ".join(t.other_answers),
            ),
            evidence=frames(
                (t.query_frame, message("query for {name}", name=t.qname)),
                (
                    t.response_frame,
                    message(
                        "the first answer, which clients use: {answer}", answer=", ".join(t.answers) or "no address"
                    ),
                ),
                (t.other_frame, message("another answer: {answer}", answer=", ".join(t.other_answers))),
            ),
            confidence=0.85,
            fatal=True,
            quantities={"name": t.qname, "first": list(t.answers), "second": list(t.other_answers)},
            alternatives=(
                Alternative(
                    "dns/answer-slow",
                    "a resolver may answer a repeat from another cache",
                    f"dig {t.qname} @{t.resolver}",
                ),
            ),
        )

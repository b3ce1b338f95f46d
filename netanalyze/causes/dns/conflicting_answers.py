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

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, WAITING
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import ENCRYPTED, ENCRYPTED_TEXT, HOSTS
from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.dns_columns import answered_otherwise
from netanalyze.paste import command
from netanalyze.wording import message, saying

CAUSE = Cause(
    "dns/conflicting-answers",
    meaning="One query got two answers that differ: somebody on the way answers too.",
    headline="Somebody forges the answers for {name}.",
    particular=True,
    misleads=True,
    fits=("dial-timeout", "dns-no-such-host", "connection-refused"),
)

TWO_ANSWERS = Proved(
    0.85, "one query has two answers that share no address", Basis.FRAMES,
    "a resolver answers a query once; a repeat that another cache answered looks alike",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A transaction with a second answer that shares no address with the first."""
    for t in answered_otherwise(case.transactions):
        if not t.other_answers or set(t.answers) & set(t.other_answers) or t.kind != "dns" or t.cut:
            continue
        first, second = ", ".join(t.answers), ", ".join(t.other_answers)
        say = saying(name=t.qname, first=first or t.rcode, second=second, answer=first or "no address")
        check = command("dig {name} @{resolver}", name=t.qname, resolver=t.resolver)
        yield CAUSE.finding(
            case.resolver(t.resolver), (t.query_ns if t.query_frame else t.response_ns, t.response_ns),
            say("{name} was answered twice: {first} first, then {second}"),
            frames(
                (t.query_frame, say("query for {name}")),
                (t.response_frame, say("the first answer, which clients use: {answer}")),
                (t.other_frame, message("another answer: {answer}", answer=second)),
            ),
            confidence(TWO_ANSWERS), fatal=True,
            quantities={"name": t.qname, "first": list(t.answers), "second": list(t.other_answers)},
            alternatives=(Alternative("dns/answer-slow", "a resolver may answer a repeat from another cache", check),),
        )  # fmt: skip


ADVICE = Page(
    where=offers("path: somebody on the way answers too; resolver not guilty"),
    fix=offers(
        ENCRYPTED,
        ENCRYPTED_TEXT,
        HOSTS,
        Offer("Meanwhile a proxy with another name, this run", "GOPROXY={mirror},direct {again}", "go", scope=RUN),
    ),
    verify=commands("curl -s 'https://dns.google/resolve?name={name}&type=A'"),
    no_use=offers("another plain resolver on the same path", CLEAN_CACHE, WAITING),
)

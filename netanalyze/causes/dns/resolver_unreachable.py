"""ICMP, or this machine itself, says that the resolver is not there.

What it finds
    Queries that an ICMP error quotes and nobody answered; or, without such
    packets, the command's own error (connection refused or unreachable at port
    53) while no query of the capture was answered.

Why a program hangs
    It does not wait: the error comes back on the socket at once. Missing or
    empty /etc/resolv.conf does this, too: Go then asks 127.0.0.1 and ::1, where
    nobody listens.

What to do
    See who is named as a resolver, and whether something listens there:
        cat /etc/resolv.conf; ss -lun 'sport = :53'
        dig +tries=1 @RESOLVER NAME
    Create resolv.conf, or start the local resolver: sudo systemctl restart
    systemd-resolved. In a container name one with --dns.

Look-alikes
    dns/resolver-unanswered: silence. dns/refused: a DNS answer, code REFUSED.
    tcp/no-route: this machine has no way anywhere, not even to the resolver.

Known false alarms
    The ICMP errors of this machine to a late answer quote the answer, not the
    query; they are no evidence here (dns/answer-slow).

References
    RFC 792 and RFC 4443 section 3.1 (port unreachable); Go 1.27
    net/dnsconfig.go (defaultNS), net/dnsclient_unix.go.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import DNS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import kernel_had_no_route, printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import CONTAINER, RESTART_STUB, VAIN
from netanalyze.findings import Culprit, Finding, frames
from netanalyze.flows.screen import odd
from netanalyze.wording import message, saying

CAUSE = Cause(
    "dns/resolver-unreachable",
    meaning="ICMP, or this machine itself, says that nobody listens at the resolver's address.",
    headline="Nobody serves DNS at {place}.",
    fits=("dns-unresolved", "dns-refused", "dns-unreachable"),
)

SAID = ("dns-refused", "dns-unreachable")

REJECTED = Proved(
    0.93, "ICMP unreachable quotes the query", Basis.FRAMES,
    "it names the very datagram; it may be forged, or a filter's",
)  # fmt: skip
PRINTED = Proved(
    0.85, "the command printed that the resolver is refused or unreachable", Basis.COMMAND,
    "its kernel told it so; no frame shows who was asked",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Queries quoted by ICMP unreachable and never answered; or the command printed as much."""
    found = False
    for lookup in odd(case.lookups):
        rejected = [t for t in lookup.transactions if t.rejected_by_frame]
        if not rejected or lookup.answered:
            continue
        found = True
        say = saying(resolver=rejected[0].resolver, name=lookup.name)
        yield CAUSE.finding(
            case.resolver(rejected[0].resolver), lookup.span,
            say("{resolver} is not there for DNS: ICMP rejects the query for {name}"),
            frames(
                (rejected[0].query_frame, say("query for {name} to {resolver}")),
                (rejected[0].rejected_by_frame, "ICMP unreachable, quoting it"),
            ),
            confidence(REJECTED), fatal=True, quantities={"name": lookup.name, "rejected": len(rejected)},
        )  # fmt: skip
    if not found and not case.index.answered_by:
        yield from _printed(case)


def _printed(case: Case) -> Iterator[Finding]:
    """The command's own word, where no query was in the capture."""
    error = case.final_error
    if error is None or error.kind not in SAID or kernel_had_no_route(error):
        return  # the last: tcp/no-route, no packet could leave
    server = str(error.facts.get("server", ""))
    if server.startswith("[") or server.count(":") == 1:  # with its port; a bare IPv6 address has none
        server = server.rsplit(":", 1)[0].strip("[]")
    where = server or "the configured address"
    yield CAUSE.finding(
        Culprit("resolver", None, server or None, 53), (case.start_ns, case.end_ns),
        message("nothing serves DNS at {place}: this machine was told so at once", place=where),
        (printed(error.text),),
        confidence(PRINTED), fatal=True, quantities={"name": error.facts.get("name")},
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("this machine: no resolver runs at that loopback address", None, "stub"),
        Offer("resolver: nothing listens there, or no way leads to it"),
    ),
    fix=offers(
        Offer("See which resolvers are set", "cat /etc/resolv.conf"),
        RESTART_STUB,
        Offer("Name a resolver", "echo 'nameserver {other_resolver}' | sudo tee -a /etc/resolv.conf", "!resolved"),
        CONTAINER,
    ),
    verify=DNS_CHECK,
    no_use=VAIN,
)

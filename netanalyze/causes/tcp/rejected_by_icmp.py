"""ICMP answers the SYN: unreachable, or prohibited by a firewall.

What it finds
    A dial in which ICMP (unreachable or time exceeded) quoted an attempt and no
    address connected. Attributes have its meaning and code; port 53 belongs to
    the DNS rules.

Why a program hangs
    The kernel passes the error to connect() at once: "no route to host",
    "network is unreachable". For some codes and for time exceeded it only keeps
    trying, to the dial's 30 s.

What to do
    See who sent it, and which code:
        sudo tcpdump -i any -vn 'icmp or icmp6'
        traceroute -T -p 443 ADDRESS; ip route get ADDRESS
    Codes 9, 10, 13 (administratively prohibited): a firewall rule, ask its
    owner. Codes 0, 1: routing, or the host does not answer ARP. Through a proxy
    it may be allowed.

Look-alikes
    tcp/refused: RST. tcp/no-route: this machine's own table, without a packet.
    tcp/syn-unanswered: the same firewall with DROP. tcp/mtu-signalled: code 4
    is no rejection.

Known false alarms
    A soft error during a route change, after which a later attempt would have
    worked; routers limit the rate of ICMP, so some attempts stay silent.

References
    RFC 792; RFC 1812 section 5.2.7.1 (codes); RFC 4443 section 3.1; RFC 9293
    section 3.9.2.2 (soft and hard errors).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, PORT_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tcp._advice import PAST_PROXY
from netanalyze.findings import Finding, frames
from netanalyze.flows.screen import odd
from netanalyze.wording import saying

CAUSE = Cause(
    "tcp/rejected-by-icmp",
    meaning="The SYN was answered by ICMP: unreachable or forbidden.",
    headline="A router or firewall rejects the way to {place}.",
    answered=True,
    fits=("connect-failed", "no-route", "network-unreachable"),
)


SAYS_NO = Proved(
    0.95, "an ICMP error answers the SYN and quotes it", Basis.FRAMES,
    "it names its reason itself; a filter may write it in another's name",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A dial in which ICMP rejected an attempt and no address worked."""
    for dial in odd(case.dials):
        rejected = dial.with_outcome("rejected")
        if dial.connected or not rejected or rejected[0].server.port == 53:
            continue
        first = rejected[0]
        error = next(e for e in first.icmp if e.what in ("unreachable", "time_exceeded"))
        last = max(e.ns for f in rejected for e in f.icmp)
        say = saying(address=first.server.address, port=first.server.port, meaning=error.meaning, source=error.source)
        yield CAUSE.finding(
            case.server(first),
            (first.first_ns, max(last, first.first_ns)),
            say("the way to {address}:{port} is rejected: ICMP {meaning}"),
            frames(
                (first.client.syn_frame, say("SYN to {address}:{port}")),
                (error.frame, say("ICMP {meaning} from {source}, quoting it")),
            ),
            confidence(SAYS_NO),
            first,
            fatal=True,
            also_flows=tuple(f.id for f in rejected[1:]),
            quantities={"errors": sum(len(f.icmp) for f in rejected)},
            attributes={"icmp": error.meaning, "code": error.code},
        )


ADVICE = Page(
    where=offers("path: a router or firewall says no; the server was never reached"),
    fix=offers(PAST_PROXY, ANOTHER_SOURCE, Offer("Ask who runs the firewall to open {port}/tcp"), ANOTHER_WAY),
    verify=PORT_CHECK,
    no_use=VAIN,
)

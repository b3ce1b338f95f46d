"""A public name gets an address that no public host has, such as loopback.

What it finds
    All addresses that came for a name with a dot are loopback, 0.0.0.0 or ::,
    or link-local. Names that are local by their form (localhost, .local,
    .internal, .lan, .home.arpa) are left out; private addresses are not
    counted.

Why a program hangs
    A SYN to 0.0.0.0 or 127.0.0.1 meets this machine, which refuses; a
    link-local address is unreachable, or silent for the dial's 30 s. Either way
    the server is never asked.

What to do
    Find out who says so:
        getent ahosts NAME; grep NAME /etc/hosts
        dig @RESOLVER NAME; dig @1.1.1.1 NAME
    A blocking resolver (Pi-hole, a company's filter): let the name through. A
    poisoned path: DNS over TLS, or a mirror with another name.

Look-alikes
    dns/conflicting-answers: two answers, one of them forged. tcp/refused is
    what follows for loopback. dns/no-address: nothing instead of a wrong one.

Known false alarms
    Fake-IP proxies answer with 198.18.0.0/15 and are not meant here; a name
    that is served on this machine on purpose is reported all the same.

References
    RFC 6890 (special-purpose addresses); RFC 1122 section 3.2.1.3; RFC 4291
    sections 2.5.2, 2.5.3 and 2.5.6.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, DNS_CHECK, WAITING
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.dns._advice import COMPARE, ENCRYPTED, PUT_FIRST
from netanalyze.findings import Finding, frames
from netanalyze.flows.screen import odd
from netanalyze.wording import saying

CAUSE = Cause(
    "dns/unroutable-answer",
    meaning="A public name got an address that leads nowhere: loopback, 0.0.0.0, link-local, …",
    headline="The resolver gives {name} an address that cannot be it.",
    particular=True,
    misleads=True,
    fits=("dial-timeout", "connection-refused"),
)

LOCAL_NAMES = ("localhost", ".local", ".localhost", ".internal", ".lan", ".home.arpa")
NO_HOST_HAS_IT = Proved(
    0.9, "every address of the answer is loopback, unspecified or link-local", Basis.FRAMES,
    "no public host can have one; a filter that answers so on purpose is the reader's to know",
)  # fmt: skip


def _impossible(text: str) -> bool:
    """Whether an address can belong to no public host."""
    address = ip_address(text)
    return address.is_loopback or address.is_unspecified or address.is_link_local


def check(case: Case) -> Iterator[Finding]:
    """All addresses of an answer for a public name are impossible ones."""
    for lookup in odd(case.lookups):
        given = lookup.addresses
        public = "." in lookup.name and not lookup.name.endswith(LOCAL_NAMES)
        if not public or not given or not all(_impossible(a) for a in given):
            continue
        answer = next(t for t in lookup.transactions if t.answers)
        say = saying(resolver=answer.resolver, name=lookup.name, addresses=", ".join(given[:3]))
        yield CAUSE.finding(
            case.resolver(answer.resolver), (lookup.start_ns, max(lookup.end_ns, answer.response_ns)),
            say("{resolver} says that {name} is {addresses}"),
            frames(
                (answer.query_frame, say("query for {name}")),
                (answer.response_frame, say("answered {addresses}, which no public host has")),
            ),
            confidence(NO_HOST_HAS_IT), fatal=True, quantities={"name": lookup.name, "addresses": list(given)},
        )  # fmt: skip


ADVICE = Page(
    where=offers("resolver (a filter, /etc/hosts, fake-IP proxy), or the path"),
    fix=offers(
        Offer("See whether /etc/hosts says it", "getent ahosts {name}"),
        COMPARE,
        ENCRYPTED,
        PUT_FIRST,
        Offer("A blocking resolver: let the name through there"),
    ),
    verify=DNS_CHECK,
    no_use=offers(CLEAN_CACHE, WAITING),
)

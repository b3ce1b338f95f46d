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

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.wording import message

LOCAL_NAMES = ("localhost", ".local", ".localhost", ".internal", ".lan", ".home.arpa")


def _impossible(text: str) -> bool:
    """Whether an address can belong to no public host."""
    address = ip_address(text)
    return address.is_loopback or address.is_unspecified or address.is_link_local


def check(seen: Observations) -> Iterator[Finding]:
    """All addresses of an answer for a public name are impossible ones."""
    for lookup in seen.lookups:
        if "." not in lookup.name or lookup.name.endswith(LOCAL_NAMES):
            continue
        given = lookup.addresses
        if not given or not all(_impossible(a) for a in given):
            continue
        answer = next(t for t in lookup.transactions if t.answers)
        yield Finding(
            cause="dns/unroutable-answer",
            culprit=seen.resolver(answer.resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, answer.response_ns),
            message=message(
                "{resolver} says that {name} is {addresses}",
                resolver=answer.resolver,
                name=lookup.name,
                addresses=", ".join(given[:3]),
            ),
            evidence=frames(
                (answer.query_frame, message("query for {name}", name=lookup.name)),
                (
                    answer.response_frame,
                    message("answered {addresses}, which no public host has", addresses=", ".join(given[:3])),
                ),
            ),
            confidence=0.9,
            fatal=True,
            quantities={"name": lookup.name, "addresses": list(given)},
        )

"""A public name is answered with an address that cannot be it: loopback, unspecified or link-local."""

from collections.abc import Iterator
from ipaddress import ip_address

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations

LOCAL_NAMES = ("localhost", ".local", ".localhost", ".internal", ".lan", ".home.arpa")


def impossible(text: str) -> bool:
    """Whether an address can belong to no public host."""
    address = ip_address(text)
    return address.is_loopback or address.is_unspecified or address.is_link_local


def check(seen: Observations) -> Iterator[Finding]:
    """All addresses of an answer for a public name are impossible ones."""
    for lookup in seen.lookups:
        if "." not in lookup.name or lookup.name.endswith(LOCAL_NAMES):
            continue
        given = lookup.addresses
        if not given or not all(impossible(a) for a in given):
            continue
        answer = next(t for t in lookup.transactions if t.answers)
        yield Finding(
            cause="dns/unroutable-answer",
            culprit=seen.resolver(answer.resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, answer.response_ns),
            message=f"{answer.resolver} says that {lookup.name} is {', '.join(given[:3])}",
            evidence=frames(
                (answer.query_frame, f"query for {lookup.name}"),
                (answer.response_frame, f"answered {', '.join(given[:3])}, which no public host has"),
            ),
            confidence=0.9,
            fatal=True,
            quantities={"name": lookup.name, "addresses": list(given)},
        )

"""The name exists and has no address."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.lookups import NOERROR
from netanalyze.flows.search_list import search_steps
from netanalyze.rules import Observations
from netanalyze.wire.message.dns import AAAA, A


def check(seen: Observations) -> Iterator[Finding]:
    """A and AAAA (or the one that was asked) answered NOERROR without an address."""
    steps = search_steps(seen.lookups)
    for lookup in seen.lookups:
        asked = [t for t in lookup.transactions if t.qtype in (A, AAAA)]
        if not asked or lookup.addresses or id(lookup) in steps:
            continue
        if A not in lookup.families or not all(t.answered and t.rcode == NOERROR and not t.truncated for t in asked):
            continue
        first = asked[0]
        yield Finding(
            cause="dns/no-address",
            culprit=seen.resolver(first.resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, lookup.start_ns),
            message=f"{lookup.name} exists and has no address",
            evidence=frames(*((t.response_frame, f"{lookup.name}: NOERROR, no address") for t in asked[:2])),
            confidence=0.9,
            fatal=True,
            quantities={"name": lookup.name},
        )

"""The name that was needed does not exist (NXDOMAIN)."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.lookups import NXDOMAIN
from netanalyze.flows.search_list import search_steps
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """NXDOMAIN for a name that is no step of a search list, and no other form of it was found."""
    steps = search_steps(seen.lookups)
    for lookup in seen.lookups:
        absent = [t for t in lookup.transactions if t.answered and t.rcode == NXDOMAIN]
        if not absent or lookup.addresses or id(lookup) in steps:
            continue
        if any(other.addresses and other.name.startswith(lookup.name + ".") for other in seen.lookups):
            continue  # the search list found it
        yield Finding(
            cause="dns/name-not-found",
            culprit=seen.resolver(absent[0].resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, absent[-1].response_ns),
            message=f"{lookup.name} does not exist, says {absent[0].resolver}",
            evidence=frames(
                (absent[0].query_frame, f"query for {lookup.name} to {absent[0].resolver}"),
                (absent[0].response_frame, "answered NXDOMAIN: no such name"),
            ),
            confidence=0.9,
            fatal=True,
            quantities={"name": lookup.name},
        )

"""The resolver refuses to answer this client."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.lookups import REFUSED, settles
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """A lookup that got no address and was answered REFUSED."""
    for lookup in seen.lookups:
        refused = [t for t in lookup.transactions if t.answered and t.rcode == REFUSED]
        if not refused or lookup.addresses or any(t.answered and settles(t) for t in lookup.transactions):
            continue
        yield Finding(
            cause="dns/refused",
            culprit=seen.resolver(refused[0].resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, refused[-1].response_ns),
            message=f"{refused[0].resolver} refuses to answer for {lookup.name}",
            evidence=frames(
                (refused[0].query_frame, f"query for {lookup.name}"),
                (refused[0].response_frame, "answered REFUSED"),
            ),
            confidence=0.95,
            fatal=True,
            quantities={"name": lookup.name, "answers": len(refused)},
            attributes={"rcode": "REFUSED"},
        )

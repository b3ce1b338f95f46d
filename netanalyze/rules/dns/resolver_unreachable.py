"""ICMP, or this machine itself, says that the resolver is not there."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, frames
from netanalyze.rules import Observations

SAID = ("dns-refused", "dns-unreachable")


def check(seen: Observations) -> Iterator[Finding]:
    """Queries quoted by ICMP unreachable and never answered; or the command printed as much."""
    found = False
    for lookup in seen.lookups:
        rejected = [t for t in lookup.transactions if t.rejected_by_frame]
        if not rejected or lookup.answered:
            continue
        found = True
        first = rejected[0]
        yield Finding(
            cause="dns/resolver-unreachable",
            culprit=seen.resolver(first.resolver),
            start_ns=lookup.start_ns,
            end_ns=lookup.end_ns,
            message=f"{first.resolver} is not there for DNS: ICMP rejects the query for {lookup.name}",
            evidence=frames(
                (first.query_frame, f"query for {lookup.name} to {first.resolver}"),
                (first.rejected_by_frame, "ICMP unreachable, quoting it"),
            ),
            confidence=0.93,
            fatal=True,
            quantities={"name": lookup.name, "rejected": len(rejected)},
        )
    error = seen.trace.final_error if seen.trace else None
    if found or error is None or error.kind not in SAID or any(t.answered for t in seen.transactions):
        return
    if error.kind == "dns-unreachable" and "network is unreachable" in str(error.facts.get("reason", "")):
        return  # tcp/no-route: no packet could leave
    server = str(error.facts.get("server") or "").rsplit(":", 1)[0].strip("[]") or None
    yield Finding(
        cause="dns/resolver-unreachable",
        culprit=Culprit("resolver", None, server, 53),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=f"nothing serves DNS at {server or 'the configured address'}: this machine was told so at once",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.85,
        fatal=True,
        quantities={"name": error.facts.get("name")},
    )

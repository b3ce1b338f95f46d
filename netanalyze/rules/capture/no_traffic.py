"""The command worked on the network, but the capture has none of it."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """The trace shows answered requests, and there is no flow and no lookup of the command in the capture."""
    trace = seen.trace
    if trace is None or seen.flows or seen.lookups:
        return
    answered = [r for r in trace.requests if r.status]
    if not answered:
        return
    yield Finding(
        cause="capture/no-traffic",
        culprit=Culprit("client-host"),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=f"the command had {len(answered)} requests answered, and the capture has none of its traffic",
        evidence=(Evidence(answered[0].url[:200], "answered, says the command's trace", "trace"),),
        confidence=0.9,
    )

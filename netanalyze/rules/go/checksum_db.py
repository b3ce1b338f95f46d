"""The modules came; what fails is the checksum database."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """A dial to a checksum database that failed, after a module proxy had answered."""
    for dial in seen.dials:
        first = dial.attempts[0]
        if dial.connected or not dial.host or seen.role(dial.host) != "checksum-db":
            continue
        if not any(f.server.sent_data and f.first_ns < first.first_ns for f in seen.flows):
            continue
        yield Finding(
            cause="go/checksum-db",
            culprit=seen.server(first),
            start_ns=first.first_ns,
            end_ns=max(first.last_ns, first.first_ns),
            message=f"the module came, its checksum could not be looked up at {dial.host}",
            evidence=frames((first.first_frame, f"SYN to {dial.host}")),
            confidence=0.9,
            flow_id=first.id,
        )

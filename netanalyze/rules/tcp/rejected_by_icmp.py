"""ICMP answers the SYN: unreachable, or prohibited by a firewall."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """A dial in which ICMP rejected an attempt and no address worked."""
    for dial in seen.dials:
        rejected = dial.with_outcome("rejected")
        if dial.connected or not rejected or rejected[0].server.port == 53:
            continue
        first = rejected[0]
        error = next(e for e in first.icmp if e.what in ("unreachable", "time_exceeded"))
        last = max(e.ns for f in rejected for e in f.icmp)
        yield Finding(
            cause="tcp/rejected-by-icmp",
            culprit=seen.server(first),
            start_ns=first.first_ns,
            end_ns=max(last, first.first_ns),
            message=f"the way to {first.server.address}:{first.server.port} is rejected: ICMP {error.meaning}",
            evidence=frames(
                (first.client.syn_frame, f"SYN to {first.server.address}:{first.server.port}"),
                (error.frame, f"ICMP {error.meaning}, quoting it"),
            ),
            confidence=0.95,
            fatal=True,
            flow_id=first.id,
            also_flows=tuple(f.id for f in rejected[1:]),
            quantities={"errors": sum(len(f.icmp) for f in rejected)},
            attributes={"icmp": error.meaning, "code": error.code},
        )

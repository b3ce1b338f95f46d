"""Some of a name's addresses are dead; another one worked."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1, "s", source="RFC 6298 section 2: a SYN is repeated after 1 s; Go gives each address 2 s at the least (net/dial.go)",
    why="what is given up sooner was raced, not waited for",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """An unanswered address of the family that worked, tried before the one that worked."""
    for dial in seen.dials:
        worked = dial.connected
        if worked is None:
            continue
        dead = [
            f for f in dial.attempts
            if outcome(f) in ("silent", "aborted", "refused", "rejected")
            and f.ip_version == worked.ip_version and f.first_ns < worked.first_ns
        ]  # fmt: skip
        if not dead or worked.first_ns - dead[0].first_ns < PATIENCE.ns:
            continue
        first = dead[0]
        lost = worked.first_ns - first.first_ns
        yield Finding(
            cause="tcp/one-address-dead",
            culprit=seen.server(first),
            start_ns=first.first_ns,
            end_ns=worked.first_ns,
            message=f"{first.server.address} did not answer for {duration(lost)}; {worked.server.address} did at once",
            evidence=frames(
                (first.first_frame, f"SYN to {first.server.address}: no answer"),
                (worked.first_frame, f"SYN to {worked.server.address}, {duration(lost)} later"),
                (worked.server.syn_frame, "which answers"),
            ),
            confidence=0.93,
            flow_id=first.id,
            also_flows=tuple(f.id for f in dead[1:]),
            quantities={"dead": len(dead), "syns": sum(f.client.syn_count for f in dead)},
        )

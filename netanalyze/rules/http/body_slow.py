"""The response comes steadily, slower than path and window allow: the sender limits it."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
SHARE = Threshold(
    0.6, "of the transfer", source="TAPO, CoNEXT 2015: data-unavailable stalls; Siekkinen et al. 2008: application-limited first",
    why="most of the time nothing was in flight though the window was open: nobody but the sender waits",
)  # fmt: skip
LONGEST = Threshold(
    5, "s", source="http/body-stalled: PATIENCE", why="a pause of this length or longer is a stall of its own",
)  # fmt: skip
PATIENCE = Threshold(
    3, "s", source="RFC 8899 and user studies agree on no number; three seconds is where people look for a cause",
    why="shorter transfers are not worth a finding",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Pauses of the server in the middle of a body that add up to most of the transfer and to PATIENCE or more."""
    from netanalyze.flows.gaps import KIND_DATA

    for flow in seen.flows:
        if not flow.speaks_http:
            continue
        pauses = [
            s for s in seen.stalls_of(flow)
            if s.waiting_for == "body" and s.gap and s.gap.next_kind == KIND_DATA and not s.gap.resent_0 and not s.gap.resent_1
            and s.gap.unacked_1 == 0 and s.ns > 2 * flow.round_trip_ns and s.ns < LONGEST.ns
        ]  # fmt: skip
        if len(pauses) < 3 or flow.client.zero_count:
            continue
        total = sum(s.ns for s in pauses)
        span = pauses[-1].end_ns - pauses[0].start_ns
        if total < PATIENCE.ns or total / max(span, 1) < SHARE.value:
            continue
        if flow.server.resent + flow.server.lost > 0.02 * flow.server.packets:
            continue
        rate = flow.server.octets / max(span / 1e9, 0.001)
        yield Finding(
            cause="http/body-slow",
            culprit=seen.far_host(flow),
            start_ns=pauses[0].start_ns,
            end_ns=pauses[-1].end_ns,
            message=f"{flow.host or flow.server.address} paused {len(pauses)} times in the middle of the response, "
            f"{duration(total)} of {duration(span)} in all; {rate / 1000:,.0f} kB/s, nothing lost, window open",
            evidence=frames(
                (pauses[0].last_frame, "everything sent is acknowledged"),
                (pauses[0].next_frame, f"the server goes on {duration(pauses[0].ns)} later"),
                (max(pauses, key=lambda s: s.ns).next_frame, f"end of the longest pause, {duration(max(s.ns for s in pauses))}"),
            ),
            confidence=0.8,
            flow_id=flow.id,
            quantities={"pauses": len(pauses), "paused": total / 1e9, "rate": round(rate)},
        )

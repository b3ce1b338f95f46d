"""The response came, late."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s", source="RAIL and HTTP Archive: 75 % of servers answer within 1.8 s (time to first byte, 2023)",
    why="slower than that a person notices who waits for one request",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A wait for a response of PATIENCE or longer that the response ended, without loss in it."""
    for flow in seen.flows:
        if not flow.speaks_http:
            continue
        for stall in seen.stalls_of(flow):
            gap = stall.gap
            if stall.waiting_for != "response" or gap is None or stall.ns < PATIENCE.ns:
                continue
            from netanalyze.flows.gaps import KIND_DATA

            if gap.next_kind != KIND_DATA or gap.next_direction != 1 or gap.resent_0 >= 2:
                continue
            request = seen.request_of(flow, gap)
            yield Finding(
                cause="http/response-late",
                culprit=seen.far_host(flow),
                start_ns=stall.start_ns,
                end_ns=stall.end_ns,
                message=f"{flow.host or flow.server.address} took {duration(stall.ns)} to answer",
                evidence=frames(
                    (request[0] if request else gap.last_frame, "the request"),
                    (gap.next_frame, f"the first octets of the response, {duration(stall.ns)} later"),
                ),
                confidence=0.85,
                flow_id=flow.id,
                quantities={"took": stall.ns / 1e9},
            )

"""The server closes before the end of the data."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.endings import broken_off
from netanalyze.rules import Observations

UNDERMINED_BY = ("capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """The server's FIN comes first, in the middle of a response or while one is owed."""
    for flow in seen.flows:
        ended = flow.ended()
        if ended is None or ended[:2] != ("fin", 1) or not flow.established:
            continue
        why = broken_off(flow)
        if why is None:
            continue
        yield Finding(
            cause="tcp/early-close",
            culprit=seen.far_host(flow),
            start_ns=min(max(flow.server.last_data_ns, flow.first_ns), ended[2]),
            end_ns=ended[2],
            message=f"{flow.host or flow.server.address} closed the connection {why}",
            evidence=frames(
                (flow.client.last_data_frame if flow.client.last_data_frame < ended[3] else 0, "the client's last octets"),
                (flow.server.last_data_frame, "the server's last octets"),
                (ended[3], "its FIN, before the response was whole"),
            ),
            confidence=0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": flow.server.octets},
        )

"""CONNECT (or a SOCKS request) is sent to the proxy, and the proxy says nothing."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    5, "s", source="Go net/http transport.go: gives CONNECT 60 s; proxies try to connect for some seconds",
    why="a proxy that reaches the far host answers within a round trip or two",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A CONNECT that was acknowledged and had no status line for PATIENCE or longer, to the end."""
    for flow in seen.flows:
        connect = flow.http.connect if flow.http else None
        if connect is None or connect.response_frame or flow.server.sent_data or flow.server.rst_count:
            continue
        ended = flow.ended()
        if ended and ended[1] == 1:
            continue
        end = seen.until(flow)
        if end - connect.request_ns < PATIENCE.ns or (flow.client.unacked > 1 and flow.client.streak >= 3):
            continue
        yield Finding(
            cause="http/connect-unanswered",
            culprit=seen.http_proxy(flow),
            start_ns=connect.request_ns,
            end_ns=end,
            message=f"the proxy {flow.server.address}:{flow.server.port} took CONNECT {connect.target} and said nothing for "
            f"{duration(end - connect.request_ns)}",
            evidence=frames(
                (connect.request_frame, f"CONNECT {connect.target}"),
                (flow.client.acked_frame if not ended or flow.client.acked_frame < ended[3] else 0, "acknowledged by the proxy"),
                (ended[3] if ended else flow.last_frame, "the client gives up" if ended else "still no status line"),
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            quantities={"target": connect.target},
        )

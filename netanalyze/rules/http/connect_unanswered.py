"""CONNECT (or a SOCKS request) is sent to the proxy, and the proxy says nothing.

What it finds
    A request for a tunnel without an answer for PATIENCE (5 s) or longer, to
    the end; no reset, not closed by the proxy, and the request not being
    repeated in vain.

Why a program hangs
    The proxy is trying to reach the far host, or has forgotten us. go gives
    CONNECT 60 s ("context deadline exceeded"), git 300 s for names, TCP, proxy
    and TLS together.

What to do
    Ask the proxy for another host, and the host without the proxy:
        curl -svm 15 -o /dev/null -x http://PROXY https://example.com/
        HTTPS_PROXY= https_proxy= go mod download
    Only this host is silent: the proxy's way out or its rules; see its log. All
    are: another proxy. NO_PROXY=HOST goes past it.

Look-alikes
    http/connect-refused: it answers, with an error. tcp/syn-unanswered at the
    proxy's address: it is not there at all. tls/server-hello-missing behind
    "200": the tunnel stands, the far host is silent. tcp/path-death: the
    request itself is not acknowledged.

Known false alarms
    A proxy that asks a person or scans the target first, and would have
    answered later.

References
    RFC 9110 section 9.3.6; RFC 1928; Go 1.27 net/http/transport.go (one minute
    for CONNECT); measured: 60.13 s.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.observe import Flow
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    5, "s",
    source="Go net/http/transport.go: CONNECT has 60 s; the limit is chosen here",
    why="a proxy that reaches the far host answers within a round trip or two",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A CONNECT that was acknowledged and had no status line for PATIENCE or longer, to the end."""
    for flow in seen.flows:
        asked = _asked(flow)
        if asked is None or flow.server.rst_count:
            continue
        what, request_frame, request_ns = asked
        ended = flow.ended()
        if ended and ended[1] == 1:
            continue
        end = seen.until(flow)
        if end - request_ns < PATIENCE.ns or (flow.client.unacked > 1 and flow.client.streak >= 3):
            continue
        until_frame = ended[3] if ended else flow.last_frame
        sent = flow.client.fin_offset if flow.client.fin_frame else flow.client.next
        acknowledged = flow.acknowledged_in(sent, request_frame, until_frame) or flow.client.acked_frame
        yield Finding(
            cause="http/connect-unanswered",
            culprit=seen.http_proxy(flow),
            start_ns=request_ns,
            end_ns=end,
            message=message(
                "the proxy {proxy} took {what} and said nothing for {time}",
                proxy=f"{flow.server.address}:{flow.server.port}",
                what=what,
                time=duration(end - request_ns),
            ),
            evidence=frames(
                (request_frame, what),
                (acknowledged if acknowledged <= until_frame else 0, "acknowledged by the proxy"),
                (ended[3] if ended else flow.last_frame, "the client gives up" if ended else "still no status line"),
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            quantities={"proxy_target": what},
        )


def _asked(flow: Flow) -> tuple[str, int, int] | None:
    """What the proxy was asked and has not answered: (what, frame, ns)."""
    connect = flow.http.connect if flow.http else None
    if connect is not None and not connect.response_frame and not flow.server.sent_data:
        return f"CONNECT {connect.target}", connect.request_frame, connect.request_ns
    socks = flow.socks
    if socks is not None and socks.reply is None and socks.reply_frame < socks.request_frame and flow.tls is None:
        return message("SOCKS {target}", target=socks.target or "greeting"), socks.request_frame, socks.request_ns
    return None

"""The server closes before the end of the data.

What it finds
    The server's FIN comes first, in the middle of a response or while one is
    owed. With TLS that is read from record lengths: a record cut short, a last
    record of full size, a request without an answer, or a download that ends
    without END_STREAM and without the server's alert.

Why a program hangs
    It ends at once: "unexpected EOF". go does not fetch again, except where it
    had reused an idle connection; a module half downloaded begins anew.

What to do
    Run it again, then change one thing at a time:
        until go mod download; do sleep 2; done
        GODEBUG=http2client=0 go mod download          # over HTTP/1.1
        curl -sS -o /tmp/x https://HOST/PATH; ls -l /tmp/x
    Always at the same size: a limit of a proxy or cache. Always after the same
    time: a time-out there.

Look-alikes
    tcp/reset: RST. http/goaway: HTTP/2 says so. tls/closed-after-client-hello:
    in the handshake. http/body-stalled: nobody closes. local/disk-full: this
    side closes.

Known false alarms
    HTTP/1 bodies that end with the connection are whole (and left out); idle
    connections that a server closes while it believes all is said.

References
    RFC 9293 section 3.6; RFC 9112 section 8 (incomplete messages); RFC 8446
    section 6.1 (truncation); Go 1.27 net/http/transport.go
    (shouldRetryRequest).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.endings import broken_off
from netanalyze.rules import Observations
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """The server's FIN comes first, in the middle of a response or while one is owed."""
    for flow in seen.flows:
        ended = flow.ended()
        if ended is None or ended[:2] != ("fin", 1) or not flow.established:
            continue
        why = broken_off(flow)
        if why is None or flow.server.lost:
            continue  # octets that the capture lacks may be the rest of the response
        yield Finding(
            cause="tcp/early-close",
            culprit=seen.far_host(flow),
            start_ns=min(max(flow.server.last_data_ns, flow.first_ns), ended[2]),
            end_ns=ended[2],
            message=message("{host} closed the connection {why}", host=flow.host or flow.server.address, why=why),
            evidence=frames(
                (
                    flow.client.last_data_frame if flow.client.last_data_frame < ended[3] else 0,
                    "the client's last octets",
                ),
                (flow.server.last_data_frame, "the server's last octets"),
                (ended[3], "its FIN, before the response was whole"),
            ),
            confidence=0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": flow.server.octets},
        )

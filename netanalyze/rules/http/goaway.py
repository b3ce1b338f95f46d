"""The server sent the client away (HTTP/2 GOAWAY).

What it finds
    The command's last error says so; the frame itself is encrypted. The flow is
    the last one to that host.

Why a program hangs
    It ends: streams up to LastStreamID are not repeated by go, and one that the
    server does not finish is lost. Servers count requests: after 1000
    (LastStreamID=1999) or 100 (199) each connection ends, always at the same
    place of a large download.

What to do
    Run it again, finished modules are kept; or avoid long connections:
        until go mod download; do sleep 2; done
        GODEBUG=http2client=0 go mod download          # over HTTP/1.1
    The operator: raise keepalive_requests (nginx), or let streams finish.

Look-alikes
    tcp/early-close: FIN without GOAWAY. http/stream-reset: one stream, the
    connection lives. http/error-status: an answer with a status.

Known false alarms
    None known: the text is the command's own. Frames with the size of a bare
    GOAWAY (34 octets in TLS 1.3) are not taken for one.

References
    RFC 9113 section 6.8; Go 1.27 net/http/internal/http2/transport.go
    (GoAwayError, canRetryError); nginx, keepalive_requests (1000).
"""

from collections.abc import Iterator

from netanalyze.findings import Evidence, Finding, frames
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so; the frames are encrypted."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind != "goaway" or not seen.flows:
        return
    host = error.facts.get("host")
    flow = next((f for f in reversed(seen.flows) if f.host == host), seen.flows[-1])
    yield Finding(
        cause="http/goaway",
        culprit=seen.far_host(flow),
        start_ns=min(flow.server.last_data_ns, flow.last_ns) if flow.server.sent_data else flow.last_ns,
        end_ns=flow.last_ns,
        message=f"{flow.host or flow.server.address}: {error.text.splitlines()[0][-120:]}",
        evidence=(
            Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),
            *frames((flow.server.last_data_frame, "the server's last octets")),
        ),
        confidence=0.9,
        fatal=True,
        flow_id=flow.id,
        attributes={"code": error.facts.get("code")} if error.facts.get("code") else {},
    )

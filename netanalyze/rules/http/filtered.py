"""Plain HTTP is cut by its content: one request is what the reset answers.

What it finds
    A request in the clear, no response, and a RST that something on the way
    injected (by TTL, IP id, its number, or the server's packets after it). RSTs
    that may be the server's own are not counted.

Why a program hangs
    It ends at once ("connection reset by peer"), for some names and never for
    others. In a loop of retries it looks like a hang.

What to do
    Use https, where the name of the module cannot be read:
        go env GOPROXY                                 # http:// there?
        GOPROXY=https://proxy.golang.org,direct go mod download
        curl -sv http://HOST/OTHER-PATH  # does only one path fail?

Look-alikes
    tcp/reset: the reset is not tied to a request, or is the server's own.
    tls/reset-after-client-hello: the same box, judging by the server name.
    http/connect-refused: a proxy that says so.

Known false alarms
    A load balancer that resets in the server's name from another distance.

References
    RFC 3360; RFC 9112; Go 1.27 cmd/go/internal/modfetch/proxy.go (the module's
    path is the URL's).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.resets import provenance
from netanalyze.rules import Observations
from netanalyze.wording import joined, message

UNDERMINED_BY = ("one_way_capture", "capture_lossy")


def check(seen: Observations) -> Iterator[Finding]:
    """A RST that something on the way injects right after a request in clear."""
    for flow in seen.flows:
        server = flow.server
        if flow.http is None or flow.tls is not None or not server.rst_count or flow.http.connect:
            continue
        asked = [e for e in flow.http.exchanges if e.request_frame and e.request_frame < server.rst_frame]
        if not asked or (asked[-1].response_frame and asked[-1].response_frame < server.rst_frame):
            continue
        origin, signs = provenance(flow)
        if origin != "injected":
            continue
        yield Finding(
            cause="http/filtered",
            culprit=seen.path(flow),
            start_ns=asked[-1].request_ns,
            end_ns=max(server.rst_ns, asked[-1].request_ns),
            message=message(
                "something on the way resets the connection when it sees {request}",
                request=f"{asked[-1].method} {asked[-1].target}",
            ),
            evidence=frames(
                (asked[-1].request_frame, f"{asked[-1].method} {asked[-1].target}"),
                (server.rst_frame, message("RST: {signs}", signs=joined(signs))),
            ),
            confidence=0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"target": asked[-1].target},
            attributes={"origin": origin},
        )

"""The server sent the client away (HTTP/2 GOAWAY).

What it finds
    The command's last error says so; the frame itself is encrypted. The flow is
    the one to that host that answered last.

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

from netanalyze.findings import Finding
from netanalyze.rules import Observations
from netanalyze.rules.said import http2_error


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so; the frames are encrypted."""
    return http2_error(seen, "http/goaway", "goaway")

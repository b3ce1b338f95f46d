"""One HTTP/2 stream was reset.

What it finds
    The command's last error says so ("stream error: stream ID N; ..."); the
    frame itself is encrypted. The flow is the one to that host that answered
    last.

Why a program hangs
    It ends: go repeats a request only after REFUSED_STREAM (at once, then after
    1, 2, 4 s and so on), not after INTERNAL_ERROR or CANCEL. The connection and
    its other streams live on.

What to do
    Run it again, then without HTTP/2:
        until go mod download; do sleep 2; done
        GODEBUG=http2client=0 go mod download
        GODEBUG=http2debug=1 go mod download 2>&1 | grep RST_STREAM
    (http2debug prints authorization headers: mind where it goes.) If it returns
    at one module: that server, or the cache in front of it.

Look-alikes
    http/goaway: the whole connection ends. tcp/reset: TCP's RST.
    http/error-status: an error that was answered in full.

Known false alarms
    None known: the text is the command's own.

References
    RFC 9113 sections 5.4.2, 6.4 and 7; Go 1.27
    net/http/internal/http2/transport.go (shouldRetryRequest).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding
from netanalyze.rules import Observations
from netanalyze.rules.said import http2_error


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so; the frames are encrypted."""
    return http2_error(seen, "http/stream-reset", "stream-error")

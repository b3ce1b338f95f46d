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

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.endings import UNREAD, UNREAD_CHECK, broken_off, last_words, perhaps_cut, unread
from netanalyze.rules import Observations
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
NOT_WHOLE = ("unexpected-eof", "eof", "reset", "checksum-mismatch", "bad-archive")
"""Kinds of a command's last error that say that what came is not all. pip 23 does not count the octets of a file that was cut:
its hash is wrong."""


def check(seen: Observations) -> Iterator[Finding]:
    """The server's FIN comes first, in the middle of a response or while one is owed."""
    error = seen.trace.final_error if seen.trace else None
    told = error is not None and error.kind in NOT_WHOLE
    for flow in seen.flows:
        ended = flow.ended()
        if ended is None or ended[:2] != ("fin", 1) or not flow.established:
            continue
        if flow.tunnelled and not flow.server.sent_data:
            continue  # http/connect-refused: the proxy closed, nobody behind it was reached
        why = broken_off(flow)
        if why is None and told and perhaps_cut(flow):
            why = "behind octets of a response, which the command says is not whole"
        if why is None or flow.server.holes:
            continue  # octets that the capture lacks may be the rest of the response
        yield Finding(
            cause="tcp/early-close",
            culprit=seen.far_host(flow),
            start_ns=min(max(flow.server.last_data_ns, flow.first_ns), ended[2]),
            end_ns=ended[2],
            message=message("{host} closed the connection {why}", host=flow.host or flow.server.address, why=why),
            evidence=frames(
                *last_words(flow, ended[3]),
                (ended[3], "its FIN, before the response was whole"),
            ),
            confidence=0.6 if unread(flow) else 0.85,
            fatal=True,
            alternatives=(Alternative("tls/closed-after-client-hello", UNREAD, UNREAD_CHECK),) if unread(flow) else (),
            flow_id=flow.id,
            quantities={"octets": flow.server.octets},
        )

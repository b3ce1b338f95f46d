"""A RST breaks a connection in the middle of a transfer.

What it finds
    The server's RST on an established connection while the client had not
    closed and a response was owed or under way (read from lengths, with TLS
    from records). Attribute origin: injected, peer or unknown, by TTL, IP id,
    number of RSTs, and what comes after it.

Why a program hangs
    It ends at once: "read: connection reset by peer". go fetches nothing again,
    so one reset ends the run; in a loop of CI retries it looks like a hang.

What to do
    Run it again (finished modules are kept), and see whether it comes at the
    same place:
        until go mod download; do sleep 5; done
        curl -vm 300 -o /dev/null https://HOST/PATH
    Injected: a filter or quota on the way, use another mirror or network. The
    server's own: rate limit, restart, load balancer's idle time.

Look-alikes
    tcp/early-close: FIN. tls/reset-after-client-hello: in the handshake.
    http/filtered: right after one request in the clear.
    tcp/idle-connection-dropped: forgotten in silence. http/stream-reset: one
    HTTP/2 stream only.

Known false alarms
    A server that answers data it no longer wants with RST after its last
    response; such an end is judged by the size and the time of the last octets.

References
    RFC 9293 sections 3.5.2 and 3.10.7; RFC 3360; RFC 5961 section 3 (which RSTs
    are accepted); Go 1.27 net/http/transport.go (retries only reused
    connections).
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.endings import UNREAD, UNREAD_CHECK, broken_off, last_words, perhaps_reset, unread
from netanalyze.flows.resets import provenance
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS
from netanalyze.wording import joined, message

UNDERMINED_BY = ("capture_lossy",)

LIKE_THE_OTHERS = "like the server's other packets"


def check(seen: Observations) -> Iterator[Finding]:
    """The server's RST, while the client had not closed and a response was owed or under way."""
    error = seen.trace.final_error if seen.trace else None
    told = error is not None and error.kind == "reset"
    for flow in seen.flows:
        server, client = flow.server, flow.client
        if not server.rst_count or not flow.established:
            continue
        if min(client.fin_frame or 1 << 62, client.rst_frame or 1 << 62) < server.rst_frame:
            continue  # answers the client's own close
        if server.fin_frame and server.fin_frame < server.rst_frame:
            continue  # answers what the client sent after the server's FIN
        why = broken_off(flow)
        if why is None and told and perhaps_reset(flow):
            why = "behind octets of a response, which the command says is not whole"
        if why is None:
            continue
        origin, signs = provenance(flow)
        start = server.last_data_ns if server.last_data_ns != NEVER_NS else client.last_data_ns
        yield Finding(
            cause="tcp/reset",
            culprit=seen.path(flow) if origin == "injected" else seen.far_host(flow),
            start_ns=min(max(start, client.last_data_ns), server.rst_ns) if start != NEVER_NS else server.rst_ns,
            end_ns=server.rst_ns,
            message=message("the connection to {host} was reset {why}", host=flow.host or server.address, why=why),
            evidence=frames(
                *last_words(flow, server.rst_frame),
                (
                    server.rst_frame,
                    message("RST ({signs})", signs=joined(signs) or LIKE_THE_OTHERS),
                ),
            ),
            confidence=0.6 if unread(flow) else 0.9,
            fatal=True,
            alternatives=(Alternative("tls/reset-after-client-hello", UNREAD, UNREAD_CHECK),) if unread(flow) else (),
            flow_id=flow.id,
            quantities={"octets": server.octets, "resets": server.rst_count},
            attributes={"origin": origin},
        )

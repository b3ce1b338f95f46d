"""What an open connection waits for: what it sent, what was acknowledged and what came decide."""

from collections.abc import Iterator
from dataclasses import replace

from netanalyze.diagnosis.sockets.shared import (
    PATIENCE,
    RESOLVER_PORT,
    SHARE,
    cite,
    host_of,
    path_of,
    server_of,
    within,
)
from netanalyze.findings import Alternative, Culprit, Finding, Threshold
from netanalyze.flows.black_hole import size_check_at
from netanalyze.rules import Observations
from netanalyze.sockets import ESTABLISHED, TCP, SocketHistory
from netanalyze.units import duration
from netanalyze.wording import message

LARGE_ANSWER = Threshold(
    16_384, "octets", source="RFC 8446 section 5.1: a record holds at most so much; chosen here",
    why="who received more than one full record after a handshake was receiving a body",
)  # fmt: skip
HELLO_ANSWER = Threshold(
    600, "octets", source="RFC 9110 section 9.3.6: a proxy's answer to CONNECT is a head; measured: 39 to 300 octets",
    why="the shortest server flight, with one certificate, is longer",
)  # fmt: skip
OPENED = Threshold(
    12, "octets", source="RFC 9112 section 4: HTTP/1.1 200; RFC 1928 sections 3 and 6: 2 octets of greeting, 10 of reply",
    why="no proxy says in fewer octets that the tunnel is open",
)  # fmt: skip
HANDSHAKE = Threshold(
    11, "s", source="Go 1.27 net/http/transport.go: TLSHandshakeTimeout 10 s, and a second for the connect",
    why="a connection of go's that lives longer has its handshake behind it",
)  # fmt: skip
AT_ONCE_NS = 20_000_000
"""Sent so soon after receiving is an answer of the protocol (a window update, an acknowledgment of settings), no request."""
WRITTEN_NS, COUNTERS = 250_000_000, "/telemetry/local/"
"""Written within so long of when octets came (a look's distance); go's counters of itself are no download."""
TLS_PORTS = (443, 853, 8443)


def established(seen: Observations, history: SocketHistory) -> Iterator[Finding]:
    """What a socket in ESTABLISHED waited for when it was last seen so."""
    last = history.waiting
    if history.transport != TCP or history.remote_port == RESOLVER_PORT:
        return
    if last.state != ESTABLISHED:
        return
    made = (
        _unacknowledged(seen, history)
        if last.unacked and (last.backoff or last.retransmits > 1)
        else _window_closed(seen, history)
        if last.unsent and not last.unacked and last.window == 0
        else _unanswered(seen, history)
        if not last.unacked and not last.unsent and last.sent
        else None
    )
    if made is not None and made.end_ns - made.start_ns >= PATIENCE.ns:
        yield made


def _finding(
    seen: Observations, history: SocketHistory, cause: str, culprit: Culprit, start_ns: int, said: str, shows: str,
    confidence: float, alternatives: tuple[Alternative, ...], what: str = "",
) -> Finding:  # fmt: skip
    """A finding whose ``said`` and ``shows`` are templates, filled with what the socket had counted."""
    start, last = within(seen, start_ns), history.waiting
    words = {
        "far": history.far, "what": what, "seconds": duration(max(last.time_ns - start, 0)), "sent": last.sent,
        "acked": last.acked - 1, "received": last.received, "selected": last.selected, "unacked": last.unacked,
        "unordered": last.unordered,
    }  # fmt: skip
    ends = (history.local, history.local_port, history.remote, history.remote_port)
    flow = next(
        (f for f in seen.flows if ends == (f.client.address, f.client.port, f.server.address, f.server.port)), None
    )
    return Finding(
        cause=cause,
        culprit=culprit,
        start_ns=start,
        end_ns=last.time_ns,
        message=message(said, **words),
        evidence=cite(history, message(shows, **words)),
        confidence=confidence * SHARE,
        fatal=True,
        alternatives=alternatives,
        flow_id=flow.id if flow else None,
    )


def _unacknowledged(seen: Observations, history: SocketHistory) -> Finding:
    """The far end, or the path to it, does not acknowledge what is sent again and again."""
    last = history.waiting
    dead = Alternative("tcp/path-death", "the path may have died after the connect", f"ping -c3 {history.remote}")
    large = Alternative(
        "tcp/mtu-black-hole",
        "only large segments may be lost",
        size_check_at(history.remote, history.remote_port, "up"),
    )
    if last.received or not _speaks_tls(seen, history):
        return _finding(
            seen,
            history,
            "tcp/path-death",
            path_of(seen, history),
            history.heard_ns,
            "nothing sent to {far} was acknowledged for {seconds}, though it was repeated",
            "ESTABLISHED, backing off",
            0.85,
            (large,),
        )
    small = f"GODEBUG=tlsmlkem=0 curl -svm 15 -o /dev/null https://{host_of(seen) or history.remote}/"
    hello = "the first {sent} octets to {far}, a ClientHello, were sent again and again for {seconds}"
    if last.selected:
        return _finding(
            seen,
            history,
            "tcp/mtu-black-hole",
            path_of(seen, history),
            history.heard_ns,
            hello + "; a later, shorter segment arrived, the full ones did not",
            "ESTABLISHED, {selected} acknowledged out of order",
            0.8,
            (Alternative("tls/large-client-hello-dropped", "a filter may drop what begins the hello", small),),
        )
    if last.acked > 1:
        return _finding(
            seen,
            history,
            "tls/large-client-hello-dropped",
            path_of(seen, history),
            history.heard_ns,
            hello + ", and only {acked} were acknowledged",
            "ESTABLISHED, its end unacknowledged",
            0.8,
            (Alternative("tcp/path-death", "the path may have died in between", f"ping -c3 {history.remote}"),),
        )
    other = Alternative(
        "tls/large-client-hello-dropped", "a socket does not show which octets of the hello are dropped", small
    )
    return _finding(
        seen,
        history,
        "tls/client-hello-dropped",
        path_of(seen, history),
        history.heard_ns,
        hello + ", and none was acknowledged",
        "ESTABLISHED, {unacked} segments unacknowledged",
        0.85,
        (other, dead, large),
    )


def _speaks_tls(seen: Observations, history: SocketHistory) -> bool:
    return history.remote_port in TLS_PORTS or server_of(seen, history).role == "http-proxy"


def _window_closed(seen: Observations, history: SocketHistory) -> Finding:
    """The far end takes no more octets."""
    return _finding(
        seen,
        history,
        "tcp/peer-window-closed",
        server_of(seen, history),
        history.sent_ns,
        "{far} has its window closed for {seconds}",
        "ESTABLISHED, window 0, octets wait",
        0.9,
        (),
    )


def _unanswered(seen: Observations, history: SocketHistory) -> Finding | None:
    """Everything is acknowledged, and the far end is silent."""
    last = history.waiting
    server = server_of(seen, history)
    proxied, tls = server.role == "http-proxy", _speaks_tls(seen, history)
    check = size_check_at(history.remote, history.remote_port, "down" if tls and not proxied else "up")
    lost = Alternative("tcp/mtu-black-hole", "its answer may be lost on its way back", check)
    if not last.received:
        if last.unordered:
            return _finding(
                seen, history, "tcp/mtu-black-hole", path_of(seen, history), history.sent_ns,
                "{far} answered, but only segments behind a hole came in {seconds}: the large ones before are lost",
                "ESTABLISHED, {unordered} out of order", 0.8, (),
            )  # fmt: skip
        cause, what = "http/response-missing", "request"
        if proxied:
            cause, what = "http/connect-unanswered", "CONNECT"
        elif tls:
            cause, what = "tls/server-hello-missing", "ClientHello"
        return _finding(
            seen,
            history,
            cause,
            server,
            history.sent_ns,
            "{far} acknowledged the {what} and said nothing for {seconds}",
            "ESTABLISHED, all acknowledged, nothing received",
            0.9,
            (lost,),
            what=what,
        )
    if proxied and last.received < OPENED.value:
        return _finding(
            seen,
            history,
            "http/connect-unanswered",
            server,
            history.sent_ns,
            "the proxy {far} greeted, and did not open the tunnel in {seconds}",
            "ESTABLISHED, all acknowledged, a greeting received",
            0.85,
            (lost,),
        )
    if proxied and last.received < HELLO_ANSWER.value:
        return _finding(
            seen,
            history,
            "tls/server-hello-missing",
            replace(server, role="server", via=server),
            history.sent_ns,
            "the proxy {far} opened the tunnel, and nothing came through it for {seconds}",
            "ESTABLISHED, all acknowledged, {received} octets received",
            0.8,
            (lost,),
        )
    age = last.time_ns - min(history.first.time_ns, history.sent_ns, history.received_ns)
    over = seen.client.name == "go" and age > HANDSHAKE.ns
    silent = history.sent_ns < history.received_ns and not history.sent_after_receiving
    if tls and silent and not over and last.received < LARGE_ANSWER.value:
        return _finding(
            seen,
            history,
            "tls/server-flight-incomplete",
            server,
            history.received_ns,
            "{far} sent {received} octets of its first flight, and none for {seconds}; the client did not go on",
            "ESTABLISHED, all acknowledged, nothing sent since it received",
            0.8,
            (lost,),
        )
    return _answer_missing(seen, history, server, lost)


def _answer_missing(
    seen: Observations, history: SocketHistory, server: Culprit, lost: Alternative
) -> Finding | None:  # fmt: skip
    """After a handshake: a request without an answer, or an answer that stopped."""
    last, trace = history.waiting, seen.trace
    if history.gone and seen.end_ns - history.last.time_ns > PATIENCE.ns:
        return None  # the command went on without it
    asks = trace is not None and bool(trace.requests)
    waits_for_head = trace is not None and bool(trace.open_requests)
    if history.sent_ns > history.received_ns + AT_ONCE_NS or waits_for_head:
        return _finding(
            seen,
            history,
            "http/response-missing",
            server,
            history.sent_ns,
            "{far} acknowledged what was asked last and said nothing for {seconds}",
            "ESTABLISHED, all acknowledged, silent since",
            0.85 if waits_for_head else 0.75,
            (lost, Alternative("http/response-late", "an answer may still come", "wait, or ask the server's log")),
        )
    written = _written(seen, history)
    body = last.received >= LARGE_ANSWER.value if written is None else written
    if asks:
        body = True  # every request had its head
    other = Alternative(
        "http/response-missing" if body else "http/body-stalled",
        "a socket does not show whether the last octets began an answer",
        "netanalyze live with the right to capture",
    )
    return _finding(
        seen,
        history,
        "http/body-stalled" if body else "http/response-missing",
        server,
        history.received_ns,
        "{far} sent {received} octets, and none for {seconds}",
        "ESTABLISHED, all acknowledged, received last",
        0.75 if written or (body and written is None) else 0.65,
        (other, lost),
    )


def _written(seen: Observations, history: SocketHistory) -> bool | None:
    """Whether what last came was being written to a file that is still open; None where no file was seen."""
    files = seen.processes.files if seen.processes is not None else ()
    ours = [f for f in files if COUNTERS not in f.path]
    return any(f.size and abs(f.written_ns - history.received_ns) < WRITTEN_NS for f in ours) if files else None

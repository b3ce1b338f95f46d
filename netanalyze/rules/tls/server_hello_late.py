r"""The ServerHello came, late.

What it finds
    The server's first octet came PATIENCE (1 s) and ROUND_TRIPS (5 round trips)
    or more after the whole ClientHello was sent, the client had not repeated
    twice, and it was a ServerHello.

Why a program hangs
    Time is lost at each new connection, and go has 10 s for the handshake: a
    server that needs nine works, at eleven it is "TLS handshake timeout".

What to do
    Measure it for this host and for another one:
        curl -so /dev/null -w '%{time_connect} %{time_appconnect}\n' URL
    All hosts slow, all with one TTL: a TLS inspection stands between; have the
    host excepted. One host slow: it is overloaded, or its key exchange waits
    for another machine; use another mirror.

Look-alikes
    tls/server-hello-missing: it never came. tcp/loss: the ClientHello or the
    answer was repeated. tcp/high-latency: all steps are slow alike.
    http/response-late: the handshake is quick, the answer is not.

Known false alarms
    A client that computes between sending its ClientHello and reading is not
    counted, but a server woken from sleep (serverless, scale to zero) is, once.

References
    RFC 8446 section 2 (one round trip); Go 1.27 net/http/transport.go
    (TLSHandshakeTimeout).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1, "s",
    source="RFC 8446 section 2: the ServerHello takes one round trip; the limit is chosen here",
    why="a second is ten round trips of 100 ms: somebody between inspects, or the server is overloaded",
)  # fmt: skip
ROUND_TRIPS = Threshold(
    5, "round trips",
    source="RFC 8446 section 2: the ServerHello takes one round trip; the factor is chosen here",
    why="on a slow path the second above is no delay",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """The server's first octet PATIENCE and ROUND_TRIPS or more after the ClientHello, without loss to explain it."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or not facts.answer_frame or (flow.tls.server_hello is None and flow.server.rst_count):
            continue
        took = facts.answer_ns - facts.sent_ns
        if (
            took < max(PATIENCE.ns, ROUND_TRIPS.value * flow.round_trip_ns)
            or flow.tls.not_tls
            or flow.client.resent >= 2
        ):
            continue
        if flow.tls.server_hello is None:
            continue
        yield Finding(
            cause="tls/server-hello-late",
            culprit=seen.far_host(flow),
            start_ns=facts.sent_ns,
            end_ns=facts.answer_ns,
            message=message(
                "{host} took {time} to answer the ClientHello; the round trip is {trip}",
                host=flow.host or flow.server.address,
                time=duration(took),
                trip=duration(flow.round_trip_ns),
            ),
            evidence=frames(
                (facts.frames[0], message("ClientHello, SNI {sni}", sni=flow.tls.sni or "none")),
                (flow.tls.server_hello.frame, message("ServerHello, {time} later", time=duration(took))),
            ),
            confidence=0.9,
            flow_id=flow.id,
            quantities={"took": seconds(took), "round_trip": seconds(flow.round_trip_ns)},
        )

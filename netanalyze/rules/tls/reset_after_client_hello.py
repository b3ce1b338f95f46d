"""A RST answers the ClientHello.

What it finds
    The server's side resets after the ClientHello and before the handshake is
    over, and the client had not closed. Attribute origin: injected if two signs
    or a strong one speak for a box on the way (a TTL two hops off or more, IP
    id 0 without DF, several RSTs with different sequence numbers, the server's
    own packets after it), peer if none does, else unknown.

Why a program hangs
    It ends at once ("connection reset by peer"), and go does not retry on a
    fresh connection. A loop around it may run for ever.

What to do
    Ask whether name, size or address is what is refused:
        openssl s_client -connect ADDRESS:443 -servername example.com </dev/null
        GODEBUG=tlsmlkem=0 go mod download             # a small ClientHello
        GOTOOLCHAIN=go1.26.6 go mod download           # before ML-DSA in 1.27
    Injected: another mirror or network, HTTPS_PROXY. The server's own: it bans
    this address, or its policy refuses the ClientHello.

Look-alikes
    tcp/reset: later, in a transfer. tls/closed-after-client-hello: FIN.
    tcp/refused: RST to the SYN. tls/alert: the reason is told.

Known false alarms
    A load balancer on the server's side resets in its name from one hop away:
    that is unknown, not injected. Resets lost to the capture leave
    tls/client-hello-dropped.

References
    RFC 9293 section 3.5.2 (reset generation); RFC 3360 (resets by middleboxes);
    Go 1.27 crypto/tls/handshake_messages.go; measured: an injected one with a
    TTL of its own and IP id 0.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.flows.resets import provenance
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import joined, message

UNDERMINED_BY = ("capture_lossy",)

RESET = "{time} after the ClientHello to {host} the connection is reset"
BY = {"injected": ", by something on the way", "peer": ", by the server itself", "unknown": ""}


def check(seen: Observations) -> Iterator[Finding]:
    """The server's side resets after the ClientHello and before the handshake is over."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        server, client = flow.server, flow.client
        if facts is None or not server.rst_count or handshake_complete(flow) or server.rst_frame < facts.frames[0]:
            continue
        if min(client.fin_frame or 1 << 62, client.rst_frame or 1 << 62) < server.rst_frame or flow.tls.clear_alert():
            continue
        if flow.tls.not_tls or (flow.tls.server_hello is not None and flow.application_records(0)):
            continue
        origin, signs = provenance(flow)
        took = server.rst_ns - facts.segments[0].time_ns
        yield Finding(
            cause="tls/reset-after-client-hello",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=server.rst_ns,
            message=message(RESET + BY[origin], time=duration(took), host=flow.host or server.address),
            evidence=frames(
                (
                    facts.frames[0],
                    message("ClientHello, {octets} octets, SNI {sni}", octets=facts.octets, sni=flow.tls.sni or "none"),
                ),
                (
                    server.rst_frame,
                    message("RST, {time} later: {signs}", time=duration(took), signs=joined(signs))
                    if signs
                    else message("RST, {time} later", time=duration(took)),
                ),
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": facts.octets, "resets": server.rst_count},
            attributes={"origin": origin},
            alternatives=(
                Alternative(
                    "tcp/reset",
                    "a server that is overloaded or bans this address resets too",
                    f"curl -sv https://{flow.host or server.address}/",
                ),
            )
            if origin == "unknown"
            else (),
        )

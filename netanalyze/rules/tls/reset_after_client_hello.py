"""A RST answers the ClientHello."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.flows.resets import provenance
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy",)


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
            message=f"{duration(took)} after the ClientHello to {flow.host or server.address} the connection is reset"
            + {"injected": ", by something on the way", "peer": ", by the server itself", "unknown": ""}[origin],
            evidence=frames(
                (facts.frames[0], f"ClientHello, {facts.octets} octets, SNI {flow.tls.sni or 'none'}"),
                (server.rst_frame, f"RST, {duration(took)} later" + (f": {'; '.join(signs)}" if signs else "")),
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": facts.octets, "resets": server.rst_count},
            attributes={"origin": origin},
            alternatives=(
                Alternative("tcp/reset", "a server that is overloaded or bans this address resets too", f"curl -sv https://{flow.host or server.address}/"),
            ) if origin == "unknown" else (),
        )  # fmt: skip

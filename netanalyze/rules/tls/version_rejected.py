"""Client and server have no TLS version in common."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.rules import Observations
from netanalyze.wire.message.tls_names import alert_name, version_name

PROTOCOL_VERSION = 70
"""RFC 8446 section 6.2."""


def check(seen: Observations) -> Iterator[Finding]:
    """The alert protocol_version, from either side, before the handshake is over."""
    for flow in seen.flows:
        if flow.tls is None or handshake_complete(flow):
            continue
        alert = flow.tls.clear_alert()
        if alert is None or alert.message[1] != PROTOCOL_VERSION:
            continue
        facts, hello = hello_facts(flow), flow.tls.client_hello
        offered = version_name(hello.message.offered_version) if hello and hello.message else "?"
        who = "client" if alert.direction == flow.tls.client else "server"
        yield Finding(
            cause="tls/version-rejected",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns if facts else alert.ns,
            end_ns=max(alert.ns, facts.segments[0].time_ns) if facts else alert.ns,
            message=f"no common TLS version: the client offers up to {offered}, the {who} answers {alert_name(PROTOCOL_VERSION)}",
            evidence=frames(
                (facts.frames[0] if facts else 0, f"ClientHello, up to {offered}"),
                (alert.frame, f"alert {alert_name(PROTOCOL_VERSION)} from the {who}"),
            ),
            confidence=0.95,
            fatal=True,
            flow_id=flow.id,
            attributes={"alert": alert_name(PROTOCOL_VERSION), "by": who, "offered": offered},
        )

"""The server ends the handshake with an alert."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.rules import Observations
from netanalyze.wire.message.tls_names import alert_name

PROTOCOL_VERSION = 70
CLIENT_REJECTS = (42, 43, 44, 45, 46, 48)
"""bad, unsupported, revoked, expired or unknown certificate, unknown CA: a client's word on a certificate (RFC 8446 section 6.2)."""


def check(seen: Observations) -> Iterator[Finding]:
    """A clear-text alert before the handshake is over, other than a client's on the certificate."""
    for flow in seen.flows:
        if flow.tls is None or handshake_complete(flow):
            continue
        alert = flow.tls.clear_alert()
        if alert is None:
            continue
        by_client = alert.direction == flow.tls.client
        number = alert.message[1]
        if (by_client and number in CLIENT_REJECTS) or (number == PROTOCOL_VERSION):
            continue
        name = alert_name(number)
        who = "the client" if by_client else flow.host or flow.server.address
        facts = hello_facts(flow)
        yield Finding(
            cause="tls/alert",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns if facts else alert.ns,
            end_ns=max(alert.ns, facts.segments[0].time_ns) if facts else alert.ns,
            message=f"{who} ended the handshake with the alert {name} ({number})",
            evidence=frames(
                (facts.frames[0] if facts else 0, f"ClientHello, SNI {flow.tls.sni or 'none'}"),
                (alert.frame, f"alert {name} ({number}), in clear"),
            ),
            confidence=0.95,
            fatal=True,
            flow_id=flow.id,
            attributes={"alert": name, "by": "client" if by_client else "server"},
        )

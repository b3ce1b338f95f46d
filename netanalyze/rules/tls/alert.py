"""An alert ends the handshake, in most cases the server's.

What it finds
    An alert in the clear before the handshake was over, from either side. Left
    out are a client's verdict on a certificate (tls/certificate-rejected) and
    protocol_version (tls/version-rejected). Attributes: alert is its name, by
    says whose it is.

Why a program hangs
    It does not: the command fails at once ("remote error: tls: ..."), and go
    does not try again.

What to do
    Read the alert. unrecognized_name (112): the server does not serve that
    name; handshake_failure (40): no cipher or group in common, or a client
    certificate missing; internal_error (80): the server's own trouble.
        openssl s_client -connect HOST:443 -servername HOST </dev/null
        GODEBUG=tlsmlkem=0 go mod download             # is it the key exchange?
    Is it the right host and port (go env GOPROXY GOSUMDB)? Does a company's TLS
    inspection answer in the server's place?

Look-alikes
    tls/reset-after-client-hello and tls/closed-after-client-hello: refused
    without a word. tls/name-mismatch: a certificate came, for another name.
    http/error-status: TLS went through, the refusal is HTTP's.

Known false alarms
    A connection that a client ends on purpose after a look at the server (a
    health check). After TLS 1.3's ServerHello alerts are encrypted and not seen
    here.

References
    RFC 8446 section 6.2 (error alerts); RFC 6066 section 3 (unrecognized_name);
    Go 1.27 crypto/tls/alert.go.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.flows.observe import Flow
from netanalyze.rules import Observations
from netanalyze.wire.message.tls_names import alert_name
from netanalyze.wording import message

PROTOCOL_VERSION = 70
CLIENT_REJECTS = (42, 43, 44, 45, 46, 48)
"""A client's word on a certificate: bad, unsupported, revoked, expired, unknown, unknown CA (RFC 8446 section 6.2)."""


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
            message=message(
                "{who} ended the handshake with the alert {name} ({number})", who=who, name=name, number=number
            ),
            evidence=frames(
                (facts.frames[0] if facts else 0, message("ClientHello, SNI {sni}", sni=flow.tls.sni or "none")),
                (alert.frame, message("alert {name} ({number}), in clear", name=name, number=number)),
            ),
            confidence=0.95,
            fatal=True,
            flow_id=flow.id,
            attributes={"alert": name, "by": "client" if by_client else "server"} | _agreed(flow, alert.frame),
        )


def _agreed(flow: Flow, frame: int) -> dict[str, str]:
    """What was settled before the alert: version and cipher by the ServerHello, and whether it asked for a certificate."""
    tls = flow.tls
    hello = tls.server_hello if tls is not None else None
    if tls is None or hello is None or hello.frame >= frame:
        return {}
    asked = tls.first("certificate_request")
    return {"agreed": "yes"} | ({"asked": "certificate"} if asked is not None and asked.frame < frame else {})

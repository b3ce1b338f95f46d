"""The client turned the server's certificate down.

What it finds
    The server's flight came in whole, the client answers with an alert and
    closes, with no application data before it. In TLS 1.2 the alert is in the
    clear and certain. In TLS 1.3 it is inferred: a record of 19 octets (an
    encrypted alert) where Finished should be, a close within 2 s without
    Finished, or Finished and an alert at once.

Why a program hangs
    It does not: "tls: failed to verify certificate" comes within milliseconds.
    Only the packets keep the reason to themselves.

What to do
    See whose certificate it is, and why it is not trusted:
        openssl s_client -connect HOST:443 -servername HOST </dev/null | head
        date -u                                        # a wrong clock?
        curl -sI http://neverssl.com/                  # a portal to log in to?
    Inspected by a company: install its CA (update-ca-certificates), or for one
    run SSL_CERT_FILE=/path/ca.pem. A bare container: install ca-certificates.
    Switching verification off is a weaker check and shows nothing.

Look-alikes
    tls/alert: the server refuses. tls/name-mismatch and
    tls/certificate-expired: the reason is readable, in TLS 1.2.
    tls/server-flight-incomplete: the flight never ended.

Known false alarms
    A client that connects only to see the certificate; one of several parallel
    connections that go closes before it is used (left out where a sister
    connection carried data within a second).

References
    RFC 8446 sections 4.4.2.4, 5.2 and 6.2 (19 = 2 + 1 + 16); Go 1.27
    crypto/tls/handshake_client.go, crypto/x509/root.go (SSL_CERT_FILE).
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.application import application
from netanalyze.flows.observe import Flow
from netanalyze.flows.rejection import rejection
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "truncated_frames")


def check(seen: Observations) -> Iterator[Finding]:
    """After the server's flight the client sends an alert (seen, or inferred from its size) and closes."""
    for flow in seen.flows:
        found = rejection(flow)
        if found is None or seen.used_later(flow) or (not found.certain and _accepted(seen, flow)):
            continue
        host = flow.host or flow.server.address
        yield Finding(
            cause="tls/certificate-rejected",
            culprit=seen.far_host(flow),
            start_ns=found.start_ns,
            end_ns=found.end_ns,
            message=message(
                "the client closed {time} after {host}'s certificate: {why}",
                time=duration(max(found.end_ns - found.flight_ns, 0)),
                host=host,
                why=found.why,
            ),
            evidence=frames(
                (found.flight_frame, "the server's flight, certificate included, is whole"),
                (found.frame, found.why),
                (found.close_frame if found.close_frame != found.frame else 0, "the client closes"),
            )
            + seen.portal[:2],
            confidence=0.95 if found.certain else 0.8,
            fatal=True,
            flow_id=flow.id,
            attributes=({"alert": found.alert} if found.alert else {}) | ({"portal": "likely"} if seen.portal else {}),
            alternatives=()
            if found.certain
            else (
                Alternative(
                    "tls/name-mismatch",
                    "in TLS 1.3 the certificate's names are encrypted",
                    f"openssl s_client -connect {host}:{flow.server.port} </dev/null | openssl x509 -noout -text",
                ),
            ),
        )


def _accepted(seen: Observations, flow: Flow) -> bool:
    """Whether the client asked for something over another connection to the same server: then its certificate will do."""
    return any(
        other.id != flow.id
        and (other.host, other.server.address) == (flow.host, flow.server.address)
        and other.tls is not None
        and application(other) is not None
        for other in seen.flows
    )

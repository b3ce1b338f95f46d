"""The client turned the server's certificate down."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.rejection import rejection
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy", "truncated_frames")


def check(seen: Observations) -> Iterator[Finding]:
    """After the server's flight the client sends an alert (seen, or inferred from its size) and closes."""
    for flow in seen.flows:
        found = rejection(flow)
        if found is None or seen.used_later(flow):
            continue
        host = flow.host or flow.server.address
        yield Finding(
            cause="tls/certificate-rejected",
            culprit=seen.far_host(flow),
            start_ns=found.start_ns,
            end_ns=found.end_ns,
            message=f"the client closed {duration(max(found.end_ns - found.flight_ns, 0))} after {host}'s certificate: {found.why}",
            evidence=frames(
                (found.flight_frame, "the server's flight, certificate included, is whole"),
                (found.frame, found.why),
                (found.close_frame if found.close_frame != found.frame else 0, "the client closes"),
            ),
            confidence=0.95 if found.certain else 0.8,
            fatal=True,
            flow_id=flow.id,
            attributes={"alert": found.alert} if found.alert else {},
            alternatives=()
            if found.certain
            else (
                Alternative(
                    "tls/name-mismatch", "in TLS 1.3 the certificate's names are encrypted",
                    f"openssl s_client -connect {host}:{flow.server.port} </dev/null | openssl x509 -noout -text",
                ),
            ),
        )  # fmt: skip

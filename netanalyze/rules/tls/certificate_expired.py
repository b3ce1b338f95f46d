"""The server's certificate, seen in clear (TLS 1.2 and before), has expired or is not yet valid."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.rejection import rejection
from netanalyze.rules import Observations
from netanalyze.units import rfc3339


def check(seen: Observations) -> Iterator[Finding]:
    """A validity that does not cover the time of the capture, on a connection the client did not use."""
    for flow in seen.flows:
        if flow.tls is None or flow.tls.first("certificate") is None:
            continue
        certificate, shown = flow.tls.certificate(), flow.tls.first("certificate")
        if certificate is None or certificate.not_before_ns <= shown.ns <= certificate.not_after_ns:
            continue
        if flow.application_records(0) and rejection(flow) is None:
            continue
        expired = shown.ns > certificate.not_after_ns
        when = rfc3339(certificate.not_after_ns if expired else certificate.not_before_ns) or "?"
        hello = flow.tls.client_hello
        yield Finding(
            cause="tls/certificate-expired",
            culprit=seen.far_host(flow),
            start_ns=hello.ns if hello else shown.ns,
            end_ns=max(shown.ns, hello.ns if hello else shown.ns),
            message=f"the certificate of {flow.host or flow.server.address} "
            + (f"expired on {when[:10]}" if expired else f"is valid only from {when[:10]}"),
            evidence=frames((shown.frame, f"certificate, {'valid until' if expired else 'valid from'} {when[:19]}Z")),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            attributes={"validity": "expired" if expired else "not_yet"},
        )

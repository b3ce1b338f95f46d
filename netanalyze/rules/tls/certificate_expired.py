"""The server's certificate (TLS 1.2 and before) has expired or is not yet valid.

What it finds
    A certificate in the clear whose validity does not cover the time of the
    capture, on a connection that the client did not use, or turned down.
    Attribute validity: expired or not_yet.

Why a program hangs
    The client says "certificate has expired or is not yet valid" and ends at
    once; go does not retry.

What to do
    Compare its dates with this machine's clock:
        date -u; timedatectl | grep -i synchron
        openssl s_client -connect HOST:443 -servername HOST </dev/null > cert
        openssl x509 -noout -dates -in cert
    Clock wrong: set it. Clock right: its owner has to renew it; use another
    mirror meanwhile. Switching verification off hides who answers.

Look-alikes
    tls/certificate-rejected: another reason, or TLS 1.3, where dates cannot be
    read. tls/name-mismatch: the dates are right, the name is not.

Known false alarms
    A capture from a machine whose clock was wrong is judged by that clock; a
    client that does not check dates and goes on is left alone.

References
    RFC 5280 section 4.1.2.5 (validity); RFC 5246 section 7.4.2 (certificates in
    the clear); Go 1.27 crypto/x509/verify.go (Expired).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.rejection import rejection
from netanalyze.rules import Observations
from netanalyze.units import rfc3339
from netanalyze.wording import message


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
            message=message(
                "the certificate of {host} expired on {when}", host=flow.host or flow.server.address, when=when[:10]
            )
            if expired
            else message(
                "the certificate of {host} is valid only from {when}",
                host=flow.host or flow.server.address,
                when=when[:10],
            ),
            evidence=frames(
                (
                    shown.frame,
                    message("certificate, valid until {when}", when=when[:19] + "Z")
                    if expired
                    else message("certificate, valid from {when}", when=when[:19] + "Z"),
                )
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            attributes={"validity": "expired" if expired else "not_yet"},
        )

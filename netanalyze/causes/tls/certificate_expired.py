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

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tls._advice import CERTIFICATE, CLOCK, NO_VERIFICATION
from netanalyze.findings import Finding, frames
from netanalyze.flows.rejection import rejection
from netanalyze.units import rfc3339
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tls/certificate-expired",
    meaning="A certificate that was sent in the clear (TLS 1.2 or before) is out of date, or not valid yet.",
    headline="The certificate of {place} is not valid now.",
    answered=True,
    particular=True,
    fits=("certificate",),
    fits_subkind="expired",
)

CLOCK_SET_NS = 915_148_800 * 10**9
"""1999-01-01, the month of TLS 1.0 (RFC 2246): a clock that shows a handshake before it was never set, and judges nothing."""

OUT_OF_DATE = Proved(
    0.93, "the certificate's own dates do not cover the time of the capture", Basis.FRAMES,
    "the dates stand in the clear; the recorder's clock may be wrong",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A validity that does not cover the time of the capture, on a connection the client did not use."""
    for flow in case.index.eventful:
        shown = flow.tls.first("certificate") if flow.tls is not None else None
        certificate = flow.tls.certificate() if shown is not None else None
        if certificate is None or certificate.not_before_ns <= shown.ns <= certificate.not_after_ns:
            continue
        if shown.ns < CLOCK_SET_NS or (flow.application_records(0) and rejection(flow) is None):
            continue
        expired = shown.ns > certificate.not_after_ns
        when = rfc3339(certificate.not_after_ns if expired else certificate.not_before_ns) or "?"
        hello = flow.tls.client_hello
        until = message("certificate, valid until {when}", when=when[:19] + "Z")
        since = message("certificate, valid from {when}", when=when[:19] + "Z")
        say = saying(host=flow.destination, when=when[:10])
        yield CAUSE.finding(
            case.far_host(flow), (hello.ns if hello else shown.ns, shown.ns),
            say(
                "the certificate of {host} expired on {when}"
                if expired
                else "the certificate of {host} is valid only from {when}"
            ),
            frames((shown.frame, until if expired else since)),
            confidence(OUT_OF_DATE), flow, fatal=True, attributes={"validity": "expired" if expired else "not_yet"},
        )  # fmt: skip


ADVICE = Page(
    where=offers("server's certificate, or this machine's clock"),
    fix=offers(
        CLOCK,
        Offer("See its dates (NotBefore, NotAfter)", "openssl s_client -connect {host}:{port} </dev/null"),
        "The operator has to renew it",
        ANOTHER_SOURCE,
    ),
    verify=CERTIFICATE,
    no_use=offers(CLEAN_CACHE, NO_VERIFICATION),
)

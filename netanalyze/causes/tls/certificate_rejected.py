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
    A client that connects only to see the certificate (left out where it had
    said Finished, named no protocol by ALPN and is no client that is known); one
    of several parallel connections that go closes before it is used (left out
    where a sister connection carried data within a second).

References
    RFC 8446 sections 4.4.2.4, 5.2 and 6.2 (19 = 2 + 1 + 16); Go 1.27
    crypto/tls/handshake_client.go, crypto/x509/root.go (SSL_CERT_FILE).
"""

from collections.abc import Iterator
from dataclasses import replace

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.per_client import COMPANY_CA, NO_REVOCATION
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.tls._advice import CERTIFICATE, CLOCK, NO_VERIFICATION, PORTAL, PORTAL_SEEN, PORTAL_WHERE
from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.rejection import rejection
from netanalyze.paste import command, place
from netanalyze.units import duration
from netanalyze.wording import saying

CAUSE = Cause(
    "tls/certificate-rejected",
    meaning="The client turned the server's certificate down (with TLS 1.3 this is inferred).",
    headline="The client turns down the certificate of {place}.",
    answered=True,
    fits=("certificate",),
    undermined_by=("capture_lossy", "truncated_frames"),
)

IN_CLEAR = Proved(
    0.95, "the client's alert on the certificate stands in the clear", Basis.FRAMES, "the client itself says so",
)  # fmt: skip
BY_SIZE = Proved(
    0.8, "the client's answer to the certificate has an encrypted alert's size, or is none, and it closes", Basis.LAB,
    "in TLS 1.3 the alert is encrypted; a client may break off here for a reason of its own",
)  # fmt: skip
HAD_FINISHED = Missing(
    "the client had said Finished before", Basis.FOREIGN,
    "a probe that only looks whether TLS works there says farewell in as many octets", at_most=0.7,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """After the server's flight the client sends an alert (seen, or inferred from its size) and closes."""
    for flow in case.index.eventful:
        found = rejection(flow)
        if found is None or case.used_later(flow) or (not found.certain and _accepted(case, flow)):
            continue
        if found.finished and case.client.name == "generic" and _may_only_look(flow):
            continue
        say = saying(host=flow.destination, why=found.why, time=duration(max(found.end_ns - found.flight_ns, 0)))
        closes = found.close_frame if found.close_frame != found.frame else 0
        shown = frames(
            (found.flight_frame, "the server's flight, certificate included, is whole"),
            (found.frame, found.why),
            (closes, "the client closes"),
        )
        yield CAUSE.finding(
            case.far_host(flow), (found.start_ns, found.end_ns),
            say("the client closed {time} after {host}'s certificate: {why}"),
            shown + case.portal[:2],
            confidence(BY_SIZE, IN_CLEAR.when(found.certain), HAD_FINISHED.when(found.finished)), flow, fatal=True,
            attributes=({"alert": found.alert} if found.alert else {}) | ({"portal": "likely"} if case.portal else {}),
            alternatives=() if found.certain else (_another_name(flow),),
        )  # fmt: skip


def _another_name(flow: Flow) -> Alternative:
    show = command(
        "openssl s_client -connect {url_place}:{port} </dev/null | openssl x509 -noout -text",
        url_place=place(flow.destination, flow.server.address),
        port=flow.server.port,
    )
    return Alternative("tls/name-mismatch", "in TLS 1.3 the certificate's names are encrypted", show)


def _may_only_look(flow: Flow) -> bool:
    """Whether a client whose name nobody knows had nothing to ask for: it named no protocol (ALPN), as clients of HTTP/2 must and
    others mostly do (RFC 9113 section 3.2), and probes that look whether TLS works, or whose certificate it is, do not."""
    hello = flow.tls.client_hello if flow.tls is not None else None
    return hello is not None and hello.message is not None and not hello.message.alpn


def _accepted(case: Case, flow: Flow) -> bool:
    """Whether the client asked for something over another connection to the same server: then its certificate will do."""
    return bool(case.index.accepted.get((flow.host, flow.server.address), set()) - {flow.id})


ADVICE = Page(
    where=offers(PORTAL_WHERE, "whoever answered is not who was asked, or this machine's CAs or clock"),
    fix=offers(
        PORTAL_SEEN,
        NO_REVOCATION,
        tuple(replace(o, when=f"{o.when} why=authority".strip()) for o in COMPANY_CA),
        replace(CLOCK, when="!why=authority"),
        PORTAL,
        Offer("See whose certificate it is", "openssl s_client -connect {host}:{port} </dev/null | head -5"),
        tuple(replace(o, when=f"{o.when} !why=authority".strip()) for o in COMPANY_CA),
        ANOTHER_SOURCE,
    ),
    verify=CERTIFICATE,
    no_use=offers(CLEAN_CACHE, NO_VERIFICATION),
)

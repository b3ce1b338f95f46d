"""The name asked for (SNI) does not fit certificate or lookup, or is absent.

What it finds
    Only where the connection did not work. against=certificate: its names do
    not cover the name asked for. against=lookup: the address was given for
    other names, and the handshake was refused. against=absent: no server name
    was sent, and it was refused. Proxies, fake-IP addresses (198.18.0.0/15) and
    canonical names are taken into account.

Why a program hangs
    It does not hang: whoever answers is not who was asked, and one of the two
    ends the handshake at once.

What to do
    See where the name leads and who answers there:
        getent ahosts NAME; grep NAME /etc/hosts
        openssl s_client -connect ADDRESS:443 -servername NAME </dev/null > cert
        openssl x509 -noout -subject -ext subjectAltName -in cert
        curl -sI http://neverssl.com/                  # a portal's login page?

Look-alikes
    tls/certificate-rejected: in TLS 1.3 the certificate's names are hidden.
    dns/conflicting-answers and dns/unroutable-answer: why the address is wrong.
    tls/alert: unrecognized_name says the same in the server's words.

Known false alarms
    A lookup made before the capture began, or by another program, gives an
    address another name (against=lookup has a confidence of 0.6); addresses
    that many names share.

References
    RFC 6066 section 3 (server_name); RFC 9525 section 6 (which names count);
    RFC 5280 section 4.2.1.6; RFC 2544 (198.18.0.0/15).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tls._advice import CERTIFICATE, NO_VERIFICATION, PORTAL, PORTAL_SEEN, PORTAL_WHERE
from netanalyze.findings import Finding, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import handshake_complete
from netanalyze.tracking.addresses import is_fake
from netanalyze.wire.message.certificates import covers
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tls/name-mismatch",
    meaning="The name asked for (SNI) does not fit; attribute `against`: `certificate`, `lookup`, `absent`.",
    headline="The certificate or address is not that of {place}.",
    answered=True,
    particular=True,
    fits=("certificate",),
    fits_subkind="name",
)

OTHER_NAMES = Proved(
    0.95, "the certificate stands in the clear, and none of its names covers the one asked for", Basis.FRAMES,
    "both names can be read; the client compares them alike (RFC 9525)",
)  # fmt: skip
NO_NAME = Proved(
    0.6, "the ClientHello carries no server name, and the server ends the handshake", Basis.FOREIGN,
    "servers that need no name end handshakes for other reasons",
)  # fmt: skip
OTHER_ADDRESS = Proved(
    0.6, "the address was given for another name than the one asked for, and the handshake ends", Basis.FOREIGN,
    "one address serves many names; not every lookup is in the capture",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """``against`` the certificate, the lookup, or ``absent``: only where the connection did not work."""
    for flow in case.index.eventful:
        tls = flow.tls
        if tls is None or tls.client_hello is None or tls.client_hello.message is None:
            continue
        complete, sni = handshake_complete(flow), tls.client_hello.message.sni
        if complete and flow.server.sent_data and flow.application_records(1):
            continue
        shown, host = tls.first("certificate"), sni or flow.host
        certificate = tls.certificate() if shown else None
        if certificate is not None and host and not covers(certificate.names, host):
            yield _against_certificate(case, flow, host, ", ".join(certificate.names[:3]) or "no name")
            continue
        refused = bool(tls.clear_alert()) or flow.server.rst_count or (flow.server.fin_frame and not complete)
        if not refused or flow.tunnelled or not flow.seen_from_start:
            continue
        if sni is None:
            if flow.names and not tls.client_hello.message.has_ech:
                yield _absent(case, flow)
        elif (other := _given_for(case, flow, sni)) is not None:
            yield _against_lookup(case, flow, sni, other)


def _against_certificate(case: Case, flow: Flow, host: str, names: str) -> Finding:
    hello, shown = flow.tls.client_hello, flow.tls.first("certificate")
    say = saying(host=host, names=names)
    rows = frames((hello.frame, say("ClientHello for {host}")), (shown.frame, say("certificate for {names}")))
    return CAUSE.finding(
        case.far_host(flow), (hello.ns, shown.ns),
        say("the certificate is for {names}, not for {host}"),
        rows + case.portal[:2],
        confidence(OTHER_NAMES), flow, fatal=True,
        attributes={"against": "certificate"} | ({"portal": "likely"} if case.portal else {}),
    )  # fmt: skip


def _absent(case: Case, flow: Flow) -> Finding:
    hello = flow.tls.client_hello
    return CAUSE.finding(
        case.far_host(flow), (hello.ns, flow.last_ns),
        message(
            "the ClientHello to {name} carries no server name, and the server ends the handshake", name=flow.names[0]
        ),
        frames((hello.frame, "ClientHello without server_name")),
        confidence(NO_NAME), flow, fatal=True, attributes={"against": "absent"},
    )  # fmt: skip


def _given_for(case: Case, flow: Flow, sni: str) -> str | None:
    """The name that the flow's address was given for, where it was not the one asked for; None where nothing is known."""
    first = case.index.first_alias.get(flow.server.address)
    known = [*flow.names, *(() if first is None else (first,))]
    if not known or sni.lower() in flow.names or sni.lower() in case.aliases(flow) or is_fake(flow.server.address):
        return None
    return min(known)


def _against_lookup(case: Case, flow: Flow, sni: str, other: str) -> Finding:
    hello = flow.tls.client_hello
    say = saying(address=flow.server.address, sni=sni, other=other)
    return CAUSE.finding(
        case.far_host(flow), (hello.ns, flow.last_ns),
        say("the ClientHello asks {address} for {sni}, but that address was given for {other}"),
        frames(
            (case.answer_frame(flow), say("{address} was the answer for {other}")),
            (hello.frame, say("ClientHello for {sni}")),
        ),
        confidence(OTHER_ADDRESS), flow, fatal=True, attributes={"against": "lookup"},
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        PORTAL_WHERE,
        Offer("server: its certificate is for another name (a portal?)", None, "against=certificate"),
        Offer("resolver or this machine: the address belongs to another name", None, "against=lookup"),
        Offer("the command sends no name (SNI); the server has to guess", None, "against=absent"),
        Offer("the name asked for and who answers do not fit"),
    ),
    fix=offers(
        PORTAL_SEEN,
        Offer("See where the name leads", "getent ahosts {name}", "!against=absent"),
        PORTAL,
        Offer("Ask by name, not by address", None, "against=absent"),
        Offer("Is it the right host?", "go env GOPROXY GOSUMDB", "go"),
        Offer("Is it the right host?", "git remote -v", "git"),
        ANOTHER_SOURCE,
    ),
    verify=CERTIFICATE,
    no_use=offers(CLEAN_CACHE, NO_VERIFICATION),
)

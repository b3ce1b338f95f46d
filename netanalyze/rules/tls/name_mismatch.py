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

from netanalyze.findings import Finding, frames
from netanalyze.flows.addresses import is_fake
from netanalyze.flows.hello import handshake_complete
from netanalyze.rules import Observations
from netanalyze.wire.message.certificates import covers
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """``against`` the certificate, the lookup, or ``absent``: only where the connection did not work."""
    for flow in seen.flows:
        tls = flow.tls
        if tls is None or tls.client_hello is None or tls.client_hello.message is None:
            continue
        hello, sni = tls.client_hello, tls.client_hello.message.sni
        if handshake_complete(flow) and flow.server.sent_data and len(flow.application_records(1)) > 0:
            continue
        host = sni or flow.host
        certificate = tls.certificate() if tls.first("certificate") else None
        if certificate is not None and host and not covers(certificate.names, host):
            shown = tls.first("certificate")
            names = ", ".join(certificate.names[:3]) or "no name"
            yield Finding(
                cause="tls/name-mismatch",
                culprit=seen.far_host(flow),
                start_ns=hello.ns,
                end_ns=max(shown.ns, hello.ns),
                message=message("the certificate is for {names}, not for {host}", names=names, host=host),
                evidence=frames(
                    (hello.frame, message("ClientHello for {host}", host=host)),
                    (shown.frame, message("certificate for {names}", names=names)),
                )
                + seen.portal[:2],
                confidence=0.95,
                fatal=True,
                flow_id=flow.id,
                attributes={"against": "certificate"} | ({"portal": "likely"} if seen.portal else {}),
            )
            continue
        refused = (
            bool(tls.clear_alert()) or flow.server.rst_count or (flow.server.fin_frame and not handshake_complete(flow))
        )
        if not refused or flow.tunnelled or not flow.seen_from_start:
            continue
        if sni is None:
            name = flow.names[0] if flow.names else None
            if name is None or tls.client_hello.message.has_ech:
                continue
            yield Finding(
                cause="tls/name-mismatch",
                culprit=seen.far_host(flow),
                start_ns=hello.ns,
                end_ns=max(flow.last_ns, hello.ns),
                message=message(
                    "the ClientHello to {name} carries no server name, and the server ends the handshake", name=name
                ),
                evidence=frames((hello.frame, "ClientHello without server_name")),
                confidence=0.6,
                fatal=True,
                flow_id=flow.id,
                attributes={"against": "absent"},
            )
            continue
        known = {alias for names in (flow.names, seen.aliases(flow)) for alias in names}
        if not known or sni.lower() in known or is_fake(flow.server.address):
            continue
        yield Finding(
            cause="tls/name-mismatch",
            culprit=seen.far_host(flow),
            start_ns=hello.ns,
            end_ns=max(flow.last_ns, hello.ns),
            message=message(
                "the ClientHello asks {address} for {sni}, but that address was given for {other}",
                address=flow.server.address,
                sni=sni,
                other=sorted(known)[0],
            ),
            evidence=frames(
                (
                    seen.answer_frame(flow),
                    message(
                        "{address} was the answer for {other}", address=flow.server.address, other=sorted(known)[0]
                    ),
                ),
                (hello.frame, message("ClientHello for {sni}", sni=sni)),
            ),
            confidence=0.6,
            fatal=True,
            flow_id=flow.id,
            attributes={"against": "lookup"},
        )

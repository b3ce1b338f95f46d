"""An alert ends the handshake, in most cases the server's.

What it finds
    An alert in the clear before the handshake was over, from either side. Left
    out are a client's verdict on a certificate (tls/certificate-rejected) and
    protocol_version (tls/version-rejected). Attributes: alert is its name, by
    says whose it is. In TLS 1.3, where a record of an alert's size is all that
    comes back to the client's Finished, within 1 s, and the server closes.

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
    health check). After TLS 1.3's ServerHello alerts are encrypted: which one it
    is, is not told.

References
    RFC 8446 section 6.2 (error alerts); RFC 6066 section 3 (unrecognized_name);
    Go 1.27 crypto/tls/alert.go.
"""

from collections.abc import Iterator
from dataclasses import replace

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.tls._advice import BY_VERSION, CERTIFICATE, NO_COMMON, SMALL_ONCE, WANTS_CERTIFICATE
from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.application import hidden_alert
from netanalyze.flows.flow import Flow, Record
from netanalyze.flows.hello import ending_alert, hello_facts, sni_shown
from netanalyze.paste import command, place
from netanalyze.wire.message.tls_names import alert_name
from netanalyze.wording import saying

CAUSE = Cause(
    "tls/alert",
    meaning="The handshake ended with a fatal alert; attribute `alert` has its name.",
    headline="{place} ends the TLS handshake: alert {alert}.",
    unnamed={"alert": "unknown"},
    answered=True,
    fits=("tls-alert", "tls-version"),
)

PROTOCOL_VERSION = 70
CLIENT_REJECTS = (42, 43, 44, 45, 46, 48)
"""A client's word on a certificate: bad, unsupported, revoked, expired, unknown, unknown CA (RFC 8446 section 6.2)."""

BY_NAME = Proved(
    0.95, "an alert in the clear ends the handshake", Basis.FRAMES,
    "it names its reason itself; only who wrote it, server or inspection, it does not prove",
)  # fmt: skip


BY_SIZE = Proved(
    0.75, "a record of an alert's size is all that the server says to the client's part of the handshake, and it closes",
    Basis.FRAMES, "which alert it is nobody can read: a server that has enough says farewell in as many octets",
)  # fmt: skip
HAD_ASKED = Missing(
    "the client had asked for something already", Basis.FRAMES,
    "a server that fails at what it was asked for says farewell in as many octets", at_most=0.6,
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A clear-text alert before the handshake is over, other than a client's on the certificate; or one that its size shows."""
    for flow in case.index.eventful:
        if (hidden := hidden_alert(flow)) is not None:
            yield _by_size(case, flow, *hidden)
        alert = ending_alert(flow)
        if alert is None:
            continue
        number, by = alert.message[1], "client" if alert.direction == flow.tls.client else "server"
        if number == PROTOCOL_VERSION or (by == "client" and number in CLIENT_REJECTS):
            continue
        name, facts = alert_name(number), hello_facts(flow)
        who = "the client" if by == "client" else flow.destination
        say = saying(who=who, name=name, number=number, sni=sni_shown(flow, case.cut_at))
        yield CAUSE.finding(
            case.far_host(flow), (facts.start_ns if facts else alert.ns, alert.ns),
            say("{who} ended the handshake with the alert {name} ({number})"),
            frames(
                (facts.frames[0] if facts else 0, say("ClientHello, SNI {sni}")),
                (alert.frame, say("alert {name} ({number}), in clear")),
            ),
            confidence(BY_NAME), flow, fatal=True, attributes={"alert": name, "by": by} | _agreed(flow, alert.frame),
        )  # fmt: skip


def _by_size(case: Case, flow: Flow, finished: Record, alert: Record) -> Finding:
    say = saying(host=flow.destination, octets=alert.length)
    asked = len(flow.application_records(0)) > 1
    return CAUSE.finding(
        case.far_host(flow), (finished.time_ns, alert.time_ns),
        say("{host} answered the client's part of the handshake with a record of {octets} octets, an alert's size, and closed"),
        frames(
            (finished.frame_number, "the client's part of the handshake: Finished, and a certificate where one was asked for"),
            (alert.frame_number, say("all that comes: {octets} octets, encrypted")),
        ),
        confidence(BY_SIZE, HAD_ASKED.when(asked)), flow, fatal=True,
        attributes={"by": "server", "hidden": "yes"}, alternatives=(_end_alike(flow),) if asked else (),
    )  # fmt: skip


def _end_alike(flow: Flow) -> Alternative:
    target = place(flow.destination, flow.server.address)
    show = command("openssl s_client -connect {url_place}:{port} </dev/null", url_place=target, port=flow.server.port)
    return Alternative(
        "tcp/early-close", "the client had asked already, and a farewell without an answer has the same size", show
    )


def _agreed(flow: Flow, frame: int) -> dict[str, str]:
    """What was settled before the alert: version and cipher by the ServerHello, and whether it asked for a certificate."""
    hello, asked = flow.tls.server_hello, flow.tls.first("certificate_request")
    if hello is None or hello.frame >= frame:
        return {}
    return {"agreed": "yes"} | ({"asked": "certificate"} if asked is not None and asked.frame < frame else {})


ADVICE = Page(
    where=offers(
        Offer("server: it does not know the name it was asked by", None, "alert=unrecognized_name"),
        Offer("this machine has no certificate the server wants", None, " ".join(WANTS_CERTIFICATE)),
        Offer("server: it refuses what the client said after its hello", None, "alert=handshake_failure agreed=yes"),
        Offer("server: no TLS version or cipher in common", None, NO_COMMON),
        Offer("server (or an inspection before it) refuses the handshake"),
    ),
    fix=offers(
        Offer("That port speaks TLS: begin the URL with https://", None, "spoke=http"),
        Offer("Is it the right host?", "go env GOPROXY GOSUMDB", "go alert=unrecognized_name"),
        tuple(replace(o, when=f"{o.when} {NO_COMMON} !agreed=yes") for o in BY_VERSION),
        Offer("Give the command its client certificate", None, " ".join(WANTS_CERTIFICATE)),
        Offer("Does the server ask for a client certificate? Give the command one", None, "hidden=yes"),
        ANOTHER_SOURCE,
        # what it refuses is the name, the version, a missing certificate: no hello is too large for that
        tuple(
            replace(o, when=f"{o.when} !alert=unrecognized_name !alert=certificate_required !alert=protocol_version")
            for o in SMALL_ONCE
        ),
        Offer("Ask the server's operator what it refuses"),
        Offer("Renew the server, or the command's TLS", None, f"{NO_COMMON} !agreed=yes"),
    ),
    verify=CERTIFICATE,
    no_use=VAIN,
)

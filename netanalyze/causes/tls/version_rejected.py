"""Client and server have no TLS version in common.

What it finds
    The alert protocol_version (70) in the clear, from either side, before the
    handshake is over. Attributes: by, and offered, the highest version the
    client offers.

Why a program hangs
    It does not: it fails at once ("protocol version not supported"), and no
    retry follows.

What to do
    See what the server speaks, and renew the older of the two:
        openssl s_client -connect HOST:443 -tls1_2 </dev/null
        openssl s_client -connect HOST:443 -tls1_3 </dev/null
        go version; git version --build-options
    Go's client wants TLS 1.2 at the least.

Look-alikes
    tls/alert with handshake_failure: versions agree, ciphers do not.
    tls/not-tls: no TLS at all. tls/closed-after-client-hello: old servers close
    instead of answering.

Known false alarms
    A middlebox that does not know TLS 1.3 may send it in the server's name:
    compare TTLs.

References
    RFC 8446 sections 4.2.1, 6.2 and appendix D; RFC 8996 (TLS 1.0 and 1.1 are
    deprecated); Go 1.27 crypto/tls/common.go (MinVersion).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tls._advice import BY_VERSION
from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import ending_alert, hello_facts
from netanalyze.wire.message.tls_names import alert_name, version_name
from netanalyze.wording import saying

CAUSE = Cause(
    "tls/version-rejected",
    meaning="Client and server have no TLS version in common.",
    headline="The client and {place} have no TLS version in common.",
    answered=True,
    particular=True,
    fits=("tls-alert", "tls-version"),
)

PROTOCOL_VERSION = 70
"""RFC 8446 section 6.2."""
OFFERED = "no common TLS version: the client offers up to {offered}, the {who} answers {alert}"
UNSEEN = "no common TLS version: the {who} answers {alert}; what the client offers is not in the capture"

BY_NAME = Proved(
    0.95, "the alert protocol_version ends the handshake, in the clear", Basis.FRAMES,
    "it names its reason itself; a middlebox may have written it",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The alert protocol_version, from either side, before the handshake is over."""
    for flow in case.index.eventful:
        alert = ending_alert(flow)
        if alert is None or alert.message[1] != PROTOCOL_VERSION:
            continue
        facts, hello = hello_facts(flow), flow.tls.client_hello
        offered = version_name(hello.message.offered_version) if hello and hello.message else None
        who, name = "client" if alert.direction == flow.tls.client else "server", alert_name(PROTOCOL_VERSION)
        say = saying(offered=offered or "?", who=who, alert=name)
        yield CAUSE.finding(
            case.far_host(flow), (facts.start_ns if facts else alert.ns, alert.ns),
            say(OFFERED if offered else UNSEEN),
            frames(
                (facts.frames[0] if facts else 0, say("ClientHello, up to {offered}")),
                (alert.frame, say("alert {alert} from the {who}")),
            ),
            confidence(BY_NAME), flow, fatal=True,
            attributes={"alert": name, "by": who} | ({"offered": offered} if offered else {}),
        )  # fmt: skip


ADVICE = Page(
    where=offers("server or this command: too old for the other"),
    fix=offers(
        BY_VERSION,
        ANOTHER_SOURCE,
        Offer("A newer TLS library for git", "git version --build-options", "git"),
        "Renew the older of the two: the server speaks TLS 1.2?",
    ),
    verify=commands(Offer("", "curl -svm 10 --tlsv1.2 -o /dev/null {fetch}"), *TLS_CHECK),
    no_use=VAIN,
)

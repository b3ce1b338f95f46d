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

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.rules import Observations
from netanalyze.wire.message.tls_names import alert_name, version_name
from netanalyze.wording import message

PROTOCOL_VERSION = 70
"""RFC 8446 section 6.2."""
OFFERED = "no common TLS version: the client offers up to {offered}, the {who} answers {alert}"
UNSEEN = "no common TLS version: the {who} answers {alert}; what the client offers is not in the capture"


def check(seen: Observations) -> Iterator[Finding]:
    """The alert protocol_version, from either side, before the handshake is over."""
    for flow in seen.flows:
        if flow.tls is None or handshake_complete(flow):
            continue
        alert = flow.tls.clear_alert()
        if alert is None or alert.message[1] != PROTOCOL_VERSION:
            continue
        facts, hello = hello_facts(flow), flow.tls.client_hello
        offered = version_name(hello.message.offered_version) if hello and hello.message else "?"
        who = "client" if alert.direction == flow.tls.client else "server"
        yield Finding(
            cause="tls/version-rejected",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns if facts else alert.ns,
            end_ns=max(alert.ns, facts.segments[0].time_ns) if facts else alert.ns,
            message=message(
                OFFERED if hello and hello.message else UNSEEN,
                offered=offered,
                who=who,
                alert=alert_name(PROTOCOL_VERSION),
            ),
            evidence=frames(
                (facts.frames[0] if facts else 0, message("ClientHello, up to {offered}", offered=offered)),
                (alert.frame, message("alert {alert} from the {who}", alert=alert_name(PROTOCOL_VERSION), who=who)),
            ),
            confidence=0.95,
            fatal=True,
            flow_id=flow.id,
            attributes={"alert": alert_name(PROTOCOL_VERSION), "by": who}
            | ({"offered": offered} if hello and hello.message else {}),
        )

"""What answers the ClientHello is no TLS record.

What it finds
    The server's first octets after the ClientHello begin no TLS record.
    Attribute speaks: http, ssh or unknown, by the first words.

Why a program hangs
    It ends at once: "server gave HTTP response to HTTPS client" or "first
    record does not look like a TLS handshake". If the other side's answer is
    too short for a record header, the client may wait for more until its TLS
    timer (10 s in go).

What to do
    See what speaks there, and correct URL or port:
        curl -svm 5 -o /dev/null http://HOST:PORT/
        env | grep -i proxy; go env GOPROXY GOSUMDB
    HTTPS_PROXY names the scheme spoken to the proxy: http:// for nearly all of
    them. A portal answers in plain HTTP until one has logged in.

Look-alikes
    http/connect-refused: the proxy answers CONNECT, before TLS. tls/alert: an
    alert is TLS. tls/server-flight-incomplete: TLS, cut short.

Known false alarms
    A capture that lost the server's first segment shows its second one first
    (capture/lossy lowers nothing here: look at the sequence numbers).

References
    RFC 8446 section 5.1 (record types); Go 1.27 crypto/tls/conn.go
    (RecordHeaderError), net/http/transport.go.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy")


def check(seen: Observations) -> Iterator[Finding]:
    """A ClientHello answered by octets that begin no TLS record."""
    for flow in seen.flows:
        if flow.tls is None or flow.tls.not_tls is None or flow.tls.server_hello is not None:
            continue
        frame, ns, octets = flow.tls.not_tls
        facts = hello_facts(flow)
        if facts is None:
            continue
        head = octets[:16]
        shown = repr(head.decode("ascii")) if all(32 <= o < 127 or o in (13, 10) for o in head) else head.hex(" ")
        kind = "http" if octets.startswith(b"HTTP/") else "ssh" if octets.startswith(b"SSH-") else "unknown"
        yield Finding(
            cause="tls/not-tls",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=max(ns, facts.segments[0].time_ns),
            message=message(
                "{host}:{port} does not speak TLS: it answers {shown}",
                host=flow.host or flow.server.address,
                port=flow.server.port,
                shown=shown,
            ),
            evidence=frames(
                (facts.frames[0], "ClientHello"), (frame, message("the answer begins with {shown}", shown=shown))
            )
            + seen.portal[:2],
            confidence=0.95,
            fatal=True,
            flow_id=flow.id,
            attributes={"speaks": kind} | ({"portal": "likely"} if seen.portal else {}),
        )

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

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tls._advice import PORTAL, PORTAL_SEEN, PORTAL_WHERE
from netanalyze.conversations.greetings import IDENTIFICATION
from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.wording import saying

CAUSE = Cause(
    "tls/not-tls",
    meaning="What came back is not TLS.",
    headline="What answers at {place} does not speak TLS.",
    answered=True,
    fits=("tls-not-tls",),
    undermined_by=("one_way_capture", "capture_lossy"),
)

OTHER_PROTOCOL = Proved(
    0.95, "the octets that answer the ClientHello begin no TLS record", Basis.FRAMES, "they can be read as they stand",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A ClientHello answered by octets that begin no TLS record."""
    for flow in case.index.eventful:
        facts = hello_facts(flow)
        if facts is None or flow.tls.not_tls is None or flow.tls.server_hello is not None:
            continue
        frame, ns, octets = flow.tls.not_tls
        head = octets[:16]
        shown = repr(head.decode("ascii")) if all(32 <= o < 127 or o in (13, 10) for o in head) else head.hex(" ")
        kind = "http" if octets.startswith(b"HTTP/") else "ssh" if octets.startswith(IDENTIFICATION) else "unknown"
        say = saying(host=flow.destination, port=flow.server.port, shown=shown)
        rows = frames((facts.frames[0], "ClientHello"), (frame, say("the answer begins with {shown}")))
        yield CAUSE.finding(
            case.far_host(flow), (facts.start_ns, ns),
            say("{host}:{port} does not speak TLS: it answers {shown}"),
            rows + case.portal[:2],
            confidence(OTHER_PROTOCOL), flow, fatal=True,
            attributes={"speaks": kind} | ({"portal": "likely"} if case.portal else {}),
        )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("the HTTP proxy: it speaks no TLS; HTTPS_PROXY begins http://", None, "role=http-proxy"),
        PORTAL_WHERE,
        Offer("server (or a portal): that port speaks no TLS"),
    ),
    fix=offers(
        PORTAL_SEEN,
        Offer("The proxy's URL begins with http://", "export HTTPS_PROXY=http://{proxy}", "role=http-proxy"),
        Offer(
            "A registry without TLS: name it in insecure-registries", "sudo editor /etc/docker/daemon.json", "docker"
        ),
        Offer("See what answers", "curl -sv --max-time 5 http://{host}:{port}/ -o /dev/null", "!role=http-proxy"),
        PORTAL,
        Offer("Is it the right port?", "go env GOPROXY GOSUMDB", "go"),
        Offer("Is it the right port?", "git remote -v", "git"),
        ANOTHER_SOURCE,
    ),
    verify=TLS_CHECK,
    no_use=VAIN,
)

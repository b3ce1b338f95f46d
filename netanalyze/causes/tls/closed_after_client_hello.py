"""A FIN answers the ClientHello: the server closes without a word.

What it finds
    The first end of the connection is the server's FIN, after the ClientHello,
    and the server had not sent one octet.

Why a program hangs
    It ends as soon as the FIN is there: "EOF" in go, which does not try again
    on a new connection.

What to do
    Is it the right host and port, and does the server know the name?
        openssl s_client -connect ADDRESS:443 -servername HOST </dev/null
        openssl s_client -connect HOST:443 -tls1_2 -servername HOST </dev/null
        go env GOPROXY GOSUMDB; git remote -v
    A load balancer without a living server behind it closes like this: again
    later, or another mirror.

Look-alikes
    tls/reset-after-client-hello: RST instead of FIN. tls/alert: it says why.
    http/connect-refused: a proxy closes instead of answering CONNECT.
    tls/server-hello-missing: it stays open and silent.

Known false alarms
    A FIN after a long silence may be the server's own time-out for a
    ClientHello that reached it in part.

References
    RFC 9293 section 3.6; RFC 8446 section 6.1 (close_notify should come first);
    Go 1.27 crypto/tls/conn.go.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Page, offers
from netanalyze.causes.advice.per_client import RIGHT_PLACE
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tls._advice import CERTIFICATE, SMALL_ONCE
from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import hello_facts, sni_shown
from netanalyze.units import duration
from netanalyze.wording import saying

CAUSE = Cause(
    "tls/closed-after-client-hello",
    meaning="The ClientHello was answered by closing the connection (FIN).",
    headline="{place} closes when it sees the ClientHello.",
    answered=True,
    fits=("eof",),
    undermined_by=("capture_lossy", "kernel_drops"),
    misses=(1,),
)

FIN_FIRST = Proved(
    0.93, "the server's FIN answers the ClientHello, and not one octet came before it", Basis.FRAMES,
    "who closes stands in the frames; that it is for the ClientHello, their order shows",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The server's FIN comes first, and not one octet before it."""
    for flow in case.index.eventful:
        facts, ended = hello_facts(flow), flow.ended()
        if facts is None or ended is None or ended[:2] != ("fin", 1) or ended[3] < facts.frames[0]:
            continue
        if flow.server.sent_data or flow.server.fin_offset > 1:
            continue
        took = duration(ended[2] - facts.start_ns)
        say = saying(host=flow.destination, time=took, octets=facts.octets, sni=sni_shown(flow, case.cut_at))
        yield CAUSE.finding(
            case.far_host(flow), (facts.start_ns, ended[2]),
            say("{host} closed the connection {time} after the ClientHello, without a word"),
            frames(
                (facts.frames[0], say("ClientHello, {octets} octets, SNI {sni}")),
                (ended[3], say("FIN of the server, {time} later; it had sent nothing")),
            ),
            confidence(FIN_FIRST), flow, fatal=True, quantities={"octets": facts.octets},
        )  # fmt: skip


ADVICE = Page(
    where=offers("server: it does not serve this name or this TLS, or is overfull"),
    fix=offers(RIGHT_PLACE, RUN_AGAIN, SMALL_ONCE, ANOTHER_SOURCE),
    verify=CERTIFICATE,
    no_use=VAIN,
)

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

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """The server's FIN comes first, and not one octet before it."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        ended = flow.ended()
        if facts is None or ended is None or ended[:2] != ("fin", 1) or ended[3] < facts.frames[0]:
            continue
        if (facts.answer_frame and facts.answer_frame < ended[3]) or flow.server.sent_data:
            continue
        took = ended[2] - facts.segments[0].time_ns
        yield Finding(
            cause="tls/closed-after-client-hello",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=ended[2],
            message=message(
                "{host} closed the connection {time} after the ClientHello, without a word",
                host=flow.host or flow.server.address,
                time=duration(took),
            ),
            evidence=frames(
                (
                    facts.frames[0],
                    message("ClientHello, {octets} octets, SNI {sni}", octets=facts.octets, sni=flow.tls.sni or "none"),
                ),
                (ended[3], message("FIN of the server, {time} later; it had sent nothing", time=duration(took))),
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": facts.octets},
        )

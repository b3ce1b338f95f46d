r"""The ServerHello came, late.

What it finds
    The server's first octet came PATIENCE (1 s) and ROUND_TRIPS (5 round trips)
    or more after the whole ClientHello was sent, the client had not repeated
    twice, and it was a ServerHello.

Why a program hangs
    Time is lost at each new connection, and go has 10 s for the handshake: a
    server that needs nine works, at eleven it is "TLS handshake timeout".

What to do
    Measure it for this host and for another one:
        curl -so /dev/null -w '%{time_connect} %{time_appconnect}\n' URL
    All hosts slow, all with one TTL: a TLS inspection stands between; have the
    host excepted. One host slow: it is overloaded, or its key exchange waits
    for another machine; use another mirror.

Look-alikes
    tls/server-hello-missing: it never came. tcp/loss: the ClientHello or the
    answer was repeated. tcp/high-latency: all steps are slow alike.
    http/response-late: the handshake is quick, the answer is not.

Known false alarms
    A client that computes between sending its ClientHello and reading is not
    counted, but a server woken from sleep (serverless, scale to zero) is, once.

References
    RFC 8446 section 2 (one round trip); Go 1.27 net/http/transport.go
    (TLSHandshakeTimeout).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, RUN_AGAIN, SUMDB_OFF, TLS_CHECK
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.hello import hello_facts, sni_shown
from netanalyze.units import duration, seconds
from netanalyze.wording import saying

CAUSE = Cause(
    "tls/server-hello-late",
    meaning="The ServerHello came, but late.",
    headline="{place} answers the ClientHello late.",
    guarded_by="tls",
    spans_hosts=True,
    fits=("tls-handshake-timeout",),
    undermined_by=("capture_lossy", "kernel_drops"),
    misses=(1,),
)

PATIENCE = Threshold(
    1, "s",
    source="RFC 8446 section 2: the ServerHello takes one round trip; the limit is chosen here",
    why="a second is ten round trips of 100 ms: somebody between inspects, or the server is overloaded",
)  # fmt: skip
ROUND_TRIPS = Threshold(
    5, "round trips",
    source="RFC 8446 section 2: the ServerHello takes one round trip; the factor is chosen here",
    why="on a slow path the second above is no delay",
)  # fmt: skip
CAME_LATE = Proved(
    0.9, "the ServerHello came late, and no segment was sent twice meanwhile", Basis.FRAMES,
    "both moments stand in the frames; a path that held it back without a loss would look alike",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The server's first octet PATIENCE and ROUND_TRIPS or more after the ClientHello, without loss to explain it."""
    for flow in case.index.eventful:
        facts = hello_facts(flow)
        hello = flow.tls.server_hello if facts is not None and facts.answer_frame else None
        if hello is None or flow.tls.not_tls or flow.client.resent >= 2:
            continue
        took = facts.answer_ns - facts.sent_ns
        if took < max(PATIENCE.ns, ROUND_TRIPS.value * flow.round_trip_ns):
            continue
        trip, sni = duration(flow.round_trip_ns), sni_shown(flow, case.cut_at)
        say = saying(host=flow.destination, time=duration(took), trip=trip, sni=sni)
        yield CAUSE.finding(
            case.far_host(flow), (facts.sent_ns, facts.answer_ns),
            say("{host} took {time} to answer the ClientHello; the round trip is {trip}"),
            frames((facts.frames[0], say("ClientHello, SNI {sni}")), (hello.frame, say("ServerHello, {time} later"))),
            confidence(CAME_LATE), flow,
            quantities={"took": seconds(took), "round_trip": seconds(flow.round_trip_ns)},
        )  # fmt: skip


ADVICE = Page(
    where=offers("server, or a TLS inspection before it: slow; the path is fine"),
    fix=offers(ANOTHER_SOURCE, "If all hosts are slow: except this one from inspection", RUN_AGAIN),
    verify=commands(Offer("", "curl -so /dev/null -w '%{{time_appconnect}}\\n' https://{origin}/"), *TLS_CHECK),
    no_use=offers(CLEAN_CACHE, SUMDB_OFF),
)

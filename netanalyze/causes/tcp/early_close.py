"""The server closes before the end of the data.

What it finds
    The server's FIN comes first, in the middle of a response or while one is
    owed. With TLS that is read from record lengths: a record cut short, a last
    record of full size, a request without an answer, or a download that ends
    without END_STREAM and without the server's alert; in PostgreSQL, from a
    first message (SSLRequest, StartupMessage) without an answer; in SSH, SMTP, IMAP,
    POP3, FTP and MySQL, whose servers greet, from a close without a greeting; in SSH
    also from one without the server's part in the exchange of keys. Where the lengths
    do not tell, a client that asks again does, after just the rest it takes when a try
    failed (wget 1 s, pip 0.5 s: ON_TIME; rests of LEAST_REST, 0.5 s, or longer).
    A request in clear that met the FIN of an idle connection, and was asked
    nowhere else afterwards.

Why a program hangs
    It ends at once: "unexpected EOF". go does not fetch again, except where it
    had reused an idle connection; a module half downloaded begins anew.

What to do
    Run it again, then change one thing at a time:
        until go mod download; do sleep 2; done
        GODEBUG=http2client=0 go mod download          # over HTTP/1.1
        curl -sS -o /tmp/x https://HOST/PATH; ls -l /tmp/x
    Always at the same size: a limit of a proxy or cache. Always after the same
    time: a time-out there.

Look-alikes
    tcp/reset: RST. tcp/service-declined: it says why. http/goaway: HTTP/2 says so.
    tls/closed-after-client-hello: in the handshake. http/body-stalled: nobody
    closes. local/disk-full: this side closes.

Known false alarms
    HTTP/1 bodies that end with the connection are whole (and left out); idle
    connections that a server closes while it believes all is said.

References
    RFC 9293 section 3.6; RFC 9112 section 8 (incomplete messages); RFC 8446
    section 6.1 (truncation); Go 1.27 net/http/transport.go
    (shouldRetryRequest).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, PORT_CHECK, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.application import application
from netanalyze.flows.endings import (
    UNREAD,
    UNREAD_CHECK,
    broken_off,
    last_words,
    perhaps_cut,
    unread,
    what_was_owed,
)
from netanalyze.flows.flow import Flow
from netanalyze.units import duration, seconds
from netanalyze.wording import Text, message

CAUSE = Cause(
    "tcp/early-close",
    meaning="The connection was closed (FIN) before all data had come.",
    headline="{place} closes before the response is whole.",
    variants={
        When.NOT_ANSWERED: "{place} closes without an answer.",
        When.NOT_GREETED: "{place} closes before it has greeted.",
    },
    answered=True,
    fits=("eof", "unexpected-eof", "checksum-mismatch"),
    undermined_by=("capture_lossy", "kernel_drops"),
)

NOT_WHOLE = ("unexpected-eof", "eof", "reset", "checksum-mismatch", "bad-archive")
"""Kinds of a command's last error that say that what came is not all. pip 23 does not count the octets of a file that was cut:
its hash is wrong."""

BEGINNING_UNREAD = Missing(
    "what was said first is not in the capture", Basis.FOREIGN,
    "the handshake itself may have been what was broken off", at_most=0.6,
)  # fmt: skip
CLOSED_AMID = Proved(
    0.85, "the server's FIN comes while a response is owed or under way", Basis.FRAMES,
    "with TLS that is read from record lengths; why it closed nobody says",
)  # fmt: skip
ASKED_AGAIN = Missing(
    "only that the client asks again, after the rest it takes when a try failed, tells that the response was not whole",
    Basis.COMMAND, "what it did not like about the response it does not say", at_most=0.75,
)  # fmt: skip
ON_TIME = Threshold(
    0.06, "s", source="measured: wget 1.21 rests 1.00 s, pip 23 0.5, 1.0, 2.0 and 4.0 s, give or take 0.05 s",
    why="so near to a rest of the client's own another connection begins that was made because of it",
)  # fmt: skip
LEAST_REST = Threshold(
    0.5, "s", source="pip 23: the shortest rest that is one", why="a client that is content may ask on sooner"
)


def check(case: Case) -> Iterator[Finding]:
    """The server's FIN comes first, in the middle of a response or while one is owed."""
    said = case.final_error.kind if case.final_error is not None else ""
    again = _tried_again(case) if case.client.pauses else {}
    for flow in case.index.eventful:
        ended = flow.ended()
        if ended is None or ended[:2] != ("fin", 1) or not flow.established:
            continue
        if flow.tunnelled and not flow.server.sent_data:
            continue  # http/connect-refused: the proxy closed, nobody behind it was reached
        why = broken_off(flow)
        if why is None and said in NOT_WHOLE and perhaps_cut(flow, short=said == "unexpected-eof"):
            why = "behind octets of a response, which the command says is not whole"
        if why is None and _crossed(case, flow):
            why = "that lay idle, just as something was asked on it, and it was not asked again"
        inferred = why is None and flow.id in again
        if inferred:
            why = again[flow.id]
        if why is None or flow.server.holes:
            continue  # octets that the capture lacks may be the rest of the response
        yield CAUSE.finding(
            case.far_host(flow),
            (min(max(flow.server.last_data_ns, flow.first_ns), ended[2]), ended[2]),
            message("{host} closed the connection {why}", host=flow.destination, why=why),
            frames(*last_words(flow, ended[3]), (ended[3], "its FIN, before the response was whole")),
            confidence(
                CLOSED_AMID,
                BEGINNING_UNREAD.when(_beginning_unread(flow)),
                ASKED_AGAIN.when(inferred),
            ),
            flow,
            fatal=True,
            alternatives=(Alternative("tls/closed-after-client-hello", UNREAD, UNREAD_CHECK),) if unread(flow) else (),
            quantities={"octets": flow.server.octets},
            attributes=what_was_owed(why) | ({"spoke": "http"} if _answers_in_tls(flow) else {}),
        )


def _crossed(case: Case, flow: Flow) -> bool:
    """Whether a request in clear met the FIN of an idle connection, got no answer there (RFC 9112 section 9.5), and was asked
    nowhere else: whoever sent it was left without."""
    if flow.clear is None or flow.clear.connect is not None:
        return False
    last = flow.http.exchanges[-1] if flow.http.exchanges else None
    if last is None or not last.request_frame or last.response_frame or len(flow.http.exchanges) < 2:
        return False
    later = (f for f in case.flows if f.id != flow.id and f.server.sent_data and f.last_ns > last.request_ns)
    return not any(f.server.address == flow.server.address or f.host == flow.host for f in later)


TLS_ALERT = b"\x15\x03"


def _answers_in_tls(flow: Flow) -> bool:
    """Whether the server answered a request in clear with a TLS alert: it takes TLS alone."""
    return flow.http is not None and flow.opening(1).startswith(TLS_ALERT)


def _beginning_unread(flow: Flow) -> bool:
    """Whether it is not known what the octets belong to: nobody saw how an encrypted conversation began."""
    return unread(flow) or (flow.http is None and not flow.seen_from_start)


def _tried_again(case: Case) -> dict[int, Text]:
    """By flow, why a response that its server ended with a FIN was not whole: after the rest it takes when a try failed, the
    client asked the same host for the same once more; or the response ended as that of such a try did."""
    closed: list[tuple[Flow, int]] = []
    of_host: dict[str, list[Flow]] = defaultdict(list)
    for flow in sorted(case.flows, key=lambda one: one.first_ns):
        over = flow.ended()
        if over is not None and over[:2] == ("fin", 1):
            closed.append((flow, over[2]))
            of_host[flow.destination].append(flow)
    found: dict[int, Text] = {}
    for flow, ended_ns in closed:
        there = of_host[flow.destination]
        at = bisect_right(there, ended_ns, key=lambda one: one.first_ns)
        if at == len(there) or not (flow.id in found or perhaps_cut(flow, short=True)):
            continue
        following = there[at]
        rest = following.first_ns - ended_ns
        on_time = any(
            pause >= LEAST_REST.value and abs(seconds(rest) - pause) <= ON_TIME.value for pause in case.client.pauses
        )
        if on_time and _asks_the_same(flow, following):
            words = {"client": case.client.name, "time": duration(rest)}
            found[flow.id] = message("behind octets of a response, and {client} asks again after {time}", **words)
            found[following.id] = "at the same octet of a response as in the try before"
    return found


RANGE = 48
"""Octets by which a request grows that asks for the rest: ``Range: bytes=N-`` (RFC 9110 section 14.2)."""


def _asks_the_same(flow: Flow, following: Flow) -> bool:
    """Whether the first request of a connection is that of one before, of its size or a Range longer, and as many octets came
    to it; of a capture that was cut, whether both sides sent as many on the whole."""
    one, other = application(flow), application(following)
    if one is not None and other is not None and one.requests and other.requests:
        longer = other.requests[0].length - one.requests[0].length
        return 0 <= longer <= RANGE and one.octets_since_request(1 << 62) == other.octets_since_request(1 << 62)
    longer = following.client.octets - flow.client.octets
    return 0 <= longer <= RANGE and flow.server.octets == following.server.octets


ADVICE = Page(
    where=offers("server (or a proxy before it): it closed too early"),
    fix=offers(
        Offer("What answers there speaks TLS: begin the URL with https://", None, "spoke=http"),
        RUN_AGAIN,
        Offer("Over HTTP/1.1, for this run", "GODEBUG=http2client=0 {again}", "go", scope=RUN),
        ANOTHER_SOURCE,
    ),
    verify=commands(Offer("", "curl -v --max-time 60 {scheme}://{origin}/ -o /dev/null", "!port=22"), *PORT_CHECK),
    no_use=VAIN,
)

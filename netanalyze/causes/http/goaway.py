"""The server sent the client away (HTTP/2 GOAWAY).

What it finds
    The command's last error says so, where the frame itself is encrypted: the flow
    is the one to that host that answered last. In clear, where all of the
    connection was read: the frame, and a request that was not answered to its end
    when the server closed. One above LastStreamID counts only where the code is an
    error (else it is safe to repeat), and none does where a later request to that
    host was answered.

Why a program hangs
    It ends: streams up to LastStreamID are not repeated by go, and one that the
    server does not finish is lost. Servers count requests: after 1000
    (LastStreamID=1999) or 100 (199) each connection ends, always at the same
    place of a large download.

What to do
    Run it again, finished modules are kept; or avoid long connections:
        until go mod download; do sleep 2; done
        GODEBUG=http2client=0 go mod download          # over HTTP/1.1
    The operator: raise keepalive_requests (nginx), or let streams finish.

Look-alikes
    tcp/early-close: FIN without GOAWAY. http/stream-reset: one stream, the
    connection lives. http/error-status: an answer with a status.

Known false alarms
    None known: the text is the command's own, or the frame in clear. Frames with the size of a bare
    GOAWAY (34 octets in TLS 1.3) are not taken for one.

References
    RFC 9113 section 6.8; Go 1.27 net/http/internal/http2/transport.go
    (GoAwayError, canRetryError); nginx, keepalive_requests (1000).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import http2_error
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.http._advice import ANSWER_CHECK, HTTP1, HTTP1_GIT
from netanalyze.causes.http._clear import read_whole, served_since
from netanalyze.findings import Finding, frames
from netanalyze.flows.screen import odd
from netanalyze.wording import message, saying

CAUSE = Cause(
    "http/goaway",
    meaning="The server told the client to go away (HTTP/2 GOAWAY).",
    headline="{place} sends the client away (HTTP/2 GOAWAY).",
    answered=True,
    fits=("goaway",),
)

PRINTED = Proved(
    0.9, "the command's last error is GOAWAY", Basis.COMMAND,
    "its HTTP/2 read the frame; which connection it befell, host and last answer tell",
)  # fmt: skip
SENT_AWAY = Proved(
    0.9, "the server's GOAWAY stands in clear, and a request was not answered to its end", Basis.FRAMES,
    "whether the client asked again by another way, only a later connection tells",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The command's final error says so; or the frame in clear, and a request that got no answer for it."""
    yield from http2_error(case, CAUSE, "goaway", PRINTED)
    for flow in odd(case.flows):
        talk, over = read_whole(flow), flow.ended()
        if talk is None or talk.goaway is None or over is None or over[1] == 0:
            continue
        away = talk.goaway
        left = [one for number, one in talk.unanswered if not talk.repeatable(number)]
        if not left or served_since(case, flow, away.ns):
            continue
        first, code = left[0], message("{code}: {words}", code=away.code, words=away.says) if away.says else away.code
        say = saying(host=flow.destination, code=code, count=len(left))
        yield CAUSE.finding(
            case.far_host(flow),
            (min(first.request_ns, away.ns), max(away.ns, first.request_ns)),
            say("{host} sent GOAWAY ({code}), and {count} of the requests had no answer"),
            frames(
                (first.request_frame, "a request that was not answered to its end"),
                (away.frame, say("GOAWAY: {code}")),
            ),
            confidence(SENT_AWAY),
            flow,
            fatal=True,
            quantities={"unanswered": len(left), "last_stream": away.last_stream},
            attributes={"code": away.code},
        )


ADVICE = Page(
    where=offers(
        Offer("server: it takes what the client sends, pings for one, for too much", None, "code=ENHANCE_YOUR_CALM"),
        Offer("server (or its front): so many requests a connection, no more", None, "!code=ENHANCE_YOUR_CALM"),
    ),
    fix=offers(
        Offer(
            "gRPC: ping no more often than the server permits (once in 5 minutes, unless it says otherwise)",
            None,
            "code=ENHANCE_YOUR_CALM",
        ),
        RUN_AGAIN,
        HTTP1,
        HTTP1_GIT,
        ANOTHER_SOURCE,
        "The operator: raise keepalive_requests (nginx)",
    ),
    verify=ANSWER_CHECK,
    no_use=VAIN,
)

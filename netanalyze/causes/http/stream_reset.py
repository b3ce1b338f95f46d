"""One HTTP/2 stream was reset.

What it finds
    The command's last error says so ("stream error: stream ID N; ..."), where the
    frame itself is encrypted: the flow is the one to that host that answered last.
    In clear, where all of the connection was read: the frame, with an error, and
    no later request to that host that was answered. After REFUSED_STREAM only
    where the connection has ended: until then the request may be repeated.

Why a program hangs
    It ends: go repeats a request only after REFUSED_STREAM (at once, then after
    1, 2, 4 s and so on), not after INTERNAL_ERROR or CANCEL. The connection and
    its other streams live on.

What to do
    Run it again, then without HTTP/2:
        until go mod download; do sleep 2; done
        GODEBUG=http2client=0 go mod download
        GODEBUG=http2debug=1 go mod download 2>&1 | grep RST_STREAM
    (http2debug prints authorization headers: mind where it goes.) If it returns
    at one module: that server, or the cache in front of it.

Look-alikes
    http/goaway: the whole connection ends. tcp/reset: TCP's RST.
    http/error-status: an error that was answered in full.

Known false alarms
    None known: the text is the command's own, or the frame in clear.

References
    RFC 9113 sections 5.4.2, 6.4 and 7; Go 1.27
    net/http/internal/http2/transport.go (shouldRetryRequest).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import http2_error
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.http._advice import ANSWER_CHECK, HTTP1, HTTP1_GIT
from netanalyze.causes.http._clear import read_whole, served_since
from netanalyze.findings import Finding, frames
from netanalyze.flows.screen import odd
from netanalyze.wire.message.http2 import CANCEL, CODES, NO_ERROR, REFUSED_STREAM
from netanalyze.wording import saying

CAUSE = Cause(
    "http/stream-reset",
    meaning="A single HTTP/2 stream was reset.",
    headline="{place} breaks off one response (HTTP/2 stream reset).",
    answered=True,
    fits=("unexpected-eof", "stream-error"),
)

PRINTED = Proved(
    0.9, "the command's last error is a stream's reset", Basis.COMMAND,
    "its HTTP/2 read the frame; which connection it befell, host and last answer tell",
)  # fmt: skip
IN_CLEAR = Proved(
    0.9, "the server's RST_STREAM stands in clear, and nothing asked later of that server was answered", Basis.FRAMES,
    "whether the client asked again by another way, only a later connection tells",
)  # fmt: skip
NO_FAILURE = (CODES[NO_ERROR], CODES[CANCEL])
"""What a server resets a stream with whose response is whole, or is not wanted (RFC 9113 sections 8.1 and 7)."""


def check(case: Case) -> Iterator[Finding]:
    """The command's final error says so; or the frame in clear."""
    yield from http2_error(case, CAUSE, "stream-error", PRINTED)
    for flow in odd(case.flows):
        talk = read_whole(flow)
        if talk is None:
            continue
        reset = [one for one in talk.streams.values() if one.reset_frame and one.reset_code not in NO_FAILURE]
        if not reset or served_since(case, flow, reset[-1].reset_ns):
            continue
        last = reset[-1]
        if last.reset_code == CODES[REFUSED_STREAM] and flow.ended() is None:
            continue  # it is safe to repeat, and may be yet (RFC 9113 section 8.7)
        say = saying(host=flow.destination, code=last.reset_code, count=len(reset))
        yield CAUSE.finding(
            case.far_host(flow),
            (last.request_ns, last.reset_ns),
            say("{host} reset the stream of a request ({code})"),
            frames((last.request_frame, "the request"), (last.reset_frame, say("RST_STREAM: {code}"))),
            confidence(IN_CLEAR),
            flow,
            fatal=True,
            quantities={"resets": len(reset)},
            attributes={"code": last.reset_code},
        )


ADVICE = Page(
    where=offers("server (or its front): it broke off one stream"),
    fix=offers(RUN_AGAIN, HTTP1, HTTP1_GIT, ANOTHER_SOURCE),
    verify=ANSWER_CHECK,
    no_use=VAIN,
)

"""The server sent the client away (HTTP/2 GOAWAY).

What it finds
    The command's last error says so; the frame itself is encrypted. The flow is
    the one to that host that answered last.

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
    None known: the text is the command's own. Frames with the size of a bare
    GOAWAY (34 octets in TLS 1.3) are not taken for one.

References
    RFC 9113 section 6.8; Go 1.27 net/http/internal/http2/transport.go
    (GoAwayError, canRetryError); nginx, keepalive_requests (1000).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import http2_error
from netanalyze.causes.confidence import Basis, Proved
from netanalyze.causes.http._advice import ANSWER_CHECK, HTTP1, HTTP1_GIT
from netanalyze.findings import Finding

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


def check(case: Case) -> Iterator[Finding]:
    """The command's final error says so; the frames are encrypted."""
    return http2_error(case, CAUSE, "goaway", PRINTED)


ADVICE = Page(
    where=offers("server (or its front): so many requests a connection, no more"),
    fix=offers(RUN_AGAIN, HTTP1, HTTP1_GIT, ANOTHER_SOURCE, "The operator: raise keepalive_requests (nginx)"),
    verify=ANSWER_CHECK,
    no_use=VAIN,
)

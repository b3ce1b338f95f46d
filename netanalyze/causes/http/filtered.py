"""Plain HTTP is cut by its content: one request is what the reset answers.

What it finds
    A request in the clear, no response, and a RST that something on the way
    injected (by TTL, IP id, its number, or the server's packets after it). RSTs
    that may be the server's own are not counted.

Why a program hangs
    It ends at once ("connection reset by peer"), for some names and never for
    others. In a loop of retries it looks like a hang.

What to do
    Use https, where the name of the module cannot be read:
        go env GOPROXY                                 # http:// there?
        GOPROXY=https://proxy.golang.org,direct go mod download
        curl -sv http://HOST/OTHER-PATH  # does only one path fail?

Look-alikes
    tcp/reset: the reset is not tied to a request, or is the server's own.
    tls/reset-after-client-hello: the same box, judging by the server name.
    http/connect-refused: a proxy that says so.

Known false alarms
    A load balancer that resets in the server's name from another distance.

References
    RFC 3360; RFC 9112; Go 1.27 cmd/go/internal/modfetch/proxy.go (the module's
    path is the URL's).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_WAY, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, frames
from netanalyze.flows.resets import provenance
from netanalyze.flows.screen import odd
from netanalyze.wording import joined, message

CAUSE = Cause(
    "http/filtered",
    meaning="Plain HTTP was cut off because of what it says.",
    headline="Something on the way cuts requests to {place} by their content.",
    answered=True,
    particular=True,
    fits=("reset",),
    undermined_by=("one_way_capture", "capture_lossy"),
)

INJECTED = Proved(
    0.85, "a reset that something on the way made follows a request in clear at once", Basis.FOREIGN,
    "its TTL or its numbers are not the server's; that the content was the reason, its moment tells",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A RST that something on the way injects right after a request in clear."""
    for flow in odd(case.flows):
        server = flow.server
        if flow.clear is None or not server.rst_count or flow.clear.connect:
            continue
        asked = [e for e in flow.http.exchanges if e.request_frame and e.request_frame < server.rst_frame]
        if not asked or (asked[-1].response_frame and asked[-1].response_frame < server.rst_frame):
            continue
        origin, signs = provenance(flow)
        if origin != "injected":
            continue
        request = f"{asked[-1].method} {asked[-1].target}"
        yield CAUSE.finding(
            case.path(flow), (asked[-1].request_ns, server.rst_ns),
            message("something on the way resets the connection when it sees {request}", request=request),
            frames(
                (asked[-1].request_frame, request), (server.rst_frame, message("RST: {signs}", signs=joined(signs)))
            ),
            confidence(INJECTED), flow, fatal=True,
            quantities={"target": asked[-1].target}, attributes={"origin": origin},
        )  # fmt: skip


ADVICE = Page(
    where=offers("path: a filter reads plain HTTP; server not guilty"),
    fix=offers(
        Offer(
            "https instead of http, for this run",
            "GOPROXY=https://{host},direct {again}",
            "go to=module-proxy port=80",
            scope=RUN,
        ),
        Offer("Another proxy over https, for this run", "GOPROXY={mirror},direct {again}", "go", scope=RUN),
        Offer("https instead of http", "git -c url.https://.insteadOf=http:// fetch", "git"),
        "Use https: a filter cannot read it",
        ANOTHER_WAY,
    ),
    verify=TLS_CHECK,
    no_use=VAIN,
)

"""Redirects without end.

What it finds
    MOST (10) redirects or more on one connection in the clear, to at most half
    as many different targets; or the command's last error says so.

Why a program hangs
    Each hop is quick, and all together end at the client's limit: 10 in go
    ("stopped after 10 redirects"), 50 in curl. A loop around the command makes
    it a hang.

What to do
    See the circle:
        curl -sIL -m 20 --max-redirs 12 URL | grep -iE '^(HTTP|location)'
    Two servers that send each other away (http to https and back, a missing
    slash), or a portal that wants a login: log in, or correct the URL in
    GOPROXY.

Look-alikes
    http/redirect-blocked: the target does not answer. http/error-status: 401
    and 403 end it, too. tls/name-mismatch: a portal answers in the server's
    name.

Known false alarms
    Many separate downloads that are each redirected once, on one connection, to
    the same few targets.

References
    RFC 9110 section 15.4 (a client should detect cycles); Go 1.27
    cmd/go/internal/web/http.go (checkRedirect); curl(1), --max-redirs.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.http._advice import ANSWER_CHECK
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.screen import odd
from netanalyze.wording import message, saying

CAUSE = Cause(
    "http/redirect-loop",
    meaning="Redirects lead on and on.",
    headline="{place} redirects in a circle.",
    answered=True,
    fits=("redirect-loop",),
)

MOST = Threshold(
    10, "redirects",
    source="Go cmd/go/internal/web/http.go stops after 10, curl after 50; RFC 9110 section 15.4: detect cycles",
    why="no service that works sends a client around ten times",
)  # fmt: skip
REDIRECTS = (301, 302, 303, 307, 308)

IN_A_CIRCLE = Proved(
    0.9, "ten redirects or more in clear, to no more than half as many targets", Basis.FRAMES,
    "the Locations can be read, and repeat",
)  # fmt: skip
PRINTED = Proved(
    0.85, "the command printed that it was redirected too often", Basis.COMMAND,
    "it counted; which connection it was, the frames do not say",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """MOST redirects in clear in a row, or the command's own word."""
    for flow in odd(case.flows):
        hops = [e for e in flow.http.exchanges if e.status in REDIRECTS] if flow.http is not None else []
        if len(hops) < MOST.value or len({e.target for e in hops}) > len(hops) // 2:
            continue
        say = saying(host=flow.destination, number=len(hops), url=hops[0].location)
        yield CAUSE.finding(
            case.far_host(flow), (hops[0].request_ns, hops[-1].response_ns),
            say("{host} redirected {number} times, in a circle"),
            frames(
                (hops[0].response_frame, say("redirect to {url}")),
                (hops[-1].response_frame, say("redirect number {number}")),
            ),
            confidence(IN_A_CIRCLE), flow, fatal=True, quantities={"redirects": len(hops)},
        )  # fmt: skip
        return
    error = case.final_error
    if error is not None and error.kind == "redirect-loop" and case.flows:
        flow = case.flows[-1]
        yield CAUSE.finding(
            case.far_host(flow), (flow.first_ns, flow.last_ns),
            message("{host} redirects without end", host=flow.destination),
            (printed(error.text),),
            confidence(PRINTED), flow, fatal=True,
        )  # fmt: skip


ADVICE = Page(
    where=offers("server: it redirects in a circle; the network did its work"),
    fix=offers(
        ANOTHER_SOURCE,
        Offer("See the circle", "curl -sIL --max-redirs 5 --max-time 20 {scheme}://{origin}/"),
        "A portal, or a login that is missing? Log in",
    ),
    verify=commands(Offer("", "curl -sIL --max-redirs 5 --max-time 20 {fetch}"), *ANSWER_CHECK),
    no_use=VAIN,
)

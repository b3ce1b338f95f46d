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

from netanalyze.findings import Evidence, Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.wording import message

MOST = Threshold(
    10, "redirects",
    source="Go cmd/go/internal/web/http.go stops after 10, curl after 50; RFC 9110 section 15.4: detect cycles",
    why="no service that works sends a client around ten times",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """MOST redirects in clear in a row, or the command's own word."""
    error = seen.trace.final_error if seen.trace else None
    for flow in seen.flows:
        if flow.http is None:
            continue
        hops = [e for e in flow.http.exchanges if e.status in (301, 302, 303, 307, 308)]
        if len(hops) < MOST.value or len({e.target for e in hops}) > len(hops) // 2:
            continue
        yield Finding(
            cause="http/redirect-loop",
            culprit=seen.far_host(flow),
            start_ns=hops[0].request_ns,
            end_ns=max(hops[-1].response_ns, hops[0].request_ns),
            message=message(
                "{host} redirected {number} times, in a circle", host=flow.host or flow.server.address, number=len(hops)
            ),
            evidence=frames(
                (hops[0].response_frame, message("redirect to {url}", url=hops[0].location)),
                (hops[-1].response_frame, message("redirect number {number}", number=len(hops))),
            ),
            confidence=0.9,
            fatal=True,
            flow_id=flow.id,
            quantities={"redirects": len(hops)},
        )
        return
    if error is not None and error.kind == "redirect-loop" and seen.flows:
        flow = seen.flows[-1]
        yield Finding(
            cause="http/redirect-loop",
            culprit=seen.far_host(flow),
            start_ns=flow.first_ns,
            end_ns=flow.last_ns,
            message=message("{host} redirects without end", host=flow.host or flow.server.address),
            evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
            confidence=0.85,
            fatal=True,
            flow_id=flow.id,
        )

"""The proxy answers CONNECT, or a SOCKS request, with an error.

What it finds
    A status of 300 or more in answer to CONNECT, a SOCKS reply that grants
    nothing, or the proxy closing or resetting without a word. Attributes have
    the status or the reply.

Why a program hangs
    It ends at once, with the proxy's own words ("Proxy Authentication
    Required", "Forbidden"); go does not retry.

What to do
    407: credentials are missing; 403: the proxy's rules; 502 to 504: the proxy
    could not reach the host.
        env | grep -i proxy
        curl -svm 15 -o /dev/null -x http://PROXY https://HOST/
        HTTPS_PROXY=http://user:password@PROXY go mod download
        export NO_PROXY="$NO_PROXY,HOST"               # past the proxy

Look-alikes
    http/connect-unanswered: it says nothing. tcp/refused: nobody listens at the
    proxy's port. http/error-status: the far server's error, inside the tunnel.
    tls/not-tls: TLS was begun towards a proxy that speaks plain HTTP.

Known false alarms
    The first 407 of a client that only then sends its credentials, on the same
    or a new connection.

References
    RFC 9110 sections 9.3.6 and 15.5.8; RFC 1928 section 6; Go 1.27
    net/http/transport.go (dialConn), golang.org/x/net/http/httpproxy.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.http._advice import PAST_PROXY, PROXY_CHECK
from netanalyze.findings import Finding, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import carried_data
from netanalyze.flows.screen import odd
from netanalyze.urls import authority
from netanalyze.wording import saying

CAUSE = Cause(
    "http/connect-refused",
    meaning="The proxy answered the request for a tunnel with an error.",
    headline="The proxy {place} refuses the connection.",
    unnamed={"place": "in use"},
    answered=True,
    fits=("reset", "eof", "connect-proxy", "http-status"),
)

BY_STATUS = Proved(
    0.95, "the proxy answers CONNECT with a status that is no success", Basis.FRAMES, "it says so itself, by number",
)  # fmt: skip
BY_REPLY = Proved(
    0.93, "the proxy's SOCKS reply is an error", Basis.FRAMES,
    "it says so itself; one number of SOCKS stands for several reasons",
)  # fmt: skip
BY_CLOSING = Proved(
    0.8, "the proxy closes or resets in place of an answer to CONNECT", Basis.FRAMES,
    "it may have failed itself, and have refused nothing",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A status of 300 or more in answer to CONNECT, or the proxy closing without one."""
    for flow in odd(case.flows):
        connect, ended = flow.http.connect if flow.http else None, flow.ended()
        if flow.socks is not None and flow.socks.reply is not None and not flow.socks.granted:
            yield _replied(case, flow)
        elif connect is not None and connect.response_frame:
            if connect.status >= 0 and connect.status // 100 != 2 and not carried_data(flow):
                yield _answered(case, flow)
        elif connect is not None and ended and ended[1] == 1 and not flow.server.sent_data:
            yield _closed(case, flow)


def _replied(case: Case, flow: Flow) -> Finding:
    socks, reply = flow.socks, str(flow.socks.reply_name)
    say = saying(proxy=_proxy(flow), target=socks.target or "greeting", reply=socks.reply_name)
    return CAUSE.finding(
        case.http_proxy(flow), (min(socks.request_ns, socks.reply_ns), socks.reply_ns),
        say("the proxy {proxy} refuses SOCKS {target}: {reply}"),
        frames((socks.request_frame, say("SOCKS {target}")), (socks.reply_frame, reply)),
        confidence(BY_REPLY), flow, fatal=True, attributes={"reply": reply}, quantities={"proxy_target": socks.target},
    )  # fmt: skip


def _answered(case: Case, flow: Flow) -> Finding:
    connect = flow.http.connect
    status = f"{connect.status} {connect.reason or ''}".rstrip()
    say = saying(proxy=_proxy(flow), target=connect.target, status=status)
    return CAUSE.finding(
        case.http_proxy(flow), (connect.request_ns, connect.response_ns),
        say("the proxy {proxy} refuses CONNECT {target}: {status}"),
        frames((connect.request_frame, f"CONNECT {connect.target}"), (connect.response_frame, status)),
        confidence(BY_STATUS), flow, fatal=True,
        attributes={"status": connect.status}, quantities={"proxy_target": connect.target},
    )  # fmt: skip


def _closed(case: Case, flow: Flow) -> Finding:
    connect, ended = flow.http.connect, flow.ended()
    how = "closes" if ended[0] == "fin" else "resets the connection"
    say = saying(proxy=_proxy(flow), target=connect.target, how=how)
    return CAUSE.finding(
        case.http_proxy(flow), (connect.request_ns, ended[2]),
        say("the proxy {proxy} {how} instead of answering CONNECT {target}"),
        frames((connect.request_frame, f"CONNECT {connect.target}"), (ended[3], say("the proxy {how}"))),
        confidence(BY_CLOSING), flow, fatal=True, quantities={"proxy_target": connect.target},
    )  # fmt: skip


def _proxy(flow: Flow) -> str:
    return authority(flow.server.address, flow.server.port)


ADVICE = Page(
    where=offers(
        Offer("the proxy wants credentials", None, "status=407"),
        Offer("the proxy: it does not let this host through", None, "status=403"),
        Offer("the proxy, or what it found behind it (5xx)"),
    ),
    fix=offers(
        Offer("Put user and password into the proxy's URL", None, "status=407"),
        PAST_PROXY,
        Offer("Let the proxy's rules admit the host", None, "!status=407"),
    ),
    verify=PROXY_CHECK,
    no_use=offers(VAIN),
)

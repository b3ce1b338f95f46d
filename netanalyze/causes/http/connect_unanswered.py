"""CONNECT (or a SOCKS request) is sent to the proxy, and the proxy says nothing.

What it finds
    A request for a tunnel without an answer for PATIENCE (5 s) or longer, to
    the end; no reset, not closed by the proxy, and the request not being
    repeated in vain.

Why a program hangs
    The proxy is trying to reach the far host, or has forgotten us. go gives
    CONNECT 60 s ("context deadline exceeded"), git 300 s for names, TCP, proxy
    and TLS together.

What to do
    Ask the proxy for another host, and the host without the proxy:
        curl -svm 15 -o /dev/null -x http://PROXY https://example.com/
        HTTPS_PROXY= https_proxy= go mod download
    Only this host is silent: the proxy's way out or its rules; see its log. All
    are: another proxy. NO_PROXY=HOST goes past it.

Look-alikes
    http/connect-refused: it answers, with an error. tcp/syn-unanswered at the
    proxy's address: it is not there at all. tls/server-hello-missing behind
    "200": the tunnel stands, the far host is silent. tcp/path-death: the
    request itself is not acknowledged.

Known false alarms
    A proxy that asks a person or scans the target first, and would have
    answered later.

References
    RFC 9110 section 9.3.6; RFC 1928; Go 1.27 net/http/transport.go (one minute
    for CONNECT); measured: 60.13 s.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.http._advice import PAST_PROXY, PROXY_CHECK
from netanalyze.causes.patience import patience
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.urls import authority
from netanalyze.wording import Text, message, saying

CAUSE = Cause(
    "http/connect-unanswered",
    meaning="The proxy was asked for a tunnel (CONNECT or SOCKS), and says nothing.",
    headline="The proxy {place} does not answer CONNECT.",
    unnamed={"place": "in use"},
    guarded_by="connect",
    fits=("git-connect-timeout", "connect-proxy"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
    misses=(1,),
)

PATIENCE = Threshold(
    5, "s",
    source="Go net/http/transport.go: CONNECT has 60 s; the limit is chosen here",
    why="a proxy that reaches the far host answers within a round trip or two",
)  # fmt: skip
NOTHING_CAME = Proved(
    0.9, "a proxy's socket acknowledged all, and nothing came", Basis.LAB, "its answer may be lost on its way back"
)
ONLY_GREETED = Proved(
    0.85, "a proxy's socket sent fewer octets than the shortest reply that opens a tunnel", Basis.LAB,
    "they may be the beginning of another answer",
)  # fmt: skip
ACKNOWLEDGED = Proved(
    0.93, "the proxy acknowledged CONNECT or SOCKS, and not one octet came back for 5 s", Basis.LAB,
    "the request and the silence stand in the frames; whether the proxy or its own way on is at fault they do not say",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A CONNECT that was acknowledged and had no status line for PATIENCE or longer, to the end."""
    for flow in odd(case.flows):
        asked, ended = _asked(flow), flow.ended()
        if asked is None or flow.server.rst_count or (ended and ended[1] == 1):
            continue
        what, request_frame, start = asked
        end = case.until(flow)
        if end - start < patience(case, PATIENCE, "connect", flow.names, (start, end)):
            continue
        if flow.client.unacked > 1 and flow.client.streak >= 3:
            continue
        until_frame = ended[3] if ended else flow.last_frame
        sent = flow.client.fin_offset if flow.client.fin_frame else flow.client.next
        acknowledged = flow.acknowledged_in(sent, request_frame, until_frame) or flow.client.acked_frame
        say = saying(proxy=authority(flow.server.address, flow.server.port), what=what, time=duration(end - start))
        yield CAUSE.finding(
            case.http_proxy(flow), (start, end),
            say("the proxy {proxy} took {what} and said nothing for {time}"),
            frames(
                (request_frame, what),
                (acknowledged if acknowledged <= until_frame else 0, "acknowledged by the proxy"),
                (until_frame, "the client gives up" if ended else "still no status line"),
            ),
            confidence(ACKNOWLEDGED), flow, fatal=True, quantities={"proxy_target": what},
        )  # fmt: skip


def _asked(flow: Flow) -> tuple[Text, int, int] | None:
    """What the proxy was asked and has not answered: (what, frame, ns)."""
    connect = flow.http.connect if flow.http else None
    if connect is not None and not connect.response_frame and not flow.server.sent_data:
        return f"CONNECT {connect.target}", connect.request_frame, connect.request_ns
    socks = flow.socks
    if socks is not None and socks.reply is None and socks.reply_frame < socks.request_frame and flow.tls is None:
        return message("SOCKS {target}", target=socks.target or "greeting"), socks.request_frame, socks.request_ns
    return None


def from_socket(socket: WaitingSocket) -> Finding | None:
    """A proxy acknowledges and says nothing, or greets and does not open the tunnel."""
    if socket.shape is Shape.CONNECT_UNANSWERED:
        return socket.finding(
            CAUSE, socket.server, socket.history.sent_ns,
            "{far} acknowledged the {what} and said nothing for {seconds}", "ESTABLISHED, all acknowledged, nothing received",
            NOTHING_CAME, alternatives=(socket.lost_on_the_way,), what="CONNECT",
        )  # fmt: skip
    if socket.shape is not Shape.PROXY_GREETED:
        return None
    return socket.finding(
        CAUSE, socket.server, socket.history.sent_ns,
        "the proxy {far} greeted, and did not open the tunnel in {seconds}",
        "ESTABLISHED, all acknowledged, a greeting received", ONLY_GREETED, alternatives=(socket.lost_on_the_way,),
    )  # fmt: skip


ADVICE = Page(
    where=offers("the proxy: it took the request and is silent; server not proven guilty"),
    fix=offers(PAST_PROXY, "See the proxy's log; may this host pass it?"),
    verify=PROXY_CHECK,
    no_use=offers(Offer("another GOPROXY through the same proxy", None, "go"), VAIN),
)

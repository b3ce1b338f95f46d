"""The ClientHello was acknowledged, and no ServerHello ever came.

What it finds
    Every octet of the ClientHello is acknowledged, and the server sent none,
    for PATIENCE (2.5 s) or longer, until the client gave up or the run ended
    (surer from SURE, 4.5 s, on). No reset, and the server did not close.

Why a program hangs
    TCP is content, so nothing is repeated and nothing fails; only the client's
    own timer ends it: 10 s in go ("net/http: TLS handshake timeout", with a
    FIN), 5 s for GOINSECURE hosts, 300 s in git.

What to do
    Retry, and compare names, sizes and servers:
        curl -svm 15 -o /dev/null https://HOST/
        GODEBUG=tlsmlkem=0 go mod download             # a small ClientHello
        ping -M do -s 1472 ADDRESS
    Through a proxy or tunnel the silence is often its way out to the server:
    try another one, or NO_PROXY. go's timer cannot be raised.

Look-alikes
    tls/client-hello-dropped: nothing is acknowledged. tcp/mtu-black-hole: the
    server's last short segment arrives behind a hole. tls/server-hello-late: it
    comes. http/connect-unanswered: the proxy did not even open the tunnel.

Known false alarms
    An acknowledgment proves only that somebody received it: a transparent proxy
    or filter may have (told by its address, its TTL, or SYNs to many networks
    answered sooner than these can be). One of go's parallel connections that it
    closes unused is left out.

References
    RFC 8446 section 4.1.3; RFC 9293 section 3.4; Go 1.27 net/http/transport.go
    and cmd/go/internal/web/http.go; measured: 10.03 s, git 300 s.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, PAST_PROXY_ONCE, RUN_AGAIN, TLS_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.patience import patience
from netanalyze.causes.tls._advice import SMALL_ONCE
from netanalyze.findings import Alternative, Finding, Threshold, frames, segments, way
from netanalyze.flows.black_hole import downward, size_check
from netanalyze.flows.flow import INITIAL_TTLS, Flow
from netanalyze.flows.hello import HelloFacts, hello_facts, sni_shown
from netanalyze.flows.network.nearby import answered_nearby
from netanalyze.tracking.addresses import is_fake
from netanalyze.units import duration
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tls/server-hello-missing",
    meaning="The ClientHello arrived in whole, and no ServerHello ever came.",
    headline="{place} takes the ClientHello and never answers.",
    variants={
        When.ANSWERED_ON_LINK: "A proxy takes the ClientHello to {place}, and nothing comes back: its way on fails.",
        When.FROM_THERE: "{place} answers the ClientHello, and its answer never arrives here.",
        When.BEHIND_PROXY: "No answer to the ClientHello for {place} comes back through the HTTP proxy.",
    },
    guarded_by="tls",
    fits=("tls-handshake-timeout", "git-tls-timeout", "client-timeout", "git-connect-timeout", "read-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
    misses=(1,),
)

PATIENCE = Threshold(
    2.5, "s",
    source="chosen here: half of the 5 s of Go's GOINSECURE client (cmd/go/internal/web/http.go)",
    why="no server that works computes for seconds before its first octet; shorter silences may still end",
)  # fmt: skip
SURE = Threshold(
    4.5, "s",
    source="Go cmd/go/internal/web/http.go: GOINSECURE hosts are given up after 5 s; the limit is chosen here",
    why="the shortest of go's timers for TLS has nearly run out, so that the silence made it fail",
)  # fmt: skip
SILENT = Proved(
    0.8, "the whole ClientHello is acknowledged, and nothing follows for 2.5 s", Basis.FRAMES,
    "a silence so short may still end",
)  # fmt: skip
SILENT_TO_THE_TIMER = Proved(
    0.9, "nothing follows for 4.5 s", Basis.LAB,
    "the silence made the client fail; whether server or a box before it is silent, no acknowledgment tells",
)  # fmt: skip
AT_PROXY = "{proxy} took the ClientHello for {host}, and nothing came back for {time}"
SAID_NOTHING = "{host} acknowledged the ClientHello and said nothing for {time}"
LOST = "{host} took the ClientHello, and {octets} octets that its segments count as sent never arrived, for {time}"
MAY_BE_A_BOX = "an acknowledgment proves only whoever sent it: a middlebox may have"


def check(case: Case) -> Iterator[Finding]:
    """Every octet of the ClientHello acknowledged, and not one from the server in PATIENCE or longer, to the end."""
    nearby: frozenset[int] | None = None
    for flow in case.index.eventful:
        facts, client, server = hello_facts(flow), flow.client, flow.server
        if (
            facts is None
            or facts.answer_frame
            or facts.acked < facts.octets
            or server.rst_count
            or not flow.established
            or downward(flow, case.end_ns)
        ):
            continue
        closed_by_server = server.fin_frame and (not client.fin_frame or server.fin_frame < client.fin_frame)
        start, end = facts.start_ns, case.until(flow)
        borne = patience(case, PATIENCE, "tls", flow.names, (start, end))
        if closed_by_server or end - start < borne or case.used_later(flow):
            continue
        nearby = answered_nearby(case.everything) if nearby is None else nearby
        say = saying(
            host=flow.destination, proxy=case.http_proxy(flow).name, time=duration(end - start),
            octets=facts.octets, sni=sni_shown(flow, case.cut_at),
        )  # fmt: skip
        sent = server.next - max(server.contiguous, server.acked, 1) - (server.fin_frame > 0)
        lost = server.next_known and sent > 0  # its numbers count what never came
        alive = client.keep_alive_answered > 0 or server.keep_alives > 0
        mtu = Alternative(
            "tcp/mtu-black-hole", "the server's whole flight may be lost on its way back", size_check(flow, "down")
        )
        yield CAUSE.finding(
            case.path(flow) if lost else case.far_host(flow), (start, end),
            message(LOST, octets=sent, host=flow.destination, time=duration(end - start))
            if lost else say(AT_PROXY if flow.tunnelled else SAID_NOTHING),
            frames(*segments(facts.carriers, say("ClientHello, {octets} octets, SNI {sni}")), *_then(flow, facts)),
            confidence(SILENT, SILENT_TO_THE_TIMER.when(end - start >= SURE.ns)), flow, fatal=True,
            quantities={"octets": facts.octets, "keep_alives_answered": client.keep_alive_answered},
            attributes=_acknowledged_by(flow, nearby) | (way(1) if lost else {}),
            counter_evidence=() if alive or flow.tunnelled else (MAY_BE_A_BOX,), alternatives=(mtu,),
        )  # fmt: skip


def _then(flow: Flow, facts: HelloFacts) -> Iterator[tuple[int, str]]:
    """What followed the ClientHello: the acknowledgment, the end."""
    ended = flow.ended()
    until = ended[3] if ended else flow.last_frame
    acked = flow.acknowledged_in(facts.end, facts.frames[1], until) or flow.client.acked_frame
    yield (acked if acked <= until else 0, "every octet of it is acknowledged")
    yield (until, "the client gives up") if ended and ended[1] == 0 else (flow.last_frame, "still nothing")


def _acknowledged_by(flow: Flow, nearby: frozenset[int]) -> dict[str, str]:
    """``on-link`` where the TTL shows that no router lies between the client and whoever answers, though the address
    is of another network: then something on this link speaks in the server's name. So it does where the address is a
    fake-IP proxy's, and where SYNs to many networks are answered sooner than these can be (``nearby``). ``proxy`` behind
    CONNECT or SOCKS, where TCP ends at the proxy."""
    if flow.tunnelled:
        return {"acknowledged_by": "proxy"}
    if is_fake(flow.server.address) or flow.id in nearby:
        return {"acknowledged_by": "on-link"}
    if flow.client.ttl not in INITIAL_TTLS or flow.server.ttl not in INITIAL_TTLS:
        return {}
    client, server = ip_address(flow.client.address), ip_address(flow.server.address)
    if server.is_loopback or server in ip_network((client, 24 if client.version == 4 else 64), strict=False):
        return {}
    return {"acknowledged_by": "on-link"}


def from_socket(socket: WaitingSocket) -> Finding | None:
    """A ClientHello is acknowledged and nothing comes; or a proxy opens the tunnel, and nothing comes through it."""
    if socket.shape is Shape.HELLO_UNANSWERED:
        return socket.finding(
            CAUSE, socket.server, socket.history.sent_ns,
            "{far} acknowledged the {what} and said nothing for {seconds}", "ESTABLISHED, all acknowledged, nothing received",
            SILENT_TO_THE_TIMER, alternatives=(socket.lost_on_the_way,), what="ClientHello",
        )  # fmt: skip
    if socket.shape is not Shape.TUNNEL_SILENT:
        return None
    return socket.finding(
        CAUSE, replace(socket.server, role="server", via=socket.server), socket.history.sent_ns,
        "the proxy {far} opened the tunnel, and nothing came through it for {seconds}",
        "ESTABLISHED, all acknowledged, {received} octets received", SILENT, alternatives=(socket.lost_on_the_way,),
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer(
            "HTTP proxy, or the server behind it: silent after ClientHello",
            None,
            "role=http-proxy|acknowledged_by=proxy",
        ),
        Offer(
            "a proxy on this link answers in the server's name; its way on is what fails",
            None,
            "acknowledged_by=on-link",
        ),
        Offer("server, or a box that acknowledges in its name; way there works"),
    ),
    fix=offers(PAST_PROXY_ONCE, ANOTHER_SOURCE, RUN_AGAIN, SMALL_ONCE, ANOTHER_WAY),
    verify=TLS_CHECK,
    no_use=VAIN,
)

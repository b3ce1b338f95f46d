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
from ipaddress import ip_address, ip_network

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.addresses import is_fake
from netanalyze.flows.black_hole import size_check
from netanalyze.flows.hello import hello_facts
from netanalyze.flows.nearby import answered_nearby
from netanalyze.flows.observe import INITIAL_TTLS, Flow
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
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


def check(seen: Observations) -> Iterator[Finding]:
    """Every octet of the ClientHello acknowledged, and not one from the server in PATIENCE or longer, to the end."""
    nearby: frozenset[int] | None = None
    for flow in seen.flows:
        facts = hello_facts(flow)
        if (
            facts is None
            or facts.answer_frame
            or facts.acked < facts.octets
            or flow.server.rst_count
            or not flow.established
        ):
            continue
        closed_by_server = flow.server.fin_frame and (
            not flow.client.fin_frame or flow.server.fin_frame < flow.client.fin_frame
        )
        end = seen.until(flow)
        start = facts.segments[0].time_ns
        if closed_by_server or end - start < PATIENCE.ns or seen.used_later(flow):
            continue
        nearby = answered_nearby(seen.everything or seen.flows) if nearby is None else nearby
        first, last = facts.frames
        ended = flow.ended()
        alive = flow.client.keep_alive_answered > 0 or flow.server.keep_alives > 0
        until_frame = ended[3] if ended else flow.last_frame
        acked_frame = flow.acknowledged_in(facts.end, last, until_frame) or flow.client.acked_frame
        yield Finding(
            cause="tls/server-hello-missing",
            culprit=seen.far_host(flow),
            start_ns=start,
            end_ns=end,
            message=message(
                "{proxy} took the ClientHello for {host}, and nothing came back for {time}"
                if flow.tunnelled
                else "{host} acknowledged the ClientHello and said nothing for {time}",
                host=flow.host or flow.server.address,
                proxy=seen.http_proxy(flow).name,
                time=duration(end - start),
            ),
            evidence=frames(
                (
                    first,
                    message("ClientHello, {octets} octets, SNI {sni}", octets=facts.octets, sni=flow.tls.sni or "none"),
                ),
                (last if last != first else 0, "its last segment"),
                (
                    acked_frame if acked_frame <= until_frame else 0,
                    "every octet of it is acknowledged",
                ),
                (ended[3], "the client gives up") if ended and ended[1] == 0 else (flow.last_frame, "still nothing"),
            ),
            confidence=0.9 if end - start >= SURE.ns else 0.8,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": facts.octets, "keep_alives_answered": flow.client.keep_alive_answered},
            attributes=_acknowledged_by(flow, nearby),
            counter_evidence=()
            if alive or flow.tunnelled
            else ("an acknowledgment proves only whoever sent it: a middlebox may have",),
            alternatives=(
                Alternative(
                    "tcp/mtu-black-hole",
                    "the server's whole flight may be lost on its way back",
                    size_check(flow, "down"),
                ),
            ),
        )

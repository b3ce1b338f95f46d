"""The ClientHello was acknowledged, and no ServerHello ever came."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2.5, "s", source="SSL Pulse and Zeek surveys: handshakes take milliseconds; Go gives up after 10 s, its GOINSECURE client after 5 s",
    why="no server that works computes for seconds before its first octet; shorter silences may still end",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Every octet of the ClientHello acknowledged, and not one from the server in PATIENCE or longer, to the end."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or facts.answer_frame or facts.acked < facts.octets or flow.server.rst_count or not flow.established:
            continue
        closed_by_server = flow.server.fin_frame and (not flow.client.fin_frame or flow.server.fin_frame < flow.client.fin_frame)
        end = seen.until(flow)
        start = facts.segments[0].time_ns
        if closed_by_server or end - start < PATIENCE.ns or seen.used_later(flow):
            continue
        first, last = facts.frames
        ended = flow.ended()
        alive = flow.client.keep_alive_answered > 0 or flow.server.keep_alives > 0
        yield Finding(
            cause="tls/server-hello-missing",
            culprit=seen.far_host(flow),
            start_ns=start,
            end_ns=end,
            message=f"{flow.host or flow.server.address} acknowledged the ClientHello and said nothing for {duration(end - start)}",
            evidence=frames(
                (first, f"ClientHello, {facts.octets} octets, SNI {flow.tls.sni or 'none'}"),
                (last if last != first else 0, "its last segment"),
                (flow.client.acked_frame if flow.client.acked_frame and not (ended and flow.client.acked_frame > ended[3]) else 0,
                 "every octet of it is acknowledged"),
                (ended[3] if ended and ended[1] == 0 else flow.last_frame, "the client gives up" if ended and ended[1] == 0 else "still nothing"),
            ),
            confidence=0.9 if end - start >= 4_500_000_000 else 0.8,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": facts.octets, "keep_alives_answered": flow.client.keep_alive_answered},
            counter_evidence=() if alive else ("an acknowledgment proves only whoever sent it: a middlebox may have",),
            alternatives=(
                Alternative(
                    "tcp/mtu-black-hole", "the server's whole flight may be lost on its way back",
                    f"ping -M do -s 1472 {flow.server.address}",
                ),
            ),
        )  # fmt: skip

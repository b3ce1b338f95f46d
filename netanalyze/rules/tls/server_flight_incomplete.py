"""The server's first flight began and stopped, with no sign of loss."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.black_hole import downward
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2.5, "s", source="Go net/http: TLSHandshakeTimeout of 10 s; RFC 6298: a lost segment is repaired within a second or two",
    why="longer than any repair, sooner than the client's timer",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Octets of the server after the ClientHello, then silence before the handshake was over."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or not facts.answer_frame or handshake_complete(flow) or flow.tls.not_tls or flow.tls.clear_alert():
            continue
        if flow.server.rst_count or flow.server.next > max(flow.server.contiguous, flow.server.acked) or downward(flow, seen.end_ns):
            continue
        if flow.application_records(0) or flow.first_data_after_finished() or seen.used_later(flow):
            continue
        ended = flow.ended()
        if ended and ended[1] == 1:
            continue
        start, end = flow.server.last_data_ns, seen.until(flow)
        if end - start < PATIENCE.ns or flow.client.streak >= 3:
            continue
        yield Finding(
            cause="tls/server-flight-incomplete",
            culprit=seen.far_host(flow),
            start_ns=start,
            end_ns=end,
            message=f"{flow.host or flow.server.address} began its answer ({flow.server.contiguous - 1} octets) and stopped "
            f"for {duration(end - start)}",
            evidence=frames(
                (facts.answer_frame, "the first octets of the server's flight"),
                (flow.server.last_data_frame, "its last octets; the handshake is not over"),
                (ended[3] if ended else 0, "the client gives up"),
            ),
            confidence=0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": flow.server.contiguous - 1},
            alternatives=(
                Alternative("tcp/mtu-black-hole", "full-size segments behind may be lost", f"ping -M do -s 1472 {flow.server.address}"),
            ),
        )

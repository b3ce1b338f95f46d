"""The ServerHello came, late."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1, "s", source="RFC 8446 section 2: a server answers from what it has, after one round trip",
    why="a second is ten round trips of 100 ms: somebody between inspects, or the server is overloaded",
)  # fmt: skip
ROUND_TRIPS = Threshold(
    5, "round trips", source="RFC 8446 section 2: one round trip to the ServerHello",
    why="on a slow path the second above is no delay",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """The server's first octet PATIENCE and ROUND_TRIPS or more after the ClientHello, without loss to explain it."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or not facts.answer_frame or (flow.tls.server_hello is None and flow.server.rst_count):
            continue
        took = facts.answer_ns - facts.sent_ns
        if took < max(PATIENCE.ns, ROUND_TRIPS.value * flow.round_trip_ns) or flow.tls.not_tls or flow.client.resent >= 2:
            continue
        if flow.tls.server_hello is None:
            continue
        yield Finding(
            cause="tls/server-hello-late",
            culprit=seen.far_host(flow),
            start_ns=facts.sent_ns,
            end_ns=facts.answer_ns,
            message=f"{flow.host or flow.server.address} took {duration(took)} to answer the ClientHello; "
            f"the round trip is {duration(flow.round_trip_ns)}",
            evidence=frames(
                (facts.frames[0], f"ClientHello, SNI {flow.tls.sni or 'none'}"),
                (flow.tls.server_hello.frame, f"ServerHello, {duration(took)} later"),
            ),
            confidence=0.9,
            flow_id=flow.id,
            quantities={"took": took / 1e9, "round_trip": flow.round_trip_ns / 1e9},
        )

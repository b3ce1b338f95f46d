"""A SYN or a SYN-ACK was lost; a repeat worked."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    0.9, "s", source="RFC 6298 section 2: the first retransmission of a SYN comes after 1 s",
    why="a shorter wait is no lost SYN",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A connection that opened only after its SYN, or the SYN-ACK, was sent again."""
    for flow in seen.flows:
        client, server = flow.client, flow.server
        repeated = client.syn_count > 1 or server.syn_count > 1
        if not repeated or flow.established_ns == NEVER_NS or server.syn_ns == NEVER_NS or client.syn_ns == NEVER_NS:
            continue
        end = flow.established_ns
        if end - client.syn_ns < PATIENCE.ns:
            continue
        who = "SYN" if client.syn_count > 1 else "SYN-ACK"
        yield Finding(
            cause="tcp/syn-lost",
            culprit=seen.path(flow),
            start_ns=client.syn_ns,
            end_ns=end,
            message=f"{server.address}:{server.port} was reached only with {who} number "
            f"{max(client.syn_count, server.syn_count)}, after {duration(end - client.syn_ns)}",
            evidence=frames(
                (client.syn_frame, "first SYN: no answer"),
                (server.syn_frame, "the SYN-ACK"),
                (flow.established_frame, "connected"),
            ),
            confidence=0.9,
            flow_id=flow.id,
            quantities={"syns": client.syn_count, "syn_acks": server.syn_count},
        )

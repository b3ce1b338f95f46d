"""A FIN answers the ClientHello: the server closes without a word."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """The server's FIN comes first, and not one octet before it."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        ended = flow.ended()
        if facts is None or ended is None or ended[:2] != ("fin", 1) or ended[3] < facts.frames[0]:
            continue
        if (facts.answer_frame and facts.answer_frame < ended[3]) or flow.server.sent_data:
            continue
        took = ended[2] - facts.segments[0].time_ns
        yield Finding(
            cause="tls/closed-after-client-hello",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=ended[2],
            message=f"{flow.host or flow.server.address} closed the connection {duration(took)} after the ClientHello, without a word",
            evidence=frames(
                (facts.frames[0], f"ClientHello, {facts.octets} octets, SNI {flow.tls.sni or 'none'}"),
                (ended[3], f"FIN of the server, {duration(took)} later; it had sent nothing"),
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": facts.octets},
        )

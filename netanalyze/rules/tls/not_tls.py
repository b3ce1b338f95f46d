"""What answers the ClientHello is no TLS record."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """A ClientHello answered by octets that begin no TLS record."""
    for flow in seen.flows:
        if flow.tls is None or flow.tls.not_tls is None or flow.tls.server_hello is not None:
            continue
        frame, ns, octets = flow.tls.not_tls
        facts = hello_facts(flow)
        if facts is None:
            continue
        head = octets[:16]
        shown = repr(head.decode("ascii")) if all(32 <= o < 127 or o in (13, 10) for o in head) else head.hex(" ")
        kind = "http" if octets.startswith(b"HTTP/") else "ssh" if octets.startswith(b"SSH-") else "unknown"
        yield Finding(
            cause="tls/not-tls",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=max(ns, facts.segments[0].time_ns),
            message=f"{flow.host or flow.server.address}:{flow.server.port} does not speak TLS: it answers {shown}",
            evidence=frames((facts.frames[0], "ClientHello"), (frame, f"the answer begins with {shown}")),
            confidence=0.95,
            fatal=True,
            flow_id=flow.id,
            attributes={"speaks": kind},
        )

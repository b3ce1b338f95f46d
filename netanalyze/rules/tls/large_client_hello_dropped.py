"""Some segments of a large ClientHello get through, the rest never does."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1.2, "s", source="RFC 6298 section 5: repeats after 0.2, 0.4, 0.8 s (Linux' floor of 200 ms); measured with Go 1.27",
    why="three repeats at the least went unanswered; one or two may be lost by chance",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A ClientHello of which a part is acknowledged or SACKed, and another part is sent again in vain."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or not (facts.acked or facts.sacked) or facts.acked >= facts.octets or facts.answer_frame:
            continue
        if flow.server.rst_count or not flow.established:
            continue
        end = seen.until(flow)
        if end - facts.segments[0].time_ns < PATIENCE.ns or flow.client.streak < 2:
            continue
        first, last = facts.frames
        signalled = [e for e in flow.icmp if e.what == "too_big"]
        part = "its first segment" if facts.sacked and not facts.acked else "its last octets"
        through = f"{facts.sacked} octets behind it are SACKed" if facts.sacked else f"the first {facts.acked} octets are acknowledged"
        alternatives = []
        if facts.sacked and not facts.acked:
            alternatives.append(
                Alternative(
                    "tcp/mtu-black-hole", "a path that swallows full-size segments looks the same",
                    f"ping -M do -s 1472 {flow.server.address}",
                )
            )
        control = [
            f for f in seen.flows
            if f.server.address == flow.server.address and f.id != flow.id and (h := hello_facts(f)) and h.octets < 600 and h.answer_frame
        ]  # fmt: skip
        yield Finding(
            cause="tls/large-client-hello-dropped",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=end,
            message=f"the ClientHello to {flow.host or flow.server.address} has {facts.octets} octets in {len(facts.segments)} "
            f"segments; {part} never gets through, {through}",
            evidence=frames(
                (flow.established_frame, f"TCP connected: {flow.server.address}:{flow.server.port} is reachable"),
                (first, f"ClientHello, {facts.octets} octets in {len(facts.segments)} segments, SNI {flow.tls.sni or 'not whole'}"),
                (last if last != first else 0, "its last segment"),
                (flow.client.sacked_frame if facts.sacked else flow.client.acked_frame, through),
                (flow.client.streak_last_frame, f"{part} sent {flow.client.streak} more times, in vain"),
            ),
            confidence=(0.95 if control else 0.85) * (0.6 if signalled else 1),
            fatal=True,
            flow_id=flow.id,
            quantities={
                "octets": facts.octets, "segments": len(facts.segments), "acked": facts.acked, "sacked": facts.sacked,
                "repeats": flow.client.streak,
            },
            counter_evidence=tuple(f"frame {e.frame}: ICMP too big ({e.mtu})" for e in signalled[:1]),
            alternatives=tuple(alternatives),
            attributes={"missing": "first" if facts.sacked and not facts.acked else "last"},
        )  # fmt: skip

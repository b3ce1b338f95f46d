"""Nothing of the ClientHello is ever acknowledged."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.hello import hello_facts
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1.2, "s", source="RFC 6298 section 5: repeats after 0.2, 0.4, 0.8 s (Linux' floor of 200 ms); measured with Go 1.27",
    why="three repeats at the least went unanswered; one or two may be lost by chance",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A ClientHello sent again and again, with not one octet acknowledged or SACKed, though TCP had connected."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or facts.acked or facts.sacked or facts.answer_frame or not flow.established:
            continue
        if flow.server.rst_count or not flow.seen_from_start:
            continue
        end = seen.until(flow)
        if end - facts.segments[0].time_ns < PATIENCE.ns or flow.client.streak < 2:
            continue
        first, last = facts.frames
        passed = [f for f in seen.flows if f.server.address == flow.server.address and f.id != flow.id and f.server.sent_data]
        alternatives = []
        if len(facts.segments) > 1 or facts.octets > 1300:
            alternatives.append(
                Alternative(
                    "tls/large-client-hello-dropped", f"the ClientHello is large ({facts.octets} octets)",
                    f"GODEBUG=tlsmlkem=0 {seen.client.again or 'the same command'}" if seen.client.name == "go"
                    else f"openssl s_client -connect {flow.host or flow.server.address}:443 -groups X25519",
                )
            )
        alternatives.append(
            Alternative("tcp/path-death", "the path may have died right after the handshake", f"ping -c3 {flow.server.address}")
        )
        rtt = flow.server.syn_ns - flow.last_syn_ns
        yield Finding(
            cause="tls/client-hello-dropped",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=end,
            message=f"the ClientHello to {flow.host or flow.server.address} ({facts.octets} octets) was sent "
            f"{flow.client.streak + 1} times; not one octet was acknowledged",
            evidence=frames(
                (flow.established_frame, f"TCP connected in {duration(max(rtt, 0))}: {flow.server.address}:{flow.server.port} is reachable"),
                (first, f"ClientHello, {facts.octets} octets, SNI {flow.tls.sni or 'none'}"),
                (last if last != first else 0, "its last segment"),
                (flow.client.streak_first_frame, "sent again: nothing is ACKed or SACKed"),
                (flow.client.streak_last_frame, f"sent {flow.client.streak} more times; not one octet ACKed or SACKed"),
            ),
            confidence=0.93 if flow.client.streak >= 4 else 0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": facts.octets, "segments": len(facts.segments), "repeats": flow.client.streak, "sni": flow.tls.sni},
            counter_evidence=tuple(f"another connection to {flow.server.address} worked (flow {f.id})" for f in passed[:1]),
            alternatives=tuple(alternatives),
        )  # fmt: skip

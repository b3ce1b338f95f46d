"""Nothing of the ClientHello is ever acknowledged.

What it finds
    TCP connected. Then the ClientHello was sent three times or more, over
    PATIENCE (1.2 s) or longer, and not one octet of it was acknowledged or
    SACKed; no reset, no data from the server.

Why a program hangs
    The kernel repeats it after 0.2, 0.4, 0.8 s and so on, longer each time; the
    program just waits. go ends it 10 s after the connection ("net/http: TLS
    handshake timeout"); no FIN is seen, as it queues behind the data. git waits
    300 s. Neither tries again.

What to do
    The address is open, the name seems not to be. Compare names, sizes and
    networks:
        curl -svm 15 -o /dev/null https://HOST/
        openssl s_client -connect ADDRESS:443 -servername example.com </dev/null
        GODEBUG=tlsmlkem=0 go mod download             # a small ClientHello
    Works with the small one: a box drops large ones. Otherwise another mirror
    (GOPROXY=https://goproxy.cn,direct) or HTTPS_PROXY.

Look-alikes
    tls/large-client-hello-dropped: a part of it is acknowledged or SACKed.
    tls/server-hello-missing: all of it is. tcp/mtu-black-hole: only full-size
    segments vanish, so that a short tail is SACKed. tcp/path-death: the whole
    path died just then; ping fails too.

Known false alarms
    A path that died right after TCP had connected looks the same, until ping
    says so. A server that froze does not: its kernel still acknowledges.

References
    RFC 6298 section 5; Linux TCP_RTO_MIN (200 ms); Go 1.27
    net/http/transport.go (TLSHandshakeTimeout); measured: ClientHello of 1538
    octets in Go 1.27, 312 with tlsmlkem=0.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.hello import hello_facts, repeated_in_vain
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """A ClientHello sent again and again, with not one octet acknowledged or SACKed, though TCP had connected."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or facts.acked or facts.sacked or facts.answer_frame or not flow.established:
            continue
        if flow.server.rst_count or not flow.seen_from_start:
            continue
        end = seen.until(flow)
        if not repeated_in_vain(flow, facts, end):
            continue
        first, last = facts.frames
        passed = [
            f for f in seen.flows if f.server.address == flow.server.address and f.id != flow.id and f.server.sent_data
        ]
        alternatives = []
        if len(facts.segments) > 1 or facts.octets > 1300:
            alternatives.append(
                Alternative(
                    "tls/large-client-hello-dropped",
                    message("the ClientHello is large ({octets} octets)", octets=facts.octets),
                    f"GODEBUG=tlsmlkem=0 {seen.client.again or 'the same command'}"
                    if seen.client.name == "go"
                    else f"openssl s_client -connect {flow.host or flow.server.address}:443 -groups X25519",
                )
            )
        alternatives.append(
            Alternative(
                "tcp/path-death", "the path may have died right after the handshake", f"ping -c3 {flow.server.address}"
            )
        )
        cut = (
            "truncated_frames" in seen.diagnostics and flow.server.last_frame > first
        )  # an ACK came, its SACK may be cut off
        rtt = flow.server.syn_ns - flow.last_syn_ns
        yield Finding(
            cause="tls/client-hello-dropped",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=end,
            message=message(
                "the ClientHello to {host} ({octets} octets) was sent {count} times; not one octet was acknowledged",
                host=flow.host or flow.server.address,
                octets=facts.octets,
                count=flow.client.streak + 1,
            ),
            evidence=frames(
                (
                    flow.established_frame,
                    message(
                        "TCP connected in {time}: {address}:{port} is reachable",
                        time=duration(max(rtt, 0)),
                        address=flow.server.address,
                        port=flow.server.port,
                    ),
                ),
                (
                    first,
                    message("ClientHello, {octets} octets, SNI {sni}", octets=facts.octets, sni=flow.tls.sni or "none"),
                ),
                (last if last != first else 0, "its last segment"),
                (flow.client.streak_first_frame, "sent again: nothing is ACKed or SACKed"),
                (
                    flow.client.streak_last_frame,
                    message("sent {count} more times; not one octet ACKed or SACKed", count=flow.client.streak),
                ),
            ),
            confidence=0.6 if cut else 0.93 if flow.client.streak >= 4 else 0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={
                "octets": facts.octets,
                "segments": len(facts.segments),
                "repeats": flow.client.streak,
                "sni": flow.tls.sni,
            },
            counter_evidence=tuple(
                message("another connection to {address} worked (flow {flow})", address=flow.server.address, flow=f.id)
                for f in passed[:1]
            ),
            alternatives=tuple(alternatives),
        )

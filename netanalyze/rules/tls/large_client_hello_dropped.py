"""Some segments of a large ClientHello get through, the rest never does.

What it finds
    A part of the ClientHello is acknowledged or SACKed and another part was
    sent three times or more in vain, over PATIENCE (1.2 s) or longer, with no
    answer and no reset. Attribute missing: first (the tail is SACKed) or last
    (the head is acknowledged).

Why a program hangs
    With the key share X25519MLKEM768 a ClientHello no longer fits one segment:
    1448 + 90 octets in Go 1.27. Boxes that look for the server name in the
    first segment drop, hold or lose the rest; the server waits for it, and go
    for the server: 10 s, then "TLS handshake timeout".

What to do
    Send a small one; if that works, it is the size:
        GODEBUG=tlsmlkem=0 go mod download             # in the environment only
        curl -svm 15 -o /dev/null --curves X25519 https://HOST/
        ping -M do -s 1472 ADDRESS  # do full-size packets pass?
    A GODEBUG in the file of "go env" is not read for go's own TLS. To end it,
    the firewall has to reassemble the stream before it judges.

Look-alikes
    tcp/mtu-black-hole leaves the same packets where the first, full-size
    segment is missing: full-size packets of other data vanish as well, and ping
    fails. tcp/mtu-signalled: ICMP says so. tls/client-hello-dropped: nothing at
    all gets through.

Known false alarms
    Plain loss of one segment, three times in a row. With offload the capture
    shows one large segment, and what was cut on the wire is not seen.

References
    RFC 8446 section 4.2.8; draft-ietf-tls-ecdhe-mlkem; Go 1.27
    crypto/tls/defaults.go, internal/godebugs (tlsmlkem); RFC 2018; measured:
    1448 + 90 octets at MTU 1500.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.black_hole import size_check
from netanalyze.flows.hello import hello_facts, repeated_in_vain
from netanalyze.rules import Observations
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """A ClientHello of which a part is acknowledged or SACKed, and another part is sent again in vain."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if facts is None or not (facts.acked or facts.sacked) or facts.acked >= facts.octets or facts.answer_frame:
            continue
        if flow.server.rst_count or not flow.established:
            continue
        end = seen.until(flow)
        if not repeated_in_vain(flow, facts, end):
            continue
        first, last = facts.frames
        signalled = [e for e in flow.icmp if e.what == "too_big"]
        part = "its first segment" if facts.sacked and not facts.acked else "its last octets"
        through = (
            message("{octets} octets behind it are SACKed", octets=facts.sacked)
            if facts.sacked
            else message("the first {octets} octets are acknowledged", octets=facts.acked)
        )
        alternatives = []
        if facts.sacked and not facts.acked:
            alternatives.append(
                Alternative(
                    "tcp/mtu-black-hole",
                    "a path that swallows full-size segments looks the same",
                    size_check(flow, "up"),
                )
            )
        control = [
            f for f in seen.flows
            if f.server.address == flow.server.address and f.id != flow.id
            and (h := hello_facts(f)) and h.octets < 600 and h.answer_frame
        ]  # fmt: skip
        yield Finding(
            cause="tls/large-client-hello-dropped",
            culprit=seen.far_host(flow),
            start_ns=facts.segments[0].time_ns,
            end_ns=end,
            message=message(
                "the ClientHello to {host} has {octets} octets in {segments} segments; {part} did not get through, {through}",
                host=flow.host or flow.server.address,
                octets=facts.octets,
                segments=len(facts.segments),
                part=part,
                through=through,
            ),
            evidence=frames(
                (
                    flow.established_frame,
                    message(
                        "TCP connected: {address}:{port} is reachable",
                        address=flow.server.address,
                        port=flow.server.port,
                    ),
                ),
                (
                    first,
                    message(
                        "ClientHello, {octets} octets in {segments} segments, SNI {sni}",
                        octets=facts.octets,
                        segments=len(facts.segments),
                        sni=flow.tls.sni or "not whole",
                    ),
                ),
                (last if last != first else 0, "its last segment"),
                (flow.client.sacked_frame if facts.sacked else flow.client.acked_frame, through),
                (
                    flow.client.streak_last_frame,
                    message("{part} sent {count} more times, in vain", part=part, count=flow.client.streak),
                ),
            ),
            confidence=(0.95 if control else 0.85) * (0.6 if signalled else 1),
            fatal=True,
            flow_id=flow.id,
            quantities={
                "octets": facts.octets,
                "segments": len(facts.segments),
                "acked": facts.acked,
                "sacked": facts.sacked,
                "repeats": flow.client.streak,
            },
            counter_evidence=tuple(
                message("frame {frame}: ICMP too big ({mtu})", frame=e.frame, mtu=e.mtu) for e in signalled[:1]
            ),
            alternatives=tuple(alternatives),
            attributes={"missing": "first" if facts.sacked and not facts.acked else "last"},
        )

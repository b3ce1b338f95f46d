"""The server's first flight began and stopped, with no sign of loss.

What it finds
    Octets of the server after the ClientHello, then PATIENCE (2.5 s) or more of
    silence before the handshake was over. Nothing is missing between what came
    (a hole would be tcp/mtu-black-hole or tcp/loss), no reset, no alert, and
    the client does not repeat.

Why a program hangs
    The client has half of what it needs and waits for the rest: 10 s in go from
    the end of connect, 300 s in git.

What to do
    See how far it comes, and whether the size decides:
        openssl s_client -connect HOST:443 -servername HOST -msg </dev/null
        ping -M do -s 1472 ADDRESS; ip link show IFACE | grep mtu
    If certificates never come while short answers do: lower the MTU or clamp
    the MSS on this side. Otherwise the server, or an inspection before it,
    stopped: another mirror.

Look-alikes
    tls/server-hello-missing: not one octet came. tcp/mtu-black-hole: a later,
    shorter segment arrives behind a hole. tcp/path-death: keep-alives or
    repeats stay unanswered. tls/certificate-rejected: the flight is whole, the
    client ends it.

Known false alarms
    A server that holds its last segments back when nothing is acknowledged
    looks the same as one whose full-size segments are lost at the start of a
    new window.

References
    RFC 8446 section 2 (figure 1); Go 1.27 net/http/transport.go
    (TLSHandshakeTimeout 10 s); RFC 4821 section 7 on black holes.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.black_hole import downward, size_check
from netanalyze.flows.hello import handshake_complete, hello_facts
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2.5, "s",
    source="chosen here: a quarter of Go's TLSHandshakeTimeout (net/http/transport.go)",
    why="longer than the repair of a lost segment, sooner than the client's timer",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Octets of the server after the ClientHello, then silence before the handshake was over."""
    for flow in seen.flows:
        facts = hello_facts(flow)
        if (
            facts is None
            or not facts.answer_frame
            or handshake_complete(flow)
            or flow.tls.not_tls
            or flow.tls.clear_alert()
        ):
            continue
        if (
            flow.server.rst_count
            or flow.server.next > max(flow.server.contiguous, flow.server.acked)
            or downward(flow, seen.end_ns)
        ):
            continue
        if flow.application_records(0) or flow.first_data_after_finished() or seen.used_later(flow):
            continue
        ended = flow.ended()
        if ended and ended[1] == 1:
            continue
        start, end = flow.server.last_data_ns, seen.until(flow)
        if start == NEVER_NS or end - start < PATIENCE.ns or flow.client.streak >= 3:
            continue
        yield Finding(
            cause="tls/server-flight-incomplete",
            culprit=seen.far_host(flow),
            start_ns=start,
            end_ns=end,
            message=message(
                "{host} began its answer ({octets} octets) and stopped for {time}",
                host=flow.host or flow.server.address,
                octets=flow.server.contiguous - 1,
                time=duration(end - start),
            ),
            evidence=frames(
                *_came(facts.answer_frame, flow.server.last_data_frame),
                (ended[3] if ended else 0, "the client gives up"),
            ),
            confidence=0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": flow.server.contiguous - 1},
            alternatives=(
                Alternative(
                    "tcp/mtu-black-hole",
                    "full-size segments behind may be lost",
                    size_check(flow, "down"),
                ),
            ),
        )


def _came(first: int, last: int) -> tuple[tuple[int, str], ...]:
    """Which frames brought the server's flight, as far as it came."""
    if first == last:
        return ((first, "all that came of the server's flight; the handshake is not over"),)
    return (first, "the first octets of the server's flight"), (last, "its last octets; the handshake is not over")

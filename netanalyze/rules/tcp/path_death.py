"""A live connection's path died and did not come back.

What it finds
    An established connection, after the ClientHello was answered, whose
    client's repeats (REPEATS, 3 or more) or keep-alives stayed unanswered to
    the end. If IDLE (20 s) or more of silence lay before the first of them and
    no keep-alive failed, it is tcp/idle-connection-dropped.

Why a program hangs
    TCP does not notice an absent peer by itself. With nothing of ours
    outstanding, go's keep-alives find out after 30 + 9 x 15 = 165 s ("read:
    connection timed out"); with a request outstanding the kernel repeats it
    until tcp_retries2, about 15 minutes.

What to do
    Is the path still gone, or only this connection?
        ping -c 3 ADDRESS; mtr -rwc 20 ADDRESS; ip neigh show
        until timeout 180 go mod download; do sleep 5; done
    Wi-Fi, VPN, NAT, a changed address: start anew. Reaching others from here
    tells path from server.

Look-alikes
    http/response-missing and http/body-stalled: keep-alives are answered;
    before the first one (30 s) they look the same. tcp/outage: it came back.
    tcp/mtu-black-hole: small segments still pass. tls/client-hello-dropped: it
    never worked.

Known false alarms
    A firewall of this machine that was switched on in between; a capture that
    ends in the midst of an outage.

References
    RFC 9293 section 3.8.4; RFC 6298 section 5; tcp(7), tcp_retries2; Go 1.27
    net/dial.go (15 s, 9 probes), net/http/transport.go (30 s); measured: 167.0
    s.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.death import silence
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import counted, message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
REPEATS = Threshold(
    3, "repeats",
    source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: three repeats in vain are 1.4 s or more",
    why="one or two may be lost by chance; if one in 33 is lost, three in a row are one in 37,000",
)  # fmt: skip
IDLE = Threshold(
    20, "s",
    source="Go net/http/transport.go: keep-alives after 30 s; RFC 5382 section 5: 2 h 4 min; chosen here",
    why="after so long a pause something between may have forgotten the connection",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """An established flow whose client's segments, or keep-alives, stay unanswered to the end."""
    for flow in seen.flows:
        end = silence(flow)
        if end is None or (end.repeats < REPEATS.value and not end.keep_alives):
            continue
        if end.idle_before_ns >= IDLE.ns and end.repeats and not end.keep_alives:
            continue  # tcp/idle-connection-dropped
        until = flow.client.rst_ns if flow.client.rst_ns > end.last_heard_ns else seen.end_ns
        until = max(until, end.last_try_ns)
        what = (
            counted(end.keep_alives, "{number} keep-alive", "{number} keep-alives")
            if end.keep_alives and not end.repeats
            else counted(end.repeats, "{number} retransmission", "{number} retransmissions")
        )
        yield Finding(
            cause="tcp/path-death",
            culprit=seen.path(flow),
            start_ns=end.last_heard_ns,
            end_ns=until,
            message=message(
                "{host} was last heard from {time} before the end; {what} stayed unanswered",
                host=flow.host or flow.server.address,
                time=duration(until - end.last_heard_ns),
                what=what,
            ),
            evidence=frames(
                (end.last_heard_frame, "the last packet from the other side"),
                (end.first_try_frame, "first repeat or keep-alive after it"),
                (end.last_try_frame, message("the last of them: {what}, no answer", what=what)),
            ),
            confidence=0.93 if end.repeats >= 4 or end.keep_alives >= 2 else 0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"repeats": end.repeats, "keep_alives": end.keep_alives},
            alternatives=(
                Alternative(
                    "local/egress-dropped",
                    "packets of this machine may be dropped behind the capture",
                    f"ping -c3 {flow.server.address}",
                ),
            )
            if end.repeats + end.keep_alives < 4
            else (),
        )

"""Full-size segments vanish, small ones pass, and no ICMP says so.

What it finds
    Down: a hole that only large segments (1100 octets or more) can fill, while
    a shorter segment behind it arrived, open for PATIENCE (2 s) or longer, to
    the end. Up: a large segment of the client three times or more in vain,
    while smaller ones were acknowledged and the server is heard. A stuck
    ClientHello is left to its own rules.

Why a program hangs
    A link with a smaller MTU (VPN, PPPoE, tunnel) drops what does not fit, and
    the ICMP that would say so is filtered. Both kernels repeat the same size
    for minutes. go ends it in the handshake after 10 s, in a body not at all.

What to do
    Up: find the size that passes (1472 + 28 = 1500), then set it. Down, a ping
    of IPv4 proves nothing, for its reply may be fragmented: see whether small
    segments get through (the MSS of our SYN limits the server's), or ping from
    the server:
        ping -c 3 -M do -s 1472 ADDRESS; ping -c 3 -M do -s 1372 ADDRESS
        sudo ip route change ROUTE advmss 1300; go mod download
        sudo ip link set dev IFACE mtu 1400            # also limits the answer
        sudo sysctl -w net.ipv4.tcp_mtu_probing=1
    On the router: iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN
    -j TCPMSS --clamp-mss-to-pmtu. Docker: "mtu" in daemon.json.

Look-alikes
    tls/large-client-hello-dropped: identical packets where the first segment of
    a ClientHello is missing; a small ClientHello works in both. tcp/loss: large
    segments do come through, some of the time. tcp/mtu-signalled: ICMP is
    there. tls/server-flight-incomplete: no hole.

Known false alarms
    One segment lost each time by chance; a filter that drops by content rather
    than size. With offload, sizes in the capture are not those on the wire.

References
    RFC 2923 section 2.1; RFC 4821; RFC 8899; ip-sysctl: tcp_mtu_probing; RFC
    9293 section 3.7.1 (MSS).
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.black_hole import downward, size_check, upward
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2, "s",
    source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: repeats after 0.2, 0.6 and 1.4 s",
    why="the missing segment was sent again in vain at least twice",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A hole that full-size segments should fill, with smaller segments behind it delivered, to the end."""
    for flow in seen.flows:
        hole = downward(flow, seen.end_ns) or upward(flow, seen.end_ns)
        if hole is None or hole.end_ns - hole.start_ns < PATIENCE.ns:
            continue
        signalled = [e for e in flow.icmp if e.what == "too_big"]
        known = [e.mtu for e in signalled if e.mtu]  # of the other direction, and the best guess for this one
        yield Finding(
            cause="tcp/mtu-black-hole",
            culprit=seen.path(flow),
            start_ns=hole.start_ns,
            end_ns=hole.end_ns,
            message=message("{what} ({time})", what=hole.sentence, time=duration(hole.end_ns - hole.start_ns)),
            evidence=frames(*hole.frames),
            confidence=hole.confidence,
            fatal=True,
            flow_id=flow.id,
            quantities={"missing": hole.missing, "mss": flow.client.mss or flow.server.mss},
            attributes={"direction": hole.direction} | ({"mtu": min(known)} if known else {}),
            counter_evidence=tuple(
                message("frame {frame}: ICMP gave {mtu} octets for the other direction", frame=e.frame, mtu=e.mtu)
                for e in signalled[:1]
            ),
            alternatives=hole.alternatives
            or (
                Alternative(
                    "tcp/loss",
                    "the same segment may have been lost each time by chance",
                    size_check(flow, "up") if hole.direction == "up" else f"mtr -rwc 50 {flow.server.address}",
                ),
            ),
        )

"""IPv6 does not work, and IPv4 saved the connection.

What it finds
    Attempts over IPv6 that led nowhere (silent, refused, rejected) and one over
    IPv4 to the same name that worked, begun HEAD_START (0.28 s) or more after
    the first.

Why a program hangs
    Clients try IPv6 first and give it a start: 300 ms in Go, 200 ms in curl. So
    it costs 0.3 s at each new connection, seldom a hang. But the start counts
    for the SYN only: IPv6 that connects and then loses data ends in a TLS
    time-out of 10 s, and IPv4 is not tried.

What to do
    See whether IPv6 works at all:
        curl -6svm 10 -o /dev/null https://HOST/; ip -6 route show default
        ping -6 -c 3 HOST; ping -6 -M do -s 1232 HOST
    Repair it, or take its default route away (sudo ip -6 route del default).
    "precedence" in gai.conf is read by glibc, not by go.

Look-alikes
    tcp/one-address-dead: the dead address is of the same family.
    tcp/syn-unanswered: IPv4 fails as well. tls/client-hello-dropped and
    tcp/mtu-black-hole on IPv6: the SYN passed, data does not.

Known false alarms
    An IPv6 SYN-ACK slower than the start, so that both work and IPv4 merely
    won; a dual-stack server with IPv6 shut down for an hour.

References
    RFC 8305 section 5; Go 1.27 net/dial.go (fallbackDelay 300 ms,
    dialParallel); measured: 305 ms.
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
HEAD_START = Threshold(
    0.28, "s", source="Go net/dial.go: fallback after 300 ms; RFC 8305 section 5: 250 ms",
    why="the head start that IPv6 gets; without it both were tried at once and nothing was lost",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """IPv6 attempts of a dial that led nowhere, and an IPv4 attempt after the head start that worked."""
    for dial in seen.dials:
        worked = dial.connected
        if worked is None or worked.ip_version != 4:
            continue
        dead = [f for f in dial.attempts if f.ip_version == 6 and outcome(f) != "connected"]
        if not dead or worked.first_ns - dead[0].first_ns < HEAD_START.ns:
            continue
        lost = worked.first_ns - dead[0].first_ns
        if not any(f.client.syn_count > 1 or f.server.rst_count or f.icmp or f.last_ns < worked.last_ns for f in dead):
            continue
        how = {"silent": "unanswered", "aborted": "unanswered", "refused": "refused", "rejected": "rejected by ICMP"}
        yield Finding(
            cause="tcp/ipv6-fallback",
            culprit=Culprit("path", dial.host, dead[0].server.address, dead[0].server.port),
            start_ns=dead[0].first_ns,
            end_ns=worked.first_ns,
            message=message(
                "IPv6 to {host} is {how}; IPv4 saved the connection {time} later",
                host=dial.host or dead[0].server.address,
                how=how[outcome(dead[0])],
                time=duration(lost),
            ),
            evidence=frames(
                (
                    dead[0].first_frame,
                    message("SYN to {address}: {how}", address=dead[0].server.address, how=how[outcome(dead[0])]),
                ),
                (
                    worked.first_frame,
                    message("{time} later, SYN to {working}", time=duration(lost), working=worked.server.address),
                ),
                (worked.server.syn_frame, "which answers"),
            ),
            confidence=0.9,
            flow_id=dead[0].id,
            also_flows=tuple(f.id for f in dead[1:]),
            quantities={"attempts": len(dead)},
        )

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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.tcp._advice import NO_IPV6
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.dialing import outcome
from netanalyze.flows.screen import odd
from netanalyze.units import duration
from netanalyze.wording import saying

CAUSE = Cause(
    "tcp/ipv6-fallback",
    meaning="IPv6 does not work here; IPv4 saved the connection, or would have.",
    headline="IPv6 to {place} does not work; IPv4 saves it, later.",
    guarded_by="dial",
    spans_hosts=True,
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

HEAD_START = Threshold(
    0.28, "s", source="Go net/dial.go: fallback after 300 ms; RFC 8305 section 5: 250 ms",
    why="the head start that IPv6 gets; without it both were tried at once and nothing was lost",
)  # fmt: skip


IPV4_SAVED_IT = Proved(
    0.9, "an IPv6 attempt led nowhere, and IPv4 connected after the head start", Basis.FRAMES,
    "whether IPv6 as such or this one address does not work, one host does not show",
)  # fmt: skip
HOW = {"silent": "unanswered", "aborted": "unanswered", "refused": "refused", "rejected": "rejected by ICMP"}


def check(case: Case) -> Iterator[Finding]:
    """IPv6 attempts of a dial that led nowhere, and an IPv4 attempt after the head start that worked."""
    for dial in odd(case.dials):
        worked = dial.connected
        dead = [f for f in dial.attempts if f.ip_version == 6 and outcome(f) != "connected"]
        if worked is None or worked.ip_version != 4 or not dead:
            continue
        first = dead[0]
        lost = worked.first_ns - first.first_ns
        waited = any(f.client.syn_count > 1 or f.server.rst_count or f.icmp or f.last_ns < worked.last_ns for f in dead)
        if lost < HEAD_START.ns or not waited:
            continue
        address = first.server.address
        say = saying(
            host=dial.host or address, address=address, how=HOW[outcome(first)], time=duration(lost),
            working=worked.server.address,
        )  # fmt: skip
        yield CAUSE.finding(
            Culprit("path", dial.host, address, first.server.port),
            (first.first_ns, worked.first_ns),
            say("IPv6 to {host} is {how}; IPv4 saved the connection {time} later"),
            frames(
                (first.first_frame, say("SYN to {address}: {how}")),
                (worked.first_frame, say("{time} later, SYN to {working}")),
                (worked.server.syn_frame, "which answers"),
            ),
            confidence(IPV4_SAVED_IT),
            first,
            also_flows=tuple(f.id for f in dead[1:]),
            quantities={"attempts": len(dead)},
        )


ADVICE = Page(
    where=offers("path over IPv6; IPv4 and the server are fine"),
    fix=offers(NO_IPV6),
    verify=commands(
        Offer("", "curl -6sv --max-time 10 https://{origin}/ -o /dev/null", "!ipv6"),
        Offer("", "curl -6sv --max-time 10 https://{host}/ -o /dev/null"),
        "ping -6 -c 3 2606:4700:4700::1111",
    ),
    no_use=offers(Offer("precedence in gai.conf (go does not read it)", None, "go"), CLEAN_CACHE),
)

"""ICMP answers the SYN: unreachable, or prohibited by a firewall.

What it finds
    A dial in which ICMP (unreachable or time exceeded) quoted an attempt and no
    address connected. Attributes have its meaning and code; port 53 belongs to
    the DNS rules.

Why a program hangs
    The kernel passes the error to connect() at once: "no route to host",
    "network is unreachable". For some codes and for time exceeded it only keeps
    trying, to the dial's 30 s.

What to do
    See who sent it, and which code:
        sudo tcpdump -i any -vn 'icmp or icmp6'
        traceroute -T -p 443 ADDRESS; ip route get ADDRESS
    Codes 9, 10, 13 (administratively prohibited): a firewall rule, ask its
    owner. Codes 0, 1: routing, or the host does not answer ARP. Through a proxy
    it may be allowed.

Look-alikes
    tcp/refused: RST. tcp/no-route: this machine's own table, without a packet.
    tcp/syn-unanswered: the same firewall with DROP. tcp/mtu-signalled: code 4
    is no rejection.

Known false alarms
    A soft error during a route change, after which a later attempt would have
    worked; routers limit the rate of ICMP, so some attempts stay silent.

References
    RFC 792; RFC 1812 section 5.2.7.1 (codes); RFC 4443 section 3.1; RFC 9293
    section 3.9.2.2 (soft and hard errors).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """A dial in which ICMP rejected an attempt and no address worked."""
    for dial in seen.dials:
        rejected = dial.with_outcome("rejected")
        if dial.connected or not rejected or rejected[0].server.port == 53:
            continue
        first = rejected[0]
        error = next(e for e in first.icmp if e.what in ("unreachable", "time_exceeded"))
        last = max(e.ns for f in rejected for e in f.icmp)
        yield Finding(
            cause="tcp/rejected-by-icmp",
            culprit=seen.server(first),
            start_ns=first.first_ns,
            end_ns=max(last, first.first_ns),
            message=message(
                "the way to {address}:{port} is rejected: ICMP {meaning}",
                address=first.server.address,
                port=first.server.port,
                meaning=error.meaning,
            ),
            evidence=frames(
                (
                    first.client.syn_frame,
                    message("SYN to {address}:{port}", address=first.server.address, port=first.server.port),
                ),
                (error.frame, message("ICMP {meaning}, quoting it", meaning=error.meaning)),
            ),
            confidence=0.95,
            fatal=True,
            flow_id=first.id,
            also_flows=tuple(f.id for f in rejected[1:]),
            quantities={"errors": sum(len(f.icmp) for f in rejected)},
            attributes={"icmp": error.meaning, "code": error.code},
        )

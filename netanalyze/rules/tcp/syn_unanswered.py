"""SYNs are sent, and nothing comes back.

What it finds
    A dial none of whose addresses answered in any way (SYN-ACK, RST, ICMP), one
    of them asked twice, for PATIENCE (2.5 s) or longer, to the moment when the
    client gave up or turned elsewhere; or attempts at one address in quick succession,
    their SYNs spread over as long. Port 53 belongs to the DNS rules.

Why a program hangs
    Dropping is silent, so the kernel tries on: at 1, 2, 3, 4, 5, 7, 11, 20 s
    since Linux 6.5, before that at 1, 3, 7, 15 s. go ends a dial after 30 s,
    names and all addresses together ("i/o timeout"); git waits for the kernel,
    134 s.

What to do
    Is it this host, this port, or everything?
        nc -vz -w 5 ADDRESS 443; nc -vz -w 5 1.1.1.1 443
        traceroute -T -p 443 ADDRESS; env | grep -i proxy
        GOPROXY=https://goproxy.cn,direct go mod download
    Blocked by address: a mirror, or HTTPS_PROXY. In a shell it works and in an
    IDE, daemon or container it does not: the proxy variables are missing there.

Look-alikes
    tcp/refused and tcp/rejected-by-icmp: an answer. local/egress-dropped: no
    SYN in the capture at all. tcp/one-address-dead and tcp/ipv6-fallback:
    another attempt works. tcp/syn-lost: a repeat works.
    dns/conflicting-answers: the address itself was forged.

Known false alarms
    A client that races several addresses and ends before the answer; SYN-ACKs
    that went past the recorder (capture/one-way).

References
    RFC 9293 section 3.5; ip-sysctl: tcp_syn_retries (6),
    tcp_syn_linear_timeouts (4); Go 1.27 net/http/transport.go (Dialer.Timeout),
    net/dial.go; measured: 30.07 s.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.dialing import Dial, outcome, successions
from netanalyze.flows.observe import Flow
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    2.5, "s",
    source="Linux tcp_syn_linear_timeouts: repeats at 1, 2, 3, 4 s; before 6.5 at 1, 3 s; RFC 6298 section 2.1",
    why="the SYN and a repeat (two since 6.5) went unanswered, so that one lost packet cannot explain it",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A dial in which no address answered at all, and at least one was asked for PATIENCE or longer."""
    told: set[int] = set()
    for dial in (*seen.dials, *_successions(seen)):
        silent = [f for f in dial.attempts if outcome(f) in ("silent", "aborted") and f.client.syn_count]
        if dial.connected or not silent or len(silent) < len(dial.attempts):
            continue
        first, last = silent[0], silent[-1]
        last_syn = max(f.client.syn_last_ns for f in silent)
        end = seen.given_up_ns(dial, last_syn)
        if end - dial.start_ns < PATIENCE.ns or not _waited(silent) or not told.isdisjoint(f.id for f in silent):
            continue
        if first.server.port == 53:
            continue  # DNS over TCP: dns/truncated-tcp-blocked tells the whole of it
        told |= {f.id for f in silent}
        count = sum(f.client.syn_count for f in silent)
        addresses = list(dict.fromkeys(f.server.address for f in silent))
        others = sorted({f.server.address for f in seen.flows if f.server.syn_count} - set(addresses))
        culprit = seen.server(first)
        yield Finding(
            cause="tcp/syn-unanswered",
            culprit=culprit,
            start_ns=dial.start_ns,
            end_ns=end,
            message=message(
                "{count} SYNs to {addresses}:{port} in {time}, and nothing came back",
                count=count,
                addresses=", ".join(addresses[:3]),
                port=first.server.port,
                time=duration(last_syn - dial.start_ns),
            ),
            evidence=frames(
                (
                    first.first_frame,
                    message("first SYN to {address}:{port}", address=first.server.address, port=first.server.port),
                ),
                *(
                    (
                        f.first_frame,
                        message("first SYN to {address}:{port}", address=f.server.address, port=f.server.port),
                    )
                    for f in silent[1:4]
                ),
                (last.client.last_frame, message("SYN number {count}: no SYN-ACK, no RST, no ICMP", count=count)),
            ),
            confidence=0.95 if count >= 4 else 0.85,
            fatal=True,
            flow_id=first.id,
            also_flows=tuple(f.id for f in silent[1:]),
            quantities={"syns": count, "addresses": len(addresses)},
            counter_evidence=(),
            alternatives=()
            if others
            else (
                Alternative(
                    "local/egress-dropped",
                    "nothing else was reached in this capture either",
                    f"nc -vz -w3 {first.server.address} {first.server.port}",
                ),
            ),
            attributes={"family": "IPv6" if first.ip_version == 6 else "IPv4"},
        )


def _successions(seen: Observations) -> list[Dial]:
    """Attempts at one address, one soon after the other, as one dial: its client opens a new socket for each SYN."""
    elsewhere = {f.id for dial in seen.dials if dial.connected for f in dial.attempts}  # another address works
    return [
        Dial(silent[0].host, silent)
        for silent, answered in successions(seen.flows)
        if answered is None and elsewhere.isdisjoint(f.id for f in silent)
    ]


def _waited(silent: list[Flow]) -> bool:
    """Whether somebody waits: an attempt's SYN was sent again (a second later), or the attempts at one address went on
    for as long as the rule is patient."""
    if any(f.client.syn_count > 1 for f in silent):
        return True
    same = len({f.server.address for f in silent}) == 1
    return same and silent[-1].client.syn_last_ns - silent[0].client.syn_ns >= PATIENCE.ns

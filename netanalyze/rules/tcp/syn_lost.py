"""A SYN or a SYN-ACK was lost; a repeat worked.

What it finds
    A connection that opened only after its SYN or the SYN-ACK was sent again,
    PATIENCE (0.9 s) or more after the first SYN; or only after attempts before
    it at the same address, in quick succession, had got no answer.

Why a program hangs
    Nothing is known of the path yet, so the kernel waits a whole second before
    it repeats, then longer: 1, 2, 3, 4 s after the first since Linux 6.5,
    before that 1, 3, 7 s. So a single loss is a pause of one second.

What to do
    Once is chance. Often, to one host or to all?
        nstat -az TcpExtTCPSynRetrans TcpExtTCPTimeouts TcpExtListenOverflows
        sudo dmesg | grep -i conntrack                 # table full?
        mtr -rwc 50 --tcp --port 443 HOST
    A full conntrack table or listen queue drops SYNs only: raise
    nf_conntrack_max, somaxconn on the server.

Look-alikes
    tcp/syn-unanswered: no repeat works. tcp/one-address-dead: another address
    does. tcp/loss: losses later, too.

Known false alarms
    A server that drops the first SYN on purpose (greylisting, SYN proxies); a
    host woken by it.

References
    RFC 6298 section 2.1 (1 s); ip-sysctl: tcp_syn_retries,
    tcp_syn_linear_timeouts; listen(2).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.dialing import successions
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    0.9, "s",
    source="RFC 6298 section 2.1: a SYN is repeated after 1 s",
    why="a shorter wait is no lost SYN",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A connection that opened only after its SYN, or the SYN-ACK, was sent again, or others like it in vain."""
    in_vain = {answered.id: silent for silent, answered in successions(seen.flows) if answered is not None}
    for flow in seen.flows:
        before = in_vain.get(flow.id, [])
        client, server = flow.client, flow.server
        syns = client.syn_count + sum(f.client.syn_count for f in before)
        repeated = syns > 1 or server.syn_count > 1
        if not repeated or flow.established_ns == NEVER_NS or server.syn_ns == NEVER_NS or client.syn_ns == NEVER_NS:
            continue
        end = flow.established_ns
        first = before[0].client if before else client
        if end - first.syn_ns < PATIENCE.ns:
            continue
        who = "SYN" if syns > 1 else "SYN-ACK"
        yield Finding(
            cause="tcp/syn-lost",
            culprit=seen.path(flow),
            start_ns=first.syn_ns,
            end_ns=end,
            message=message(
                "{address}:{port} was reached only with {who} number {number}, after {time}",
                address=server.address,
                port=server.port,
                who=who,
                number=max(syns, server.syn_count),
                time=duration(end - first.syn_ns),
            ),
            evidence=frames(
                (first.syn_frame, "first SYN: no answer"),
                (server.syn_frame, "the SYN-ACK"),
                (flow.established_frame, "connected"),
            ),
            confidence=0.9,
            flow_id=flow.id,
            also_flows=tuple(f.id for f in before),
            attributes={"several": True} if max(syns, server.syn_count) > 2 else {},
            quantities={"syns": syns, "syn_acks": server.syn_count, "lost": max(syns, server.syn_count) - 1},
        )

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

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, PATH_CHECK, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.screen import odd
from netanalyze.units import NEVER_NS, duration
from netanalyze.wire.layers import SYN
from netanalyze.wording import message

CAUSE = Cause(
    "tcp/syn-lost",
    meaning="A SYN or its SYN-ACK was lost, and a repeated SYN got through.",
    headline="A packet that opens the connection to {place} was lost.",
    variants={When.SEVERAL_LOST: "The first {number} packets that open the connection to {place} were lost."},
    undermined_by=("capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    0.9, "s",
    source="RFC 6298 section 2.1: a SYN is repeated after 1 s",
    why="a shorter wait is no lost SYN",
)  # fmt: skip
REPEAT_ANSWERED = Proved(
    0.9, "a SYN, or its SYN-ACK, is sent again, and only then the connection opens", Basis.FRAMES,
    "a listener whose queue is full drops it, too; which of the two was lost shows at the recorder alone",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A connection that opened only after its SYN, or the SYN-ACK, was sent again, or others like it in vain."""
    answered = [flow for _, flow in case.index.successions if flow is not None]
    in_vain = {flow.id: silent for silent, flow in case.index.successions if flow is not None}
    for flow in dict.fromkeys([*odd(case.flows), *answered]):
        before = in_vain.get(flow.id, [])
        client, server = flow.client, flow.server
        syns = client.syn_count + sum(f.client.syn_count for f in before)
        end = flow.established_ns
        if (syns <= 1 and server.syn_count <= 1) or NEVER_NS in (end, server.syn_ns, client.syn_ns):
            continue
        first = before[0].client if before else client
        if end - first.syn_ns < PATIENCE.ns:
            continue
        most, who = max(syns, server.syn_count), "SYN" if syns > 1 else "SYN-ACK"
        ecn = _answered_without_ecn(flow)
        yield CAUSE.finding(
            case.path(flow),
            (first.syn_ns, end),
            message(
                "{address}:{port} was reached only with {who} number {number}, after {time}",
                address=server.address, port=server.port, who=who, number=most,
                time=duration(end - first.syn_ns),
            ),
            frames(
                (first.syn_frame, "first SYN, which asks for ECN: no answer" if ecn else "first SYN: no answer"),
                (server.syn_frame, "the SYN-ACK"),
                (flow.established_frame, "connected"),
            ),
            confidence(REPEAT_ANSWERED),
            flow,
            also_flows=tuple(f.id for f in before),
            attributes=({"several": True} if most > 2 else {}) | ({"ecn": "dropped"} if ecn else {}),
            quantities={"syns": syns, "syn_acks": server.syn_count, "lost": most - 1},
        )  # fmt: skip


ECN = 0xC0
"""ECE and CWR: a SYN with both asks for ECN (RFC 3168 section 6.1.1)."""


def _answered_without_ecn(flow: Flow) -> bool:
    """Whether a SYN that asked for ECN had no answer, and a repeat that did not ask (RFC 3168 section 6.1.1.1) had one."""
    syns = [
        p.flags & ECN
        for p in flow.packets
        if p.direction == 0 and p.flags & SYN and p.frame_number < flow.server.syn_frame
    ]
    return syns[:1] == [ECN] and not syns[-1]


ADVICE = Page(
    where=offers(
        Offer("path or server: several lost in a row, then one got through", None, "several=True"),
        Offer("path: a single loss; it recovered"),
    ),
    fix=offers(
        Offer("A box may drop who asks for ECN: do not ask", "sudo sysctl -w net.ipv4.tcp_ecn=2", "ecn=dropped"),
        Offer(
            "Several in a row are no chance: a full table or queue?", "nstat -az TcpExtListenOverflows", "several=True"
        ),
        Offer("Once is chance. If it returns: look for loss on the path", None, "!several=True"),
        Offer("See where on the way", "mtr -rwc 50 {target}"),
    ),
    verify=PATH_CHECK,
    no_use=offers(CLEAN_CACHE, SUMDB_OFF),
)

"""Segments arrive out of order, enough to make the sender believe in loss.

What it finds
    NEEDLESS (5) or more repeats that the receiver reports as needless (D-SACK),
    and both they and the overtaken segments come to SHARE (2 %) of the
    direction's segments or more.

Why a program hangs
    It does not hang, it is slow: each false alarm halves the sender's window,
    and the transfer never reaches the line's rate.

What to do
    Look for two ways that packets are spread over:
        nstat -az TcpExtTCPSACKReorder TcpExtTCPTSReorder TcpExtTCPDSACKRecv
        sysctl net.ipv4.tcp_reordering net.ipv4.tcp_max_reordering
        ss -ti dst ADDRESS | grep -o 'reordering:[0-9]*'
    Link bundles and load balancing by packet instead of by flow, VPNs over two
    uplinks, Wi-Fi: take them out one by one.

Look-alikes
    tcp/loss: repeats that were needed, no D-SACK. capture/lossy, or a capture
    of several interfaces with clocks of their own, shows disorder that the
    receiver never saw.

Known false alarms
    RACK in modern kernels bears much reordering without harm: what is found
    here may cost little. Confidence is 0.6 at most.

References
    RFC 4737 section 4.1; RFC 2883 and RFC 3708 (D-SACK); RFC 8985 (RACK-TLP);
    tcp(7), tcp_reordering.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.marks import OUT_OF_ORDER
from netanalyze.rules import Observations
from netanalyze.wording import message

UNDERMINED_BY = ("duplicate_frames", "clock_step")
NEEDLESS = Threshold(
    5, "retransmissions",
    source="RFC 3708: D-SACK tells needless repeats; the limit is chosen here",
    why="a few needless repeats cost nothing that anybody notices",
)  # fmt: skip
SHARE = Threshold(
    0.02, "of segments",
    source="RFC 4737 section 4.1 defines the ratio; the limit is chosen here, the same as tcp/loss's RATE",
    why="a sender without RACK takes either for congestion, so either costs the same",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Out-of-order segments together with D-SACKs for repeats that were needless."""
    for flow in seen.flows:
        for direction, half in enumerate(flow.halves):
            segments = max(half.octets // max(half.largest, 1), 1)
            if (
                half.dsacks < NEEDLESS.value
                or half.out_of_order / segments < SHARE.value
                or half.dsacks / segments < SHARE.value
            ):
                continue
            shown = [p for p in flow.packets if p.direction == direction and p.marks & OUT_OF_ORDER]
            if not shown and not half.sacked_frame:
                continue
            yield Finding(
                cause="tcp/reordering",
                culprit=seen.path(flow),
                start_ns=flow.first_ns,
                end_ns=flow.last_ns,
                message=message(
                    "{overtaken} of {segments} segments were overtaken, and {needless} repeats were needless",
                    overtaken=half.out_of_order,
                    segments=segments,
                    needless=half.dsacks,
                ),
                evidence=frames(
                    (shown[0].frame_number if shown else half.sacked_frame, "an overtaken segment, or the SACK for it")
                ),
                confidence=0.6,
                flow_id=flow.id,
                quantities={"overtaken": half.out_of_order, "needless": half.dsacks, "segments": segments},
            )

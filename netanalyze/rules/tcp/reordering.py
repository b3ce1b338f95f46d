"""Segments arrive out of order, enough to make the sender believe in loss.

What it finds
    NEEDLESS (5) or more repeats that the receiver reports as needless (D-SACK),
    and overtaken segments that come to SHARE (2 %) of the direction's segments
    or more; and either the needless repeats come to as much, or COST (1 s) or
    more went by in waits that an overtaken segment ended.

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
    RACK in modern kernels bears much reordering without harm (its window grows
    with each D-SACK, RFC 8985 section 6.2): what is found here may cost little.
    Confidence is 0.6 where no wait shows what it cost.

References
    RFC 4737 section 4.1; RFC 2883 and RFC 3708 (D-SACK); RFC 4653 (TCP-NCR);
    RFC 8985 (RACK-TLP); tcp(7), tcp_reordering.
"""

from collections.abc import Iterator

from netanalyze.findings import Evidence, Finding, Threshold, frames
from netanalyze.flows.marks import OUT_OF_ORDER, OVERTAKEN
from netanalyze.flows.observe import Flow, KeptPacket
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds
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

COST = Threshold(
    1, "s",
    source="RFC 6298 section 2.4: the least time-out of the standard is 1 s; as tcp/loss's LOST_TIME",
    why="what the overtaken segments were waited for must exceed what a single loss costs",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Out-of-order segments together with D-SACKs for repeats that were needless."""
    for flow in seen.flows:
        for direction, half in enumerate(flow.halves):
            segments = max(half.octets // max(half.largest, 1), 1)
            if half.dsacks < NEEDLESS.value or half.out_of_order / segments < SHARE.value:
                continue
            waited = _waited(flow, direction)
            if half.dsacks / segments < SHARE.value and waited < COST.ns:
                continue
            shown = [p for p in flow.packets if p.direction == direction and p.marks & (OUT_OF_ORDER | OVERTAKEN)]
            if not shown and not half.sacked_frame:
                continue
            yield Finding(
                cause="tcp/reordering",
                culprit=seen.path(flow),
                start_ns=shown[0].time_ns if shown else half.first_data_ns,
                end_ns=half.last_data_ns,
                message=message(
                    OVERTOOK_WAITED if waited >= COST.ns else OVERTOOK,
                    overtaken=half.out_of_order,
                    segments=segments,
                    needless=half.dsacks,
                    **({"time": duration(waited)} if waited >= COST.ns else {}),
                ),
                evidence=_shown(shown) or frames((half.sacked_frame, "the SACK for what had overtaken others")),
                confidence=0.75 if waited >= COST.ns else 0.6,
                flow_id=flow.id,
                quantities={
                    "overtaken": half.out_of_order,
                    "needless": half.dsacks,
                    "segments": segments,
                    "waited": seconds(waited),
                },
                attributes={"direction": "down" if direction else "up"},
            )


OVERTOOK = "{overtaken} of {segments} segments were overtaken, and {needless} repeats were needless"
OVERTOOK_WAITED = OVERTOOK + "; overtaken ones were waited for {time} in all"


def _waited(flow: Flow, direction: int) -> int:
    """ns of the gaps that an overtaken segment ended: nothing in order had come meanwhile."""
    late = {p.frame_number for p in flow.packets if p.direction == direction and p.marks & OVERTAKEN}
    return sum(gap.end_ns - gap.start_ns for gap in flow.gaps if gap.next_frame in late)


def _shown(overtaken: list[KeptPacket]) -> tuple[Evidence, ...]:
    """The first and the last of the overtaken segments."""
    if not overtaken:
        return ()
    first, last = overtaken[0].frame_number, overtaken[-1].frame_number
    return frames((first, "an overtaken segment, the first"), (last if last != first else 0, "the last of them seen"))

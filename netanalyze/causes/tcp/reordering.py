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

from netanalyze.causes.advice.form import Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.pacing import Slowed, finding, slowed
from netanalyze.findings import Evidence, Finding, Threshold, frames, way
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.transfers.transfer import DISORDER
from netanalyze.tracking.marks import OUT_OF_ORDER, OVERTAKEN
from netanalyze.units import duration, seconds
from netanalyze.wording import saying

CAUSE = Cause(
    "tcp/reordering",
    meaning="Segments overtake each other often enough to cost time.",
    headline="Packets overtake each other on the way to {place}.",
    variants={
        When.FROM_THERE: "Packets from {place} overtake each other on the way here.",
        When.COME_TWICE: "Packets from or to {place} come twice, which its sender takes for loss.",
    },
    paces=True,
    owns_repairs_only=True,
    undermined_by=("duplicate_frames", "clock_step"),
)

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
OVERTAKEN_AND_REPEATED = Proved(
    0.6, "segments are overtaken, and repeats are needless by the receiver's own word (D-SACK)", Basis.FRAMES,
    "that it cost time is not shown: a sender with RACK waits for it",
)  # fmt: skip
WAITED_FOR = Proved(
    0.75, "overtaken segments were waited for a second or longer in all", Basis.FRAMES,
    "their sender may have paused by itself just then",
)  # fmt: skip
COSTLY = Proved(
    0.75, "the small windows that it makes are most of what the transfer was longer", Basis.LAB,
    "reckoned by a replay without them, whose ceiling is an estimate",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Out-of-order segments together with D-SACKs for repeats that were needless."""
    for flow in case.index.eventful:
        slow = [one for one in slowed(case, flow, DISORDER) if 2 * _waited(flow, one.transfer.direction) < one.cost_ns]
        costly = [_costly(case, one) for one in slow]
        if costly:  # else it is the waits that cost
            yield from costly
            continue
        for direction, half in enumerate(flow.halves):
            if half.dsacks < NEEDLESS.value:
                continue
            segments = max(half.octets // max(half.largest, 1), 1)
            if half.out_of_order / segments < SHARE.value:
                continue
            waited = _waited(flow, direction)
            if half.dsacks / segments < SHARE.value and waited < COST.ns:
                continue
            shown = [p for p in flow.packets if p.direction == direction and p.marks & (OUT_OF_ORDER | OVERTAKEN)]
            if not shown and not half.sacked_frame:
                continue
            counts = {"overtaken": half.out_of_order, "needless": half.dsacks, "segments": segments}
            say = saying(**counts, time=duration(waited))
            yield CAUSE.finding(
                case.path(flow),
                (shown[0].time_ns if shown else half.first_data_ns, half.last_data_ns),
                say(OVERTOOK_WAITED if waited >= COST.ns else OVERTOOK),
                _shown(shown) or frames((half.sacked_frame, "the SACK for what had overtaken others")),
                confidence(OVERTAKEN_AND_REPEATED, WAITED_FOR.when(waited >= COST.ns)),
                flow,
                quantities=counts | {"waited": seconds(waited)},
                attributes=way(direction),
            )


def _costly(case: Case, slow: Slowed) -> Finding:
    """A transfer that overtaken segments, or those that came twice, made longer."""
    flow, direction = slow.flow, slow.transfer.direction
    half = flow.halves[direction]
    twice = 2 * half.copies > slow.transfer.overtaken
    shown = [p for p in flow.packets if p.direction == direction and p.marks & (OUT_OF_ORDER | OVERTAKEN)]
    evidence = _shown(shown) or frames((half.last_data_frame, "the last segment of the transfer"))
    sentence, kind = (CAME_TWICE, {"kind": "twice"}) if twice else (OVERTOOK_COSTLY, {})
    return finding(case, slow, CAUSE, sentence, evidence, confidence(COSTLY), **kind)


CAME_TWICE = "{overtaken} of {segments} segments came twice: {time} of {whole} are the small windows that this makes"
OVERTOOK_COSTLY = (
    "{overtaken} of {segments} segments were overtaken, and {needless} repeats were needless: {time} of {whole} are the small "
    "windows that this makes"
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


ADVICE = Page(
    where=offers("path: several ways, or a box that reorders; not the server"),
    fix=offers("By cable, or without the VPN or link bundle", ANOTHER_SOURCE),
    verify=commands("nstat -az TcpExtTCPSACKReorder TcpExtTCPTSReorder"),
    no_use=offers(CLEAN_CACHE, SUMDB_OFF),
)

"""Segments are lost at a rate that limits the transfer.

What it finds
    In one direction, COUNT (8) or more losses that were repaired (D-SACKed
    repeats deducted) and RATE (2 %) or more of the packets that way (surer from
    HEAVY, 3 %, on), in so many windows or at a cost of COST (2 s); or three and
    more waits, LOST_TIME (1 s) in all, that only a retransmission time-out
    ended. A segment that was recorded, sent again and never reported needless
    counts: its receiver threw it away (a wrong checksum). Left out: one segment
    again and again, a steady rate that loss did not change (tcp/throttled), and
    what was lost in an outage (OUTAGE, 1.2 s) and RECOVERY (1 s) after it. And,
    however few were lost, a transfer that recovery and the small windows after
    it made longer by 2 s and half of what it would have taken.

Why a program hangs
    TCP takes loss for congestion and halves its pace; at 2 % and 50 ms about 2
    Mbit/s are left, on any link. Losses at the tail wait for a time-out of 0.2
    s and more, doubled each time: that is the stutter one sees.

What to do
    See on which hop it begins, and take the likely ones out:
        mtr -rwc 50 HOST
        ss -ti dst ADDRESS | grep -oE 'retrans:[^ ]+|rtt:[^ ]+'
        ip -s link show IFACE                          # errors, dropped
    Recorded, and yet sent again: at the receiver's side checksums prove damage:
        tshark -r FILE -o tcp.check_checksum:TRUE -Y tcp.checksum.status==0
    Cable instead of Wi-Fi, without the VPN, another mirror.

Look-alikes
    tcp/throttled: a queue drops its tail, and the rate is even. tcp/outage:
    everything is gone for once. tcp/reordering: repeats that D-SACK shows
    needless. tcp/mtu-black-hole: only full-size ones, always. capture/lossy:
    the recorder missed them.

Known false alarms
    Policers and shapers lose on purpose; captures at the sender with offload
    count large segments once.

References
    Mathis et al., CCR 27(3), 1997 (throughput and loss); RFC 6298; RFC 6675;
    RFC 2883 (D-SACK).
"""

from collections.abc import Iterator

import numpy as np

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, PATH_CHECK, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.pacing import COST, Slowed, finding, repairs_shown, slowed
from netanalyze.causes.tcp.outage import PATIENCE as OUTAGE
from netanalyze.findings import Finding, Threshold, frames, way
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.network.taps import copies
from netanalyze.flows.refused_segments import refused_again
from netanalyze.flows.transfers.outages import OFTEN, apart, interruptions, silence
from netanalyze.flows.transfers.path_rate import lossy_windows
from netanalyze.flows.transfers.rate import half_rate
from netanalyze.flows.transfers.transfer import LOSS, PATH
from netanalyze.flows.transfers.transfers import transfers
from netanalyze.tracking.marks import LOST_SEGMENT, OUT_OF_ORDER, RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.units import duration, seconds
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tcp/loss",
    meaning="So many segments are lost that this limits the transfer.",
    headline="Packets are lost on the way to {place}, enough to slow it down.",
    variants={
        When.FROM_THERE: "Packets from {place} are lost on the way here, enough to slow it down.",
        When.BEHIND_RECORDER: "Packets pass the recorder and are not taken: damaged, or lost behind it ({place}).",
    },
    paces=True,
    owns_repairs_only=True,
    told_when_heavy=True,
    fits=("tls-handshake-timeout", "too-slow"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops", "acked_unseen"),
)

RATE = Threshold(
    0.02, "of segments",
    source="Mathis et al., CCR 27(3), 1997: throughput goes with 1/sqrt(p); the limit is chosen here",
    why="by that formula 2 % and 50 ms leave about 2 Mbit/s of any link",
)  # fmt: skip
HEAVY = Threshold(
    0.03, "of segments",
    source="Mathis et al., CCR 27(3), 1997, as RATE; the limit is chosen here",
    why="half as much again as RATE: no single accident of a transfer of some hundred segments comes to so much",
)  # fmt: skip
COUNT = Threshold(
    8, "segments",
    source="RFC 6675: one recovery repairs several losses of a window; the limit is chosen here",
    why="fewer are one accident, not a rate",
)  # fmt: skip
LOST_TIME = Threshold(
    1, "s",
    source="RFC 6298 section 2.4: the least time-out of the standard is 1 s",
    why="what the repeated time-outs cost must exceed a single one's",
)  # fmt: skip
RECOVERY = Threshold(
    1, "s",
    source="RFC 5681 section 3.1: slow start doubles once a round trip; ten of them, at 100 ms, send 1,000 segments",
    why="so long after an outage what is repaired is the window that was lost in it",
)  # fmt: skip
FROM = "{lost} of {segments} segments from {host} were lost ({share})"
TO = "{lost} of {segments} segments to {host} were lost ({share})"
COSTLY_FROM = (
    "{lost} of {segments} segments from {host} were lost ({share}): {time} of {whole} are recovery and small windows"
)
COSTLY_TO = (
    "{lost} of {segments} segments to {host} were lost ({share}): {time} of {whole} are recovery and small windows"
)
BEHIND_RECORDER = ", most of them after they had passed the recorder"
TIMED_OUT = "{count} times only a time-out repaired a loss on the way to {host}: {time} in all"
TIMED_OUT_DOWN = "{count} times only a time-out repaired a loss of what {host} sent: {time} in all"
STREAK = 4
"""Copies of one segment in a row that nobody acknowledged: back-off has come to seconds (RFC 6298 section 5.5)."""


MANY = Proved(
    0.75, "2 % or more of the segments, eight or more, had to be sent again", Basis.FRAMES,
    "so few may be an accident of this one transfer",
)  # fmt: skip
VERY_MANY = Proved(
    0.9, "3 % or more of the segments", Basis.LAB, "no accident lasts so long; a queue that overflows may look the same"
)
ONLY_BY_TIME_OUT = Proved(
    0.85, "losses that only time-outs repaired, several times over", Basis.FRAMES,
    "each may have been a short outage of its own",
)  # fmt: skip
COSTLY = Proved(
    0.9, "recovery and small windows make up what the transfer was longer", Basis.LAB,
    "reckoned by a replay without them, whose ceiling is an estimate",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Repaired losses in one direction of a flow above RATE and COUNT, or those that made a transfer much longer."""
    for flow in case.index.eventful:
        if not flow.established:
            continue
        costly = [found for slow in slowed(case, flow, LOSS) if (found := _costly(case, slow)) is not None]
        broken = interruptions(flow)
        if costly:
            yield from costly
        elif len(broken) >= OFTEN and sum(g.end_ns - g.start_ns for g in broken) >= LOST_TIME.ns:
            yield _again_and_again(case, flow, broken)
        else:
            outages = [gap for gap in broken if silence(flow, gap) >= OUTAGE.ns]
            for direction in (0, 1):
                yield from _many(case, flow, direction, outages)


def _costly(case: Case, slow: Slowed) -> Finding | None:
    """A transfer that loss made longer; None where an outage of the path is what was repaired."""
    flow, direction = slow.flow, slow.transfer.direction
    outages = [gap for gap in interruptions(flow) if silence(flow, gap) >= OUTAGE.ns]
    marks = [p for p in flow.packets if p.direction == direction and p.marks & (RETRANSMISSION | LOST_SEGMENT)
             and not p.marks & SPURIOUS_RETRANSMISSION and slow.start_ns <= p.time_ns <= slow.end_ns]  # fmt: skip
    if not marks or 2 * sum(gap.end_ns - gap.start_ns for gap in outages) > slow.cost_ns:
        return None
    sentence = COSTLY_FROM if direction else COSTLY_TO
    return finding(case, slow, CAUSE, sentence, repairs_shown(marks, False), confidence(COSTLY))


def _again_and_again(case: Case, flow: Flow, broken: list[Gap]) -> Finding:
    """Losses that only time-outs repaired, several times over."""
    lost = sum(g.end_ns - g.start_ns for g in broken)
    down = sum(g.resent_0 for g in broken) == 0
    say = saying(count=len(broken), host=case.path(flow).name, time=duration(lost))
    return CAUSE.finding(
        case.path(flow),
        (broken[0].start_ns, broken[-1].end_ns),
        say(TIMED_OUT_DOWN if down else TIMED_OUT),
        frames(
            (broken[0].last_frame, "the last before the first of them"),
            (broken[0].next_frame, "repaired"),
            (broken[-1].next_frame, say("the last of {count} is repaired")),
        ),
        confidence(ONLY_BY_TIME_OUT),
        flow,
        quantities={"times": len(broken), "lost_seconds": seconds(lost)},
        attributes=way(int(down)),
    )


def _many(case: Case, flow: Flow, direction: int, outages: list[Gap]) -> Iterator[Finding]:
    """Segments of one direction that had to be sent again, where they are many, and changed the pace."""
    half = flow.halves[direction]
    refused, segments = refused_again(flow, half), max(half.packets, 1)
    silent = half.streak if half.streak >= STREAK else 0  # at the end nobody answered any more: no rate
    lost = max(half.resent, refused) - half.dsacks - silent
    if lost < COUNT.value:
        return
    again = copies(flow)
    lost -= sum(p.frame_number in again for p in flow.data_packets[direction])
    share, behind = lost / segments, 2 * refused > lost
    if lost < COUNT.value or share < RATE.value:
        return
    if behind and flow.halves[1 - direction].zero_count:
        return  # the receiver closed its window over what was under way, and threw it away (RFC 9293 3.8.6)
    if silent and silent >= lost - 2:
        return  # the same segment again and again: a black hole, not a rate
    rate = half_rate(flow, direction)
    mine = [one for one in transfers(flow) if one.direction == direction]
    if any(one.limit == PATH for one in mine) or (rate is not None and rate.steady):
        return  # what was lost did not change the pace: a thin link drops the tail of its queue
    late = half.lost <= half.out_of_order + half.acked_first  # holes that originals filled at once
    kinds = RETRANSMISSION | (0 if late else LOST_SEGMENT) | (OUT_OF_ORDER if refused > half.resent else 0)
    marks = [p for p in flow.packets if p.direction == direction and p.marks & kinds
             and not p.marks & SPURIOUS_RETRANSMISSION and p.frame_number not in again
             and not (silent and p.frame_number >= half.streak_first_frame)]  # fmt: skip
    if not marks or (outages and len(apart(marks, outages, RECOVERY.ns)) < COUNT.value):
        return
    slower = sum(one.cost_ns(LOSS) for one in mine)
    trip = max(0, *(half.rtt_minimum_ns for half in flow.halves))
    few = lossy_windows(np.array([p.time_ns for p in marks]), trip) < COUNT.value
    if mine and not behind and slower < COST.ns and few:
        return  # a queue that ran over once or twice: what that cost is known, and nobody notices it
    yield CAUSE.finding(
        case.path(flow),
        (marks[0].time_ns, max(marks[-1].time_ns, marks[0].time_ns)),
        message(
            (FROM if direction else TO) + (BEHIND_RECORDER if behind else ""),
            lost=lost, segments=segments, host=case.path(flow).name, share=f"{share:.1%}",
        ),
        repairs_shown(marks, behind),
        confidence(MANY, VERY_MANY.when(share >= HEAVY.value)),
        flow,
        quantities={"lost": lost, "segments": segments, "rate": round(share, 4), "refused": refused}
        | ({"cost": round(seconds(slower), 3)} if slower else {}),
        attributes=way(direction) | ({"behind_recorder": True} if behind else {}),
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("a box or NIC that damages packets, or this side drops them", None, "behind_recorder=True"),
        Offer("path (Wi-Fi, VPN, a full queue?); the server sends as it should", None, "direction=down"),
        Offer("path (Wi-Fi, VPN, a full queue?); this side sends as it should"),
    ),
    fix=offers(
        "By cable instead of Wi-Fi, or without the VPN", ANOTHER_SOURCE, Offer("Another server or mirror", None, "!go")
    ),
    verify=commands(
        Offer("", "nstat -az TcpInCsumErrors TcpExtTCPRcvQDrop TcpExtTCPBacklogDrop", "behind_recorder=True"),
        *PATH_CHECK,
    ),
    no_use=offers(CLEAN_CACHE, SUMDB_OFF),
)

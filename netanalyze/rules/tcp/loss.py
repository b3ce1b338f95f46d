"""Segments are lost at a rate that limits the transfer.

What it finds
    In one direction, COUNT (8) or more losses that were repaired (D-SACKed
    repeats deducted) and RATE (2 %) or more of the packets that way; or three
    and more waits, LOST_TIME (1 s) in all, that only a retransmission time-out
    ended. A segment that was recorded, sent again and never reported needless
    counts: its receiver threw it away (a wrong checksum). Left out: one segment
    again and again, a steady rate that loss did not change (tcp/throttled), and
    what was lost in an outage (OUTAGE, 1.2 s) and RECOVERY (1 s) after it.

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

from netanalyze.findings import Evidence, Finding, Threshold, frames
from netanalyze.flows.marks import LOST_SEGMENT, OUT_OF_ORDER, RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.flows.observe import Flow, Gap, HalfFlow, KeptPacket
from netanalyze.flows.outages import OFTEN, apart, interruptions, silence
from netanalyze.flows.rate import download_rate
from netanalyze.flows.taps import copies
from netanalyze.rules import Observations
from netanalyze.rules.tcp.outage import PATIENCE as OUTAGE
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import Message, message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops", "acked_unseen")
RATE = Threshold(
    0.02, "of segments",
    source="Mathis et al., CCR 27(3), 1997: throughput goes with 1/sqrt(p); the limit is chosen here",
    why="by that formula 2 % and 50 ms leave about 2 Mbit/s of any link",
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
BEHIND_RECORDER = ", most of them after they had passed the recorder"
TIMED_OUT = "{count} times only a time-out repaired a loss on the way to {host}: {time} in all"
TIMED_OUT_DOWN = "{count} times only a time-out repaired a loss of what {host} sent: {time} in all"
STREAK = 4
"""Copies of one segment in a row that nobody acknowledged: back-off has come to seconds (RFC 6298 section 5.5)."""


def _again_and_again(seen: Observations, flow: Flow, broken: list[Gap]) -> Finding:
    """Losses that only time-outs repaired, several times over."""
    lost = sum(g.end_ns - g.start_ns for g in broken)
    way = "down" if sum(g.resent_0 for g in broken) == 0 else "up"
    return Finding(
        cause="tcp/loss",
        culprit=seen.path(flow),
        start_ns=broken[0].start_ns,
        end_ns=broken[-1].end_ns,
        message=message(
            TIMED_OUT_DOWN if way == "down" else TIMED_OUT,
            count=len(broken),
            host=seen.path(flow).name,
            time=duration(lost),
        ),
        evidence=frames(
            (broken[0].last_frame, "the last before the first of them"),
            (broken[0].next_frame, "repaired"),
            (broken[-1].next_frame, message("the last of {count} is repaired", count=len(broken))),
        ),
        confidence=0.85,
        flow_id=flow.id,
        quantities={"times": len(broken), "lost_seconds": seconds(lost)},
        attributes={"direction": way},
    )


def _refused(flow: Flow, half: HalfFlow) -> int:
    """Segments recorded a second time whose first copy, recorded too, the receiver can not have taken.

    It would have told the sender that the copy was needless (D-SACK, RFC 2883; Linux does), which the caller deducts. So
    it threw the first one away, or it was lost behind the recorder: a wrong checksum, a full receive queue.
    """
    both_sack = all(side.sack_permitted for side in flow.halves)
    if not both_sack or not half.largest or not half.next_known:
        return 0
    again = max(half.octets - (half.next - 1) - half.keep_alives, 0) // half.largest
    return max(again - flow.duplicates, 0)


def check(seen: Observations) -> Iterator[Finding]:
    """Repaired losses in one direction of a flow above RATE and COUNT."""
    for flow in seen.flows:
        if not flow.established:
            continue
        broken = interruptions(flow)
        outages = [gap for gap in broken if silence(flow, gap) >= OUTAGE.ns]
        if len(broken) >= OFTEN and sum(g.end_ns - g.start_ns for g in broken) >= LOST_TIME.ns:
            yield _again_and_again(seen, flow, broken)
            continue
        for direction, half in enumerate(flow.halves):
            refused = _refused(flow, half)
            silent = half.streak if half.streak >= STREAK else 0  # at the end nobody answered any more: no rate
            lost = max(half.resent, refused) - half.dsacks - silent
            again = copies(flow) if lost >= COUNT.value else set()
            lost -= sum(_copied(p, direction, again) for p in flow.packets)
            segments = max(half.packets, 1)
            progress = flow.halves[direction].last_data_ns
            if lost < COUNT.value or lost / segments < RATE.value or progress == NEVER_NS:
                continue
            if 2 * refused > lost and flow.halves[1 - direction].zero_count:
                continue  # the receiver closed its window over what was under way, and threw it away (RFC 9293 3.8.6)
            if silent and silent >= lost - 2:
                continue  # the same segment again and again: a black hole, not a rate
            rate = download_rate(flow) if direction else None
            if rate is not None and rate.steady:
                continue  # what was lost did not change the pace: a thin link drops the tail of its queue
            late = half.lost <= half.out_of_order + half.acked_first  # holes that originals filled at once
            kinds = RETRANSMISSION | (0 if late else LOST_SEGMENT) | (OUT_OF_ORDER if refused > half.resent else 0)
            marks = [p for p in flow.packets if p.direction == direction and p.marks & kinds
                     and not p.marks & SPURIOUS_RETRANSMISSION and p.frame_number not in again
                     and not (silent and p.frame_number >= half.streak_first_frame)]  # fmt: skip
            if not marks or (outages and len(apart(marks, outages, RECOVERY.ns)) < COUNT.value):
                continue
            share = lost / segments
            behind = 2 * refused > lost
            yield Finding(
                cause="tcp/loss",
                culprit=seen.path(flow),
                start_ns=marks[0].time_ns,
                end_ns=max(marks[-1].time_ns, marks[0].time_ns),
                message=message(
                    (FROM if direction else TO) + (BEHIND_RECORDER if behind else ""),
                    lost=lost,
                    segments=segments,
                    host=seen.path(flow).name,
                    share=f"{share:.1%}",
                ),
                evidence=_shown(marks, behind),
                confidence=0.9 if share >= 0.03 else 0.75,
                flow_id=flow.id,
                quantities={"lost": lost, "segments": segments, "rate": round(share, 4), "refused": refused},
                attributes={"direction": "down" if direction else "up"} | ({"behind_recorder": True} if behind else {}),
            )


def _copied(packet: KeptPacket, direction: int, again: set[int]) -> bool:
    """Whether a packet counts as a repeat and is only a copy of another place."""
    return packet.direction == direction and packet.length > 0 and packet.frame_number in again


def _shown(marks: list[KeptPacket], behind: bool) -> tuple[Evidence, ...]:
    """The first, one in the middle and the last: holes where the recorder saw them, else what was sent again."""
    holes = [] if behind else [p for p in marks if p.marks & LOST_SEGMENT]
    first, last = "the first segment sent again", "the last of {count} sent again"
    if holes:
        marks, first, last = holes, "the first hole: octets before it are missing", "the last of {count} such holes"
    elif behind:
        first, last = "a segment sent again that had been recorded before", "the last of {count} that Wireshark marks"
    told: dict[int, str | Message] = {marks[0].frame_number: first}
    told.setdefault(marks[len(marks) // 2].frame_number, "one of them in the middle")
    if marks[-1].frame_number not in told:
        told[marks[-1].frame_number] = message(last, count=len(marks))
    return frames(*told.items())

"""Whether a gap was an interruption of the path, and not somebody's pause."""

import itertools
from bisect import bisect_right

from netanalyze.flows.flow import Flow, Gap, KeptPacket
from netanalyze.flows.network.others import Spans
from netanalyze.flows.network.vantage import vantage
from netanalyze.flows.within import frame_number, kept_frame, within
from netanalyze.tracking.gaps import KIND_ACK, KIND_DATA, KIND_FIN, KIND_RST
from netanalyze.tracking.marks import LOST_SEGMENT, OUT_OF_ORDER, RETRANSMISSION, SPURIOUS_RETRANSMISSION, WAS_HOLE
from netanalyze.wording import Text, message


def interrupted(flow: Flow, gap: Gap) -> Text | None:
    """How one can tell that the path was gone during a gap that progress ended; None where one cannot.

    The client's own retransmissions show it. A sender on the far side of the capture (the server, or a client that was
    recorded at its server) shows it by what it sends first afterwards: octets below what it had sent already, one segment
    alone where it used to send several (its window collapsed), or repeats of what was acknowledged long ago; and by its IP ids.
    A server whose client closed at last shows it by what it sends then: octets it had sent before, or others behind a hole.
    """
    if closes(gap):
        unheard = gap.data_direction == 1 and not gap.resent_1
        return GIVEN_UP if unheard and not _all_had_come(flow, gap) and _missing_behind(flow, gap) else None
    if gap.resent_0 >= 2:
        return message("{number} retransmissions went unanswered meanwhile", number=gap.resent_0)
    if gap.resent_1 >= 2:
        return message("the server had to send {number} segments again", number=gap.resent_1)
    who = gap.next_direction
    if who == 0 and (gap.next_kind != KIND_DATA or gap.data_direction != 0 or not comes_from_afar(flow)):
        return None
    if _began_with_a_repeat(flow, gap):
        return "the first that came after the silence was a repeat"
    if (number := never_came(flow, gap)) >= 2:
        count = "its IP ids count {number} packets of the server's that never came"
        mine = "its IP ids count {number} packets of the client's that never came"
        return message(count if who else mine, number=number)
    if gap.next_kind != KIND_DATA or gap.data_direction != who:
        return None
    return _went_on(flow, gap, who)


def comes_from_afar(flow: Flow) -> bool:
    """Whether what the client sends crosses the path before it is captured: what of it is lost is not in the capture."""
    if "from afar" not in flow.known:
        flow.known["from afar"] = vantage([flow]) in ("server", "middle")
    return flow.known["from afar"]


def closes(gap: Gap) -> bool:
    """Whether the client's close ended a gap."""
    return gap.next_direction == 0 and gap.next_kind in (KIND_FIN, KIND_RST)


def _all_had_come(flow: Flow, gap: Gap) -> bool:
    """Whether each answer in clear had come whole before a gap: for what is lost behind it, a farewell, nobody waited."""
    asked = flow.clear.exchanges if flow.clear is not None and not flow.tunnelled else ()
    return bool(asked) and all(one.body_over and one.body_over_ns <= gap.start_ns for one in asked)


def _missing_behind(flow: Flow, gap: Gap) -> bool:
    """Whether the first that the server sent after a gap lies behind octets that never came, or was sent before: it had sent
    that in the gap, and a path that was there had brought it, at the latest by its next time-out."""
    at = bisect_right(flow.data_packets[1], gap.next_frame, key=frame_number)
    after = flow.data_packets[1][at:]
    if any(p.marks & OUT_OF_ORDER for p in after):
        return False  # what lacked was overtaken on the way
    return any(
        p.marks & (LOST_SEGMENT | RETRANSMISSION | WAS_HOLE) and not p.marks & SPURIOUS_RETRANSMISSION
        for p in after[:1]
    )


GIVEN_UP = "what the server sent when the client had closed lies behind octets that never came"
BEGAN_AGAIN = "the server began again with a single segment", "the client began again with a single segment"
SENT_BEFORE = "the server went on with octets it had sent before", "the client went on with octets it had sent before"


def _went_on(flow: Flow, gap: Gap, who: int) -> Text | None:
    """What the first octets after a gap show of a sender on the far side: that it repeats, or that its window collapsed."""
    ending = kept_frame(flow.packets, gap.next_frame)
    if ending is None or ending.marks & SPURIOUS_RETRANSMISSION:
        return None
    if ending.marks & (RETRANSMISSION | WAS_HOLE | OUT_OF_ORDER):
        return SENT_BEFORE[1 - who]
    sent, trip = flow.data_packets[who], max(flow.halves[1 - who].rtt_minimum_ns, 0)
    at = bisect_right(sent, gap.next_frame, key=frame_number)
    after = sent[at : at + 6]
    if any(p.marks & RETRANSMISSION and not p.marks & SPURIOUS_RETRANSMISSION for p in after):
        return SENT_BEFORE[1 - who]
    together = max(trip // 2, 2_000_000)
    lone = [p for p in after if p.time_ns - ending.time_ns < together]
    at = bisect_right(sent, gap.last_frame, key=frame_number)
    before = sent[max(at - 6, 0) : at]
    if len(before) > 1 and all(b.time_ns - a.time_ns >= together for a, b in itertools.pairwise(before)):
        return None  # it sends one at a time, as streams do
    half = flow.halves[who]
    full = ending.length >= half.largest - 64 and half.largest > 500
    if full and not lone and trip > 10_000_000 and len(after) >= 2:
        return BEGAN_AGAIN[1 - who]
    return None


def _began_with_a_repeat(flow: Flow, gap: Gap) -> bool:
    """Whether a sender broke its silence with what it had sent before: its time-outs repeated that all the while, unheard.

    One that rests repeats, if at all, at the beginning of its rest (a tail loss probe, RFC 8985 section 7).
    """
    who = gap.next_direction
    if not (gap.resent_0, gap.resent_1)[who]:
        return False
    again = kept_frame(flow.packets, gap.first_resent_frame)
    if again is None or again.direction != who:
        return False
    return 4 * (again.time_ns - gap.start_ns) >= 3 * (gap.end_ns - gap.start_ns)


COUNTS, ENOUGH, MOST = 0.8, 8, 1000
"""A stack counts its ids for each connection where so large a share of the steps is one, in so many packets; a step larger
than the last is no count of what was lost in a gap, but a wrap or a number drawn anew."""


def never_came(flow: Flow, gap: Gap) -> int:
    """Packets that the sender of what ended a gap sent meanwhile, and that the capture has not: by its IP ids, 0 where they do
    not tell.

    A response that comes late because each of its copies was lost looks like one that was sent late. Linux counts the ids
    of each connection (inet_sk(sk)->inet_id), so that one can tell which it was; IPv6 has none.
    """
    if gap.next_direction not in (0, 1):
        return 0
    sender, receiver = flow.halves[gap.next_direction], flow.halves[1 - gap.next_direction]
    if gap.id_step < 2 or gap.id_step > MOST or sender.packets < ENOUGH:
        return 0
    if sender.id_ones < COUNTS * (sender.packets - sender.copies - 1):
        return 0
    if sender.largest > (receiver.mss or sender.largest):
        return 0  # several segments merged into a frame
    window = sender.flight_most // max(sender.largest, 1)
    return gap.id_step - 1 if gap.id_step - 1 <= window + REPEATS_MOST else 0


REPEATS_MOST = 15
"""Repeats of one segment at the most (Linux tcp_retries2): more than a window and these, one connection does not send in a
gap; then the ids count all that the host sends, to whomever."""


def silence(flow: Flow, gap: Gap) -> int:
    """ns: the longest time in a gap in which one of the two sides was not heard at all, the longer of both.

    Where both repeat themselves meanwhile, and both are heard, segments are lost one by one: the path was not gone.
    """
    longest = 0
    packets = within(flow.packets, gap.last_frame, gap.next_frame or LAST_FRAME)
    for direction in (0, 1):
        heard = gap.start_ns
        for packet in packets:
            if packet.direction == direction and gap.start_ns < packet.time_ns < gap.end_ns:
                longest, heard = max(longest, packet.time_ns - heard), packet.time_ns
        longest = max(longest, gap.end_ns - heard)
    return longest


LAST_FRAME = 2**62
"""A frame behind all frames."""
SHORTEST_NS = 200_000_000
"""The least retransmission time-out of Linux: what is repaired sooner cost nothing that a person notices."""
OFTEN = 3
"""Interruptions of one flow from which they are losses, again and again, and no outage."""


def interruptions(flow: Flow) -> list[Gap]:
    """The gaps that were interruptions of the path, as long as a time-out lasts at the least: the round trip and
    ``SHORTEST_NS`` (RFC 6298 section 2.3); a sender that waits for its window pauses a round trip."""
    ended = flow.ended()
    least = max(flow.client.rtt_minimum_ns, flow.server.rtt_minimum_ns, 0) + SHORTEST_NS
    if flow.longest_gap_ns < least:
        return []
    return [
        gap for gap in flow.gaps
        if (ended is None or gap.end_ns <= ended[2]) and (gap.next_kind in (KIND_DATA, KIND_ACK) or closes(gap))
        and gap.end_ns - gap.start_ns >= least and interrupted(flow, gap)
    ]  # fmt: skip


def apart(packets: list[KeptPacket], outages: list[Gap], recovery_ns: int) -> list[KeptPacket]:
    """The packets of another time than the outages and so many ns after each, in which its window is repaired."""
    repaired = Spans((g.start_ns, g.end_ns + recovery_ns, "") for g in outages)
    return [p for p in packets if not repaired.beside("?", p.time_ns, p.time_ns)]

"""Whether a gap was an interruption of the path, and not somebody's pause."""

import itertools

from netanalyze.flows.gaps import KIND_ACK, KIND_DATA
from netanalyze.flows.marks import OUT_OF_ORDER, RETRANSMISSION, SPURIOUS_RETRANSMISSION, WAS_HOLE
from netanalyze.flows.observe import Flow, Gap, KeptPacket
from netanalyze.wording import message


def interrupted(flow: Flow, gap: Gap) -> str | None:
    """How one can tell that the path was gone during a gap that progress ended; None where one cannot.

    The client's own retransmissions show it. A sender on the far side shows it by what it sends first
    afterwards: octets below what it had sent already, one segment alone where it used to send several (its
    window collapsed), or repeats of what was acknowledged long ago; and by its IP ids.
    """
    if gap.resent_0 >= 2:
        return message("{number} retransmissions went unanswered meanwhile", number=gap.resent_0)
    if gap.resent_1 >= 2:
        return message("the server had to send {number} segments again", number=gap.resent_1)
    if (number := never_came(flow, gap)) >= 2:
        return message("its IP ids count {number} packets of the server's that never came", number=number)
    if gap.next_kind != KIND_DATA or gap.next_direction != 1 or gap.data_direction != 1:
        return None
    ending = next((p for p in flow.packets if p.frame_number == gap.next_frame), None)
    if ending is None:
        return None
    if ending.marks & SPURIOUS_RETRANSMISSION:
        return None
    if ending.marks & (RETRANSMISSION | WAS_HOLE | OUT_OF_ORDER):
        return "the server went on with octets it had sent before"
    after = [p for p in flow.packets if p.direction == 1 and p.length and p.frame_number > gap.next_frame][:6]
    if any(p.marks & RETRANSMISSION and not p.marks & SPURIOUS_RETRANSMISSION for p in after):
        return "the server went on with octets it had sent before"
    together = max(flow.round_trip_ns // 2, 2_000_000)
    lone = [p for p in after if p.time_ns - ending.time_ns < together]
    before = [p for p in flow.packets if p.direction == 1 and p.length and p.frame_number <= gap.last_frame][-6:]
    if len(before) > 1 and all(b.time_ns - a.time_ns >= together for a, b in itertools.pairwise(before)):
        return None  # it sends one at a time, as streams do
    full = ending.length >= flow.server.largest - 64 and flow.server.largest > 500
    if full and not lone and flow.round_trip_ns > 10_000_000 and len(after) >= 2:
        return "the server began again with a single segment"
    return None


COUNTS, ENOUGH, MOST = 0.8, 8, 1000
"""A stack counts its ids for each connection where so large a share of the steps is one, in so many packets; a step larger
than the last is no count of what was lost in a gap, but a wrap or a number drawn anew."""


def never_came(flow: Flow, gap: Gap) -> int:
    """Packets that the server sent in a gap, and that the capture has not: by its IP ids, 0 where they do not tell.

    A response that comes late because each of its copies was lost looks like one that was sent late. Linux counts the ids
    of each connection (inet_sk(sk)->inet_id), so that one can tell which it was; IPv6 has none.
    """
    server = flow.server
    if gap.next_direction != 1 or gap.id_step < 2 or gap.id_step > MOST or server.packets < ENOUGH:
        return 0
    if server.id_ones < COUNTS * (server.packets - server.copies - 1):
        return 0
    if server.largest > (flow.client.mss or server.largest):
        return 0  # several segments merged into a frame
    return gap.id_step - 1


def silence(flow: Flow, gap: Gap) -> int:
    """ns: the longest time in a gap in which one of the two sides was not heard at all, the longer of both.

    Where both repeat themselves meanwhile, and both are heard, segments are lost one by one: the path was not gone.
    """
    longest = 0
    for direction in (0, 1):
        heard = gap.start_ns
        for packet in flow.packets:
            if packet.direction == direction and gap.start_ns < packet.time_ns < gap.end_ns:
                longest, heard = max(longest, packet.time_ns - heard), packet.time_ns
        longest = max(longest, gap.end_ns - heard)
    return longest


SHORTEST_NS = 200_000_000
"""The least retransmission time-out of Linux: what is repaired sooner cost nothing that a person notices."""
OFTEN = 3
"""Interruptions of one flow from which they are losses, again and again, and no outage."""


def interruptions(flow: Flow) -> list[Gap]:
    """The gaps of ``SHORTEST_NS`` or longer that were interruptions of the path."""
    ended = flow.ended()
    return [
        gap for gap in flow.gaps
        if (ended is None or gap.end_ns <= ended[2]) and gap.next_kind in (KIND_DATA, KIND_ACK)
        and gap.end_ns - gap.start_ns >= SHORTEST_NS and interrupted(flow, gap)
    ]  # fmt: skip


def apart(packets: list[KeptPacket], outages: list[Gap], recovery_ns: int) -> list[KeptPacket]:
    """The packets of another time than the outages and so many ns after each, in which its window is repaired."""
    return [p for p in packets if not any(g.start_ns <= p.time_ns <= g.end_ns + recovery_ns for g in outages)]

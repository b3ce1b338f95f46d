"""Whether a gap was an interruption of the path, and not somebody's pause."""

from netanalyze.flows.gaps import KIND_ACK, KIND_DATA
from netanalyze.flows.marks import OUT_OF_ORDER, RETRANSMISSION, SPURIOUS_RETRANSMISSION, WAS_HOLE
from netanalyze.flows.observe import Flow, Gap
from netanalyze.wording import message


def interrupted(flow: Flow, gap: Gap) -> str | None:
    """How one can tell that the path was gone during a gap that progress ended; None where one cannot.

    The client's own retransmissions show it. A sender on the far side shows it by what it sends first
    afterwards: octets below what it had sent already, one segment alone (its window collapsed), or
    repeats of what was acknowledged long ago.
    """
    if gap.resent_0 >= 2:
        return message("{number} retransmissions went unanswered meanwhile", number=gap.resent_0)
    if gap.resent_1 >= 2:
        return message("the server had to send {number} segments again", number=gap.resent_1)
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
    lone = [p for p in after if p.time_ns - ending.time_ns < max(flow.round_trip_ns // 2, 2_000_000)]
    full = ending.length >= flow.server.largest - 64 and flow.server.largest > 500
    if full and not lone and flow.round_trip_ns > 10_000_000 and len(after) >= 2:
        return "the server began again with a single segment"
    return None


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

"""What was said and is not in the capture: an extract, a filter, a recorder that lost frames.

Octets that the other side acknowledged arrived there; where no frame of the file bears them, nobody who reads it can say that
they were never sent.
"""

from netanalyze.flows.flow import Flow
from netanalyze.tracking.sequence import NO_OFFSET

SHARE = 0.1
"""Of what one side sent so much: a recorder that loses a frame in a hundred still shows what became of a conversation."""


def unseen(flow: Flow, direction: int, since_ns: int | None = None, until_ns: int | None = None) -> int:
    """Octets that one side is known to have sent and that the capture lacks.

    A lower bound: of a long flow not every packet is kept, and each octet that was seen is taken for one that is missing.

    Args:
        since_ns: only those beyond what that side had been seen to send by then; None all of them.
        until_ns: only those before what it is seen to send then or later; None all of them.
    """
    half, said = flow.halves[direction], flow.data_packets[direction]
    if half.acked == NO_OFFSET:
        return 0
    sent = half.acked - (half.fin_frame > 0 and half.acked > half.fin_offset)
    reached = 1 if half.syn_count else min((p.offset for p in said), default=sent)
    if since_ns is not None:
        reached = max((p.offset + p.length for p in said if p.time_ns <= since_ns), default=reached)
    if until_ns is not None:
        sent = min([sent, *(p.offset for p in said if p.time_ns >= until_ns)])
    lacking = 0
    for start, end in sorted((p.offset, p.offset + p.length) for p in said):
        if end > reached:
            lacking += max(min(start, sent) - reached, 0)
            reached = end
    lacking += max(sent - reached, 0)
    return max(lacking - (half.octets - sum(p.length for p in said)), 0)


def lacks_words(flow: Flow) -> bool:
    """Whether the capture lacks a good part of what either side said."""
    if not flow.is_tcp or flow.smooth:
        return False
    return any(unseen(flow, side) > SHARE * max(flow.halves[side].acked - 1, 1) for side in (0, 1))

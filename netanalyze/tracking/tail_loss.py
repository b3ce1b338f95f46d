"""Tail loss, which Wireshark does not mark but stalls need: the last segment that was sent, sent again."""

from netanalyze.kernel import kernel
from netanalyze.tracking.marks import OVERTAKEN, SPURIOUS_RETRANSMISSION
from netanalyze.tracking.state import HALF


@kernel
def note_tail(halves, h, end, marks):
    """Count a segment sent again that ends at ``end``, if it is the last one that was sent, after ``HALF.NEXT`` moved on.

    It was lost at the tail: no later one could give the receiver cause for duplicate acknowledgments (RFC 8985 section 7).
    """
    if marks & (SPURIOUS_RETRANSMISSION | OVERTAKEN) == 0 and end == halves[h + HALF.NEXT]:
        halves[h + HALF.TAIL_RESENT] += 1

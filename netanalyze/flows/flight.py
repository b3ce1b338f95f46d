"""What Wireshark does not mark but stalls need: losses at the end of what was sent."""

from netanalyze.flows.marks import OVERTAKEN, SPURIOUS_RETRANSMISSION
from netanalyze.flows.state import H_NEXT, H_TAIL_RESENT
from netanalyze.kernel import kernel


@kernel
def note_tail(halves, h, end, marks):
    """Count a segment sent again that ends at ``end``, if it is the last one that was sent, after ``H_NEXT`` moved on.

    It was lost at the tail: no later one could give the receiver cause for duplicate acknowledgments (RFC 8985 section 7).
    """
    if marks & (SPURIOUS_RETRANSMISSION | OVERTAKEN) == 0 and end == halves[h + H_NEXT]:
        halves[h + H_TAIL_RESENT] += 1

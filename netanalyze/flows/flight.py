"""What Wireshark does not mark but stalls need: octets in flight, and losses at the end of what was sent."""

from netanalyze.flows.marks import OVERTAKEN, RESENT, SPURIOUS_RETRANSMISSION
from netanalyze.flows.state import H_ACKED, H_FLIGHT_MOST, H_NEXT, H_TAIL_RESENT
from netanalyze.kernel import kernel


@kernel
def note_flight(halves, h, end, marks):
    """Take a segment with payload, SYN or FIN that ends at ``end``, after ``H_NEXT`` was moved on.

    In flight is what was sent and not acknowledged; a segment sent again that is the last one sent was lost at
    the tail: no later one could give the receiver cause for duplicate acknowledgments (RFC 8985 section 7).
    """
    acked = halves[h + H_ACKED]
    flight = halves[h + H_NEXT] - acked
    if acked >= 0 and flight > halves[h + H_FLIGHT_MOST]:
        halves[h + H_FLIGHT_MOST] = flight
    if marks & RESENT and marks & (SPURIOUS_RETRANSMISSION | OVERTAKEN) == 0 and end == halves[h + H_NEXT]:
        halves[h + H_TAIL_RESENT] += 1

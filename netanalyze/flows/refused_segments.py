"""Segments that their receiver threw away, or that were lost behind the recorder."""

from netanalyze.flows.flow import Flow, HalfFlow


def refused_again(flow: Flow, half: HalfFlow) -> int:
    """Segments recorded a second time whose first copy, recorded too, the receiver can not have taken.

    It would have told the sender that the copy was needless (D-SACK, RFC 2883; Linux does), which the caller deducts. So
    it threw the first one away, or it was lost behind the recorder: a wrong checksum, a full receive queue.
    """
    if not (flow.client.sack_permitted and flow.server.sack_permitted) or not half.largest or not half.next_known:
        return 0
    again = max(half.octets - (half.next - 1) - half.keep_alives, 0) // half.largest
    return max(again - flow.duplicates, 0)

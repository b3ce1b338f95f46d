"""HTTP/2 in clear, as far as a cause may judge by it."""

from netanalyze.conversations.clear_http2 import ClearHttp2
from netanalyze.flows.flow import Flow


def read_whole(flow: Flow) -> ClearHttp2 | None:
    """What was said in HTTP/2 in clear, where both sides were read to their last octet: of a long conversation only the beginning
    is, and what came behind it may be the answer."""
    talk = flow.conversation.http2 if flow.conversation is not None else None
    if talk is None or not talk.whole:
        return None
    ends = (max(half.next, half.acked) - (half.fin_frame > 0) for half in flow.halves)
    return talk if all(max(talk.reached(direction), 1) >= end for direction, end in enumerate(ends)) else None

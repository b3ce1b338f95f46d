"""HTTP/2 in clear, as far as a cause may judge by it."""

from netanalyze.causes.case import Case
from netanalyze.conversations.clear_http2 import ClearHttp2
from netanalyze.flows.flow import Flow
from netanalyze.flows.screen import odd
from netanalyze.units import NEVER_NS

End = tuple[str, int, str | None]
"""A client, the port of a server, and that server."""


def read_whole(flow: Flow) -> ClearHttp2 | None:
    """What was said in HTTP/2 in clear, where both sides were read to their last octet: of a long conversation only the beginning
    is, and what came behind it may be the answer."""
    talk = flow.conversation.http2 if flow.conversation is not None else None
    if talk is None or not talk.whole:
        return None
    ends = (max(half.next, half.acked) - (half.fin_frame > 0) for half in flow.halves)
    return talk if all(max(talk.reached(direction), 1) >= end for direction, end in enumerate(ends)) else None


def served_since(case: Case, flow: Flow, since_ns: int) -> bool:
    """Whether the client asked the same server something later, by whatever connection, that was answered."""
    if "served" not in case.derived:
        case.derived["served"] = _served(case)
    return max(case.derived["served"][end] for end in _ends(flow)) > since_ns


def _ends(flow: Flow) -> set[End]:
    """Its client and its server: by name (None: no name is known, it may be any), and by address."""
    return {(flow.client.address, flow.server.port, far) for far in (flow.host, flow.server.address)}


def _served(case: Case) -> dict[End, int]:
    """When each client last asked each server something that was answered."""
    found: dict[End, int] = {}
    for flow in odd(case.flows):
        talk = read_whole(flow)
        if talk is not None:
            came = (one for one in talk.streams.values() if one.answered_frame and not one.reset_frame)
            asked_ns = max((one.request_ns for one in came), default=NEVER_NS)
        else:  # not all of it was read: what came last may be an answer
            asked_ns = flow.server.last_data_ns
        for end in {*_ends(flow), (flow.client.address, flow.server.port, None)}:
            found[end] = max(found.get(end, NEVER_NS), asked_ns)
    return found

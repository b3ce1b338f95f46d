"""What was under way on a flow when it ended."""

from netanalyze.flows.application import application
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.observe import Flow
from netanalyze.flows.stalls import body_complete
from netanalyze.units import NEVER_NS


def broken_off(flow: Flow) -> str | None:
    """What an end of the flow interrupted, in words ("while a response was owed"); None where nothing was."""
    if flow.tls is not None:
        if not handshake_complete(flow):
            return None  # the rules of the TLS phase
        read = application(flow)
        if read is None:
            return None
        if read.ended is False:
            return f"in the middle of a response ({read.why})"
        if read.requests and not read.answered:
            return "while a response was owed"
        if read.ended is None and read.responses:
            quiet = flow.server.rst_ns - flow.server.last_data_ns if flow.server.rst_count else 0
            if flow.server.rst_count and quiet < max(4 * flow.round_trip_ns, 1_000_000_000):
                return "while a response was coming"
        return None
    if flow.http is not None:
        for exchange in flow.http.exchanges:
            if exchange.request_frame and not exchange.response_frame:
                return "while a response was owed"
            if exchange.response_frame and not exchange.body_over and not body_complete(flow, exchange):
                if exchange.body_kind in ("length", "chunked"):
                    return "in the middle of a response"
        return None
    if flow.data_direction == 0 and flow.server.sent_data:
        return "while an answer was owed"
    if flow.server.sent_data and flow.server.last_data_ns != NEVER_NS and flow.server.next > flow.server.contiguous:
        return "in the middle of a transfer"
    if flow.client.sent_data and not flow.server.sent_data:
        return "while an answer was owed"
    return None

"""Which move was owed while nothing moved, and by whom: the next one that the protocols, as far as they are read, ask for."""

from netanalyze.conversations.service import upgraded
from netanalyze.findings import Threshold
from netanalyze.flows.application import (
    BODY_LEAST,
    FINISHED_SHA256,
    FINISHED_SHA384,
    Application,
    application,
    fills_a_record,
    offers_http2,
    overhead,
)
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.hello import speaks_tls13
from netanalyze.flows.pushing import event_stream, only_closes
from netanalyze.flows.transfers.outages import SHORTEST_NS, interrupted
from netanalyze.flows.transfers.transfers import begun_by
from netanalyze.flows.turns import spoke_last
from netanalyze.flows.within import last_asked, last_by, server_data
from netanalyze.tracking.bins import BULK
from netanalyze.tracking.gaps import KIND_ACK, KIND_DATA, KIND_FIN, KIND_NONE, KIND_RST, KIND_SYN, KIND_SYN_ACK
from netanalyze.tracking.records import HEADER_LENGTH
from netanalyze.waiting import Waiting

SERVER_SPEAKS_FIRST = (21, 22, 25, 110, 143, 587, 3306)
"""Ports whose server greets first: FTP, SSH, SMTP, POP, IMAP, submission, MySQL."""

Owed = tuple[Waiting, str]
"""A move, and who owes it: client, server, or path."""
REQUEST: Owed = (Waiting.REQUEST, "client")
BODY: Owed = (Waiting.BODY, "server")
LOST: Owed = (Waiting.ACK, "path")


def owed(flow: Flow, gap: Gap, read: Application | None, complete: bool) -> Owed | None:
    """Which move was owed during a gap, and by whom; None once the flow was closed.

    Args:
        read: what its records of TLS tell of requests and responses, where it has any.
        complete: whether its handshake came to its end.
    """
    if gap.last_kind in (KIND_RST, KIND_NONE):
        return None
    if gap.last_kind == KIND_SYN:
        return Waiting.SYN_ACK, "server"
    if gap.last_kind == KIND_SYN_ACK:
        return Waiting.ACK, "path" if gap.resent_0 or gap.resent_1 else "client"
    fins = [half.fin_frame for half in flow.halves if half.fin_frame and half.fin_frame <= gap.last_frame]
    if len(fins) == 2:
        return None
    return (
        _of_a_close(flow, gap, fins)
        or _of_a_window(gap)
        or _before_a_word(flow, gap)
        or _of_a_proxy(flow, gap)
        or _of_a_handshake(flow, gap)
        or _of_a_conversation(flow, gap, read, complete)
    )


def _of_a_close(flow: Flow, gap: Gap, fins: list[int]) -> Owed | None:
    """The other side's close, where one side had closed: a half-closed connection may go on with what the server sends."""
    half_closed = len(fins) == 1 and gap.last_kind in (KIND_FIN, KIND_ACK) and gap.next_kind != KIND_DATA
    if flow.client.fin_frame in fins or half_closed:
        return Waiting.FIN_ACK, "server" if flow.client.fin_frame == fins[0] else "client"
    return None


def _of_a_window(gap: Gap) -> Owed | None:
    """Room in a receiver's window that was closed to what the other side had to send."""
    resetting = gap.next_direction if gap.next_kind == KIND_RST else -1  # the window of a RST announces nothing
    if gap.window_0 == 0 and gap.data_direction == 1 and resetting != 0:
        return Waiting.WINDOW_UPDATE, "client"
    if gap.window_1 == 0 and gap.data_direction == 0 and resetting != 1:
        return Waiting.WINDOW_UPDATE, "server"
    return None


def _before_a_word(flow: Flow, gap: Gap) -> Owed | None:
    """The first word, where nobody had sent any octets."""
    if gap.data_direction >= 0:
        return None
    return (Waiting.RESPONSE, "server") if flow.server.port in SERVER_SPEAKS_FIRST else REQUEST


def _of_a_proxy(flow: Flow, gap: Gap) -> Owed | None:
    """A proxy's answer to CONNECT, or to SOCKS."""
    reply: Owed = LOST if gap.unacked_0 and gap.resent_0 else (Waiting.CONNECT_REPLY, "server")
    asked = flow.http.connect if flow.http is not None else None
    if asked is not None and (not asked.response_frame or gap.last_frame < asked.response_frame):
        return reply if gap.data_direction == 0 else REQUEST
    if flow.tls is None and flow.socks is not None and flow.socks.reply is None and gap.data_direction == 0:
        return reply
    return None


def _of_a_handshake(flow: Flow, gap: Gap) -> Owed | None:
    """The next flight of a handshake of TLS that was not over."""
    if flow.tls is None or _finished_by(flow, gap):
        return None
    if gap.data_direction == 0:
        if _server_spoke(flow, gap):
            return Waiting.SERVER_FLIGHT, "server"
        lost = gap.unacked_0 and (gap.resent_0 or gap.next_kind != KIND_DATA)
        return LOST if lost else (Waiting.SERVER_HELLO, "server")
    if gap.next_kind == KIND_DATA and gap.next_direction == 0:
        return Waiting.CLIENT_FINISHED, "client"
    return Waiting.SERVER_FLIGHT, "server"


def _of_a_conversation(flow: Flow, gap: Gap, read: Application | None, complete: bool) -> Owed:
    """The next move of whoever did not speak last."""
    spoke = gap.data_direction
    if ((gap.unacked_0 and gap.resent_0), (gap.unacked_1 and gap.resent_1))[spoke]:
        return LOST
    if read is not None and complete:
        turn = spoke_last(flow, gap, read)
        if turn is None and offers_http2(flow) and not read.requests and gap.next_direction != 1:
            return REQUEST  # only SETTINGS were said: a connection in reserve
        spoke = spoke if turn is None else turn
    if read is None and _said_no_more_than_finished(flow, gap):
        return REQUEST
    if (upgraded(flow.conversation) or event_stream(flow, gap.last_frame)) and gap.next_kind != KIND_ACK:
        return REQUEST  # a WebSocket owes nothing: either side speaks when it likes
    return _behind_the_client(flow, gap) if spoke == 0 else _behind_the_server(flow, gap, read)


def _said_no_more_than_finished(flow: Flow, gap: Gap) -> bool:
    """Whether the client's Finished of TLS 1.3, acknowledged, is all that it had sent: a connection in reserve."""
    records = flow.application_records(0) if flow.tls is not None and speaks_tls13(flow) else []
    if (
        len(records) != 1
        or gap.unacked_0
        or records[0].length - overhead(flow) not in (FINISHED_SHA256, FINISHED_SHA384)
    ):
        return False
    return gap.sent_0 <= records[0].stream_offset + HEADER_LENGTH + records[0].length


def _behind_the_client(flow: Flow, gap: Gap) -> Owed:
    """The move that was owed where the client had spoken last."""
    if (held := _in_upload(flow, gap)) is not None:
        return held
    under_way = asks_on(flow, gap)
    in_turn = not (flow.speaks_http and side_by_side(flow))  # else what the client says next may be another request
    paces_itself = in_turn and (flow.tls is not None or under_way is None)
    if under_way or (paces_itself and gap.next_kind == KIND_NONE and at_its_pace(flow, gap.end_ns - gap.start_ns)):
        return REQUEST
    went_on = gap.next_kind == KIND_DATA and gap.next_direction == 0 and not gap.unacked_0
    if went_on and in_turn:
        return REQUEST  # it went on without an answer, and so waited for none: its request was not whole
    answering = gap.data_frame_1 > flow.client.first_data_frame
    if not (flow.speaks_http or flow.seen_from_start or answering):
        return REQUEST  # nobody knows what it said, nor that it wants an answer: a keep-alive and a receipt do not
    return Waiting.RESPONSE, "server"


def asks_on(flow: Flow, gap: Gap) -> bool | None:
    """Whether the client was in the midst of a request in clear when a gap began; None where that cannot be told: the request's
    end is hidden, or the last record of it in TLS is a full one, or one behind it was not read."""
    if flow.clear is not None:
        asked = last_asked(flow, gap.last_frame)
        return flow.clear.asks_on(asked, gap.sent_0) if asked is not None else False
    read = application(flow) if flow.tls is not None else None
    last = last_by(read.requests, gap.last_frame) if read is not None else None
    if last is None or side_by_side(flow):
        return False
    end = last.stream_offset + HEADER_LENGTH + last.length
    return None if fills_a_record(flow, last) or gap.sent_0 > end else False


def _behind_the_server(flow: Flow, gap: Gap, read: Application | None) -> Owed:
    """The move that was owed where the server had spoken last."""
    if gap.next_kind == KIND_DATA:
        resting = read is not None and read.ended is not False and not gap.unacked_1  # a hole is no rest
        if gap.next_direction == 0 or (resting and only_closes(flow, gap.next_frame, gap.sent_1)):
            return REQUEST
        late = read is not None and read.parallel and read.begins_response(gap.next_frame)
        return (Waiting.RESPONSE, "server") if late else BODY
    if gap.next_kind == KIND_ACK:
        return Waiting.ACK, "client" if gap.next_direction == 0 else "server"
    return BODY if _lacked_the_rest(flow, gap, read) else REQUEST


def _lacked_the_rest(flow: Flow, gap: Gap, read: Application | None) -> bool:
    """Whether the last response was not whole in a gap that nothing ended, or a close."""
    if flow.speaks_http and lacks_octets(flow):
        return True
    if flow.http is not None and flow.tls is None:
        return any(
            e.response_frame and not e.body_over and e.body_kind in ("length", "chunked") and not body_complete(flow, e)
            for e in flow.http.exchanges
        )
    return read is not None and _unfinished(read, gap)


def _in_upload(flow: Flow, gap: Gap) -> Owed | None:
    """Which move was owed in the midst of what the client sends: acknowledgments let it go on, and no answer is due; None
    elsewhere, and where the client itself paused."""
    goes_on = gap.next_kind == KIND_DATA and gap.next_direction == 0
    if goes_on and gap.end_ns - gap.start_ns >= SHORTEST_NS and interrupted(flow, gap):
        return LOST
    if gap.next_kind != KIND_ACK or gap.next_direction != 1 or flow.client.next < BULK:
        return None
    begun = begun_by(flow, 0, gap.start_ns)
    return (Waiting.ACK, "server") if begun is not None and gap.end_ns <= begun.end_ns else None


AT_ITS_PACE = Threshold(
    2, "times a rest before", source="RFC 6298 section 5.5: a timer that doubles",
    why="who rested half as long before, and went on, may go on",
)  # fmt: skip


def at_its_pace(flow: Flow, rest_ns: int) -> bool:
    """Whether a client that now rests for so long rested half as long before, unanswered, and went on."""
    return any(
        rest_ns <= AT_ITS_PACE.value * (gap.end_ns - gap.start_ns)
        for gap in flow.gaps
        if gap.data_direction == gap.next_direction == 0 and gap.next_kind == KIND_DATA and not gap.unacked_0
    )


def lacks_octets(flow: Flow) -> bool:
    """Whether the flow ended with a hole in what the server sent: later octets came, those before them never did, and the
    client said so, as it must at once (RFC 5681 section 4.2); where it does not, frames were picked out."""
    server, client = flow.server, flow.client
    if not server.next_known or server.acked < 0 or client.last_frame < server.last_data_frame:
        return False
    return server.next > max(server.contiguous, server.acked, 1)


def side_by_side(flow: Flow) -> bool:
    """Whether requests may follow each other without an answer: HTTP/2, as far as it was on offer."""
    return offers_http2(flow) or bool(flow.conversation and flow.conversation.is_http2_clear)


def _unfinished(read: Application, gap: Gap) -> bool:
    """Whether the last response may not have been whole when the gap began."""
    return read.ended is False or (
        read.ended is None and read.octets_since_request(gap.last_frame, gap.sent_1) >= BODY_LEAST
    )


def _server_spoke(flow: Flow, gap: Gap) -> bool:
    """Whether the server had sent anything since the ClientHello when the gap began."""
    tls = flow.tls
    if tls and tls.origins[1] < 0:
        return False
    if "server spoke" not in flow.known:
        start = max(tls.origins[1], 1) if tls else 1
        if start == 1 and flow.smooth:  # all that it sent, in order: no packets are needed to tell
            flow.known["server spoke"] = flow.server.first_data_frame
        else:
            spoke = (p.frame_number for p in server_data(flow) if p.offset >= start)
            flow.known["server spoke"] = next(spoke, None)
    first = flow.known["server spoke"]
    return first is not None and first <= gap.last_frame


def _finished_by(flow: Flow, gap: Gap) -> bool:
    """Whether the handshake was over before the gap: the client's application data had begun, or the server's, which up to
    TLS 1.2 come after both sides' Finished (RFC 5246 section 7.3)."""
    theirs = [] if speaks_tls13(flow) else flow.application_records(1)
    if theirs and theirs[0].frame_number <= gap.last_frame:
        return True
    records = flow.application_records(0)
    if not records:
        return False
    need = 1 if speaks_tls13(flow) and len(records) > 1 else 0
    return len(records) > need and records[need].frame_number <= gap.last_frame


def body_complete(flow: Flow, exchange) -> bool:
    """Whether all octets of a response body in clear were seen."""
    if exchange.body_over:
        return True
    if exchange.body_kind != "length":
        return False
    if not exchange.request_frame and flow.server.next - (flow.server.fin_frame > 0) <= exchange.body_start:
        return True  # what was asked is not in the capture: it may have been a HEAD
    return max(flow.server.contiguous, flow.server.acked) >= exchange.body_start + exchange.content_length

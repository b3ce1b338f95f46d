"""Stalls: spans in which somebody owed the next move and no frame moved it. No thresholds, no opinions."""

from collections.abc import Callable
from dataclasses import dataclass

from netanalyze.conversations.service import upgraded
from netanalyze.flows.application import BODY_LEAST, Application, application, offers_http2
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.hello import handshake_complete, speaks_tls13
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.pushing import event_stream, only_closes, takes_turns
from netanalyze.flows.transfers.outages import SHORTEST_NS, interrupted
from netanalyze.flows.transfers.transfers import begun_by
from netanalyze.flows.turns import spoke_last
from netanalyze.flows.within import server_data
from netanalyze.tracking.bins import BULK
from netanalyze.tracking.gaps import (
    KIND_ACK,
    KIND_DATA,
    KIND_FIN,
    KIND_NONE,
    KIND_RST,
    KIND_SYN,
    KIND_SYN_ACK,
    RESOLUTION_NS,
)
from netanalyze.waiting import Waiting

SERVER_SPEAKS_FIRST = (21, 22, 25, 110, 143, 587, 3306)
"""Ports whose server greets first: FTP, SSH, SMTP, POP, IMAP, submission, MySQL."""


@dataclass(frozen=True)
class Stall:
    """One stall; ``gap`` and ``lookup`` are what it was read from."""

    start_ns: int
    end_ns: int
    waiting_for: Waiting
    waiting_on: str
    last_frame: int
    next_frame: int
    flow: Flow | None = None
    gap: Gap | None = None
    lookup: Lookup | None = None

    @property
    def ns(self) -> int:
        """How long it lasted."""
        return self.end_ns - self.start_ns

    @property
    def goes_on(self) -> bool:
        """Whether it ended with payload, of either side."""
        return self.gap is not None and self.gap.next_kind == KIND_DATA

    @property
    def open(self) -> bool:
        """Whether nothing had ended it when the capture ended."""
        return self.gap is not None and self.gap.next_kind == KIND_NONE

    @property
    def is_own_ack(self) -> bool:
        """Whether the client's acknowledgment is what is missing, of octets or of a SYN-ACK that the server repeats."""
        gap = self.gap
        return (
            self.waiting_for == Waiting.ACK
            and gap is not None
            and (gap.last_kind == KIND_SYN_ACK or gap.data_direction == 1)
        )

    @property
    def resent(self) -> int:
        """Retransmissions meanwhile."""
        return self.gap.resent_0 + self.gap.resent_1 if self.gap else 0


def nowhere_else(flow: Flow) -> int:
    """That the client of a flow asked for nothing elsewhere, as far as is known."""
    return 0


def flow_stalls(flow: Flow, asked_elsewhere: Callable[[Flow], int] = nowhere_else) -> list[Stall]:
    """The stalls of one TCP flow, from its gaps; ``asked_elsewhere`` says in which frame, 0 none, the client asked elsewhere
    for the next thing (netanalyze.flows.exchanges): then it had all it had asked for here."""
    read = application(flow) if flow.tls else None
    complete = handshake_complete(flow)
    # of a body that is not whole the rest was awaited, whatever was asked elsewhere
    whole = read is None or read.ended is not False
    stalls = []
    for gap in flow.gaps:
        named = _owed(flow, gap, read, complete)
        if (
            whole
            and named == (Waiting.BODY, "server")
            and gap.next_direction != 1
            and gap.data_frame_1 < asked_elsewhere(flow)
        ):
            named = Waiting.REQUEST, "client"
        if named:
            stalls.append(Stall(gap.start_ns, gap.end_ns, *named, gap.last_frame, gap.next_frame, flow, gap))
    return stalls


def _owed(flow: Flow, gap: Gap, read: Application | None, complete: bool) -> tuple[Waiting, str] | None:
    """Which move was owed during a gap, and by whom; None once the flow was closed."""
    if gap.last_kind == KIND_RST or gap.last_kind == KIND_NONE:
        return None
    if gap.last_kind == KIND_SYN:
        return Waiting.SYN_ACK, "server"
    if gap.last_kind == KIND_SYN_ACK:
        return Waiting.ACK, "path" if gap.resent_0 or gap.resent_1 else "client"
    fins = [half.fin_frame for half in flow.halves if half.fin_frame and half.fin_frame <= gap.last_frame]
    if len(fins) == 2:
        return None
    if flow.client.fin_frame in fins or (
        len(fins) == 1 and gap.last_kind in (KIND_FIN, KIND_ACK) and gap.next_kind != KIND_DATA
    ):
        return Waiting.FIN_ACK, "server" if flow.client.fin_frame == fins[0] else "client"
    unacked = (gap.unacked_0, gap.unacked_1)
    resent = (gap.resent_0, gap.resent_1)
    resetting = gap.next_direction if gap.next_kind == KIND_RST else -1  # the window of a RST announces nothing
    if gap.window_0 == 0 and gap.data_direction == 1 and resetting != 0:
        return Waiting.WINDOW_UPDATE, "client"
    if gap.window_1 == 0 and gap.data_direction == 0 and resetting != 1:
        return Waiting.WINDOW_UPDATE, "server"
    data = gap.data_direction
    if data < 0:
        if flow.server.port in SERVER_SPEAKS_FIRST:
            return Waiting.RESPONSE, "server"
        return Waiting.REQUEST, "client"
    http, tls = flow.http, flow.tls
    asked = http.connect if http is not None else None
    if asked is not None and (not asked.response_frame or gap.last_frame < asked.response_frame):
        if data == 0:
            return (Waiting.ACK, "path") if unacked[0] and resent[0] else (Waiting.CONNECT_REPLY, "server")
        return Waiting.REQUEST, "client"
    if tls is None and flow.socks is not None and flow.socks.reply is None and data == 0:
        return (Waiting.ACK, "path") if unacked[0] and resent[0] else (Waiting.CONNECT_REPLY, "server")
    if tls is not None and not _finished_by(flow, gap):
        if data == 0:
            if not _server_spoke(flow, gap):
                return (
                    (Waiting.ACK, "path")
                    if unacked[0] and (resent[0] or gap.next_kind != KIND_DATA)
                    else (Waiting.SERVER_HELLO, "server")
                )
            return Waiting.SERVER_FLIGHT, "server"
        if gap.next_kind == KIND_DATA and gap.next_direction == 0:
            return Waiting.CLIENT_FINISHED, "client"
        return Waiting.SERVER_FLIGHT, "server"
    if unacked[data] and resent[data]:
        return Waiting.ACK, "path"
    if read is not None and complete:
        turn = spoke_last(flow, gap, read)
        if turn is None and offers_http2(flow) and not read.requests and gap.next_direction != 1:
            return Waiting.REQUEST, "client"  # only SETTINGS were said: a connection in reserve
        data = data if turn is None else turn
    if (upgraded(flow.conversation) or event_stream(flow, gap.last_frame)) and gap.next_kind != KIND_ACK:
        return Waiting.REQUEST, "client"  # a WebSocket owes nothing: either side speaks when it likes
    if data == 0:
        if (held := _in_upload(flow, gap)) is not None:
            return held
        went_on = gap.next_kind == KIND_DATA and gap.next_direction == 0 and not unacked[0]
        if went_on and not (flow.speaks_http and side_by_side(flow)):
            # it went on without an answer, and so waited for none: its request was not whole
            return Waiting.REQUEST, "client"
        answering = gap.data_frame_1 > flow.client.first_data_frame
        if not (flow.speaks_http or flow.seen_from_start or answering):
            # nobody knows what it said, nor that it wants an answer: a keep-alive and the receipt of a push do not
            return Waiting.REQUEST, "client"
        return Waiting.RESPONSE, "server"
    if gap.next_kind == KIND_DATA:
        if gap.next_direction == 0:
            return Waiting.REQUEST, "client"
        resting = read is not None and read.ended is not False and not unacked[1]  # a hole is no rest
        if resting and only_closes(flow, gap.next_frame, gap.sent_1):
            return Waiting.REQUEST, "client"
        late = read is not None and read.parallel and read.begins_response(gap.next_frame)
        return (Waiting.RESPONSE if late else Waiting.BODY), "server"
    if gap.next_kind == KIND_ACK:
        return Waiting.ACK, "client" if gap.next_direction == 0 else "server"
    # open, or ended by a close: was the last response whole?
    if flow.speaks_http and lacks_octets(flow):
        return Waiting.BODY, "server"
    if http is not None and tls is None:
        open_body = [
            e for e in http.exchanges if e.response_frame and not e.body_over and e.body_kind in ("length", "chunked")
        ]
        if any(not body_complete(flow, e) for e in open_body):
            return Waiting.BODY, "server"
        return Waiting.REQUEST, "client"
    if read is not None and _unfinished(read, gap):
        return Waiting.BODY, "server"
    return Waiting.REQUEST, "client"


def _in_upload(flow: Flow, gap: Gap) -> tuple[Waiting, str] | None:
    """Which move was owed in the midst of what the client sends: acknowledgments let it go on, and no answer is due; None
    elsewhere, and where the client itself paused."""
    goes_on = gap.next_kind == KIND_DATA and gap.next_direction == 0
    if goes_on and gap.end_ns - gap.start_ns >= SHORTEST_NS and interrupted(flow, gap):
        return Waiting.ACK, "path"
    if gap.next_kind != KIND_ACK or gap.next_direction != 1 or flow.client.next < BULK:
        return None
    begun = begun_by(flow, 0, gap.start_ns)
    return (Waiting.ACK, "server") if begun is not None and gap.end_ns <= begun.end_ns else None


def answers_owed(flow: Flow, client: str) -> bool:
    """Whether each request on a flow is owed an answer, as far as that can be told of what ``client`` (its name) sends."""
    return flow.speaks_http and (client != "generic" or takes_turns(flow))


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


def lookup_stall(lookup: Lookup) -> Stall | None:
    """The stall of a lookup that took ``RESOLUTION_NS`` or longer."""
    if lookup.end_ns - lookup.start_ns < RESOLUTION_NS:
        return None
    return Stall(
        lookup.start_ns,
        lookup.end_ns,
        Waiting.DNS_RESPONSE,
        "resolver",
        lookup.first_frame,
        lookup.decided_by,
        lookup=lookup,
    )

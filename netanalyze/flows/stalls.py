"""Stalls: spans in which somebody owed the next move and no frame moved it. No thresholds, no opinions."""

from dataclasses import dataclass

from netanalyze.flows.application import BODY_LEAST, Application, application, offers_http2
from netanalyze.flows.gaps import (
    KIND_ACK,
    KIND_DATA,
    KIND_FIN,
    KIND_NONE,
    KIND_RST,
    KIND_SYN,
    KIND_SYN_ACK,
    RESOLUTION_NS,
)
from netanalyze.flows.hello import handshake_complete, speaks_tls13
from netanalyze.flows.lookups import Lookup
from netanalyze.flows.observe import Flow, Gap
from netanalyze.flows.pushing import event_stream, farewell, takes_turns
from netanalyze.flows.service import upgraded

WAITING_FOR = (
    "dns_response", "syn_ack", "ack", "server_hello", "server_flight", "client_finished", "connect_reply",
    "request", "response", "body", "window_update", "fin_ack",
)  # fmt: skip
SERVER_SPEAKS_FIRST = (21, 22, 25, 110, 143, 587, 3306)
"""Ports whose server greets first: FTP, SSH, SMTP, POP, IMAP, submission, MySQL."""


@dataclass(frozen=True)
class Stall:
    """One stall; ``gap`` and ``lookup`` are what it was read from."""

    start_ns: int
    end_ns: int
    waiting_for: str
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
    def open(self) -> bool:
        """Whether nothing had ended it when the capture ended."""
        return self.gap is not None and self.gap.next_kind == KIND_NONE

    @property
    def is_own_ack(self) -> bool:
        """Whether the client's acknowledgment is what is missing, of octets or of a SYN-ACK that the server repeats."""
        gap = self.gap
        return (
            self.waiting_for == "ack" and gap is not None and (gap.last_kind == KIND_SYN_ACK or gap.data_direction == 1)
        )

    def row(self) -> dict:
        """As a row of StallTable."""
        return {
            "flow_id": self.flow.id if self.flow else -1,
            "start_ns": self.start_ns,
            "end_ns": self.end_ns,
            "waiting_for": self.waiting_for,
            "waiting_on": self.waiting_on,
            "last_frame": self.last_frame,
            "next_frame": self.next_frame,
            "resent": self.gap.resent_0 + self.gap.resent_1 if self.gap else 0,
        }


def flow_stalls(flow: Flow, elsewhere: int = 0) -> list[Stall]:
    """The stalls of one TCP flow, from its gaps; ``elsewhere`` is the frame, 0 none, in which the client asked elsewhere
    for the next thing (netanalyze.flows.exchanges): then it had all it had asked for here."""
    read = application(flow) if flow.tls else None
    complete = handshake_complete(flow)
    stalls = []
    for gap in flow.gaps:
        named = _owed(flow, gap, read, complete)
        if named == ("body", "server") and gap.next_direction != 1 and gap.data_frame_1 < elsewhere:
            named = "request", "client"
        if named:
            stalls.append(Stall(gap.start_ns, gap.end_ns, *named, gap.last_frame, gap.next_frame, flow, gap))
    return stalls


def _owed(flow: Flow, gap: Gap, read: Application | None, complete: bool) -> tuple[str, str] | None:
    """Which move was owed during a gap, and by whom; None once the flow was closed."""
    if gap.last_kind == KIND_RST or gap.last_kind == KIND_NONE:
        return None
    if gap.last_kind == KIND_SYN:
        return "syn_ack", "server"
    if gap.last_kind == KIND_SYN_ACK:
        return "ack", "path" if gap.resent_0 or gap.resent_1 else "client"
    fins = [half.fin_frame for half in flow.halves if half.fin_frame and half.fin_frame <= gap.last_frame]
    if len(fins) == 2:
        return None
    if flow.client.fin_frame in fins or (
        len(fins) == 1 and gap.last_kind in (KIND_FIN, KIND_ACK) and gap.next_kind != KIND_DATA
    ):
        return "fin_ack", "server" if flow.client.fin_frame == fins[0] else "client"
    unacked = (gap.unacked_0, gap.unacked_1)
    resent = (gap.resent_0, gap.resent_1)
    resetting = gap.next_direction if gap.next_kind == KIND_RST else -1  # the window of a RST announces nothing
    if gap.window_0 == 0 and gap.data_direction == 1 and resetting != 0:
        return "window_update", "client"
    if gap.window_1 == 0 and gap.data_direction == 0 and resetting != 1:
        return "window_update", "server"
    data = gap.data_direction
    if data < 0:
        if flow.server.port in SERVER_SPEAKS_FIRST:
            return "response", "server"
        return "request", "client"
    http, tls = flow.http, flow.tls
    asked = http.connect if http is not None else None
    if asked is not None and (not asked.response_frame or gap.last_frame < asked.response_frame):
        if data == 0:
            return ("ack", "path") if unacked[0] and resent[0] else ("connect_reply", "server")
        return "request", "client"
    if tls is None and flow.socks is not None and flow.socks.reply is None and data == 0:
        return ("ack", "path") if unacked[0] and resent[0] else ("connect_reply", "server")
    if tls is not None and not _finished_by(flow, gap):
        if data == 0:
            if not _server_spoke(flow, gap):
                return (
                    ("ack", "path")
                    if unacked[0] and (resent[0] or gap.next_kind != KIND_DATA)
                    else ("server_hello", "server")
                )
            return "server_flight", "server"
        if gap.next_kind == KIND_DATA and gap.next_direction == 0:
            return "client_finished", "client"
        return "server_flight", "server"
    if unacked[data] and resent[data]:
        return "ack", "path"
    if read is not None and complete:
        turn = read.turn(gap.last_frame)
        if turn is None and offers_http2(flow) and not read.requests and gap.next_direction != 1:
            return "request", "client"  # only SETTINGS were said: a connection in reserve
        data = data if turn is None else turn
    if (upgraded(flow.conversation) or event_stream(flow, gap.last_frame)) and gap.next_kind != KIND_ACK:
        return "request", "client"  # a WebSocket owes nothing: either side speaks when it likes
    if data == 0:
        went_on = gap.next_kind == KIND_DATA and gap.next_direction == 0 and not unacked[0]
        if went_on and not (flow.speaks_http and side_by_side(flow)):
            return (
                "request",
                "client",
            )  # it went on without an answer, and so waited for none: its request was not whole
        if not (flow.speaks_http or flow.seen_from_start or flow.server.sent_data):
            return "request", "client"  # nobody knows what it said, nor that it wants an answer: a keep-alive does not
        return "response", "server"
    if gap.next_kind == KIND_DATA:
        if gap.next_direction == 0:
            return "request", "client"
        if read is not None and not _unfinished(read, gap) and farewell(flow, gap.next_frame):
            return "request", "client"
        late = read is not None and read.parallel and read.begins_response(gap.next_frame)
        return ("response" if late else "body"), "server"
    if gap.next_kind == KIND_ACK:
        return "ack", "client" if gap.next_direction == 0 else "server"
    # open, or ended by a close: was the last response whole?
    if http is not None and tls is None:
        open_body = [
            e for e in http.exchanges if e.response_frame and not e.body_over and e.body_kind in ("length", "chunked")
        ]
        if any(not body_complete(flow, e) for e in open_body):
            return "body", "server"
        return "request", "client"
    if read is not None and _unfinished(read, gap):
        return "body", "server"
    return "request", "client"


def answers_owed(flow: Flow, client: str) -> bool:
    """Whether each request on a flow is owed an answer, as far as that can be told of what ``client`` (its name) sends."""
    return flow.speaks_http and (client != "generic" or takes_turns(flow))


def side_by_side(flow: Flow) -> bool:
    """Whether requests may follow each other without an answer: HTTP/2, as far as it was on offer."""
    return offers_http2(flow) or bool(flow.conversation and flow.conversation.is_http2_clear)


def _unfinished(read: Application, gap: Gap) -> bool:
    """Whether the last response may not have been whole when the gap began."""
    return read.ended is False or (read.ended is None and read.octets_since_request(gap.last_frame) >= BODY_LEAST)


def _server_spoke(flow: Flow, gap: Gap) -> bool:
    """Whether the server had sent anything since the ClientHello when the gap began."""
    tls = flow.tls
    start = max(tls.origins[1], 1) if tls and tls.origins[1] >= 0 else 1
    if tls and tls.origins[1] < 0:
        return False
    return any(
        p.direction == 1 and p.length and p.offset >= start and p.frame_number <= gap.last_frame for p in flow.packets
    )


def _finished_by(flow: Flow, gap: Gap) -> bool:
    """Whether the handshake was over before the gap: the client's application data had begun."""
    records = [r for r in flow.records if r.direction == 0 and r.content_type == 23]
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
    return max(flow.server.contiguous, flow.server.acked) >= exchange.body_start + exchange.content_length


def lookup_stall(lookup: Lookup) -> Stall | None:
    """The stall of a lookup that took ``RESOLUTION_NS`` or longer."""
    if lookup.end_ns - lookup.start_ns < RESOLUTION_NS:
        return None
    return Stall(
        lookup.start_ns, lookup.end_ns, "dns_response", "resolver", lookup.first_frame, lookup.decided_by, lookup=lookup
    )

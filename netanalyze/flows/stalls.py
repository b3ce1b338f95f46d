"""Stalls: spans in which somebody owed the next move and no frame moved it. No thresholds, no opinions."""

from dataclasses import dataclass

from netanalyze.flows.application import BODY_LEAST, Application, application
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
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.lookups import Lookup
from netanalyze.flows.observe import Flow, Gap

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


def flow_stalls(flow: Flow) -> list[Stall]:
    """The stalls of one TCP flow, from its gaps."""
    read = application(flow) if flow.tls else None
    complete = handshake_complete(flow)
    stalls = []
    for gap in flow.gaps:
        named = _owed(flow, gap, read, complete)
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
        return "ack", "client"
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
    if tls is None and http is not None and http.connect is not None and http.tunnel is None:
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
        data = data if turn is None else turn
    if data == 0:
        return "response", "server"
    if gap.next_kind == KIND_DATA:
        if gap.next_direction == 0:
            return "request", "client"
        return ("response" if read is not None and read.begins_response(gap.next_frame) else "body"), "server"
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
    if read is not None and (
        read.ended is False or (read.ended is None and read.octets_since_request(gap.last_frame) >= BODY_LEAST)
    ):
        return "body", "server"
    return "request", "client"


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
    version = (
        flow.tls.server_hello.message.version
        if flow.tls and flow.tls.server_hello and flow.tls.server_hello.message
        else 0
    )
    need = 1 if version >= 0x0304 and len(records) > 1 else 0
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

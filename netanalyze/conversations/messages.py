"""MessageReader: hands the octets that were picked out to whoever reads them."""

from collections.abc import Iterator

from netanalyze.conversations.conversation import Conversation
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.conversations.icmp import IcmpError, parse
from netanalyze.conversations.quic import CONNECTIONS_MOST as QUIC_MOST
from netanalyze.conversations.quic import QuicConnection
from netanalyze.conversations.reassembly import Room
from netanalyze.tracking.addresses import address_text
from netanalyze.tracking.dns_messages import Datagrams
from netanalyze.tracking.state import FLOW, FlowState
from netanalyze.tracking.tracker import Payload

ICMP_MOST, CONVERSATIONS_MOST = 100_000, 100_000
"""Errors and conversations that are kept: twice as many flows as are looked at one by one (netanalyze.analyzer)."""


class MessageReader:
    """Reads DNS, TLS, HTTP and ICMP errors.

    Attributes:
        conversations: by flow id, of TCP flows of which anything was read.
        dns: all transactions.
        quic: by flow id, of UDP flows that look like QUIC.
        dtls: by flow id, of UDP flows whose originator sent a DTLS ClientHello, the frame of the first.
        icmp: errors, in frame order (the first ``ICMP_MOST``).
        errors: how many there were.
    """

    def __init__(self, state: FlowState):
        self._state = state
        self._room = Room()
        self.conversations: dict[int, Conversation] = {}
        self.dns = DnsReader(self.ends)
        self.quic: dict[int, QuicConnection] = {}
        self.dtls: dict[int, int] = {}
        self.icmp: list[IcmpError] = []
        self.errors = 0

    def bounds(self) -> Iterator[tuple[str, int, int]]:
        """What is kept of what there was, in words, and how many of each."""
        kept = self.dns.count
        yield "the first {some} of {all} DNS queries are kept", kept, kept + self.dns.left_out
        yield "the first {some} of {all} ICMP errors are kept", len(self.icmp), self.errors

    def ends(self, flow_id: int) -> tuple[str, int, str, int]:
        """Address and port of originator and responder."""
        at, cells = flow_id * FLOW.WIDTH, self._state.flow_cells
        a_high, a_low, b_high, b_low, ports, kind = map(int, cells[at : at + FLOW.KIND + 1])
        version = kind // 256
        return address_text(a_high, a_low, version), ports // 65536, address_text(b_high, b_low, version), ports & 65535

    def take(self, payload: Payload | Datagrams) -> None:
        """Read one payload, or the DNS datagrams of a batch."""
        if isinstance(payload, Datagrams):
            self.dns.take_datagrams(payload)
        elif payload.kind == "tcp":
            conversation = self.conversations.get(payload.flow_id)
            if conversation is None:
                if len(self.conversations) >= CONVERSATIONS_MOST:
                    return
                conversation = Conversation(payload.flow_id, self.ends(payload.flow_id), self.dns, self._room)
                self.conversations[payload.flow_id] = conversation
            conversation.take(
                payload.direction, payload.offset, payload.octets, payload.frame_number, payload.time_ns, payload.whole
            )
        elif payload.kind == "quic":
            connection = self.quic.get(payload.flow_id)
            if connection is None and len(self.quic) < QUIC_MOST:
                connection = self.quic[payload.flow_id] = QuicConnection(payload.flow_id)
            if connection is not None:
                connection.take(payload.direction, payload.octets, payload.frame_number, payload.time_ns)
        elif payload.kind == "dtls":
            if payload.direction == 0 and len(self.dtls) < QUIC_MOST:
                self.dtls.setdefault(payload.flow_id, payload.frame_number)
        elif payload.kind == "icmp":
            error = parse(payload.octets, payload.offset, payload.frame_number, payload.time_ns, payload.ends)
            self.errors += error is not None
            if error is not None and len(self.icmp) < ICMP_MOST:
                self.icmp.append(error)

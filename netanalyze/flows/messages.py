"""MessageReader: hands the octets that were picked out to whoever reads them."""

from netanalyze.flows.addresses import address_text
from netanalyze.flows.conversation import Conversation
from netanalyze.flows.dns import DnsReader
from netanalyze.flows.icmp import IcmpError, parse
from netanalyze.flows.quic import CONNECTIONS_MOST as QUIC_MOST
from netanalyze.flows.quic import QuicConnection
from netanalyze.flows.reassembly import Room
from netanalyze.flows.state import A_HIGH, A_LOW, B_HIGH, B_LOW, KIND, PORTS, FlowState
from netanalyze.flows.tracker import Payload

ICMP_MOST, CONVERSATIONS_MOST = 100_000, 100_000
"""Errors and conversations that are kept: twice as many flows as are looked at one by one (netanalyze.analyzer)."""


class MessageReader:
    """Reads DNS, TLS, HTTP and ICMP errors.

    Attributes:
        conversations: by flow id, of TCP flows of which anything was read.
        dns: all transactions.
        quic: by flow id, of UDP flows that look like QUIC.
        icmp: errors, in frame order (the first ``ICMP_MOST``).
    """

    def __init__(self, state: FlowState):
        self._state = state
        self._room = Room()
        self.conversations: dict[int, Conversation] = {}
        self.dns = DnsReader()
        self.quic: dict[int, QuicConnection] = {}
        self.icmp: list[IcmpError] = []

    def ends(self, flow_id: int) -> tuple[str, int, str, int]:
        """Address and port of originator and responder."""
        row = self._state.flow_row(flow_id)
        version, ports = row[KIND] // 256, row[PORTS]
        return (
            address_text(row[A_HIGH], row[A_LOW], version),
            ports // 65536,
            address_text(row[B_HIGH], row[B_LOW], version),
            ports & 65535,
        )

    def take(self, payload: Payload) -> None:
        """Read one payload."""
        if payload.kind == "tcp":
            conversation = self.conversations.get(payload.flow_id)
            if conversation is None:
                if len(self.conversations) >= CONVERSATIONS_MOST:
                    return
                conversation = Conversation(payload.flow_id, self.ends(payload.flow_id), self.dns, self._room)
                self.conversations[payload.flow_id] = conversation
            conversation.take(
                payload.direction, payload.offset, payload.octets, payload.frame_number, payload.time_ns, payload.whole
            )
        elif payload.kind == "dns":
            self.dns.take(
                payload.flow_id, payload.octets, self.ends(payload.flow_id), payload.direction,
                payload.frame_number, payload.time_ns,
            )  # fmt: skip
        elif payload.kind == "quic":
            connection = self.quic.get(payload.flow_id)
            if connection is None and len(self.quic) < QUIC_MOST:
                connection = self.quic[payload.flow_id] = QuicConnection(payload.flow_id)
            if connection is not None:
                connection.take(payload.direction, payload.octets, payload.frame_number, payload.time_ns)
        elif len(self.icmp) < ICMP_MOST:
            error = parse(payload.octets, payload.offset, payload.frame_number, payload.time_ns)
            if error:
                self.icmp.append(error)

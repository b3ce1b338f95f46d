"""MessageReader: hands the octets that were picked out to whoever reads them."""

from netanalyze.flows.addresses import address_text
from netanalyze.flows.conversation import Conversation
from netanalyze.flows.dns import DnsReader
from netanalyze.flows.icmp import IcmpError, parse
from netanalyze.flows.state import A_HIGH, A_LOW, B_HIGH, B_LOW, KIND, PORTS, FlowState
from netanalyze.flows.tracker import Payload

ICMP_MOST = 100_000


class MessageReader:
    """Reads DNS, TLS, HTTP and ICMP errors.

    Attributes:
        conversations: by flow id, of TCP flows of which anything was read.
        dns: all transactions.
        icmp: errors, in frame order (the first ``ICMP_MOST``).
    """

    def __init__(self, state: FlowState):
        self._state = state
        self.conversations: dict[int, Conversation] = {}
        self.dns = DnsReader()
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
                conversation = Conversation(payload.flow_id, self.ends(payload.flow_id), self.dns)
                self.conversations[payload.flow_id] = conversation
            conversation.take(payload.direction, payload.offset, payload.octets, payload.frame_number, payload.time_ns)
        elif payload.kind == "dns":
            self.dns.take(
                payload.flow_id, payload.octets, self.ends(payload.flow_id), payload.direction,
                payload.frame_number, payload.time_ns,
            )  # fmt: skip
        elif len(self.icmp) < ICMP_MOST:
            error = parse(payload.octets, payload.offset, payload.frame_number, payload.time_ns)
            if error:
                self.icmp.append(error)

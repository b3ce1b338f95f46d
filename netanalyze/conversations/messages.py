"""MessageReader: hands the octets that were picked out to whoever reads them."""

from collections.abc import Iterator

import numpy as np

from netanalyze.columns import distinct, first_places
from netanalyze.conversations.conversation import Conversation
from netanalyze.conversations.deferred import OCTETS_MOST, Deferred, begins_client_hello
from netanalyze.conversations.dns_reader import TRANSACTIONS_MOST, DnsReader
from netanalyze.conversations.ends import EndsOfFlows
from netanalyze.conversations.icmp import IcmpError, parse
from netanalyze.conversations.pings import Pings
from netanalyze.conversations.quic import CONNECTIONS_MOST as QUIC_MOST
from netanalyze.conversations.quic import QuicConnection
from netanalyze.conversations.reassembly import HELD_BY_ALL, Room
from netanalyze.tracking.addresses import address_text, coded_addresses
from netanalyze.tracking.dns_messages import Datagrams
from netanalyze.tracking.memory import CONVERSATION_TAKES, ERROR_TAKES, LOOKUP_TAKES, SEGMENT_TAKES, Memory
from netanalyze.tracking.records import DNS_PORT
from netanalyze.tracking.segments import WantedSegments
from netanalyze.tracking.state import FLOW, FlowState
from netanalyze.tracking.tracker import Payload

UNKNOWN, DEFERRED, READ = range(3)
"""What becomes of the octets of a flow: none came, they are kept, they are read as they come."""
ICMP_MOST, CONVERSATIONS_MOST = 100_000, 100_000
"""Errors and conversations that are kept: twice as many flows as are looked at one by one (netanalyze.analyzer)."""


class MessageReader:
    """Reads DNS, TLS, HTTP and ICMP errors.

    Attributes:
        deferred: what was said on TLS connections and nobody has asked for.
        dns: all transactions.
        quic: by flow id, of UDP flows that look like QUIC.
        dtls: by flow id, of UDP flows whose originator sent a DTLS ClientHello, the frame of the first.
        icmp: errors, in frame order (the first ``ICMP_MOST``).
        errors: how many there were.
        pings: echo requests and their replies.
    """

    def __init__(self, state: FlowState, memory: Memory | None = None):
        self._state, self._memory = state, memory or Memory()
        self._room = Room(min(HELD_BY_ALL, self._memory.share(8)))
        self._conversations: dict[int, Conversation] = {}
        self.deferred = Deferred(state.engine)
        self._reading = np.zeros(1, dtype=np.int8)  # by flow: UNKNOWN, DEFERRED or READ
        self._kept = 0  # conversations, read or not
        self._lookups = 0  # that were accounted for
        self._unread: set[int] = set()  # flows beyond these
        self.dns = DnsReader(self.ends, self.ends_of, state.engine)
        self.quic: dict[int, QuicConnection] = {}
        self.dtls: dict[int, int] = {}
        self.icmp: list[IcmpError] = []
        self.errors = 0
        self.pings = Pings()

    def bounds(self) -> Iterator[tuple[str, int, int]]:
        """What is kept of what there was, in words, and how many of each."""
        kept = self.dns.count
        yield "the first {some} of {all} DNS queries are kept", kept, kept + self.dns.left_out
        yield "the first {some} of {all} ICMP errors are kept", len(self.icmp), self.errors
        yield "{some} of {all} pings are kept", len(self.pings.kept) + self.pings.answered, self.pings.count
        yield (
            "what was said on the first {some} of {all} connections is read",
            self._kept,
            self._kept + len(self._unread),
        )

    def ends(self, flow_id: int) -> tuple[str, int, str, int]:
        """Address and port of originator and responder."""
        at, cells = flow_id * FLOW.WIDTH, self._state.flow_cells
        a_high, a_low, b_high, b_low, ports, kind = map(int, cells[at : at + FLOW.KIND + 1])
        version = kind // 256
        return address_text(a_high, a_low, version), ports // 65536, address_text(b_high, b_low, version), ports & 65535

    def ends_of(self, flows: np.ndarray) -> EndsOfFlows:
        """The same of many flows."""
        a, b = ([self._state.flow(f"{side}_{half}")[flows] for half in ("high", "low")] for side in "ab")
        ports, version = (self._state.flow(name)[flows] for name in ("ports", "kind"))
        high, low = (np.concatenate(halves) for halves in zip(a, b))
        codes, texts = coded_addresses(high, low, np.tile(version // 256, 2))
        return EndsOfFlows(codes[: len(flows)], ports // 65536, codes[len(flows) :], ports & 65535, texts)

    def conversation(self, flow_id: int) -> Conversation | None:
        """What was said on a TCP flow; None where nothing of it was read."""
        if self.is_deferred(np.array([flow_id]))[0]:
            self._read(flow_id)
        return self._conversations.get(flow_id)

    def is_deferred(self, flows: np.ndarray) -> np.ndarray:
        """Of which of some flows what was said is kept and was not read, ``bool (n,)``."""
        return self._reading[np.minimum(flows, len(self._reading) - 1)] == DEFERRED

    def _read(self, flow_id: int) -> None:
        """Read what was kept of a flow."""
        self._reading[flow_id] = READ
        conversation = self._conversations[flow_id] = self._begin(flow_id)
        for piece in self.deferred.pieces(flow_id):
            conversation.take(*piece)

    def _begin(self, flow_id: int) -> Conversation:
        return Conversation(flow_id, self.ends(flow_id), self.dns, self._room)

    def _take_segments(self, segments: WantedSegments) -> None:
        """Keep the segments of flows that begin with a ClientHello, and read the others."""
        most = int(segments.flow.max(initial=-1)) + 2  # none has the last place
        if most > len(self._reading):
            self._reading = np.append(self._reading, np.zeros(max(most, 2 * len(self._reading)), dtype=np.int8))
        flows = segments.flow
        new = np.flatnonzero(self._reading[flows] == UNKNOWN)
        new = new[first_places(flows[new])]
        room = self.deferred.octets < OCTETS_MOST and self._memory.left > int(segments.length.sum())
        cells = self._state.flow_cells
        ports = np.array([int(cells[f * FLOW.WIDTH + FLOW.PORTS]) for f in flows[new].tolist()], dtype=np.int64)
        hello = begins_client_hello(segments, new) & (ports & 65535 != DNS_PORT) & (ports >> 16 != DNS_PORT) & room
        hello &= np.cumsum(hello) + self._kept <= CONVERSATIONS_MOST
        self._kept += int(hello.sum())
        self._reading[flows[new]] = np.where(hello, DEFERRED, READ)
        kept = self._reading[flows] == DEFERRED
        if not room and kept.any():
            for flow_id in distinct(flows[kept]).tolist():
                self._read(flow_id)
            kept[:] = False
        if kept.any():
            self._memory.take(int(segments.length[kept].sum()) + int(kept.sum()) * SEGMENT_TAKES)
            self.deferred.take(segments.where(kept))
        for row in np.flatnonzero(~kept).tolist():
            self._take_segment(segments, row)

    def _take_segment(self, segments: WantedSegments, row: int) -> None:
        flow_id, start = int(segments.flow[row]), int(segments.start[row])
        conversation = self._conversations.get(flow_id)
        if conversation is None:
            if self._kept >= CONVERSATIONS_MOST or not self._memory.room(CONVERSATION_TAKES):
                if len(self._unread) < CONVERSATIONS_MOST:
                    self._unread.add(flow_id)
                return
            self._kept += 1
            self._memory.take(CONVERSATION_TAKES)
            conversation = self._conversations[flow_id] = self._begin(flow_id)
        octets = segments.octets[start : start + int(segments.length[row])].tobytes()
        place = int(segments.direction[row]), int(segments.offset[row])
        conversation.take(*place, octets, int(segments.frame[row]), int(segments.ns[row]), bool(segments.whole[row]))

    def _account_for_lookups(self) -> None:
        """Take the memory of the queries that are kept, and say how many there may be."""
        count, memory = self.dns.count, self._memory
        if count > self._lookups:
            memory.take((count - self._lookups) * LOOKUP_TAKES)
            self._lookups = count
        if memory.bounded:
            self.dns.most = min(TRANSACTIONS_MOST, count + memory.room(LOOKUP_TAKES))

    def take(self, payload: Payload | Datagrams | WantedSegments) -> None:
        """Read one payload, or the DNS datagrams or the segments of a batch."""
        self._account_for_lookups()
        if isinstance(payload, Datagrams):
            self.dns.take_datagrams(payload)
        elif isinstance(payload, WantedSegments):
            self._take_segments(payload)
        elif payload.kind == "quic":
            connection = self.quic.get(payload.flow_id)
            if connection is None and len(self.quic) < QUIC_MOST and self._memory.room(CONVERSATION_TAKES):
                self._memory.take(CONVERSATION_TAKES)
                connection = self.quic[payload.flow_id] = QuicConnection(payload.flow_id)
            if connection is not None:
                connection.take(payload.direction, payload.octets, payload.frame_number, payload.time_ns)
        elif payload.kind == "dtls":
            if payload.direction == 0 and len(self.dtls) < QUIC_MOST:
                self.dtls.setdefault(payload.flow_id, payload.frame_number)
        elif payload.kind == "icmp":
            error = parse(payload.octets, payload.offset, payload.frame_number, payload.time_ns, payload.ends)
            self.errors += error is not None
            if error is not None and len(self.icmp) < ICMP_MOST and self._memory.room(ERROR_TAKES):
                self._memory.take(ERROR_TAKES)
                self.icmp.append(error)
            if error is not None:
                self.pings.refused(error)
            elif self._memory.room(ERROR_TAKES):
                echo = payload.octets, payload.offset, payload.frame_number, payload.time_ns, payload.ends
                self._memory.take(ERROR_TAKES * self.pings.take(*echo))

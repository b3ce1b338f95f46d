"""Flows as the rules see them: one object a flow, with both sides, its gaps and its messages.

Built once, at the end, for the flows that are judged; everything in here was computed below.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from netanalyze.flows.addresses import address_text
from netanalyze.flows.conversation import Conversation
from netanalyze.flows.dns import Transaction
from netanalyze.flows.gaps import GAP_FIELDS
from netanalyze.flows.icmp import IcmpError
from netanalyze.flows.quic import QuicConnection
from netanalyze.flows.records import HEADER_LENGTH, RECORD_FIELDS
from netanalyze.flows.sequence import stream_offset
from netanalyze.flows.service import asks_and_answers
from netanalyze.flows.state import FLOW_FIELDS, HALF_FIELDS
from netanalyze.flows.tls import TlsConnection
from netanalyze.flows.tracker import KEPT_FIELDS
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import ACK, PROTOCOL_TCP, SYN

if TYPE_CHECKING:
    from netanalyze.processes import SocketOwner

if TYPE_CHECKING:  # a type checker does not read field names from other modules' tables

    class _Fields(tuple[int, ...]):
        def __getattr__(self, name: str) -> int: ...

        @classmethod
        def _make(cls, row: Iterable[int]) -> Self: ...

    class KeptPacket(_Fields): ...

    class Gap(_Fields): ...

    class Record(_Fields): ...
else:
    KeptPacket = NamedTuple("KeptPacket", [(name, int) for name in KEPT_FIELDS])
    Gap = NamedTuple("Gap", [(name, int) for name in GAP_FIELDS])
    Record = NamedTuple("Record", [(name, int) for name in RECORD_FIELDS])

INITIAL_TTLS = (64, 128, 255)
"""What stacks begin with: Linux and macOS 64, Windows 128, network gear 255 (RFC 1700 advised 64)."""


class HalfFlow:
    """One side of a flow: what it sent. Attributes are ``state.HALF_FIELDS``."""

    __slots__ = (*HALF_FIELDS, "address", "port")
    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...

    def __init__(self, row: list[int], address: str, port: int):
        for name, value in zip(HALF_FIELDS, row):
            setattr(self, name, value)
        self.address, self.port = address, port

    @property
    def unacked(self) -> int:
        """Octets sent and not acknowledged."""
        return max(self.next - max(self.acked, 0), 0) if self.next_known else 0

    @property
    def holes(self) -> int:
        """Holes that nothing in the file ever filled, neither a repeat nor an original that came late."""
        return max(self.lost - self.resent - self.out_of_order - self.acked_first, 0)

    @property
    def sent_data(self) -> bool:
        """Whether any payload was seen from this side."""
        return self.first_data_ns != NEVER_NS

    @property
    def retransmission_timeout_ns(self) -> int:
        """RFC 6298 with Linux's bounds (tcp.h: TCP_RTO_MIN 200 ms, TCP_RTO_MAX 120 s); 1 s while there is no sample."""
        if not self.rtt_samples:
            return 1_000_000_000
        return min(self.smoothed_ns + max(200_000_000, 4 * self.variation_ns), 120_000_000_000)


@dataclass
class Flow:
    """One flow, ready to be judged.

    ``client`` is the originator's half, ``server`` the responder's. Times are ns since the epoch,
    ``NEVER_NS`` where a thing did not happen. ``gaps`` are in order, an open one (``next_kind`` none)
    last; ``packets`` are those kept in detail.
    """

    id: int
    protocol: int
    ip_version: int
    client: HalfFlow
    server: HalfFlow
    first_ns: int
    last_ns: int
    first_frame: int
    last_frame: int
    established_ns: int
    established_frame: int
    last_syn_ns: int
    progress_ns: int
    progress_frame: int
    data_direction: int
    closed: bool
    duplicates: int
    history: str
    packets: list[KeptPacket] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    conversation: Conversation | None = None
    dns: list[Transaction] = field(default_factory=list)
    icmp: list[IcmpError] = field(default_factory=list)
    names: tuple[str, ...] = ()
    quic: QuicConnection | None = None
    tunnel: str = ""
    """What it came through, outermost first, as its first packet shows; empty where it came as it is."""
    owner: "SocketOwner | None" = None
    """The process that had the client's socket, where a live recording tells."""
    process: str = ""
    known: dict[str, Any] = field(default_factory=dict, repr=False)
    """What was derived from the flow once and is asked for again (netanalyze.flows.application, .hello)."""

    @property
    def is_tcp(self) -> bool:
        """Whether it is a TCP flow."""
        return self.protocol == PROTOCOL_TCP

    @property
    def halves(self) -> tuple[HalfFlow, HalfFlow]:
        """Both sides by direction."""
        return self.client, self.server

    @property
    def established(self) -> bool:
        """Whether the handshake was completed, or the flow was already under way when the capture began."""
        return self.established_ns != NEVER_NS or not (self.client.syn_count or self.server.syn_count)

    @property
    def seen_from_start(self) -> bool:
        """Whether its SYN is in the capture."""
        return self.client.syn_count > 0

    @property
    def tls(self) -> TlsConnection | None:
        """Its TLS, if any was recognised."""
        return self.conversation.tls if self.conversation else None

    @property
    def http(self):
        """Its clear-text HTTP, if any was recognised."""
        return self.conversation.http if self.conversation else None

    @property
    def speaks_http(self) -> bool:
        """Whether requests and responses are to be expected (netanalyze.flows.service)."""
        if "asks" not in self.known:
            self.known["asks"] = asks_and_answers(self.conversation, self.server.port)
        return self.known["asks"]

    @property
    def socks(self):
        """Its SOCKS dialogue, if there was one."""
        return self.conversation.socks if self.conversation else None

    @property
    def host(self) -> str | None:
        """The name it was meant for: the SNI, the name in CONNECT, else the name that was looked up."""
        if self.tls and self.tls.sni:
            return self.tls.sni
        if self.quic and self.quic.tls.sni:
            return self.quic.tls.sni
        if self.http and self.http.connect and self.http.connect.target:
            return self.http.connect.target.rsplit(":", 1)[0].strip("[]")
        if self.socks and self.socks.target:
            return self.socks.target.rsplit(":", 1)[0]
        if self.http and self.http.exchanges and self.http.exchanges[0].host:
            return self.http.exchanges[0].host.partition(":")[0]
        return self.names[0] if self.names else None

    @property
    def tunnelled(self) -> bool:
        """Whether it goes through a CONNECT or SOCKS proxy, so that its address is the proxy's."""
        return bool((self.http and self.http.connect) or self.socks)

    @property
    def round_trip_ns(self) -> int:
        """Smallest round trip seen from the client to the server, 0 unknown."""
        return max(self.client.rtt_minimum_ns, 0)

    def ended(self) -> tuple[str, int, int, int] | None:
        """The first FIN or RST: (fin or rst, direction, ns, frame); None while it is open."""
        ends = []
        for direction, half in enumerate(self.halves):
            if half.fin_ns != NEVER_NS:
                ends.append((half.fin_frame, "fin", direction, half.fin_ns))
            if half.rst_ns != NEVER_NS:
                ends.append((half.rst_frame, "rst", direction, half.rst_ns))
        if not ends:
            return None
        frame, how, direction, ns = min(ends)
        return how, direction, ns, frame

    def application_records(self, direction: int) -> list[Record]:
        """The application data records of one side, in order."""
        return [r for r in self.records if r.direction == direction and r.content_type == 23]

    def first_data_after_finished(self) -> bool:
        """Whether the client sent more after its ClientHello than a change of cipher."""
        hello = self.tls.client_hello if self.tls else None
        if hello is None:
            return False
        return any(r.direction == 0 and r.stream_offset >= hello.end and r.content_type != 20 for r in self.records)

    def whole(self, record: Record) -> bool:
        """Whether all octets of a record were seen."""
        half = self.halves[record.direction]
        return max(half.contiguous, half.acked) >= record.stream_offset + HEADER_LENGTH + record.length

    def acknowledged_in(self, end: int, after_frame: int, before_frame: int) -> int:
        """A frame between two others in which the server acknowledges the client's octets up to stream offset ``end``;
        0 where none of those kept in detail does."""
        first = next((p.ack for p in self.packets if p.direction == 1 and p.flags & SYN), None)
        if first is None:
            return 0
        for p in self.packets:
            if p.direction == 1 and p.flags & ACK and after_frame < p.frame_number <= before_frame:
                if stream_offset(p.ack, (first - 1) & 0xFFFFFFFF, end) >= end:
                    return p.frame_number
        return 0

    def segments(self, direction: int, start: int, end: int) -> list[KeptPacket]:
        """The kept packets of one side whose payload overlaps stream offsets [start, end)."""
        return [
            p
            for p in self.packets
            if p.direction == direction and p.length and p.offset < end and p.offset + p.length > start
        ]


def history_text(low: int, high: int, length: int) -> str:
    """Zeek's history string from its packed letters: upper case from the originator."""
    from netanalyze.flows.history import LETTERS

    out = ""
    for at in range(min(length, 24)):
        code = (low >> (5 * at) if at < 12 else high >> (5 * (at - 12))) & 31
        letter = LETTERS[code >> 1]
        out += letter if code & 1 else letter.upper()
    return out


def conn_state(flow: Flow) -> str:
    """Zeek's connection state of a TCP flow (its conn.log documentation)."""
    client, server = flow.client, flow.server
    syn, syn_ack = client.syn_count > 0, server.syn_count > 0
    fin_c, fin_s = client.fin_ns != NEVER_NS, server.fin_ns != NEVER_NS
    rst_c, rst_s = client.rst_count > 0, server.rst_count > 0
    if not flow.is_tcp:
        return "SF" if client.packets and server.packets else "S0" if client.packets else "SHR"
    if not syn and not syn_ack:
        return "OTH"
    if flow.established_ns != NEVER_NS:
        if rst_c or rst_s:
            first_c = client.rst_frame if rst_c else 1 << 62
            first_s = server.rst_frame if rst_s else 1 << 62
            if fin_c and fin_s:
                return "SF"
            return "RSTO" if first_c < first_s else "RSTR"
        if fin_c and fin_s:
            return "SF"
        return "S2" if fin_c else "S3" if fin_s else "S1"
    if syn and syn_ack:
        return "RSTO" if rst_c else "RSTR" if rst_s else "S1"
    if syn:
        if rst_s:
            return "REJ"
        return "RSTOS0" if rst_c else "SH" if fin_c else "S0"
    return "RSTRH" if rst_s else "SHR"


def observe(state, kept: np.ndarray, gaps: np.ndarray, records: np.ndarray, wanted: Iterable[int]) -> list[Flow]:
    """The flows with ids ``wanted``, with their kept packets, gaps and records; messages are joined by the caller."""
    ids = sorted(wanted)
    flows: list[Flow] = []
    parts = [(_grouped(kept, 2), KeptPacket), (_grouped(gaps, 0), Gap), (_grouped(records, 0), Record)]
    for flow_id in ids:
        row = dict(zip(FLOW_FIELDS, state.flow_row(flow_id)))
        version, protocol = divmod(row["kind"], 256)
        halves = [
            HalfFlow(
                state.half_row(flow_id, side),
                address_text(row[f"{who}_high"], row[f"{who}_low"], version),
                row["ports"] // 65536 if side == 0 else row["ports"] & 65535,
            )
            for side, who in enumerate("ab")
        ]
        detail: list[list[Any]] = [list(map(kind._make, part.get(flow_id, ()))) for part, kind in parts]
        flows.append(
            Flow(
                flow_id, protocol, version, halves[0], halves[1], row["first_ns"], row["last_ns"], row["first_frame"],
                row["last_frame"], row["established_ns"], row["established_frame"], row["last_syn_ns"],
                row["progress_ns"], row["progress_frame"], row["data_direction"], bool(row["closed"]), row["duplicates"],
                history_text(row["history_low"], row["history_high"], row["history_length"]),
                detail[0], sorted(detail[1], key=lambda gap: gap.start_ns), detail[2],
            )
        )  # fmt: skip
    return flows


def _grouped(matrix: np.ndarray, column: int) -> dict[int, list[list[int]]]:
    """Rows of a matrix by the value in a column, in their order."""
    if not len(matrix):
        return {}
    order = np.argsort(matrix[:, column], kind="stable")
    keys = matrix[order, column]
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    return {int(keys[start]): matrix[order[start:end]].tolist() for start, end in zip(starts, [*starts[1:], len(keys)])}

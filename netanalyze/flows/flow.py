"""Flows as the rules see them: one object a flow, with both sides, its gaps and its messages.

Built once, at the end, for the flows that are judged; everything in here was computed below.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from netanalyze.conversations.conversation import OPENING_KEPT, Conversation
from netanalyze.conversations.dns import Transaction
from netanalyze.conversations.greetings import IDENTIFICATION
from netanalyze.conversations.http import HttpConversation
from netanalyze.conversations.icmp import IcmpError
from netanalyze.conversations.quic import QuicConnection
from netanalyze.conversations.service import asks_and_answers
from netanalyze.tracking.addresses import address_text
from netanalyze.tracking.bins import HalfBins
from netanalyze.tracking.gaps import GAP
from netanalyze.tracking.history import KEPT
from netanalyze.tracking.outer import Tunnel
from netanalyze.tracking.records import HEADER_LENGTH, RECORD
from netanalyze.tracking.sequence import stream_offset
from netanalyze.tracking.state import BOTH, FLOW, HALF
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import ACK, PROTOCOL_TCP, SYN

if TYPE_CHECKING:
    from netanalyze.flows.rows import FlowRows
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
    KeptPacket = NamedTuple("KeptPacket", [(name, int) for name in KEPT.names])
    Gap = NamedTuple("Gap", [(name, int) for name in GAP.names])
    Record = NamedTuple("Record", [(name, int) for name in RECORD.names])

_PLACES = {name: place for place, name in enumerate(HALF.names)}
INITIAL_TTLS = (64, 128, 255)
"""What stacks begin with: Linux and macOS 64, Windows 128, network gear 255 (RFC 1700 advised 64)."""

TIMEOUT_LEAST_NS, TIMEOUT_MOST_NS = 200_000_000, 120_000_000_000
"""Bounds of a retransmission timeout (Linux, tcp.h: TCP_RTO_MIN, TCP_RTO_MAX)."""


class HalfFlow:
    """One side of a flow: what it sent. Attributes are ``state.HALF.names``, and ``packets`` and ``octets``."""

    __slots__ = (*HALF.names, *BOTH, "_at", "_cells", "address", "port")

    def __init__(self, cells: Any, at: int, address: str, port: int, packets: int, octets: int):
        self._cells, self._at = cells, at
        self.address, self.port = address, port
        self.packets, self.octets = packets, octets

    def __getattr__(self, name: str) -> int:
        """A field is read from the matrix when it is first asked for; most are never."""
        place = _PLACES.get(name)
        if place is None:
            raise AttributeError(name)
        value = self._cells[self._at + place]
        setattr(self, name, value)
        return value

    @property
    def unacked(self) -> int:
        """Octets sent and not acknowledged."""
        return max(self.next - max(self.acked, 0), 0) if self.next_known else 0

    @property
    def stream_length(self) -> int:
        """Octets of its stream, by its sequence numbers; SYN and FIN are none. Only where its SYN is in the capture."""
        return self.next - 1 - (self.fin_frame > 0)

    @property
    def all_acked(self) -> bool:
        """Whether its last octet was acknowledged; its FIN need not be."""
        return self.acked >= self.next - (self.fin_frame > 0)

    @property
    def holes(self) -> int:
        """Holes that nothing in the file ever filled, neither a repeat nor an original that came late."""
        return max(self.lost - self.resent - self.out_of_order - self.acked_first, 0)

    @property
    def sent_data(self) -> bool:
        """Whether any payload was seen from this side."""
        return self.first_data_ns != NEVER_NS


class Flow:
    """One flow, ready to be judged: a view of its rows, read when they are asked for.

    ``client`` is the originator's half, ``server`` the responder's. Times are ns since the epoch,
    ``NEVER_NS`` where a thing did not happen.

    Attributes:
        is_tcp: whether it is a TCP flow.
        tunnel: what it came through, outermost first, as its first packet shows; empty where it came as it is.
        dtls_frame: the client's first ClientHello over UDP (DTLS), 0 none.
        owner: the process that had the client's socket, where a live recording tells.
        known: what was derived from the flow once and is asked for again (netanalyze.flows.application, .hello).
    """

    def __init__(self, rows: "FlowRows", place: int, flow_id: int, cells: list[int]):
        row = dict(zip(FLOW.names, cells))
        self._rows, self._place = rows, place
        self.id = flow_id
        self.ip_version, self.protocol = divmod(row["kind"], 256)
        self.is_tcp = self.protocol == PROTOCOL_TCP
        version, ports, at = self.ip_version, row["ports"], 2 * row["pair"] * HALF.WIDTH
        originator = address_text(row["a_high"], row["a_low"], version)
        responder = address_text(row["b_high"], row["b_low"], version)
        self.client = HalfFlow(rows.halves, at, originator, ports // 65536, row["packets_0"], row["octets_0"])
        at += HALF.WIDTH
        self.server = HalfFlow(rows.halves, at, responder, ports & 65535, row["packets_1"], row["octets_1"])
        self.first_ns, self.last_ns = row["first_ns"], row["last_ns"]
        self.first_frame, self.last_frame = row["first_frame"], row["last_frame"]
        self.established_ns, self.established_frame = row["established_ns"], row["established_frame"]
        self.last_syn_ns = row["last_syn_ns"]
        self.progress_ns, self.progress_frame = row["progress_ns"], row["progress_frame"]
        self.data_direction, self.closed, self.duplicates = (
            row["data_direction"],
            bool(row["closed"]),
            row["duplicates"],
        )
        self._history = row["history_low"], row["history_high"], row["history_length"]
        self.hears(None)
        self.dns: Sequence[Transaction] = ()
        self.icmp: list[IcmpError] = []
        self.names: tuple[str, ...] = ()
        self.quic: QuicConnection | None = None
        self.dtls_frame = 0
        self.tunnel: tuple[Tunnel, ...] = ()
        self.owner: SocketOwner | None = None
        self.process = ""
        self.known: dict[str, Any] = {}

    def hears(self, conversation: Conversation | None) -> None:
        """Take what was said on it; ``tls``, ``http`` and ``socks`` are what of it was recognised, or None."""
        self.conversation = conversation
        self.__dict__.pop("host", None)
        self.tls = conversation.tls if conversation is not None else None
        self.http = conversation.http if conversation is not None else None
        self.socks = conversation.socks if conversation is not None else None

    def __repr__(self) -> str:
        ends = (f"{half.address} {half.port}" for half in self.halves)
        return f"<Flow {self.id}: {' > '.join(ends)}>"

    @property
    def history(self) -> str:
        """Zeek's history."""
        return history_text(*self._history)

    @functools.cached_property
    def packets(self) -> list[KeptPacket]:
        """The packets kept in detail, in frame order."""
        return [KeptPacket._make(row) for row in self._rows.kept.of(self._place)]

    @functools.cached_property
    def data_packets(self) -> tuple[list[KeptPacket], list[KeptPacket]]:
        """By direction, those of them that bear payload: where no more is asked for, no others are made."""
        rows = self._rows.kept.matrix_of(self._place)
        rows = rows[rows[:, KEPT.LENGTH] > 0]
        sides: tuple[list[KeptPacket], list[KeptPacket]] = ([], [])
        for row, side in zip(rows.tolist(), rows[:, KEPT.DIRECTION].tolist()):
            sides[side].append(KeptPacket._make(row))
        return sides

    def marks(self, direction: int) -> int:
        """All marks that the packets of one side bear which are kept in detail: most flows have few, and nothing to look at."""
        return self._rows.marks[direction][self._place]

    @property
    def longest_gap_ns(self) -> int:
        """How long nothing moved at the longest."""
        return self._rows.longest_gaps[self._place]

    @property
    def smooth(self) -> bool:
        """Whether there is nothing to look at in its segments (netanalyze.flows.uneventful)."""
        return self._rows.smooth[self._place]

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to say of it (netanalyze.flows.smooth.screen)."""
        return bool(self._rows.plain[self._place])

    @property
    def lasted_ns(self) -> int:
        """From its first frame to its last."""
        return self.last_ns - self.first_ns

    @functools.cached_property
    def gaps(self) -> list[Gap]:
        """Its gaps in order, an open one (``next_kind`` none) last."""
        return sorted((Gap._make(row) for row in self._rows.gaps.of(self._place)), key=lambda gap: gap.start_ns)

    @functools.cached_property
    def records(self) -> list[Record]:
        """Its TLS records, in the order of their headers."""
        return [Record._make(row) for row in self._rows.records.of(self._place)]

    @functools.cached_property
    def bins(self) -> tuple[HalfBins | None, HalfBins | None]:
        """By direction: how it went on, in bins of so many ns (netanalyze.tracking.bins)."""
        return self._rows.bins.of_flow(self.id, max(half.octets for half in self.halves) if self.is_tcp else 0)

    @property
    def halves(self) -> tuple[HalfFlow, HalfFlow]:
        """Both sides by direction."""
        return self.client, self.server

    @property
    def established(self) -> bool:
        """Whether the handshake was completed, or the flow was under way when the capture began. It must have been where the
        server sent octets or a FIN, or the client more than SYN and RST (a client that has no SYN-ACK has nothing else to
        send): then the capture lacks the frames that did."""
        client, server = self.client, self.server
        if self.established_ns != NEVER_NS or not (client.syn_count or server.syn_count):
            return True
        if server.sent_data or server.fin_frame > 0:
            return True
        bare = client.syn_count + client.rst_count + self.duplicates
        return server.packets > 0 and not server.syn_count and client.packets > bare > 0

    def lacks_last_word(self, direction: int) -> bool:
        """Whether the last octets that one side said are not in the capture: the other acknowledged more than it shows. (``next``
        alone does not tell, where a FIN or a RST stands behind them.)"""
        half, said = self.halves[direction], self.data_packets[direction]
        if half.acked > half.next:
            return True
        acked = half.acked - (half.fin_frame > 0)
        if acked - 1 <= half.octets or not (said or half.syn_count):
            return False  # nothing is lacking, or nothing tells where it began
        if half.first_data_frame and half.last_data_frame not in {p.frame_number for p in said}:
            return False  # too much was said for every packet to be kept
        return acked > max((p.offset + p.length for p in said), default=1)

    @property
    def seen_from_start(self) -> bool:
        """Whether its SYN is in the capture, of TCP alone therefore."""
        return self.client.syn_count > 0

    def opening(self, direction: int) -> bytes:
        """The first octets that one side said, ``OPENING_KEPT`` at most, as far as they can be read."""
        return b"" if self.conversation is None else self.conversation.opening[direction]

    @property
    def speaks_ssh(self) -> bool:
        """Whether its client began with SSH's identification."""
        return self.opening(0).startswith(IDENTIFICATION)

    def opening_is_whole(self, direction: int) -> bool:
        """Whether none of the first ``OPENING_KEPT`` octets of one side is lacking."""
        return len(self.opening(direction)) >= min(self.halves[direction].stream_length, OPENING_KEPT)

    def opening_is_all(self, direction: int) -> bool:
        """Whether one side said nothing behind what is kept of its opening."""
        return len(self.opening(direction)) >= self.halves[direction].stream_length

    @property
    def speaks_http(self) -> bool:
        """Whether requests and responses are to be expected (netanalyze.conversations.service)."""
        if "asks" not in self.known:
            self.known["asks"] = asks_and_answers(self.conversation, self.server.port)
        return self.known["asks"]

    @property
    def surely_quic(self) -> QuicConnection | None:
        """What it says in QUIC, where a packet of it could be decrypted, which proves that it is."""
        return self.quic if self.quic is not None and self.quic.sure else None

    @property
    def clear(self) -> HttpConversation | None:
        """What it says in HTTP in clear; None where it says nothing of the kind, or has TLS inside (a tunnel of a proxy's)."""
        return self.http if self.tls is None else None

    @functools.cached_property
    def host(self) -> str | None:
        """The name it was meant for: the SNI, the name in CONNECT, else the name that was looked up."""
        if self.tls and self.tls.sni:
            return self.tls.sni
        if self.quic and self.quic.tls.sni:
            return self.quic.tls.sni
        if self.http and self.http.connect and self.http.connect.target:
            return self.http.connect.target.rsplit(":", 1)[0].strip("[]")
        if self.socks and self.socks.target:
            return self.socks.target.rsplit(":", 1)[0].strip("[]")
        if self.http and self.http.exchanges and self.http.exchanges[0].host:
            return self.http.exchanges[0].host.partition(":")[0]
        return self.names[0] if self.names else None

    @property
    def destination(self) -> str:
        """How prose calls its far end: the host it was meant for, else the server's address."""
        return self.host or self.server.address

    @property
    def tunnelled(self) -> bool:
        """Whether it goes through a CONNECT or SOCKS proxy, so that its address is the proxy's."""
        return bool((self.http and self.http.connect) or self.socks)

    @property
    def round_trip_ns(self) -> int:
        """Smallest round trip seen from the client to the server, 0 unknown."""
        return max(self.client.rtt_minimum_ns, 0)

    @property
    def two_stacks(self) -> bool:
        """Whether two stacks answer at the client's address: one resets, the other goes on acknowledging what is new.

        So it is where a host translates addresses for a container and what its connection tracking calls INVALID comes to
        the host itself, which knows no such connection (RFC 9293 section 3.10.7.1: it resets).
        """
        client = self.client
        return client.rst_count > 0 and max(self.server.acked_frame, client.last_data_frame) > client.rst_frame

    def ended(self) -> tuple[str, int, int, int] | None:
        """The first FIN or RST: (fin or rst, direction, ns, frame); None while it is open."""
        return self._end

    @functools.cached_property
    def _end(self) -> tuple[str, int, int, int] | None:
        ends = []
        strangers = self.two_stacks
        for direction, half in enumerate(self.halves):
            if half.fin_ns != NEVER_NS:
                ends.append((half.fin_frame, "fin", direction, half.fin_ns))
            if half.rst_ns != NEVER_NS and not (strangers and direction == 0):
                ends.append((half.rst_frame, "rst", direction, half.rst_ns))
        if not ends:
            return None
        frame, how, direction, ns = min(ends)
        return how, direction, ns, frame

    def application_records(self, direction: int) -> list[Record]:
        """The application data records of one side, in order."""
        key = f"application records {direction}"
        if key not in self.known:
            self.known[key] = [r for r in self.records if r.direction == direction and r.content_type == 23]
        return self.known[key]

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
        return [p for p in self.data_packets[direction] if p.offset < end and p.offset + p.length > start]


@functools.lru_cache(4096)
def history_text(low: int, high: int, length: int) -> str:
    """Zeek's history string from its packed letters: upper case from the originator."""
    from netanalyze.tracking.history import LETTERS

    out = ""
    for at in range(min(length, 24)):
        code = (low >> (5 * at) if at < 12 else high >> (5 * (at - 12))) & 31
        letter = LETTERS[code >> 1]
        out += letter if code & 1 else letter.upper()
    return out

"""FlowTracker: batches in, rows out; the kernels in their order, and nothing else.

What comes out is for the few packets that matter: marks, gaps, records, packets kept in detail,
and the octets that somebody wants to read. The rest of a packet is counted and forgotten.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.capture.linktypes import NAMES
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.tracking import marks
from netanalyze.tracking.addresses import ends_text
from netanalyze.tracking.bins import Bins
from netanalyze.tracking.checksums import Checksums
from netanalyze.tracking.datagrams import begins_dtls, looks_like_quic
from netanalyze.tracking.dns_messages import Datagrams, dns_datagrams
from netanalyze.tracking.fragments import Fragments
from netanalyze.tracking.gaps import GAP, RESOLUTION_NS, write_open_gaps
from netanalyze.tracking.history import PACKED, keep_packets
from netanalyze.tracking.memory import FLOW_TAKES, MARK_TAKES, PAIR_TAKES, Memory
from netanalyze.tracking.neighbours import Neighbours
from netanalyze.tracking.number_flows import fill_slots, track_flows
from netanalyze.tracking.outer import Tunnel, outer_headers
from netanalyze.tracking.records import PACKED_RECORD, track_records
from netanalyze.tracking.row_store import RowStore
from netanalyze.tracking.sacks import SackBlocks
from netanalyze.tracking.segments import WantedSegments, segments_of
from netanalyze.tracking.sender_clocks import SenderClocks
from netanalyze.tracking.state import FLOW, FLOWS_TRACKED_MOST, FlowState
from netanalyze.tracking.tcp import track_tcp
from netanalyze.units import NEVER_NS, SECOND_NS
from netanalyze.wire.layers import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT,
    ICMP,
    MALFORMED,
    PACKET,
    TCP,
    TRUNCATED,
    TUNNELLED,
    UDP,
    UNDECODED,
    UNKNOWN_LINK_TYPE,
    WANTED,
)
from netanalyze.wire.net.stack import network
from netanalyze.wire.packets import column, decode

DNS_PORTS = (53, 5353, 5355)
"""UDP ports whose payload is read as DNS: DNS, mDNS, LLMNR."""
STEP_NS = 10_000_000
"""Queues of a network card, or two taps, hand frames over late by less than this: that is no clock that was set back."""
DAY_NS = 86_400 * 10**9
"""No machine that is up says nothing for so long: leases (RFC 2131), neighbours and timers come within it."""

TUNNELS_MOST, OUTER_MOST = 50_000, 512
"""Flows whose tunnels are told, and octets of a frame that are looked at for them: bounds, not limits of any protocol."""

MARKS_MOST, KEPT_MOST, RECORDS_MOST, GAPS_MOST = 20_000_000, 500_000, 4_000_000, 2_000_000
"""Rows kept over a whole capture: bounds the memory a hostile capture can take."""


@dataclass
class Payload:
    """Octets to be read: whose, where in the half-flow, and the frame that brought them."""

    kind: str
    flow_id: int
    direction: int
    offset: int
    octets: bytes
    frame_number: int
    time_ns: int
    whole: bool
    ends: tuple[str, str] = ("", "")


class FlowTracker:
    """Carries all flows of a capture through its batches.

    Attributes:
        state: the columns of flows and half-flows.
        packets, octets: frames and captured octets seen.
        neighbours: what neighbour discovery showed of the local link.
        bins: how each half-flow went on (netanalyze.tracking.bins).
        tunnels: by flow id, the outer headers of flows that came through tunnels (netanalyze.tracking.outer).
        first_ns, last_ns: earliest and latest frame time.
        untracked: the first and the last packet of flows beyond those that are tracked, ns.
        whole_seconds: whether each frame so far has a time of whole seconds.
    """

    def __init__(self, engine: Engine, diagnostics: Diagnostics, memory: Memory | None = None):
        self.engine, self.diagnostics, self.memory = engine, diagnostics, memory or Memory()
        self.state = FlowState(engine)
        self.packets = self.octets = self.tcp_packets = self.undecoded = 0
        self.first_ns = self.last_ns = NEVER_NS
        self._latest_ns = NEVER_NS
        self.untracked = NEVER_NS, NEVER_NS
        self.whole_seconds = True
        self.cut_at = 0
        self._fragments = Fragments()
        self.tunnels: dict[int, tuple[Tunnel, ...]] = {}
        self.neighbours = Neighbours()
        self.bins = Bins()
        self._checksums = Checksums(engine)
        self.clocks = SenderClocks()
        self.sacks = SackBlocks()
        self._marks = RowStore(3, MARKS_MOST, self.memory, MARK_TAKES)
        self._kept = RowStore(PACKED.WIDTH, KEPT_MOST, self.memory)
        self._gaps = RowStore(GAP.WIDTH, GAPS_MOST, self.memory)
        self._records = RowStore(PACKED_RECORD.WIDTH, RECORDS_MOST, self.memory)
        self._record_room = np.empty(0, dtype=np.int64)

    def feed(self, batch: FrameBatch, link_types: np.ndarray) -> Iterator[Payload | Datagrams | WantedSegments]:
        """Take the frames of a batch; gives the payloads to be read, in the order of their frames."""
        rows = len(batch)
        if not rows:
            return
        engine, state, first = self.engine, self.state, batch.first_frame_number
        packets = decode(batch, link_types, engine)
        bits, since = self._judge_frames(batch, packets, link_types)
        buffer = self._join_fragments(batch, packets, bits)
        octets = buffer if engine.compiled else buffer.tobytes()
        frames = batch.frames.reshape(-1) if engine.compiled else batch.frames.reshape(-1).tolist()
        most = min(FLOWS_TRACKED_MOST, state.count + self.memory.flows())
        if state.reserve(rows, most):
            engine.run(fill_slots, state.flow_cells, state.count, state.slots, len(state.slots) - 1, state.key)
        flows, halves, slots, known_flows = state.flow_cells, state.half_cells, state.slots, state.count
        mask = len(slots) - 1
        tracked = flows[: most * FLOW.WIDTH] if engine.compiled else flows  # further ones are passed over
        known_pairs, table = state.pairs, (slots, mask, state.key)
        numbered = frames, packets, rows, first, tracked, halves, state.count, state.pairs, *table, *state.blanks
        state.count, state.pairs = map(int, engine.run(track_flows, *numbered))
        self.memory.take((state.count - known_flows) * FLOW_TAKES + (state.pairs - known_pairs) * PAIR_TAKES)
        self.neighbours.note(batch, packets, bits, link_types, known_flows, state.count)
        self._note_tunnels(batch, packets, bits, link_types)
        if state.count >= most:
            self._count_untracked(batch, packets)
        gaps = np.empty(rows * GAP.WIDTH, dtype=np.int64)
        found = int(engine.run(track_tcp, octets, frames, packets, rows, first, flows, halves, gaps))
        if found and self._gaps.has_room(found):
            self._gaps.add(gaps[: found * GAP.WIDTH].reshape(-1, GAP.WIDTH))
        room = (len(buffer) // 6 + 1) * PACKED_RECORD.WIDTH  # a record takes six octets at the least
        if room > len(self._record_room):
            self._record_room = np.empty(room, dtype=np.int64)
        records = self._record_room
        found = int(engine.run(track_records, octets, frames, packets, rows, first, flows, halves, records))
        if found and self._records.has_room(found):
            self._records.add(records[: found * PACKED_RECORD.WIDTH].reshape(-1, PACKED_RECORD.WIDTH))
        self.bins.note(batch, packets, state)
        self._checksums.note(batch, packets, link_types)
        self.clocks.note(batch, packets, since)
        self._checksums.note_datagrams(batch, packets, link_types)
        self._keep_rows(batch, packets)
        yield from self._payloads(batch, buffer, packets)

    def _judge_frames(self, batch: FrameBatch, packets: Any, link_types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Count what the capture itself did to the frames; returns the rows' ``layers`` as they were decoded, and the ns of each
        since the one before it."""
        frames, first = batch.frames, batch.first_frame_number
        times = frames[:, FRAME.TIME_NS]
        captured, original = frames[:, FRAME.CAPTURED_LENGTH], frames[:, FRAME.ORIGINAL_LENGTH]
        self.packets += len(frames)
        self.octets += int(captured.sum())
        low, high = int(times.min()), int(times.max())
        self.first_ns = low if self.first_ns == NEVER_NS else min(self.first_ns, low)
        self.last_ns = high if self.last_ns == NEVER_NS else max(self.last_ns, high)
        since = np.diff(times, prepend=self._latest_ns if self._latest_ns != NEVER_NS else times[0])
        self._latest_ns = int(times[-1])
        self.whole_seconds = self.whole_seconds and not (times % SECOND_NS).any()
        for kind, rows in (
            ("clock_step", np.flatnonzero(since <= -STEP_NS)),
            ("clock_set_back", np.flatnonzero(since <= -SECOND_NS)),
            ("time_leap", np.flatnonzero(since >= DAY_NS)),
        ):
            if len(rows):
                self.diagnostics.add(kind, len(rows), first + int(rows[0]))
        cut = np.flatnonzero(captured < original)
        if len(cut):
            self.cut_at = max(self.cut_at, int(captured[cut].max()))
            self.diagnostics.add("truncated_frames", len(cut), first + int(cut[0]))
        bits = column(packets, PACKET.LAYERS, len(frames))
        self.tcp_packets += int(np.count_nonzero(bits & TCP))
        if not int(np.bitwise_or.reduce(bits)) & (UNDECODED | MALFORMED | UNKNOWN_LINK_TYPE):
            return bits, since
        for kind, bit in (("undecoded", UNDECODED), ("malformed", MALFORMED)):
            rows = np.flatnonzero(bits & bit)
            if len(rows):
                self.diagnostics.add(kind, len(rows), first + int(rows[0]))
        rows = np.flatnonzero(bits & UNKNOWN_LINK_TYPE)
        self.undecoded += len(np.flatnonzero(bits & (UNDECODED | UNKNOWN_LINK_TYPE)))
        if len(rows):
            numbers = link_types[frames[rows, FRAME.INTERFACE_ID]]
            for number in sorted(set(numbers.tolist())):
                mine = rows[numbers == number]
                name = "" if number not in NAMES else f", {NAMES[number]}"
                self.diagnostics.add("unknown_link_type", len(mine), first + int(mine[0]), f"LINKTYPE {number}{name}")
        return bits, since

    def _join_fragments(self, batch: FrameBatch, packets: Any, bits: np.ndarray) -> np.ndarray:
        """Give rows that complete a fragmented datagram its whole payload; returns the buffer to read from."""
        rows = np.flatnonzero(bits & FRAGMENT)
        if not len(rows):
            return batch.buffer
        joined: list[np.ndarray] = [batch.buffer]
        end = len(batch.buffer)
        for row in rows.tolist():
            at = row * PACKET.WIDTH
            start = int(packets[at + PACKET.NETWORK_START])
            stop = int(batch.frames[row, FRAME.START] + batch.frames[row, FRAME.CAPTURED_LENGTH])
            whole_frame = not packets[at + PACKET.LAYERS] & TRUNCATED
            whole = self._fragments.add(batch.buffer[start:stop].tobytes(), bool(whole_frame))
            if whole is None:
                continue
            piece = np.frombuffer(whole, dtype=np.uint8)
            fields = [0] * PACKET.WIDTH
            ethertype = ETHERTYPE_IPV4 if whole[0] >> 4 == 4 else ETHERTYPE_IPV6
            network(memoryview(piece), 0, len(piece), len(piece), ethertype, fields, 0)
            for field in (PACKET.PAYLOAD_START, PACKET.OPTIONS_START, PACKET.NETWORK_START):
                fields[field] += end
            fields[PACKET.VLAN_ID] = packets[at + PACKET.VLAN_ID]
            packets[at : at + PACKET.WIDTH] = fields
            bits[row] = fields[PACKET.LAYERS]
            joined.append(piece)
            end += len(piece)
        return np.concatenate(joined) if len(joined) > 1 else batch.buffer

    def _count_untracked(self, batch: FrameBatch, packets: Any) -> None:
        """Count the packets of flows beyond the most that are tracked, and take them for packets of none."""
        rows, first = len(batch), batch.first_frame_number
        cells = column(packets, PACKET.LAYERS, rows)
        lost = np.flatnonzero((cells & (TCP | UDP) != 0) & (column(packets, PACKET.FLOW_ID, rows) < 0))
        if len(lost):
            self.diagnostics.add("detail_limit", len(lost), first + int(lost[0]))
            times = batch.frames[lost, FRAME.TIME_NS]
            first_ns = int(times.min()) if self.untracked[1] == NEVER_NS else self.untracked[0]
            self.untracked = first_ns, max(self.untracked[1], int(times.max()))
        for row in lost.tolist():
            packets[row * PACKET.WIDTH + PACKET.LAYERS] &= ~(TCP | UDP)

    def _note_tunnels(self, batch: FrameBatch, packets: Any, bits: np.ndarray, link_types: np.ndarray) -> None:
        """Say what the flows that begin in this batch came through."""
        rows = np.flatnonzero(bits & TUNNELLED)
        if not len(rows):
            return
        ids, firsts = np.unique(column(packets, PACKET.FLOW_ID, len(batch))[rows], return_index=True)
        for flow, row in zip(ids.tolist(), rows[firsts].tolist()):
            if flow in self.tunnels or flow < 0 or len(self.tunnels) >= TUNNELS_MOST:
                continue
            start, captured = (int(n) for n in batch.frames[row, : FRAME.CAPTURED_LENGTH + 1])
            interface = int(batch.frames[row, FRAME.INTERFACE_ID])
            octets = batch.buffer[start : start + min(captured, OUTER_MOST)].tobytes()
            self.tunnels[flow] = outer_headers(octets, int(link_types[interface]))

    def _keep_rows(self, batch: FrameBatch, packets: Any) -> None:
        """Keep the marks, and the packets that were chosen to be kept in detail."""
        found = column(packets, PACKET.MARKS, len(batch))
        first = batch.first_frame_number
        rows = np.flatnonzero(found & marks.ALL)
        if len(rows) and self._marks.has_room(len(rows)):
            flow_ids = column(packets, PACKET.FLOW_ID, len(batch))[rows]
            self._marks.add(np.column_stack([rows + first, flow_ids, found[rows] & (marks.ALL | marks.NO_NEW_HOLE)]))
        rows = np.flatnonzero(found & marks.KEPT_IN_DETAIL)
        if len(rows):
            if not self._kept.has_room(len(rows)):
                self.diagnostics.add("detail_limit", len(rows), first + int(rows[0]))
                return
            self.sacks.take(batch.buffer, packets, rows, first)
            kept = self._kept.further(len(rows)).reshape(-1)
            self.engine.run(keep_packets, batch.frames.reshape(-1), packets, rows, len(rows), first, kept)

    def _payloads(
        self, batch: FrameBatch, buffer: np.ndarray, packets: Any
    ) -> Iterator[Payload | Datagrams | WantedSegments]:
        """DNS over UDP, the segments of TCP that are wanted, and the payloads of QUIC, DTLS and ICMP, each in frame order."""
        layers = column(packets, PACKET.LAYERS, len(batch))
        rows = np.flatnonzero(layers & (WANTED | ICMP | UDP))
        is_tcp = layers[rows] & (UDP | ICMP) == 0
        segments, rows = rows[is_tcp], rows[~is_tcp]
        cells, datagrams = _chosen(packets, rows), np.zeros(0, dtype=np.int64)
        if len(rows):
            ports = np.isin(cells[:, PACKET.SRC_PORT], DNS_PORTS) | np.isin(cells[:, PACKET.DST_PORT], DNS_PORTS)
            is_udp = cells[:, PACKET.LAYERS] & (UDP | ICMP) == UDP
            is_dns = ports & is_udp
            if is_dns.any():
                yield dns_datagrams(batch, buffer, cells[is_dns], rows[is_dns])
                rows, cells, is_udp = rows[~is_dns], cells[~is_dns], is_udp[~is_dns]
            datagrams = np.where(begins_dtls(buffer, cells), 2, looks_like_quic(buffer, cells))
            wanted = ~is_udp | (datagrams > 0)
            rows, datagrams, cells = rows[wanted], datagrams[wanted], cells[wanted]
        if len(segments):
            yield segments_of(batch, buffer, _chosen(packets, segments), segments)
        times = batch.frames[rows, FRAME.TIME_NS].tolist()
        for row, datagram, ns, fields in zip(rows.tolist(), datagrams.tolist(), times, cells.tolist()):
            start, captured = fields[PACKET.PAYLOAD_START], fields[PACKET.PAYLOAD_CAPTURED]
            kind = "icmp" if fields[PACKET.LAYERS] & ICMP else ("", "quic", "dtls")[datagram]
            yield Payload(
                kind, fields[PACKET.FLOW_ID], fields[PACKET.DIRECTION],
                fields[PACKET.STREAM_OFFSET] if kind != "icmp" else fields[PACKET.IP_PROTOCOL],
                buffer[start : start + captured].tobytes(), batch.first_frame_number + row,
                ns, captured >= fields[PACKET.PAYLOAD_LENGTH],
                ends_text(fields) if kind == "icmp" else ("", ""),
            )  # fmt: skip

    def gaps_until(self, end_ns: int, wanted: Sequence[int] | None = None) -> np.ndarray:
        """The closed gaps, and those that lie open at ``end_ns`` on flows silent for ``RESOLUTION_NS`` or more, of these with
        ``wanted`` alone: ``i8 (n, GAP_WIDTH)``, as long as nothing more is fed."""
        state = self.state
        progress = state.flow("progress_ns")
        rows = np.flatnonzero(
            (progress != NEVER_NS) & (end_ns - np.where(progress == NEVER_NS, 0, progress) >= RESOLUTION_NS)
        )
        if wanted is not None and len(wanted) < state.count:
            rows = rows[np.isin(rows, wanted)]
        gaps = np.zeros((len(rows), GAP.WIDTH), dtype=np.int64)
        numbers, flat = rows.astype(np.int64), gaps.reshape(-1)
        self.engine.run(write_open_gaps, state.flow_cells, state.half_cells, numbers, len(rows), end_ns, flat)
        return self._gaps.with_rows(gaps)

    @property
    def bad_datagrams(self) -> set[int]:
        """Frames of DNS datagrams whose checksum is wrong (netanalyze.tracking.checksums)."""
        return self._checksums.bad_datagrams

    @property
    def marks(self) -> np.ndarray:
        """``i8 (n, 3)``: frame number, flow id, marks (Wireshark's, and ``NO_NEW_HOLE``)."""
        return self._marks.matrix

    @property
    def kept(self) -> np.ndarray:
        """``i8 (n, PACKED.WIDTH)``: packets kept in detail, in frame order."""
        return self._kept.matrix

    @property
    def gaps(self) -> np.ndarray:
        """``i8 (n, GAP_WIDTH)``: closed gaps in the order of their ends."""
        return self._gaps.matrix

    @property
    def records(self) -> np.ndarray:
        """``i8 (n, PACKED_RECORD.WIDTH)``: TLS records, in the order of their headers."""
        return self._records.matrix

    def bounds(self) -> Iterator[tuple[str, int, int]]:
        """What is kept of what there was, in words, and how many of each."""
        for words, store in (
            ("the first {some} of {all} TCP marks are kept", self._marks),
            ("the first {some} of {all} gaps in connections are kept", self._gaps),
            ("the headers of the first {some} of {all} TLS records are kept", self._records),
        ):
            yield words, store.rows, store.rows + store.refused

    def finish(self) -> None:
        """Count what stayed unfinished."""
        self.diagnostics.add("incomplete_fragments", self._fragments.incomplete)


def _chosen(cells: Any, rows: np.ndarray) -> np.ndarray:
    """Some rows of packet cells, ``i8 (n, WIDTH)``."""
    if isinstance(cells, list):
        picked = [cells[row * PACKET.WIDTH : (row + 1) * PACKET.WIDTH] for row in rows.tolist()]
        return np.array(picked, dtype=np.int64).reshape(-1, PACKET.WIDTH)
    return cells.reshape(-1, PACKET.WIDTH)[rows]

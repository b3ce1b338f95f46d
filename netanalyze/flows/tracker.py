"""FlowTracker: batches in, rows out; the kernels in their order, and nothing else.

What comes out is for the few packets that matter: marks, gaps, records, packets kept in detail,
and the octets that somebody wants to read. The rest of a packet is counted and forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netanalyze.capture import batch as frame_fields
from netanalyze.capture.batch import FrameBatch
from netanalyze.diagnostics import Diagnostics
from netanalyze.flows import marks
from netanalyze.flows.fragments import Fragments
from netanalyze.flows.gaps import GAP_WIDTH, KIND_NONE, RESOLUTION_NS, write_gap
from netanalyze.flows.records import RECORD_WIDTH, track_records
from netanalyze.flows.state import H_ACKED, H_NEXT, HALF_WIDTH, FlowState
from netanalyze.flows.tcp import track_tcp
from netanalyze.flows.track import fill_slots, track_flows
from netanalyze.kernel import Engine
from netanalyze.units import NEVER_NS
from netanalyze.wire import layers
from netanalyze.wire.layers import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT,
    ICMP,
    MALFORMED,
    TRUNCATED,
    UDP,
    UNDECODED,
    UNKNOWN_LINK_TYPE,
    WANTED,
    WIDTH,
)
from netanalyze.wire.net.stack import network
from netanalyze.wire.packets import decode

DNS_PORTS = (53, 5353, 5355)
"""UDP ports whose payload is read as DNS: DNS, mDNS, LLMNR."""

KEPT_FIELDS = (
    "frame_number", "time_ns", "flow_id", "direction", "flags", "offset", "ack", "length", "window", "ttl",
    "ip_id", "ip_flags", "marks", "ip_version", "original_length",
)  # fmt: skip
"""Columns of a packet kept in detail; ``offset`` is its stream offset, ``ack`` the number on the wire."""

MARKS_MOST, KEPT_MOST, RECORDS_MOST = 20_000_000, 500_000, 4_000_000
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


class FlowTracker:
    """Carries all flows of a capture through its batches.

    Attributes:
        state: the columns of flows and half-flows.
        packets, octets: frames and captured octets seen.
        first_ns, last_ns: earliest and latest frame time.
    """

    def __init__(self, engine: Engine, diagnostics: Diagnostics):
        self.engine, self.diagnostics = engine, diagnostics
        self.state = FlowState()
        self.packets = self.octets = self.tcp_packets = self.undecoded = 0
        self.first_ns = self.last_ns = NEVER_NS
        self._latest_ns = NEVER_NS
        self._fragments = Fragments()
        self._marks: list[np.ndarray] = []
        self._kept: list[np.ndarray] = []
        self._gaps: list[np.ndarray] = []
        self._records: list[np.ndarray] = []
        self._mark_rows = self._kept_rows = self._record_rows = 0

    def feed(self, batch: FrameBatch, link_types: np.ndarray) -> Iterator[Payload]:
        """Take the frames of a batch; gives the payloads to be read, in the order of their frames."""
        rows = len(batch)
        if not rows:
            return
        packets = decode(batch, link_types, self.engine)
        self._judge_frames(batch, packets, link_types)
        buffer = self._join_fragments(batch, packets)
        frames = batch.frames.reshape(-1)
        flat = packets.reshape(-1)
        state, first = self.state, batch.first_frame_number
        if state.reserve(rows):
            self.engine.run(fill_slots, state.flows.reshape(-1), state.count, state.slots, len(state.slots) - 1)
        flows, halves = state.flows.reshape(-1), state.halves.reshape(-1)
        state.count = int(
            self.engine.run(
                track_flows, frames, flat, rows, first, flows, halves, state.count, state.slots, len(state.slots) - 1
            )
        )
        gaps = np.empty(rows * GAP_WIDTH, dtype=np.int64)
        found = int(self.engine.run(track_tcp, buffer, frames, flat, rows, first, flows, halves, gaps))
        if found:
            self._gaps.append(gaps[: found * GAP_WIDTH].reshape(-1, GAP_WIDTH).copy())
        records = np.empty((len(buffer) // 6 + 1) * RECORD_WIDTH, dtype=np.int64)
        found = int(self.engine.run(track_records, buffer, frames, flat, rows, first, flows, halves, records))
        if found and self._record_rows < RECORDS_MOST:
            self._records.append(records[: found * RECORD_WIDTH].reshape(-1, RECORD_WIDTH).copy())
            self._record_rows += found
        self._keep_rows(batch, packets)
        yield from self._payloads(batch, buffer, packets)

    def _judge_frames(self, batch: FrameBatch, packets: np.ndarray, link_types: np.ndarray) -> None:
        """Count what the capture itself did to the frames."""
        frames, first = batch.frames, batch.first_frame_number
        times = frames[:, frame_fields.TIME_NS]
        captured, original = frames[:, frame_fields.CAPTURED_LENGTH], frames[:, frame_fields.ORIGINAL_LENGTH]
        self.packets += len(frames)
        self.octets += int(captured.sum())
        low, high = int(times.min()), int(times.max())
        self.first_ns = low if self.first_ns == NEVER_NS else min(self.first_ns, low)
        self.last_ns = high if self.last_ns == NEVER_NS else max(self.last_ns, high)
        steps = np.flatnonzero(np.diff(times, prepend=self._latest_ns if self._latest_ns != NEVER_NS else times[0]) < 0)
        self._latest_ns = int(times[-1])
        if len(steps):
            self.diagnostics.add("clock_step", len(steps), first + int(steps[0]))
        cut = np.flatnonzero(captured < original)
        if len(cut):
            self.diagnostics.add("truncated_frames", len(cut), first + int(cut[0]))
        bits = packets[:, layers.LAYERS]
        for kind, bit in (("undecoded", UNDECODED), ("malformed", MALFORMED)):
            rows = np.flatnonzero(bits & bit)
            if len(rows):
                self.diagnostics.add(kind, len(rows), first + int(rows[0]))
        rows = np.flatnonzero(bits & UNKNOWN_LINK_TYPE)
        self.undecoded += len(np.flatnonzero(bits & (UNDECODED | UNKNOWN_LINK_TYPE)))
        if len(rows):
            numbers = link_types[frames[rows, frame_fields.INTERFACE_ID]]
            for number in np.unique(numbers):
                mine = rows[numbers == number]
                self.diagnostics.add("unknown_link_type", len(mine), first + int(mine[0]), f"LINKTYPE {number}")
        self.tcp_packets += int(np.count_nonzero(bits & layers.TCP))

    def _join_fragments(self, batch: FrameBatch, packets: np.ndarray) -> np.ndarray:
        """Give rows that complete a fragmented datagram its whole payload; returns the buffer to read from."""
        rows = np.flatnonzero(packets[:, layers.LAYERS] & FRAGMENT)
        if not len(rows):
            return batch.buffer
        joined: list[np.ndarray] = [batch.buffer]
        end = len(batch.buffer)
        for row in rows:
            start = int(packets[row, layers.NETWORK_START])
            stop = int(batch.frames[row, frame_fields.START] + batch.frames[row, frame_fields.CAPTURED_LENGTH])
            whole_frame = not packets[row, layers.LAYERS] & TRUNCATED
            whole = self._fragments.add(batch.buffer[start:stop].tobytes(), bool(whole_frame))
            if whole is None:
                continue
            piece = np.frombuffer(whole, dtype=np.uint8)
            fields = np.zeros(WIDTH, dtype=np.int64)
            ethertype = ETHERTYPE_IPV4 if whole[0] >> 4 == 4 else ETHERTYPE_IPV6
            network(memoryview(piece), 0, len(piece), len(piece), ethertype, memoryview(fields), 0)
            for field in (layers.PAYLOAD_START, layers.OPTIONS_START, layers.NETWORK_START):
                fields[field] += end
            fields[layers.VLAN_ID] = packets[row, layers.VLAN_ID]
            packets[row] = fields
            joined.append(piece)
            end += len(piece)
        return np.concatenate(joined) if len(joined) > 1 else batch.buffer

    def _keep_rows(self, batch: FrameBatch, packets: np.ndarray) -> None:
        """Keep the marks, and the packets that were chosen to be kept in detail."""
        found = packets[:, layers.MARKS]
        first = batch.first_frame_number
        rows = np.flatnonzero(found & marks.ALL)
        if len(rows) and self._mark_rows < MARKS_MOST:
            self._mark_rows += len(rows)
            self._marks.append(np.column_stack([rows + first, packets[rows, layers.FLOW_ID], found[rows] & marks.ALL]))
        rows = np.flatnonzero(found & marks.KEPT_IN_DETAIL)
        if len(rows):
            if self._kept_rows >= KEPT_MOST:
                self.diagnostics.add("detail_limit", len(rows), first + int(rows[0]))
                return
            self._kept_rows += len(rows)
            chosen = packets[rows]
            self._kept.append(
                np.column_stack(
                    [
                        rows + first,
                        batch.frames[rows, frame_fields.TIME_NS],
                        chosen[:, layers.FLOW_ID],
                        chosen[:, layers.DIRECTION],
                        chosen[:, layers.TCP_FLAGS],
                        chosen[:, layers.STREAM_OFFSET],
                        chosen[:, layers.TCP_ACK],
                        chosen[:, layers.PAYLOAD_LENGTH],
                        chosen[:, layers.TCP_WINDOW],
                        chosen[:, layers.TTL],
                        chosen[:, layers.IP_ID],
                        chosen[:, layers.IP_FLAGS],
                        found[rows],
                        chosen[:, layers.IP_VERSION],
                        batch.frames[rows, frame_fields.ORIGINAL_LENGTH],
                    ]
                )
            )

    def _payloads(self, batch: FrameBatch, buffer: np.ndarray, packets: np.ndarray) -> Iterator[Payload]:
        """The payloads of TCP packets that are wanted, of DNS over UDP, and of ICMP, in frame order."""
        bits = packets[:, layers.LAYERS]
        ports = np.isin(packets[:, layers.SRC_PORT], DNS_PORTS) | np.isin(packets[:, layers.DST_PORT], DNS_PORTS)
        dns = (bits & UDP).astype(bool) & ports
        rows = np.flatnonzero((bits & (WANTED | ICMP)).astype(bool) | dns)
        for row in rows:
            fields = packets[row].tolist()
            start = fields[layers.PAYLOAD_START]
            captured = fields[layers.PAYLOAD_CAPTURED]
            kind = "icmp" if fields[layers.LAYERS] & ICMP else "dns" if fields[layers.LAYERS] & UDP else "tcp"
            yield Payload(
                kind,
                fields[layers.FLOW_ID],
                fields[layers.DIRECTION],
                fields[layers.STREAM_OFFSET] if kind != "icmp" else fields[layers.IP_PROTOCOL],
                buffer[start : start + captured].tobytes(),
                batch.first_frame_number + int(row),
                int(batch.frames[row, frame_fields.TIME_NS]),
                captured >= fields[layers.PAYLOAD_LENGTH],
            )

    def open_gaps(self, end_ns: int) -> np.ndarray:
        """The gaps that lie open at ``end_ns``: ``i8 (n, GAP_WIDTH)``, of flows silent for ``RESOLUTION_NS`` or more."""
        state = self.state
        progress = state.flow("progress_ns")
        rows = np.flatnonzero(
            (progress != NEVER_NS) & (end_ns - np.where(progress == NEVER_NS, 0, progress) >= RESOLUTION_NS)
        )
        gaps = np.zeros((len(rows), GAP_WIDTH), dtype=np.int64)
        flows, halves, flat = (
            memoryview(np.ascontiguousarray(a).reshape(-1)) for a in (state.flows, state.halves, gaps)
        )

        for at, flow in enumerate(rows.tolist()):
            h = flow * 2 * HALF_WIDTH
            write_gap(
                flows, halves, flow, end_ns, 0, 0, KIND_NONE, halves[h + H_NEXT], halves[h + HALF_WIDTH + H_ACKED],
                flat, at * GAP_WIDTH,
            )  # fmt: skip
        return gaps

    @property
    def marks(self) -> np.ndarray:
        """``i8 (n, 3)``: frame number, flow id, marks."""
        return _joined(self._marks, 3)

    @property
    def kept(self) -> np.ndarray:
        """``i8 (n, len(KEPT_FIELDS))``: packets kept in detail, in frame order."""
        return _joined(self._kept, len(KEPT_FIELDS))

    @property
    def gaps(self) -> np.ndarray:
        """``i8 (n, GAP_WIDTH)``: closed gaps in the order of their ends."""
        return _joined(self._gaps, GAP_WIDTH)

    @property
    def records(self) -> np.ndarray:
        """``i8 (n, RECORD_WIDTH)``: TLS records, in the order of their headers."""
        return _joined(self._records, RECORD_WIDTH)

    def finish(self) -> None:
        """Count what stayed unfinished."""
        self.diagnostics.add("incomplete_fragments", self._fragments.incomplete)


def _joined(parts: list[np.ndarray], width: int) -> np.ndarray:
    """The parts as one matrix, kept joined so that asking again is cheap."""
    if not parts:
        return np.empty((0, width), dtype=np.int64)
    if len(parts) > 1:
        parts[:] = [np.concatenate(parts)]
    return parts[0]

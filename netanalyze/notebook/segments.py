"""The segments of one TCP flow on its sequence axis: what a time-sequence graph is drawn from."""

from dataclasses import dataclass, field, replace

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch, Interfaces
from netanalyze.errors import NetanalyzeError
from netanalyze.notebook.fields import tcp_options
from netanalyze.notebook.reading import FrameReader
from netanalyze.result import Result
from netanalyze.tracking.marks import NAMES
from netanalyze.tracking.segment_table import SegmentTable
from netanalyze.tracking.sequence import NO_OFFSET, stream_offset
from netanalyze.tracking.state import FLOW
from netanalyze.wire.layers import ACK, PACKET, TCP

TIMESTAMPS_ONLY = 12
"""Octets of options of an ordinary segment: nothing but timestamps."""
PACKETS_MOST = 3_000
"""Packets of one flow in a report: of more, those that were kept in detail, and others at even distances between them."""


@dataclass
class Segments:
    """The segments of a flow in frame order; offsets count a half-flow's octets from its SYN (0), and never wrap.

    Attributes:
        frame_number, time_ns, direction, flags, marks: ``i8 (n,)``; direction 0 from the client.
        start, length: of the payload, in the sender's half, octets.
        ack: acknowledged in the other half, ``NO_OFFSET`` where the ACK flag is not set.
        window: as on the wire, unscaled.
        sacks: (row, left, right) of each SACK block, offsets in the other half.
    """

    frame_number: np.ndarray
    time_ns: np.ndarray
    direction: np.ndarray
    flags: np.ndarray
    marks: np.ndarray
    start: np.ndarray
    length: np.ndarray
    ack: np.ndarray
    window: np.ndarray
    sacks: list[tuple[int, int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.frame_number)


def read_segments(reader: FrameReader, flow_id: int) -> Segments:
    """Read the segments of one flow.

    Raises:
        CaptureError: the capture cannot be read again.
    """
    frames: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    options: list[tuple[int, bytes]] = []
    count = 0

    def take(batch: FrameBatch, packets: np.ndarray, interfaces: Interfaces) -> None:
        nonlocal count
        mine = np.flatnonzero((packets[:, PACKET.FLOW_ID] == flow_id) & ((packets[:, PACKET.LAYERS] & TCP) != 0))
        if not len(mine):
            return
        rows.append(packets[mine])
        frames.append(np.column_stack([mine + batch.first_frame_number, batch.frames[mine, FRAME.TIME_NS]]))
        begin, end = packets[mine, PACKET.OPTIONS_START], packets[mine, PACKET.PAYLOAD_START]
        unusual = (end - begin > 0) & (end - begin != TIMESTAMPS_ONLY) & (end <= len(batch.buffer))
        for at in np.flatnonzero(unusual).tolist():
            options.append((count + at, batch.buffer[begin[at] : end[at]].tobytes()))
        count += len(mine)

    state = reader.read(take)
    fields = np.concatenate(rows) if rows else np.zeros((0, PACKET.WIDTH), np.int64)
    where = np.concatenate(frames) if frames else np.zeros((0, 2), np.int64)
    flow = dict(zip(FLOW.names, state.flow_row(flow_id)))
    bases, known = (flow["base_0"], flow["base_1"]), flow["base_known"]
    direction, flags = fields[:, PACKET.DIRECTION], fields[:, PACKET.TCP_FLAGS]
    ack = _acknowledged(fields, direction, flags, bases, known)
    made = Segments(
        where[:, 0], where[:, 1], direction, flags, fields[:, PACKET.MARKS], fields[:, PACKET.STREAM_OFFSET],
        fields[:, PACKET.PAYLOAD_LENGTH], ack, fields[:, PACKET.TCP_WINDOW],
    )  # fmt: skip
    for row, octets in options:
        other = 1 - int(direction[row])
        if known >> other & 1:
            near = max(int(ack[row]), 0)
            for left, right in tcp_options(octets, 0).get("SACK", ()):
                low = stream_offset(left, bases[other], near)
                made.sacks.append((row, low, stream_offset(right, bases[other], low)))
    return made


def _acknowledged(
    fields: np.ndarray, direction: np.ndarray, flags: np.ndarray, bases: tuple, known_sides: int
) -> np.ndarray:
    """Offsets in the other half that each segment acknowledges, each the one closest to the one before it."""
    ack = np.full(len(fields), NO_OFFSET, dtype=np.int64)
    for side in (0, 1):
        if not known_sides >> (1 - side) & 1:
            continue
        rows = np.flatnonzero((direction == side) & ((flags & ACK) != 0))
        near, offsets = 0, []
        for number in fields[rows, PACKET.TCP_ACK].tolist():
            near = stream_offset(number, bases[1 - side], near)
            offsets.append(near)
        ack[rows] = offsets
    return ack


def with_whole_flow(result: Result, reader: FrameReader | None = None) -> Result:
    """The result with every packet of the flow to blame, read again; as it was where the capture cannot be read again."""
    root = result.root
    if root is None or root.flow_id is None:
        return result
    try:
        whole = read_segments(reader or FrameReader(result.capture.files), root.flow_id)
    except NetanalyzeError:
        return result
    kept = [row for row in result.segments.rows() if row["flow_id"] == root.flow_id]
    detailed = np.isin(whole.frame_number, [row["frame_number"] for row in kept])
    if not kept or int(detailed.sum()) < len(kept):  # other packets than those that were judged
        return result
    every = -(-len(whole) // PACKETS_MOST)
    chosen = np.flatnonzero(detailed | (np.arange(len(whole)) % every == 0))
    sacks: dict[int, list[tuple[int, int]]] = {}
    for at, left, right in whole.sacks:
        sacks.setdefault(at, []).append((left, right))
    rows = [
        {
            "frame_number": whole.frame_number[at], "time_ns": whole.time_ns[at], "flow_id": root.flow_id,
            "direction": whole.direction[at], "flags": whole.flags[at], "offset": whole.start[at],
            "ack": None if whole.ack[at] == NO_OFFSET else whole.ack[at], "length": whole.length[at],
            "window": whole.window[at], "marks": whole.marks[at] & ((1 << len(NAMES)) - 1), "sacks": sacks.get(at, []),
        }
        for at in chosen.tolist()
    ]  # fmt: skip
    others = [row for row in result.segments.rows() if row["flow_id"] != root.flow_id]
    merged = sorted([*rows, *others], key=lambda row: int(row["frame_number"]))
    return replace(result, segments=SegmentTable.from_rows(merged))

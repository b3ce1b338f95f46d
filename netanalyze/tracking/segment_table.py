"""The packets of a few flows, as a ladder and a time–sequence graph want them."""

from collections.abc import Iterable

import numpy as np

from netanalyze.columns import LIST, Column, Table, time_column
from netanalyze.tracking.history import KEPT, PACKED, unpacked
from netanalyze.tracking.marks import NAMES
from netanalyze.tracking.sequence import stream_offset
from netanalyze.tracking.tracker import FlowTracker
from netanalyze.wire.layers import ACK

ROWS_MOST = 2_000
"""Packets of one flow: more than anybody reads; those about what went wrong are among the first, or the last."""
NO_ACK = -1


class SegmentTable(Table):
    """One row per packet that is kept in detail of the flows that findings are about."""

    schema = (
        Column("frame_number", "i8", "1", "its frame", "frame.number"),
        time_column("time_ns", "when it was captured"),
        Column("flow_id", "i4", "1", "flow", "netanalyze"),
        Column("direction", "i1", "1", "0 from the client, 1 from the server", "netanalyze"),
        Column("flags", "i4", "bits", "TCP's flags", "tcp.flags"),
        Column("offset", "i8", "octets", "of its payload in what its side sends; the SYN is 0", "tcp.seq"),
        Column("ack", "i8", "octets", "up to where it acknowledges the other side, -1 not at all", "tcp.ack", NO_ACK),
        Column("length", "i8", "octets", "payload", "tcp.len"),
        Column("window", "i8", "octets", "as on the wire, unscaled", "tcp.window_size_value"),
        Column("marks", "i4", "bits", "Wireshark's marks, in the order of the table of marks", "tcp.analysis"),
        Column("sacks", LIST, "octets", "blocks that it says have come, left and right edge", "tcp.options.sack"),
    )


def segment_table(tracker: FlowTracker, flows: Iterable[int]) -> SegmentTable:
    """The kept packets of some flows, in the order of frames."""
    kept = tracker.kept
    chosen: list[np.ndarray] = []
    for flow in flows:
        rows = np.flatnonzero(kept[:, PACKED.FLOW_ID] == flow)
        chosen.append(
            rows if len(rows) <= ROWS_MOST else np.concatenate([rows[: ROWS_MOST // 2], rows[-ROWS_MOST // 2 :]])
        )
    rows = np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)
    columns = dict(zip(KEPT.names, unpacked(kept[rows], tracker.engine).T))
    ids, direction = columns["flow_id"], columns["direction"]
    bases = np.stack([tracker.state.flow("base_0"), tracker.state.flow("base_1")])[1 - direction, ids]
    known = tracker.state.flow("base_known")[ids] >> (1 - direction) & 1
    numbered = (known == 1) & (columns["flags"] & ACK != 0)
    ack, sacks = _acknowledged(columns, np.where(numbered, bases, -1), tracker.sacks.of(columns["frame_number"]))
    named = {name: columns[name] for name in ("frame_number", "time_ns", "flow_id", "direction", "flags", "offset")}
    marks = columns["marks"] & ((1 << len(NAMES)) - 1)
    return SegmentTable(**named, ack=ack, length=columns["length"], window=columns["window"], marks=marks, sacks=sacks)


def _acknowledged(
    columns: dict[str, np.ndarray], bases: np.ndarray, blocks: dict[int, list[tuple[int, int]]]
) -> tuple[np.ndarray, list[list[tuple[int, int]]]]:
    """What each packet acknowledges of the other side, and the SACK blocks that it bears; nothing where the base is -1.

    A number stands for the offset closest to where the other side had got by then: the stream may be longer than 4 GiB.
    """
    ack = np.full(len(bases), NO_ACK, dtype=np.int64)
    sacks: list[list[tuple[int, int]]] = []
    reached: dict[tuple[int, int], int] = {}
    names = ("flow_id", "direction", "offset", "length", "ack", "frame_number")
    for row, values in enumerate(zip(*(columns[name].tolist() for name in names), bases.tolist())):
        flow, side, offset, length, number, frame, base = values
        reached[flow, side] = max(reached.get((flow, side), 0), offset + length)
        near = reached.get((flow, 1 - side), 0)
        sacks.append([])
        if base >= 0:
            ack[row] = stream_offset(number, base, near)
            for left, right in blocks.get(frame, ()):
                sacks[row].append((stream_offset(left, base, near), stream_offset(right, base, near)))
    return ack, sacks

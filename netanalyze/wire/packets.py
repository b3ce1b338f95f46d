"""PacketTable and decode: from frames to rows of header fields, in one pass of integer reads.

Inside the house a row is ``PACKET.WIDTH`` consecutive ``i8`` of one flat matrix, so that kernels index
``packets[row * PACKET.WIDTH + PACKET.TTL]``; ``PacketTable`` is the typed form at the door.
"""

from typing import Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.columns import Column, Table, time_column
from netanalyze.kernel import Engine, in_columns, kernel
from netanalyze.wire.layers import (
    ARP,
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    NO_ETHERTYPE,
    PACKET,
    UNDECODED,
    UNKNOWN_LINK_TYPE,
)
from netanalyze.wire.link.dispatch import LINK_TYPE_UNKNOWN, link
from netanalyze.wire.net.stack import network
from netanalyze.wire.ordinary import decode_ordinary

WORTH_COLUMNS = 32
"""Rows from which the column form is quicker than the kernel row by row (measured: between 16 and 40)."""


class PacketTable(Table):
    """One row per captured frame."""

    schema = (
        Column("frame_number", "i8", "1", "number of the frame in the capture, from 1", "frame.number"),
        time_column("time_ns", "when the frame was captured", "frame.time_epoch"),
        Column("file_offset", "i8", "octets", "where its record begins in the file, decompressed", "capture"),
        Column("captured_length", "i4", "octets", "octets of it that were captured", "frame.cap_len"),
        Column("original_length", "i4", "octets", "octets it had on the wire", "frame.len"),
        Column("interface_id", "i4", "1", "interface it was captured on", "frame.interface_id"),
        Column("layers", "i4", "bits", "what was found in it (netanalyze.wire.layers)", "netanalyze"),
        Column("vlan_id", "i4", "1", "innermost VLAN, 0 none", "IEEE 802.1Q"),
        Column("ip_version", "u1", "1", "4, 6, or 0 where there is no IP", "ip.version"),
        Column("src_address_id", "i4", "1", "index into the addresses of the capture, -1 none", "netanalyze", -1),
        Column("dst_address_id", "i4", "1", "index into the addresses of the capture, -1 none", "netanalyze", -1),
        Column("ttl", "u1", "hops", "time to live, or hop limit", "ip.ttl"),
        Column("ip_id", "i8", "1", "identification", "ip.id"),
        Column("ip_protocol", "u1", "1", "transport protocol number", "ip.proto"),
        Column("src_port", "u2", "1", "source port", "tcp.srcport"),
        Column("dst_port", "u2", "1", "destination port", "tcp.dstport"),
        Column("tcp_flags", "u2", "bits", "flags as on the wire", "tcp.flags"),
        Column("tcp_seq", "u4", "1", "sequence number as on the wire", "tcp.seq_raw"),
        Column("tcp_ack", "u4", "1", "acknowledgment number as on the wire", "tcp.ack_raw"),
        Column("tcp_window", "u2", "1", "window field, not scaled", "tcp.window_size_value"),
        Column("payload_start", "i8", "octets", "offset of the payload in the frame, -1 none", "netanalyze", -1),
        Column("payload_length", "i4", "octets", "payload according to the headers", "tcp.len"),
        Column("flow_id", "i4", "1", "flow it belongs to, -1 none", "netanalyze", -1),
        Column("direction", "i1", "1", "0 from the originator, 1 from the responder", "netanalyze"),
        Column("marks", "i4", "bits", "TCP marks, a bit each (netanalyze.tracking.marks)", "tcp.analysis.flags"),
    )


@kernel
def decode_frame(buffer, frames, row, link_types, packets):
    """Fill one row of ``packets`` (``i8``, zeroed) from its frame; returns 1 where there was no IP in it, else 0."""
    frame = row * FRAME.WIDTH
    at = frames[frame + FRAME.START]
    end = at + frames[frame + FRAME.CAPTURED_LENGTH]
    fields = row * PACKET.WIDTH
    link_type = link_types[frames[frame + FRAME.INTERFACE_ID]]
    limit = at + frames[frame + FRAME.ORIGINAL_LENGTH]
    ethertype, at, vlan, stop = link(buffer, at, end, link_type)
    if vlan:
        packets[fields + PACKET.VLAN_ID] = vlan
    if ethertype == ETHERTYPE_IPV4 or ethertype == ETHERTYPE_IPV6:
        packets[fields + PACKET.NETWORK_START] = at
        if limit < end:
            limit = end
        if stop < limit:
            limit = stop
        network(buffer, at, end if end < limit else limit, limit, ethertype, packets, fields)
        return 0
    if ethertype == ETHERTYPE_ARP:
        packets[fields + PACKET.NETWORK_START] = at
        packets[fields + PACKET.LAYERS] = ARP
    else:
        packets[fields + PACKET.LAYERS] = UNKNOWN_LINK_TYPE if ethertype == LINK_TYPE_UNKNOWN else UNDECODED
    return 1


@kernel
def decode_frames(buffer, frames, rows, link_types, packets):
    """Fill the rows of ``packets`` (``i8``, zeroed) from the frames; returns how many had no IP in them."""
    undecoded = 0
    for row in range(rows):
        undecoded += decode_frame(buffer, frames, row, link_types, packets)
    return undecoded


@in_columns(of=decode_frames)
def decode_columns(buffer, frames, rows, link_types, packets):
    """``decode_frames`` by NumPy for ordinary frames. ``packets`` may be a list of as many cells or more."""
    table = frames.reshape(-1, FRAME.WIDTH)[:rows]
    decoded = np.zeros((rows, PACKET.WIDTH), dtype=np.int64)
    rest = np.arange(rows)
    if rows >= WORTH_COLUMNS:
        rest = np.flatnonzero(~decode_ordinary(buffer, table, link_types, decoded))
    if len(rest) < rows:
        packets[: rows * PACKET.WIDTH] = decoded.reshape(-1).tolist()
    if not len(rest):
        return 0
    # plain Python reads bytes and lists faster than memoryviews, once they are made
    octets: Any = buffer.tobytes() if len(rest) >= WORTH_COLUMNS else memoryview(buffer)
    cells: Any = table.reshape(-1).tolist() if len(rest) >= WORTH_COLUMNS else memoryview(frames)
    kinds = link_types.tolist()
    return sum(decode_frame(octets, cells, row, kinds, packets) for row in rest.tolist())


def decode(batch: FrameBatch, link_types: np.ndarray, engine: Engine, room: Any = None) -> Any:
    """Decode a batch into cells, row by row: field F of row r is ``cells[r * PACKET.WIDTH + F]``. Never raises on any octets.

    Args:
        room: zeros (``engine.cells``) of ``PACKET.WIDTH`` or more a frame, to be filled; None: made here.
    """
    packets = engine.cells(len(batch) * PACKET.WIDTH) if room is None else room
    if len(batch):
        engine.run(decode_frames, batch.buffer, batch.frames.reshape(-1), len(batch), link_types, packets)
    return packets


def column(cells: Any, field: int, rows: int) -> np.ndarray:
    """One field of all rows, ``i8 (rows,)``: a view where the cells are an array, a copy where they are a list."""
    return np.asarray(cells[field : rows * PACKET.WIDTH : PACKET.WIDTH], dtype=np.int64)


def matrix(cells: Any, rows: int) -> np.ndarray:
    """The rows as ``i8 (rows, PACKET.WIDTH)``: a view of an array, a copy of a list."""
    return np.asarray(cells[: rows * PACKET.WIDTH], dtype=np.int64).reshape(rows, PACKET.WIDTH)


__all__ = ["NO_ETHERTYPE", "PacketTable", "column", "decode", "matrix"]

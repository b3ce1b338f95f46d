"""Ordinary frames in columns: TCP over IPv4 or IPv6 over Ethernet, decoded by NumPy where kernels run plain.

The column form of ``decode_frames``. Whatever is not wholly ordinary (tunnels, tags, fragments, options of IPv4,
extension headers, cut headers, other link types and protocols) is left to the kernel, row by row.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from netanalyze.capture.batch import FRAME
from netanalyze.wire.layers import ETHERTYPE_IPV4, ETHERTYPE_IPV6, IP, PACKET, PROTOCOL_TCP, TCP, TRUNCATED
from netanalyze.wire.link.dispatch import ETHERNET

_ETHERNET = [("addresses", "u1", 12), ("ethertype", ">u2")]
_IPV4 = [
    ("version_and_length", "u1"), ("service", "u1"), ("total_length", ">u2"), ("ip_id", ">u2"), ("fragment", ">u2"),
    ("ttl", "u1"), ("protocol", "u1"), ("checksum", ">u2"), ("src_low", ">u4"), ("dst_low", ">u4"),
]  # fmt: skip
_IPV6 = [
    ("version_and_class", "u1"), ("flow_label", "u1", 3), ("payload_length", ">u2"), ("protocol", "u1"), ("ttl", "u1"),
    ("src_high", ">i8"), ("src_low", ">i8"), ("dst_high", ">i8"), ("dst_low", ">i8"),
]  # fmt: skip
_TCP = [
    ("src_port", ">u2"), ("dst_port", ">u2"), ("tcp_seq", ">u4"), ("tcp_ack", ">u4"), ("data_offset", "u1"),
    ("tcp_flags", "u1"), ("tcp_window", ">u2"), ("tcp_checksum", ">u2"), ("urgent", ">u2"),
]  # fmt: skip
OVER_IPV4 = np.dtype([*_ETHERNET, *_IPV4, *_TCP])
"""Headers of a frame, as on the wire: RFC 894, RFC 791, RFC 9293."""
OVER_IPV6 = np.dtype([*_ETHERNET, *_IPV6, *_TCP])
"""The same over IPv6: RFC 2464, RFC 8200."""
LINK_LENGTH, TCP_LENGTH, WITHOUT_OPTIONS = 14, 20, 0x45


def decode_ordinary(buffer: np.ndarray, frames: np.ndarray, link_types: np.ndarray, packets: np.ndarray) -> np.ndarray:
    """Fill the rows of the ordinary frames.

    Args:
        buffer: ``u1 (m,)``.
        frames: ``i8 (rows, FRAME.WIDTH)``.
        packets: ``i8 (rows, PACKET.WIDTH)``, zeroed.

    Returns:
        ``bool (rows,)``: which rows were filled.
    """
    filled = np.zeros(len(frames), dtype=bool)
    begin = frames[:, FRAME.START]
    room = np.minimum(frames[:, FRAME.CAPTURED_LENGTH], len(buffer) - begin)
    candidates = (link_types[frames[:, FRAME.INTERFACE_ID]] == ETHERNET) & (begin >= 0)
    for headers, ethertype in ((OVER_IPV4, ETHERTYPE_IPV4), (OVER_IPV6, ETHERTYPE_IPV6)):
        rows = np.flatnonzero(candidates & ~filled & (room >= headers.itemsize))
        if len(rows):
            octets = sliding_window_view(buffer, headers.itemsize)[begin[rows]]
            seen = octets.view(headers).reshape(-1)
            rows, seen = _select(rows, seen, seen["ethertype"] == ethertype)
            filled[_fill(seen, rows, frames[rows], packets)] = True
    return filled


def _select(rows: np.ndarray, headers: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that a mask leaves; themselves where it leaves all."""
    return (rows, headers) if mask.all() else (rows[mask], headers[mask])


def _fill(headers: np.ndarray, rows: np.ndarray, frames: np.ndarray, packets: np.ndarray) -> np.ndarray:
    """Write the fields of frames by their ``headers``; returns the rows that were ordinary."""
    four = headers.dtype == OVER_IPV4
    at = frames[:, FRAME.START] + LINK_LENGTH
    segment = at + (OVER_IPV4.itemsize if four else OVER_IPV6.itemsize) - LINK_LENGTH - TCP_LENGTH
    end = at - LINK_LENGTH + frames[:, FRAME.CAPTURED_LENGTH]
    limit = np.maximum(end, at - LINK_LENGTH + frames[:, FRAME.ORIGINAL_LENGTH])
    if four:
        said = headers["total_length"].astype(np.int64)
        ordinary = (headers["version_and_length"] == WITHOUT_OPTIONS) & (headers["fragment"] & 0x3FFF == 0)
        wire_end = np.minimum(at + said, limit)
    else:
        said = headers["payload_length"].astype(np.int64)
        ordinary = headers["version_and_class"] >> 4 == 6
        wire_end = np.minimum(segment + said, limit)
    header = (headers["data_offset"] >> 4).astype(np.int64) * 4
    start = segment + header
    captured_end = np.minimum(wire_end, end)
    ordinary &= (headers["protocol"] == PROTOCOL_TCP) & (said > 0) & (header >= TCP_LENGTH)
    ordinary &= (wire_end >= start) & (segment + TCP_LENGTH <= captured_end)
    values = {name: headers[name] for name in headers.dtype.names or () if name in PACKET.names} | {
        "layers": np.where(wire_end > end, IP | TCP | TRUNCATED, IP | TCP),
        "ip_version": np.full(len(rows), 4 if four else 6),
        "ip_protocol": headers["protocol"],
        "options_start": np.where(start <= captured_end, segment + TCP_LENGTH, start),
        "payload_start": start,
        "payload_length": wire_end - start,
        "payload_captured": np.maximum(captured_end - start, 0),
        "network_start": at,
    }
    if four:
        values["ip_flags"] = headers["fragment"] >> 13
    whole = bool(ordinary.all()) and len(rows) == len(packets)
    rows = rows[ordinary]
    for name, value in values.items():
        if whole:
            packets[:, PACKET.names.index(name)] = value
        else:
            packets[rows, PACKET.names.index(name)] = value[ordinary]
    return rows

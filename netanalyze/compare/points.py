"""A point of view: one capture of a path, analysed, with its packets as columns and the beginning of what each side said."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from netanalyze.api import analyze
from netanalyze.capture.batch import FRAME, FrameBatch, Interfaces
from netanalyze.notebook.reading import FrameReader
from netanalyze.redaction import redacted
from netanalyze.result import Result
from netanalyze.wire.layers import PACKET, TCP, UDP

OCTETS_OF_A_SIDE, OCTETS_OF_A_POINT = 1 << 20, 1 << 26
"""Octets of one side of a flow that are kept to be compared, and of all of a capture: bounds on memory."""

COLUMNS = (
    "frame", "time_ns", "flow", "direction", "flags", "offset", "ack", "length", "ip_id", "ttl", "layers", "digest",
)  # fmt: skip
"""What is kept of a packet; ``offset`` is its stream offset, ``ack`` the number on the wire, ``digest`` a datagram's CRC-32."""
_FROM_PACKET = {
    "flow": PACKET.FLOW_ID, "direction": PACKET.DIRECTION, "flags": PACKET.TCP_FLAGS, "offset": PACKET.STREAM_OFFSET,
    "ack": PACKET.TCP_ACK, "length": PACKET.PAYLOAD_LENGTH, "ip_id": PACKET.IP_ID, "ttl": PACKET.TTL,
    "layers": PACKET.LAYERS,
}  # fmt: skip


@dataclass
class Side:
    """The beginning of what one side of a flow said: octets by stream offset, and which of them were seen."""

    octets: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)

    def put(self, offset: int, octets: bytes) -> None:
        """Take octets; those that were there already stay as they first came."""
        end = offset + len(octets)
        if end > len(self.octets):
            more = end - len(self.octets)
            self.octets += bytes(more)
            self.seen += bytes(more)
        if self.seen.find(1, offset, end) < 0:
            self.octets[offset:end] = octets
            self.seen[offset:end] = b"\1" * len(octets)
            return
        at = self.seen.find(0, offset, end)
        while at >= 0:
            self.octets[at], self.seen[at] = octets[at - offset], 1
            at = self.seen.find(0, at + 1, end)

    @cached_property
    def head(self) -> bytes:
        """What was seen from the first octet on, without a hole."""
        seen = self.seen.find(0, 1)
        return bytes(self.octets[1 : len(self.octets) if seen < 0 else seen])


class _Taken:
    """Packets as they are read, batch by batch."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.sides: dict[tuple[int, int], Side] = {}
        self._room = OCTETS_OF_A_POINT

    def __call__(self, batch: FrameBatch, packets: np.ndarray, _: Interfaces) -> None:
        rows = np.flatnonzero((packets[:, PACKET.FLOW_ID] >= 0) & (packets[:, PACKET.LAYERS] & (TCP | UDP) != 0))
        if not len(rows):
            return
        chosen = packets[rows]
        made = {name: chosen[:, place] for name, place in _FROM_PACKET.items()}
        made["frame"] = rows + batch.first_frame_number
        made["time_ns"] = batch.frames[rows, FRAME.TIME_NS]
        made["digest"] = self._read(batch.buffer, chosen)
        self.parts.append(np.column_stack([made[name] for name in COLUMNS]))

    def _read(self, buffer: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Keep the octets of TCP; the digests of datagrams, ``i8 (n,)``."""
        digests = np.zeros(len(chosen), dtype=np.int64)
        tcp, offsets = chosen[:, PACKET.LAYERS] & TCP != 0, chosen[:, PACKET.STREAM_OFFSET]
        kept = ~tcp | ((offsets >= 0) & (offsets < OCTETS_OF_A_SIDE))
        for at in np.flatnonzero(kept & (chosen[:, PACKET.PAYLOAD_CAPTURED] > 0)).tolist():
            row = chosen[at]
            start, length = int(row[PACKET.PAYLOAD_START]), int(row[PACKET.PAYLOAD_CAPTURED])
            if not row[PACKET.LAYERS] & TCP:
                digests[at] = zlib.crc32(buffer[start : start + length].tobytes()) + 1
                continue
            offset = int(row[PACKET.STREAM_OFFSET])
            length = min(length, int(row[PACKET.PAYLOAD_LENGTH]), OCTETS_OF_A_SIDE - offset)
            if 0 < length <= self._room:
                side = self.sides.setdefault((int(row[PACKET.FLOW_ID]), int(row[PACKET.DIRECTION])), Side())
                self._room -= max(0, offset + length - len(side.octets))
                side.put(offset, buffer[start : start + length].tobytes())
        return digests


@dataclass
class Point:
    """One capture of the path.

    Attributes:
        name: how it is called: ``client``, ``server``, or its file's name.
        packets: ``i8 (n, len(COLUMNS))``, by flow, and within it in the order of the file.
        sides: the beginning of what was said, by flow and direction.
        bases, base_known: initial sequence numbers by direction, and bits for those that are known, ``i8 (flows,)``.
        flows: the rows of the result's table, by flow id.
    """

    name: str
    path: str
    result: Result
    packets: np.ndarray
    sides: dict[tuple[int, int], Side]
    bases: tuple[np.ndarray, np.ndarray]
    base_known: np.ndarray
    flows: dict[int, dict[str, Any]]

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        ids = np.arange(len(self.base_known) + 1)
        places = np.searchsorted(self.packets[:, COLUMNS.index("flow")], ids)
        return places[:-1], places[1:]

    def packets_of(self, flow: int) -> np.ndarray:
        """The packets of one flow."""
        starts, ends = self._places
        return self.packets[starts[flow] : ends[flow]]

    @cached_property
    def handshakes(self) -> dict[int, dict[str, Any]]:
        """The first row of the table of TLS, by flow."""
        found: dict[int, dict[str, Any]] = {}
        for row in self.result.tls.rows():
            found.setdefault(row["flow_id"], row)
        return found

    @cached_property
    def connects(self) -> dict[int, str]:
        """Whom a CONNECT on a flow was for, ``host:port``."""
        rows = (row for row in self.result.http.rows() if row["method"] == "CONNECT")
        return {row["flow_id"]: row["target"] or row["host"] or "" for row in rows}

    @cached_property
    def lookups(self) -> list[dict[str, Any]]:
        """The queries of DNS, mDNS left out."""
        return [row for row in self.result.dns.rows() if row["kind"] == "dns"]

    @cached_property
    def by_question(self) -> dict[tuple[str, int], list[dict[str, Any]]]:
        """Those whose query was seen, by its name and type."""
        found: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for row in self.lookups:
            if row["query_ns"] is not None:
                found.setdefault((row["qname"], row["qtype"]), []).append(row)
        return found

    @property
    def shown(self) -> str:
        """Its file as it may be shown: no secret of the path is in it."""
        return ", ".join(self.result.capture.files)

    @property
    def dropped(self) -> bool:
        """Whether the capture itself lacks frames: what it does not show may have been there."""
        return any(one.kind in LACKING for one in self.result.capture.diagnostics if one.count)


LACKING = ("kernel_drops", "capture_lossy", "cut_short", "corrupt", "detail_limit")
"""Diagnostics that say that frames are missing."""


def read_points(
    paths: Sequence[str],
    progress: Callable[[int, int | None], None] | None = None,
    kernels: str = "auto",
    trace: str | None = None,
) -> list[Point]:
    """The captures of a path from the client's to the server's, each analysed by itself.

    Args:
        trace: what the client's command printed, as text.

    Raises:
        CaptureError: one of them cannot be analysed.
    """
    names = point_names(paths)
    return [
        read_point(path, name, progress, kernels, trace if number == 0 else None)
        for number, (path, name) in enumerate(zip(paths, names))
    ]


def point_names(paths: Sequence[str]) -> list[str]:
    """How the points are called: the ends by what they are, those between by their files.

    >>> point_names(["a/c.pcap", "a/gateway.pcapng", "a/s.pcap"])
    ['client', 'gateway', 'server']
    """
    between = [redacted(Path(path).name.partition(".")[0] or path) for path in paths[1:-1]]
    taken = ["client", "server"]
    names = []
    for number, name in enumerate(between, 1):
        names.append(name if name not in taken else f"{name} {number + 1}")
        taken.append(names[-1])
    return ["client", *names, "server"]


def read_point(
    path: str,
    name: str,
    progress: Callable[[int, int | None], None] | None = None,
    kernels: str = "auto",
    trace: str | None = None,
) -> Point:
    """One capture: its analysis, and its packets.

    Raises:
        CaptureError: it cannot be analysed.
    """
    result = analyze([path], trace=trace, progress=progress, kernels=kernels)
    taken = _Taken()
    state = FrameReader([path], kernels).read(taken)
    packets = np.concatenate(taken.parts) if taken.parts else np.zeros((0, len(COLUMNS)), dtype=np.int64)
    packets = packets[np.argsort(packets[:, COLUMNS.index("flow")], kind="stable")]
    return Point(
        name, path, result, packets, taken.sides, (state.flow("base_0"), state.flow("base_1")), state.flow("base_known"),
        {row["flow_id"]: row for row in result.flows.rows()},
    )  # fmt: skip

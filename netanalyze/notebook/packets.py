"""The packet table: every frame of a capture, or of one flow, as typed columns and as a DataFrame.

Columns are filled batch by batch at their final width (about 110 octets a packet), so that beside the table itself one
batch is in memory.
"""

from typing import Any

import numpy as np
import pandas as pd

from netanalyze.capture.batch import FRAME, FrameBatch, Interfaces
from netanalyze.columns import name_of
from netanalyze.notebook.reading import FrameReader
from netanalyze.notebook.tables import column_values, numbers
from netanalyze.tracking import marks
from netanalyze.tracking.addresses import address_text
from netanalyze.tracking.state import FlowState
from netanalyze.wire import layers
from netanalyze.wire.layers import ICMP, IP, PACKET, TCP, UDP
from netanalyze.wire.packets import PacketTable

_FROM_FRAME = {
    "time_ns": FRAME.TIME_NS,
    "file_offset": FRAME.FILE_OFFSET,
    "captured_length": FRAME.CAPTURED_LENGTH,
    "original_length": FRAME.ORIGINAL_LENGTH,
    "interface_id": FRAME.INTERFACE_ID,
}
_FROM_PACKET = {
    name: PACKET.names.index(name)
    for name in (
        "layers", "vlan_id", "ip_version", "ttl", "ip_id", "ip_protocol", "src_port", "dst_port", "tcp_flags", "tcp_seq",
        "tcp_ack", "tcp_window", "payload_length", "flow_id", "direction",
    )
}  # fmt: skip
_ONLY_WITH = {
    IP: ("ip_version", "ttl", "ip_id", "ip_protocol"),
    TCP | UDP: ("src_port", "dst_port", "direction"),
    TCP: ("tcp_flags", "tcp_seq", "tcp_ack", "tcp_window"),
    TCP | UDP | ICMP: ("payload_length",),
}
"""Fields that only frames with one of these layers have; of the others they are unknown."""
SPARSE = ("vlan_id", *(name for names in _ONLY_WITH.values() for name in names))
"""Columns that are NA in the DataFrame where a frame does not have them."""
_NO_ADDRESS = -1
_DTYPES = {column.name: column.array_dtype for column in PacketTable.schema}


class _Columns:
    """Typed columns that grow; one address is numbered at its first sight outside a flow, or at the end."""

    def __init__(self, expected: int, flow_id: int | None):
        self.flow_id = flow_id
        self.rows = 0
        self._room = expected if flow_id is None else min(expected, 4096)
        self.columns = {name: np.zeros(self._room, dtype) for name, dtype in _DTYPES.items()}
        self._strays: dict[tuple[int, int, int], int] = {}

    def take(self, batch: FrameBatch, packets: np.ndarray, interfaces: Interfaces) -> None:
        """Append the rows of a batch."""
        if self.flow_id is None:
            chosen: Any = slice(None)
            count = len(batch)
        else:
            chosen = np.flatnonzero(packets[:, PACKET.FLOW_ID] == self.flow_id)
            count = len(chosen)
        if not count:
            return
        self._make_room(count)
        here = slice(self.rows, self.rows + count)
        frames, rows = batch.frames[chosen], packets[chosen]
        out = self.columns
        out["frame_number"][here] = np.arange(batch.first_frame_number, batch.first_frame_number + len(batch))[chosen]
        for name, field in _FROM_FRAME.items():
            out[name][here] = frames[:, field]
        for name, field in _FROM_PACKET.items():
            out[name][here] = rows[:, field]
        bits = rows[:, PACKET.LAYERS]
        out["layers"][here] = bits & ~layers.WANTED
        out["marks"][here] = rows[:, PACKET.MARKS] & marks.ALL
        start = rows[:, PACKET.PAYLOAD_START]
        inside = ((bits & (TCP | UDP | ICMP)) != 0) & (start < len(batch.buffer))
        out["payload_start"][here] = np.where(inside, start - frames[:, FRAME.START], -1)
        self._number_strays(here, rows, bits)
        self.rows += count

    def _make_room(self, count: int) -> None:
        needed = self.rows + count
        if needed > self._room:
            self._room = max(needed, self._room * 3 // 2)
            self.columns = {name: np.resize(values, self._room) for name, values in self.columns.items()}

    def _number_strays(self, here: slice, rows: np.ndarray, bits: np.ndarray) -> None:
        """Addresses of IP packets outside all flows (ICMP, fragments), as -2 and below until the end."""
        out = self.columns
        for name in ("src", "dst"):
            out[f"{name}_address_id"][here] = _NO_ADDRESS
        stray = np.flatnonzero(((bits & IP) != 0) & (rows[:, PACKET.FLOW_ID] < 0))
        if not len(stray):
            return
        for name, high in (("src", PACKET.SRC_HIGH), ("dst", PACKET.DST_HIGH)):
            keys = rows[stray][:, [PACKET.IP_VERSION, high, high + 1]]
            different, place = np.unique(keys, axis=0, return_inverse=True)
            ids = [-2 - self._strays.setdefault(tuple(key), len(self._strays)) for key in different.tolist()]
            out[f"{name}_address_id"][here.start + stray] = np.array(ids)[place.reshape(-1)]

    def finish(self, state: FlowState) -> tuple[PacketTable, list[str]]:
        """The table, and the addresses that its ids number."""
        columns = {name: values[: self.rows] for name, values in self.columns.items()}
        version = state.flow("kind") // 256
        texts = [
            [address_text(high, low, v) for high, low, v in zip(*(x.tolist() for x in (highs, lows, version)))]
            for highs, lows in (
                (state.flow("a_high"), state.flow("a_low")), (state.flow("b_high"), state.flow("b_low")),
            )
        ]  # fmt: skip
        strays = [address_text(high, low, v) for v, high, low in self._strays]
        numbered = {text: number for number, text in enumerate(dict.fromkeys([*texts[0], *texts[1], *strays]))}
        a, b = (np.array([numbered[text] for text in side] or [0], dtype=np.int32) for side in texts)
        outside = np.array([numbered[text] for text in strays] or [0], dtype=np.int32)
        flow, responder = columns["flow_id"], columns["direction"] == 1
        in_flow = flow >= 0
        at = np.where(in_flow, flow, 0)
        for name, first, second in (("src_address_id", a, b), ("dst_address_id", b, a)):
            own = columns[name]
            of_flow = np.where(responder, second[at], first[at])
            of_stray = outside[np.where(own <= -2, -2 - own, 0)]
            columns[name] = np.where(in_flow, of_flow, np.where(own <= -2, of_stray, _NO_ADDRESS)).astype(np.int32)
        return PacketTable(**columns), list(numbered)


def packet_table(reader: FrameReader, expected: int, flow_id: int | None = None) -> tuple[PacketTable, list[str]]:
    """Every packet of the capture, or of one flow, and the addresses that the ids number.

    Args:
        expected: packets in the capture: what room is made for.

    Raises:
        CaptureError: the capture cannot be read again.
    """
    columns = _Columns(expected, flow_id)
    return columns.finish(reader.read(columns.take))


def packet_frame(table: PacketTable, addresses: list[str]) -> pd.DataFrame:
    """The table as a DataFrame; beside the ids of the addresses stand their texts, ``src`` and ``dst``."""
    made: dict[str, Any] = {}
    bits = table.layers
    unknown = {name: (bits & needed) == 0 for needed, names in _ONLY_WITH.items() for name in names}
    for column in PacketTable.schema:
        values = getattr(table, column.name)
        if column.name in unknown:
            made[column.name] = numbers(values, unknown[column.name])
        elif column.name == "vlan_id":
            made[column.name] = numbers(values, values == 0)
        else:
            made[name_of(column)] = column_values(column, values)
        if column.name in ("src_address_id", "dst_address_id"):
            made[column.name[:3]] = pd.Categorical.from_codes(values, categories=addresses)
    return pd.DataFrame(made, copy=False)

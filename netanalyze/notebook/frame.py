"""One frame of the capture, looked at closely."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch, Interfaces
from netanalyze.notebook.fields import Layer, layers_of
from netanalyze.notebook.reading import FrameReader
from netanalyze.tracking import marks
from netanalyze.units import rfc3339
from netanalyze.wire.layers import PACKET

if TYPE_CHECKING:
    import pandas as pd

_OFFSETS = ("options_start", "payload_start", "network_start")
HEX_WIDTH = 16


class Frame:
    """A frame: when, where, its octets, what they say.

    Attributes:
        number: as in Wireshark, from 1.
        time_ns: ns since the epoch.
        octets: as captured; ``original_length`` is how long it was on the wire.
        flow_id: None where it belongs to no flow.
        direction: "client" or "server", who sent it; None outside flows.
        marks: TCP marks, named as Wireshark's tcp.analysis.*.
        layers: what is in it, from the outside in; ``fields`` has their fields by layer.
    """

    def __init__(self, number: int, time_ns: int, octets: bytes, original_length: int, interface: Any,
                 row: dict[str, int], reader: FrameReader):  # fmt: skip
        self.number, self.time_ns, self.octets, self.original_length = number, time_ns, octets, original_length
        self.link_type: int = interface.link_type
        self.interface: str = interface.name
        self.flow_id = row["flow_id"] if row["flow_id"] >= 0 else None
        self.direction = None if self.flow_id is None else ("client", "server")[row["direction"]]
        self.marks = marks.names(row["marks"])
        self.layers: list[Layer] = layers_of(octets, self.link_type, row)
        self._reader = reader

    @property
    def time(self) -> "pd.Timestamp":
        """When it was captured, to the nanosecond, UTC."""
        import pandas as pd

        return pd.Timestamp(self.time_ns, unit="ns", tz="UTC")

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The decoded fields, by layer."""
        return {layer.name: layer.fields for layer in self.layers}

    @property
    def summary(self) -> str:
        """The innermost layer in one line."""
        return f"{self.layers[-1].name} {self.layers[-1].summary}"

    def hexdump(self) -> str:
        """The octets as text: offset, hexadecimal, printable characters."""
        lines = []
        for at in range(0, len(self.octets), HEX_WIDTH):
            row = self.octets[at : at + HEX_WIDTH]
            shown = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)
            lines.append(f"{at:04x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  {shown}")
        return "\n".join(lines)

    def scapy(self) -> Any:
        """The frame as scapy's packet.

        Raises:
            MissingProgram: scapy is not installed.
        """
        from netanalyze.interop.scapy import packet

        return packet(self.octets, self.link_type, self.time_ns, self.original_length)

    def dissect(self) -> Any:
        """The frame as tshark reads it in its context, as pyshark's packet: ``.layers``, ``.tcp.analysis_flags`` …

        Raises:
            MissingProgram: tshark or pyshark is not installed.
        """
        from netanalyze.interop.pyshark import dissected

        self._reader.check()
        return dissected(self._reader.paths, self)

    def __repr__(self) -> str:
        what = "\n".join(f"  {layer.name:<9} {layer.summary}" for layer in self.layers)
        flow = "" if self.flow_id is None else f", flow {self.flow_id} from the {self.direction}"
        marked = f" [{', '.join(self.marks)}]" if self.marks else ""
        return f"Frame {self.number}, {rfc3339(self.time_ns)}, {self.original_length} octets{flow}{marked}\n{what}"

    def _repr_html_(self) -> str:
        from netanalyze.notebook.html import frame_html

        return frame_html(self)


def read_frame(reader: FrameReader, number: int) -> Frame:
    """Fetch one frame, with its flow and marks as the analysis had them.

    Raises:
        IndexError: the capture has no such frame.
        CaptureError: the capture cannot be read again.
    """
    found: list[Frame] = []
    seen = 0

    def take(batch: FrameBatch, packets: np.ndarray, interfaces: Interfaces) -> bool:
        nonlocal seen
        at = number - batch.first_frame_number
        seen = batch.first_frame_number + len(batch) - 1
        if not 0 <= at < len(batch):
            return False
        frame = batch.frames[at].tolist()
        start, captured = frame[FRAME.START], frame[FRAME.CAPTURED_LENGTH]
        row = dict(zip(PACKET.names, packets[at].tolist()))
        for name in _OFFSETS:
            row[name] = row[name] - start if row[name] <= start + captured else -1
        octets = batch.buffer[start : start + captured].tobytes()
        interface = interfaces.rows[frame[FRAME.INTERFACE_ID]]
        found.append(Frame(number, frame[FRAME.TIME_NS], octets, frame[FRAME.ORIGINAL_LENGTH], interface, row, reader))
        return True

    reader.read(take)
    if not found:
        raise IndexError(
            f"no frame {number}; frames count from 1 to {seen}"
            if number < 1 or number > seen
            else f"frame {number} cannot be read; the analysis' diagnostics say why"
        )
    return found[0]

"""FrameBatch: the frames of one read, as rows that point into one buffer.

The one shape in which every source (file, pipe, live) hands frames upward. The row fields are
columns of one ``i8`` matrix, so that kernels index ``frames[row * FRAME.WIDTH + FRAME.START]``.
"""

from dataclasses import dataclass, field

import numpy as np

from netanalyze.columns import Cell, Layout, moment

FRAME = Layout(
    Cell("start", "octets", "where the frame starts in the buffer"),
    Cell("captured_length", "octets", "its length there"),
    Cell("original_length", "octets", "its length on the wire"),
    moment("time_ns", "its capture"),
    Cell("interface_id", "1", "where it was captured (index into Interfaces)"),
    Cell("file_offset", "octets", "where its record begins in the file, after decompression"),
)
"""A captured frame, a row."""


@dataclass
class FrameBatch:
    """Some consecutive frames.

    Attributes:
        buffer: ``u1 (m,)``, the octets the rows point into; contiguous.
        frames: ``i8 (n, FRAME.WIDTH)``, contiguous, one row a frame, in file order.
        first_frame_number: number of the first row, 1-based as in Wireshark.
    """

    buffer: np.ndarray
    frames: np.ndarray
    first_frame_number: int = 1

    def __len__(self) -> int:
        return len(self.frames)


@dataclass
class Interface:
    """What a capture says about one interface.

    ``link_type`` is the LINKTYPE number of tcpdump.org; ``units_per_second`` and
    ``offset_seconds`` are pcapng's if_tsresol and if_tsoffset; the drop counters are those of
    the Interface Statistics Block (None where the file has none).
    """

    link_type: int
    snap_length: int = 0
    name: str = ""
    units_per_second: int = 1_000_000
    offset_seconds: int = 0
    received: int | None = None
    dropped: int | None = None
    file: str = ""


@dataclass
class Interfaces:
    """The interfaces of a capture in the order of their ids, over all files and sections."""

    rows: list[Interface] = field(default_factory=list)

    def add(self, interface: Interface) -> int:
        """Append one; returns its id."""
        self.rows.append(interface)
        return len(self.rows) - 1

    def link_types(self) -> np.ndarray:
        """``i8 (n,)``: LINKTYPE of each interface, for the decoder."""
        return np.array([row.link_type for row in self.rows] or [0], dtype=np.int64)

    @property
    def dropped(self) -> int:
        """Frames the capturing kernel dropped, over all interfaces that say so."""
        return sum(row.dropped or 0 for row in self.rows)

"""Classic pcap files (draft-ietf-opsawg-pcap), in all their byte orders and time units."""

from collections.abc import Iterator
from struct import Struct
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from netanalyze.capture import variants
from netanalyze.capture.batch import FRAME, FrameBatch, Interface
from netanalyze.capture.detect import MICROSECONDS, MODIFIED, NANOSECONDS
from netanalyze.capture.linktypes import link_type
from netanalyze.capture.octets import u16, u32
from netanalyze.capture.reader import CORRUPT, FULL, LONGEST, NEED_MORE, USUAL_LONGEST, Reader
from netanalyze.kernel import in_columns, kernel

VERSION_MAJOR, VERSION_MINOR, SNAP_LENGTH, LINK_TYPE, HEADER_LENGTH = 4, 6, 16, 20, 24
"""Offsets in the file header, and its length."""
SECONDS, FRACTION, CAPTURED, ORIGINAL = 0, 4, 8, 12
RECORD_HEADER, MODIFIED_RECORD_HEADER = 16, 24
"""Offsets in a record header; its length, and that of the modified format (interface, protocol, packet type)."""

AS_WRITTEN, EXCHANGED, EXCHANGED_IF_LARGER = 0, 1, 2
"""Order of the two lengths: versions before 2.3 have the original length first; of 2.3 there are both."""


@kernel
def walk_pcap(buffer, start, end, base, little, header, lengths, tick_ns, longest, interface, frames, capacity):
    """One row for every whole record in ``buffer[start:end]``.

    Args:
        buffer: ``u1 (m,)``.
        base: offset in the file of ``buffer[0]``, octets.
        header: length of a record header, octets.
        lengths: AS_WRITTEN, EXCHANGED or EXCHANGED_IF_LARGER.
        tick_ns: ns in a unit of the time stamp's fraction.
        longest: captured octets beyond which a record is corrupt.
        frames: ``i8 (capacity * FRAME.WIDTH,)``, filled from the first row on.

    Returns:
        rows filled; position of the first record without a row; why it has none (NEED_MORE, FULL,
        CORRUPT); how many octets that record needs, its header included.
    """
    at = start
    row = 0
    while row < capacity:
        if at + header > end:
            return row, at, NEED_MORE, header
        captured = u32(buffer, at + CAPTURED, little)
        original = u32(buffer, at + ORIGINAL, little)
        if lengths == EXCHANGED or (lengths == EXCHANGED_IF_LARGER and captured > original):
            captured, original = original, captured
        if captured > longest:
            return row, at, CORRUPT, header + captured
        if at + header + captured > end:
            return row, at, NEED_MORE, header + captured
        place = row * FRAME.WIDTH
        frames[place + FRAME.START] = at + header
        frames[place + FRAME.CAPTURED_LENGTH] = captured
        frames[place + FRAME.ORIGINAL_LENGTH] = original
        frames[place + FRAME.TIME_NS] = (
            u32(buffer, at + SECONDS, little) * 1_000_000_000 + u32(buffer, at + FRACTION, little) * tick_ns
        )
        frames[place + FRAME.INTERFACE_ID] = interface
        frames[place + FRAME.FILE_OFFSET] = base + at
        row += 1
        at += header + captured
    return row, at, FULL, 0


@in_columns(of=walk_pcap)
def walk_pcap_columns(buffer, start, end, base, little, header, lengths, tick_ns, longest, interface, frames, capacity):
    """``walk_pcap`` with one read a record: the lengths lead from each to the next, NumPy reads the rest."""
    if lengths == EXCHANGED_IF_LARGER:
        return walk_pcap(
            memoryview(buffer), start, end, base, little, header, lengths, tick_ns, longest, interface,
            memoryview(frames), capacity,
        )  # fmt: skip
    order = "<" if little else ">"
    length_at = Struct(order + "I").unpack_from
    first, second = (ORIGINAL, CAPTURED) if lengths == EXCHANGED else (CAPTURED, ORIGINAL)
    octets, at = memoryview(buffer), start
    places: list[int] = []
    reason, needed = FULL, 0
    while len(places) < capacity:
        if at + header > end:
            reason, needed = NEED_MORE, header
            break
        (captured,) = length_at(octets, at + first)
        following = at + header + captured
        if captured > longest or following > end:
            reason, needed = (CORRUPT if captured > longest else NEED_MORE), header + captured
            break
        places.append(at)
        at = following
    if places:
        rows = frames.reshape(-1, FRAME.WIDTH)[: len(places)]
        here = np.array(places, dtype=np.int64)
        heads = sliding_window_view(buffer, RECORD_HEADER)[here].view(order + "u4").astype(np.int64)
        rows[:, FRAME.START], rows[:, FRAME.FILE_OFFSET], rows[:, FRAME.INTERFACE_ID] = (
            here + header,
            here + base,
            interface,
        )
        rows[:, FRAME.CAPTURED_LENGTH], rows[:, FRAME.ORIGINAL_LENGTH] = heads[:, first // 4], heads[:, second // 4]
        rows[:, FRAME.TIME_NS] = heads[:, SECONDS // 4] * 1_000_000_000 + heads[:, FRACTION // 4] * tick_ns
    return len(places), at, reason, needed


class PcapReader(Reader):
    """Frames of a pcap file; its single interface is added when the header is read.

    Raises:
        CorruptCapture: the file header is not whole.
    """

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.header(HEADER_LENGTH)
        octets = self.window.buffer.data
        little = int.from_bytes(octets[:4], "little") in (MICROSECONDS, NANOSECONDS, MODIFIED)
        magic = u32(octets, 0, little)
        version = u16(octets, VERSION_MAJOR, little), u16(octets, VERSION_MINOR, little)
        snap_length = u32(octets, SNAP_LENGTH, little)
        self._little = int(little)
        self._header = MODIFIED_RECORD_HEADER if magic == MODIFIED else RECORD_HEADER
        self._lengths = EXCHANGED_IF_LARGER if version == (2, 3) else AS_WRITTEN
        if version < (2, 3) or version == (543, 0):  # 543.0: a DG/UX tcpdump that wrote them so
            self._lengths = EXCHANGED
        self._tick_ns = 1 if magic == NANOSECONDS else 1_000
        self._longest = min(LONGEST, max(USUAL_LONGEST, snap_length))
        self._interface = self.interfaces.add(
            Interface(
                link_type=link_type(u32(octets, LINK_TYPE, little)),
                snap_length=snap_length,
                units_per_second=1_000_000_000 // self._tick_ns,
                file=self.path,
            )
        )
        self.window.start = HEADER_LENGTH
        if self._lengths == AS_WRITTEN:
            likely = variants.MODIFIED if magic == MODIFIED else variants.USUAL
            fractions = 1_000_000_000 // self._tick_ns
            self._header = variants.record_header(self.window, likely, self._little, fractions, self._longest)

    def batches(self) -> Iterator[FrameBatch]:
        """The frames, in the order of the file."""
        window = self.window
        while True:
            count, position, reason, needed = self.engine.run(
                walk_pcap,
                window.buffer,
                window.start,
                window.end,
                window.base,
                self._little,
                self._header,
                self._lengths,
                self._tick_ns,
                self._longest,
                self._interface,
                self.rows,
                self.capacity,
            )
            window.start = position
            excess = self.too_many(count)
            if count:
                yield self.batch(count)
            if excess:
                return None
            if reason == CORRUPT:
                return self.corrupt(needed - self._header, self._longest, "largest frame this file may hold")
            if reason == NEED_MORE and not window.more(needed):
                return self.end(needed)

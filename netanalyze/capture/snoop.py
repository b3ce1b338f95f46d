"""snoop files (RFC 1761), which Solaris' snoop writes, and devices that learnt it from there."""

from collections.abc import Iterator
from typing import Any

from netanalyze.capture.batch import FRAME, FrameBatch, Interface
from netanalyze.capture.linktypes import NOT_OF_PCAP
from netanalyze.capture.octets import u32
from netanalyze.capture.reader import CORRUPT, FULL, LONGEST, NEED_MORE, Reader
from netanalyze.errors import CaptureError, NotACapture
from netanalyze.kernel import kernel
from netanalyze.wording import Verbatim, message

MAGIC = b"snoop\0\0\0"
VERSION, DATA_LINK, HEADER_LENGTH = 8, 12, 16
"""Offsets in the file header, and its length."""
ORIGINAL, CAPTURED, RECORD, DROPS, SECONDS, MICROSECONDS, RECORD_HEADER = 0, 4, 8, 12, 16, 20, 24
"""Offsets in a record header, and its length."""
BIG = 0
"""All integers are big-endian."""
READ_VERSION = 2
LINK_TYPES = {0: 1, 2: 6, 4: 1, 8: 10}
"""LINKTYPE by the RFC's data link type: IEEE 802.3 and Ethernet, Token Ring, FDDI."""


@kernel
def walk_snoop(buffer, start, end, base, longest, interface, frames, capacity):
    """One row for every whole record in ``buffer[start:end]``.

    Args:
        buffer: ``u1 (m,)``.
        base: offset in the file of ``buffer[0]``, octets.
        longest: octets of a record beyond which it is corrupt.
        frames: ``i8 (capacity * FRAME.WIDTH,)``, filled from the first row on.

    Returns:
        rows filled; position of the first record without a row; why it has none (NEED_MORE, FULL, CORRUPT); how many
        octets it needs; what the last row's record says was dropped until then.
    """
    at = start
    row = 0
    drops = 0
    while row < capacity:
        if at + RECORD_HEADER > end:
            return row, at, NEED_MORE, RECORD_HEADER, drops
        captured = u32(buffer, at + CAPTURED, BIG)
        length = u32(buffer, at + RECORD, BIG)
        if length > longest or length < RECORD_HEADER + captured:
            return row, at, CORRUPT, length, drops
        if at + length > end:
            return row, at, NEED_MORE, length, drops
        place = row * FRAME.WIDTH
        frames[place + FRAME.START] = at + RECORD_HEADER
        frames[place + FRAME.CAPTURED_LENGTH] = captured
        frames[place + FRAME.ORIGINAL_LENGTH] = u32(buffer, at + ORIGINAL, BIG)
        frames[place + FRAME.TIME_NS] = (
            u32(buffer, at + SECONDS, BIG) * 1_000_000_000 + u32(buffer, at + MICROSECONDS, BIG) * 1_000
        )
        frames[place + FRAME.INTERFACE_ID] = interface
        frames[place + FRAME.FILE_OFFSET] = base + at
        drops = u32(buffer, at + DROPS, BIG)
        row += 1
        at += length
    return row, at, FULL, 0, drops


class SnoopReader(Reader):
    """Frames of a snoop file; its single interface is added when the header is read.

    Raises:
        CaptureError: the file header is not whole, or of another version than the RFC's.
    """

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.header(HEADER_LENGTH)
        octets = self.window.buffer.data
        if bytes(octets[: len(MAGIC)]) != MAGIC:
            raise NotACapture(self.path, bytes(octets[: len(MAGIC)]))
        version, data_link = u32(octets, VERSION, BIG), u32(octets, DATA_LINK, BIG)
        if version != READ_VERSION:
            said = (
                "octet {offset}: snoop version {version}; read is version {known} (RFC 1761): editcap -F pcap {path} OUT may "
                "know it"
            )
            words = {"offset": VERSION, "version": version, "known": READ_VERSION, "path": Verbatim(self.path)}
            raise CaptureError(self.path, message(said, **words))
        self._interface = self.interfaces.add(
            Interface(link_type=LINK_TYPES.get(data_link, NOT_OF_PCAP + data_link), file=self.path)
        )
        self.window.start = HEADER_LENGTH

    def batches(self) -> Iterator[FrameBatch]:
        """The frames, in the order of the file."""
        window = self.window
        longest = LONGEST + RECORD_HEADER
        while True:
            count, position, reason, needed, drops = self.engine.run(
                walk_snoop,
                window.buffer,
                window.start,
                window.end,
                window.base,
                longest,
                self._interface,
                self.rows,
                self.capacity,
            )
            window.start = position
            excess = self.too_many(count)
            if count:
                self.interfaces.rows[self._interface].dropped = drops
                yield self.batch(count)
            if excess:
                return None
            if reason == CORRUPT:
                captured = u32(window.buffer.data, position + CAPTURED, BIG)
                return self.corrupt(RECORD_HEADER + captured, min(needed, longest), "record length")
            if reason == NEED_MORE and not window.more(needed):
                return self.end(needed)

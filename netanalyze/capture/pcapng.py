"""pcapng files (draft-ietf-opsawg-pcapng): the reader, and what interrupts the walk over packet blocks."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from netanalyze.capture import blocks
from netanalyze.capture.batch import FrameBatch, Interface
from netanalyze.capture.blocks import INTERFACE_DESCRIPTION, SIMPLE_PACKET
from netanalyze.capture.clocks import clock
from netanalyze.capture.linktypes import link_type
from netanalyze.capture.octets import u32
from netanalyze.capture.reader import BLOCK, CORRUPT, FULL, GAP, NEED_MORE, NO_INTERFACE, SECTION, Reader
from netanalyze.capture.walk import (
    CLOCK_WIDTH,
    FIRST_UNDESCRIBED,
    LONGEST_BLOCK,
    NEEDED,
    NOTE_WIDTH,
    NOTES,
    NOTES_CAPACITY,
    PACKET_HEADER,
    PASSED,
    SHORTEST_BLOCK,
    SHORTEST_SECTION,
    SIMPLE_HEADER,
    SKIPPED,
    STATE_WIDTH,
    UNDESCRIBED,
    UNREAD,
    walk_pcapng,
)

NO_INTERFACES_BEYOND = 65_536
"""Interfaces described beyond this number are treated as not described (memory stays bounded)."""
GAPS = 1_000
"""Times a batch is ended so that a frame number can be passed over (NUMBERED_BLOCKS); then no more, to stay fast."""


class PcapngReader(Reader):
    """Frames of a pcapng file. The interfaces described before its first frame are added at once,
    as far as they are in the first read.

    Raises:
        CaptureError: the first section header is not whole, or contradicts itself.
    """

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self._little = 1
        self._known = 0
        self._stranger = -1
        self._gaps = 0
        self._table = np.zeros(8 * CLOCK_WIDTH, dtype=np.int64)
        self._section_ids: list[int] = []
        self._state = np.zeros(STATE_WIDTH, dtype=np.int64)
        self._notes = np.zeros(NOTES_CAPACITY * NOTE_WIDTH, dtype=np.int64)
        self._no_notes = np.zeros(1, dtype=np.int64)
        self.header(SHORTEST_SECTION)
        needed = self._section()
        if self.error:
            raise self.error
        if needed:
            self.header(needed)
            self._section()
        self._row, position, self._reason = self._walk(0)
        while self._reason == BLOCK and not self._row and not self.error:
            self._block(position)
            self._row, position, self._reason = self._walk(0)

    def _walk(self, row: int) -> tuple[int, int, int]:
        window, before = self.window, row
        row, window.start, reason = self.engine.run(
            walk_pcapng,
            window.buffer,
            window.buffer.view(np.uint32),
            window.start,
            window.end,
            window.base,
            self._little,
            int((self._little == 1) != (sys.byteorder == "little")),
            self._table,
            self._known,
            self._stranger,
            self.rows,
            row,
            self.capacity,
            self._no_notes if self.comments.full else self._notes,
            self._state,
            int(self.sole and self._gaps < GAPS),
        )
        self.too_many(row - before + int(self._state[SKIPPED]) + 1)
        self._state[SKIPPED] = 0
        return row, window.start, reason

    def batches(self) -> Iterator[FrameBatch]:
        """The frames, in the order of the file."""
        window = self.window
        row, reason = self._row, self._reason
        while not self.error:
            needed = int(self._state[NEEDED])
            if reason == SECTION:
                self._drain()  # in the byte order of the section that ends
                needed = self._section()
                reason = NEED_MORE if needed else BLOCK
            elif reason == BLOCK:
                self._block(window.start)
            elif reason == NO_INTERFACE:
                self._stranger = self.interfaces.add(Interface(-1, name="(not described)", file=self.path))
            elif reason == CORRUPT:
                self._contradiction()
            elif reason == GAP:
                self._gaps += 1
            if reason in (NEED_MORE, FULL, GAP) or self.error:
                self._drain()
                if row:
                    yield self.batch(row)
                row = 0
                if reason == NEED_MORE and not self.error and not window.more(needed):
                    return self.end(needed)
            if not self.error:
                row, _, reason = self._walk(row)
        if row:  # the walk ended with more records than there can be
            self._drain()
            yield self.batch(row)

    def _section(self) -> int:
        """Begin the section at ``window.start``; returns 0, or how many octets of the file that takes."""
        window = self.window
        if window.available < SHORTEST_SECTION:
            return SHORTEST_SECTION
        octets, at = window.buffer.data, window.start
        little = int(u32(octets, at + 8, 1) == blocks.BYTE_ORDER_MAGIC)
        total = u32(octets, at + 4, little)
        if not little and u32(octets, at + 8, 0) != blocks.BYTE_ORDER_MAGIC:
            self.corrupt(SHORTEST_SECTION, 0, "section header: its byte-order magic is wrong")
        elif total < SHORTEST_SECTION or total % 4 or total > LONGEST_BLOCK:
            self.corrupt(total, LONGEST_BLOCK, "section header's block length, which cannot be")
        elif total > window.available:
            return total
        elif u32(octets, at + total - 4, little) != total:
            self.corrupt(total, u32(octets, at + total - 4, little), "second length of the section header")
        if self.error:
            return 0
        self._little, self._known = little, 0
        self._section_ids = []
        options = bytes(octets[at + blocks.SECTION_OPTIONS : at + total - blocks.BLOCK_TRAILER])
        for comment in blocks.comments(options, bool(little)):
            self.comments.add(None, comment)
        window.start += total
        return 0

    def _block(self, at: int) -> None:
        """Read the interface description or statistics block at ``at``, and go beyond it."""
        octets, little = self.window.buffer.data, bool(self._little)
        total = u32(octets, at + 4, self._little)
        block = bytes(octets[at : at + total])
        if u32(octets, at, self._little) == INTERFACE_DESCRIPTION:
            described = blocks.description(block, little)
            if described is None:
                return self.corrupt(blocks.INTERFACE_OPTIONS + 4, total, "length of the interface description")
            self._describe(described)
        else:
            counted = blocks.statistics(block, little)
            if counted and counted.interface < self._known:
                interface = self.interfaces.rows[self._section_ids[counted.interface]]
                interface.received, interface.dropped = counted.received, counted.dropped
        self.window.start = at + total
        return None

    def _describe(self, described: blocks.Description) -> None:
        """Add an interface to this section and to the capture."""
        if len(self.interfaces.rows) >= NO_INTERFACES_BEYOND:
            return
        operation, factor, offset_ns, units = clock(described.resolution, described.offset_seconds)
        number = self.interfaces.add(
            Interface(
                link_type=link_type(described.link_type),
                snap_length=described.snap_length,
                name=described.name,
                units_per_second=units,
                offset_seconds=described.offset_seconds,
                file=self.path,
            )
        )
        if (self._known + 1) * CLOCK_WIDTH > len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        line = self._known * CLOCK_WIDTH
        self._table[line : line + CLOCK_WIDTH] = number, operation, factor, offset_ns, described.snap_length
        self._section_ids.append(number)
        self._known += 1

    def _contradiction(self) -> None:
        """Say why the block at ``window.start`` cannot be one."""
        octets, at, little = self.window.buffer.data, self.window.start, self._little
        total = u32(octets, at + 4, little)
        if total < SHORTEST_BLOCK or total % 4 or total > LONGEST_BLOCK:
            self.corrupt(total, LONGEST_BLOCK, "block length, which must be 12 or more, a multiple of 4, and no more")
        elif u32(octets, at + total - 4, little) != total:
            self.corrupt(total, u32(octets, at + total - 4, little), "second length of the block")
        else:
            simple = u32(octets, at, little) == SIMPLE_PACKET
            captured = u32(octets, at + (8 if simple else 20), little) if total >= 32 or (simple and total >= 16) else 0
            header = SIMPLE_HEADER if simple else PACKET_HEADER
            self.corrupt(header + captured + 4, total, "block length")

    def _drain(self) -> None:
        """Hand on what the walk noted about the frames of the batch in the making."""
        state = self._state
        self.frame_count += int(state[PASSED])
        for note in range(int(state[NOTES])):
            row, start, end = (int(n) for n in self._notes[note * NOTE_WIDTH : (note + 1) * NOTE_WIDTH])
            for comment in blocks.comments(bytes(self.window.buffer.data[start:end]), bool(self._little)):
                self.comments.add(self.frame_count + row + 1, comment)
        if state[UNDESCRIBED]:
            first = self.frame_number(int(state[FIRST_UNDESCRIBED]))
            self.diagnostics.add("unknown_interface", int(state[UNDESCRIBED]), first)
        self.diagnostics.add("unread_blocks", int(state[UNREAD]))
        state[NOTES] = state[UNDESCRIBED] = state[UNREAD] = state[PASSED] = 0

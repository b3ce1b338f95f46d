"""pcapng files (draft-ietf-opsawg-pcapng): the walk over runs of packet blocks, and what interrupts it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from netanalyze.capture import blocks
from netanalyze.capture.batch import (
    CAPTURED_LENGTH,
    FILE_OFFSET,
    INTERFACE_ID,
    ORIGINAL_LENGTH,
    START,
    TIME_NS,
    WIDTH,
    FrameBatch,
    Interface,
)
from netanalyze.capture.blocks import (
    CUSTOM,
    CUSTOM_NOT_COPIED,
    ENHANCED_PACKET,
    INTERFACE_DESCRIPTION,
    NAME_RESOLUTION,
    OBSOLETE_PACKET,
    OPTION_COMMENT,
    OPTION_END,
    SECRETS,
    SIMPLE_PACKET,
    STATISTICS,
)
from netanalyze.capture.clocks import clock, moment_ns
from netanalyze.capture.detect import SECTION_HEADER
from netanalyze.capture.linktypes import link_type
from netanalyze.capture.octets import u16, u32
from netanalyze.capture.reader import (
    BLOCK,
    CORRUPT,
    FULL,
    GAP,
    LONGEST,
    NEED_MORE,
    NO_INTERFACE,
    SECTION,
    Reader,
)
from netanalyze.kernel import kernel

SHORTEST_BLOCK, SHORTEST_SECTION, SIMPLE_HEADER, PACKET_HEADER = 12, 28, 12, 28
"""Octets: a block without a body, a section header; offset of the frame in a simple and in another packet block."""
LONGEST_BLOCK = LONGEST + 128 * 1024
"""Octets: the longest frame and its options; a block beyond is taken for garbage."""
NO_INTERFACES_BEYOND = 65_536
"""Interfaces described beyond this number are treated as not described (memory stays bounded)."""

GLOBAL_ID, OPERATION, FACTOR, OFFSET_NS, SNAP, CLOCK_WIDTH = range(6)
"""Columns of the interface table that the walk reads, one row an interface of the current section."""
PREVIOUS_NS, NEEDED, UNREAD, UNDESCRIBED, FIRST_UNDESCRIBED, NOTES, PASSED, STATE_WIDTH = range(8)
"""What the walk remembers: time of the last frame; octets the next block needs; blocks of unknown
kind; frames of interfaces not described, and the row of the first; rows of ``notes`` filled; frame
numbers passed over before the first row."""
NUMBERED_BLOCKS = (CUSTOM, CUSTOM_NOT_COPIED, 9, 0x204, 0x216, 0x221)
"""Blocks without a frame to which Wireshark gives a frame number all the same: custom blocks, systemd's
journal, sysdig's events. We pass over that number, so that a frame is cited as Wireshark shows it."""
GAPS = 1_000
"""Times a batch is ended for that; later such blocks have no number (a file of nothing else stays fast)."""
NOTE_ROW, NOTE_START, NOTE_END, NOTE_WIDTH = range(4)
NOTES_CAPACITY = 256


@kernel
def has_comment(buffer, at, end, little):
    """1 if there is a comment among the options in ``buffer[at:end]``, else 0."""
    while at + 4 <= end:
        code = u16(buffer, at, little)
        if code == OPTION_COMMENT:
            return 1
        if code == OPTION_END:
            return 0
        at += 4 + (u16(buffer, at + 2, little) + 3) // 4 * 4
    return 0


@kernel
def walk_pcapng(
    buffer, start, end, base, little, table, known, stranger, frames, row, capacity, notes, state, numbered
):
    """A row for every packet block, from ``row`` on, until another kind of block must be read.

    Args:
        buffer: ``u1 (m,)``; blocks are at ``start`` to ``end``.
        base: offset in the file of ``buffer[0]``, octets.
        table: ``i8 (known * CLOCK_WIDTH,)`` or longer, the interfaces of this section.
        stranger: interface id for frames of interfaces not described; -1 to stop there with NO_INTERFACE.
        frames: ``i8 (capacity * WIDTH,)``.
        notes: ``i8 (NOTES_CAPACITY * NOTE_WIDTH,)``: where frames with comments have their options;
            a single element: comments are not looked for.
        state: ``i8 (STATE_WIDTH,)``.
        numbered: whether NUMBERED_BLOCKS take a frame number; where one would within the batch, GAP.

    Returns:
        rows filled; position of the next block; why the walk stopped there.

    A simple packet block has no time: it gets that of the frame before it (0 if it is the first).
    """
    while row < capacity:
        if end - start < SHORTEST_BLOCK:
            state[NEEDED] = SHORTEST_BLOCK
            return row, start, NEED_MORE
        kind = u32(buffer, start, little)
        if kind == SECTION_HEADER:  # its length may be in the other byte order
            return row, start, SECTION
        total = u32(buffer, start + 4, little)
        state[NEEDED] = total
        if total < SHORTEST_BLOCK or total % 4 != 0 or total > LONGEST_BLOCK:
            return row, start, CORRUPT
        if start + total > end:
            return row, start, NEED_MORE
        if u32(buffer, start + total - 4, little) != total:
            return row, start, CORRUPT
        if kind in (INTERFACE_DESCRIPTION, STATISTICS):
            return row, start, BLOCK
        if kind not in (ENHANCED_PACKET, SIMPLE_PACKET, OBSOLETE_PACKET):
            if numbered and kind in NUMBERED_BLOCKS:
                if row > 0:
                    return row, start, GAP
                state[PASSED] += 1
            if kind not in (NAME_RESOLUTION, SECRETS, CUSTOM, CUSTOM_NOT_COPIED):
                state[UNREAD] += 1
            start += total
            continue

        interface = 0
        header = SIMPLE_HEADER
        if kind != SIMPLE_PACKET:
            header = PACKET_HEADER
            interface = u16(buffer, start + 8, little) if kind == OBSOLETE_PACKET else u32(buffer, start + 8, little)
        room = total - header - 4
        if room < 0:
            return row, start, CORRUPT
        if interface >= known and stranger < 0:
            return row, start, NO_INTERFACE
        global_id = stranger
        operation = 0
        factor = 1000
        offset_ns = 0
        snap = 0
        if interface < known:
            line = interface * CLOCK_WIDTH
            global_id = table[line + GLOBAL_ID]
            operation = table[line + OPERATION]
            factor = table[line + FACTOR]
            offset_ns = table[line + OFFSET_NS]
            snap = table[line + SNAP]
        if kind == SIMPLE_PACKET:
            original = u32(buffer, start + 8, little)
            captured = original if snap == 0 or original < snap else snap
            time_ns = state[PREVIOUS_NS]
        else:
            high = u32(buffer, start + 12, little)
            low = u32(buffer, start + 16, little)
            captured = u32(buffer, start + 20, little)
            original = u32(buffer, start + 24, little)
            time_ns = moment_ns(high, low, operation, factor, offset_ns)
        if captured > room:
            return row, start, CORRUPT
        state[PREVIOUS_NS] = time_ns
        if interface >= known:
            if state[UNDESCRIBED] == 0:
                state[FIRST_UNDESCRIBED] = row
            state[UNDESCRIBED] += 1
        place = row * WIDTH
        frames[place + START] = start + header
        frames[place + CAPTURED_LENGTH] = captured
        frames[place + ORIGINAL_LENGTH] = original
        frames[place + TIME_NS] = time_ns
        frames[place + INTERFACE_ID] = global_id
        frames[place + FILE_OFFSET] = base + start
        options = start + header + (captured + 3) // 4 * 4
        if len(notes) > 1 and kind != SIMPLE_PACKET and options + 4 <= start + total - 4:
            if has_comment(buffer, options, start + total - 4, little):
                note = state[NOTES] * NOTE_WIDTH
                notes[note + NOTE_ROW] = row
                notes[note + NOTE_START] = options
                notes[note + NOTE_END] = start + total - 4
                state[NOTES] += 1
        row += 1
        start += total
        if (state[NOTES] + 1) * NOTE_WIDTH > len(notes) and len(notes) > 1:
            return row, start, FULL
    return row, start, FULL


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
        window = self.window
        row, window.start, reason = self.engine.run(
            walk_pcapng,
            window.buffer,
            window.start,
            window.end,
            window.base,
            self._little,
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

    def _section(self) -> int:
        """Begin the section at ``window.start``; returns 0, or how many octets of the file that takes."""
        window = self.window
        if window.available < SHORTEST_SECTION:
            return SHORTEST_SECTION
        octets, at = memoryview(window.buffer), window.start
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
        octets, little = memoryview(self.window.buffer), bool(self._little)
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
        octets, at, little = memoryview(self.window.buffer), self.window.start, self._little
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
            for comment in blocks.comments(bytes(memoryview(self.window.buffer)[start:end]), bool(self._little)):
                self.comments.add(self.frame_count + row + 1, comment)
        if state[UNDESCRIBED]:
            first = self.frame_number(int(state[FIRST_UNDESCRIBED]))
            self.diagnostics.add("unknown_interface", int(state[UNDESCRIBED]), first)
        self.diagnostics.add("unread_blocks", int(state[UNREAD]))
        state[NOTES] = state[UNDESCRIBED] = state[UNREAD] = state[PASSED] = 0

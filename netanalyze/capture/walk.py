"""The walk over runs of pcapng's packet blocks (draft-ietf-opsawg-pcapng sections 4.3, 4.4 and A)."""

from netanalyze.capture.batch import FRAME
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
from netanalyze.capture.clocks import MULTIPLY, moment_ns
from netanalyze.capture.detect import SECTION_HEADER
from netanalyze.capture.octets import u16, word
from netanalyze.capture.reader import BLOCK, CORRUPT, FULL, GAP, LONGEST, NEED_MORE, NO_INTERFACE, SECTION
from netanalyze.kernel import kernel

SHORTEST_BLOCK, SHORTEST_SECTION, SIMPLE_HEADER, PACKET_HEADER = 12, 28, 12, 28
"""Octets: a block without a body, a section header; offset of the frame in a simple and in another packet block."""
LONGEST_BLOCK = LONGEST + 128 * 1024
"""Octets: the longest frame and its options; a block beyond is taken for garbage."""

GLOBAL_ID, OPERATION, FACTOR, OFFSET_NS, SNAP, CLOCK_WIDTH = range(6)
"""Columns of the interface table that the walk reads, one row an interface of the current section."""
PREVIOUS_NS, NEEDED, UNREAD, UNDESCRIBED, FIRST_UNDESCRIBED, NOTES, PASSED, SKIPPED, STATE_WIDTH = range(9)
"""What the walk remembers: time of the last frame; octets the next block needs; blocks of unknown
kind; frames of interfaces not described, and the row of the first; rows of ``notes`` filled; frame
numbers passed over before the first row; blocks without a frame that were walked over."""
NUMBERED_BLOCKS = (CUSTOM, CUSTOM_NOT_COPIED, 9, 0x204, 0x216, 0x221)
"""Blocks without a frame to which Wireshark gives a frame number all the same: custom blocks, systemd's
journal, sysdig's events. We pass over that number, so that a frame is cited as Wireshark shows it."""
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
    buffer,
    words,
    start,
    end,
    base,
    little,
    swapped,
    table,
    interfaces,
    stranger,
    frames,
    row,
    capacity,
    notes,
    state,
    numbered,
):
    """A row for every packet block, from ``row`` on, until another kind of block must be read.

    Args:
        buffer: ``u1 (m,)``; blocks are at ``start`` to ``end``; all begin at multiples of 4.
        words: ``u4 (m // 4,)``, the same octets in this machine's byte order; ``swapped`` if the file's is another.
        base: offset in the file of ``buffer[0]``, octets.
        table: ``i8 (interfaces * CLOCK_WIDTH,)`` or longer, the interfaces of this section.
        stranger: interface id for frames of interfaces not described; -1 to stop there with NO_INTERFACE.
        frames: ``i8 (capacity * FRAME.WIDTH,)``.
        notes: ``i8 (NOTES_CAPACITY * NOTE_WIDTH,)``: where frames with comments have their options;
            a single element: comments are not looked for.
        state: ``i8 (STATE_WIDTH,)``.
        numbered: whether NUMBERED_BLOCKS take a frame number; where one would within the batch, GAP.

    Returns:
        rows filled; position of the next block; why the walk stopped there.

    A simple packet block has no time: it gets that of the frame before it (0 if it is the first).
    """
    while row < capacity:
        total, why = block_length(words, start, end, swapped, state)
        if why != FULL:
            return row, start, why
        at = start // 4
        kind = word(words, at, swapped)
        if kind in (INTERFACE_DESCRIPTION, STATISTICS):
            return row, start, BLOCK
        header = SIMPLE_HEADER if kind == SIMPLE_PACKET else PACKET_HEADER
        interface = interface_of(buffer, words, start, kind, little, swapped)
        if interface < 0:
            if row > 0 and numbered and kind in NUMBERED_BLOCKS:
                return row, start, GAP
            pass_over(kind, numbered, state)
            start += total
            continue
        if total < header + 4:
            return row, start, CORRUPT
        if interface >= interfaces and stranger < 0:
            return row, start, NO_INTERFACE
        line = interface * CLOCK_WIDTH if interface < interfaces else -1
        captured = word(words, at + 2 if kind == SIMPLE_PACKET else at + 5, swapped)
        original, time_ns = captured, state[PREVIOUS_NS]
        if kind != SIMPLE_PACKET:
            original, time_ns = word(words, at + 6, swapped), time_of(words, at, swapped, table, line)
        elif line >= 0 and 0 < table[SNAP] < captured:
            captured = table[SNAP]
        if captured > total - header - 4:
            return row, start, CORRUPT
        state[PREVIOUS_NS] = time_ns
        place = row * FRAME.WIDTH
        frames[place + FRAME.INTERFACE_ID] = table[line + GLOBAL_ID] if line >= 0 else stranger
        if line < 0:
            note_stranger(row, state)
        frames[place + FRAME.START] = start + header
        frames[place + FRAME.CAPTURED_LENGTH] = captured
        frames[place + FRAME.ORIGINAL_LENGTH] = original
        frames[place + FRAME.TIME_NS] = time_ns
        frames[place + FRAME.FILE_OFFSET] = base + start
        options, behind = start + header + (captured + 3) // 4 * 4, start + total - 4
        row += 1
        start += total
        if kind != SIMPLE_PACKET and len(notes) > 1 and has_comment(buffer, options, behind, little):
            if note_comment(notes, state, row - 1, options, behind):
                return row, start, FULL
    return row, start, FULL


@kernel
def block_length(words, start, end, swapped, state):
    """How long the block at ``start`` is, octets, and FULL; or 0 and why it cannot be walked over."""
    if end - start < SHORTEST_BLOCK:
        state[NEEDED] = SHORTEST_BLOCK
        return 0, NEED_MORE
    at = start // 4
    if word(words, at, swapped) == SECTION_HEADER:  # its length may be in the other byte order
        return 0, SECTION
    total = word(words, at + 1, swapped)
    if total < SHORTEST_BLOCK or total % 4 != 0 or total > LONGEST_BLOCK:
        return 0, CORRUPT
    if start + total > end:
        state[NEEDED] = total
        return 0, NEED_MORE
    if word(words, at + total // 4 - 1, swapped) != total:
        return 0, CORRUPT
    return total, FULL


@kernel
def interface_of(buffer, words, start, kind, little, swapped):
    """Through which interface of its section the packet of a block came; -1 of a block that has none."""
    if kind == ENHANCED_PACKET:
        return word(words, start // 4 + 2, swapped)
    if kind == SIMPLE_PACKET:
        return 0
    return u16(buffer, start + 8, little) if kind == OBSOLETE_PACKET else -1


@kernel
def pass_over(kind, numbered, state):
    """Count a block without a packet."""
    if numbered and kind in NUMBERED_BLOCKS:
        state[PASSED] += 1
    if kind not in (NAME_RESOLUTION, SECRETS, CUSTOM, CUSTOM_NOT_COPIED):
        state[UNREAD] += 1
    state[SKIPPED] += 1


@kernel
def time_of(words, at, swapped, table, line):
    """When the packet of the block at ``words[at]`` came, ns, by the clock of its interface; without one (-1), in µs."""
    high, low = word(words, at + 3, swapped), word(words, at + 4, swapped)
    if line < 0:
        return moment_ns(high, low, MULTIPLY, 1000, 0)
    return moment_ns(high, low, table[line + OPERATION], table[line + FACTOR], table[line + OFFSET_NS])


@kernel
def note_stranger(row, state):
    """Count a packet of an interface that is not described."""
    if state[UNDESCRIBED] == 0:
        state[FIRST_UNDESCRIBED] = row
    state[UNDESCRIBED] += 1


@kernel
def note_comment(notes, state, row, start, end):
    """Note where the options of a packet with a comment are; whether no further one has room."""
    note = state[NOTES] * NOTE_WIDTH
    notes[note + NOTE_ROW] = row
    notes[note + NOTE_START] = start
    notes[note + NOTE_END] = end
    state[NOTES] += 1
    return note + 2 * NOTE_WIDTH > len(notes)

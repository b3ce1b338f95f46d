"""Several files as one capture: their frames in the order of time, without losing each file's own order.

Of all files the one goes next whose first waiting frame is the earliest; of equals, the file named
first. Clocks that run backwards within a file are left alone, as mergecap does.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.capture.reader import Comments, Reader
from netanalyze.kernel import Engine, kernel

NEVER_ENDS = 2**63 - 1
NEXT_ROW, ROWS, ROW_BASE, OCTET_BASE, STATE_WIDTH = range(5)
"""What the merge knows of each file: its next row and number of rows in the batch at hand; where
its rows (in rows) and its octets begin in the joint arrays."""


@kernel
def merge_rows(rows, state, active, count, until_ns, out, owner):
    """Take rows of ``count`` files in the order of time until one of them has none left.

    Args:
        rows: ``i8``, the joint rows; ``rows[(ROW_BASE + row) * FRAME.WIDTH + FRAME.START]``.
        state: ``i8 (files * STATE_WIDTH,)``; NEXT_ROW is moved on.
        active: ``i8 (files,)``: the first ``count`` are the files that take part, rising.
        until_ns: rows of this time and later are left (another file must join first).
        out: ``i8 (n * FRAME.WIDTH,)``, with room for all rows of the files that take part.
        owner: ``i8 (n,)``: the file each row came from.

    Returns:
        rows taken.
    """
    taken = 0
    while True:
        best = -1
        best_ns = 0
        place = 0
        for index in range(count):
            file = active[index]
            line = file * STATE_WIDTH
            if state[line + NEXT_ROW] >= state[line + ROWS]:
                return taken
            at = (state[line + ROW_BASE] + state[line + NEXT_ROW]) * FRAME.WIDTH
            time_ns = rows[at + FRAME.TIME_NS]
            if best < 0 or time_ns < best_ns:
                best = file
                best_ns = time_ns
                place = at
        if best < 0 or best_ns >= until_ns:
            return taken
        line = best * STATE_WIDTH
        for column in range(FRAME.WIDTH):
            out[taken * FRAME.WIDTH + column] = rows[place + column]
        out[taken * FRAME.WIDTH + FRAME.START] += state[line + OCTET_BASE]
        owner[taken] = best
        state[line + NEXT_ROW] += 1
        taken += 1


class Part:
    """One file among several: its reader, and the batch of it that is being used up."""

    def __init__(self, index: int, reader: Reader):
        self.index, self.reader = index, reader
        self.next_row = 0
        self.slot = -1  # where in the joint arrays its batch is; -1: not there
        self.loaded = False  # whether that is the batch at hand
        self._taken = self._commented = 0  # frames and comments that have been handed on
        self._batches = reader.batches()
        self._batch = next(self._batches, None)

    @property
    def waits(self) -> bool:
        """Whether there is a batch at hand."""
        return self._batch is not None

    @property
    def batch(self) -> FrameBatch:
        """The batch at hand; there must be one."""
        assert self._batch is not None
        return self._batch

    @property
    def next_ns(self) -> int:
        """Time of the first frame that waits."""
        return int(self.batch.frames[self.next_row, FRAME.TIME_NS])

    def refill(self) -> bool:
        """Have a frame that waits, reading on if need be; False where there is none, and its memory is let go."""
        if self._batch is not None and self.next_row >= len(self._batch):
            self._batch, self.next_row = next(self._batches, None), 0
            self.loaded = False
            if self._batch is None:
                self.reader.release()
        return self.waits

    def take(self, numbers: np.ndarray, comments: Comments) -> None:
        """Go on by as many frames as there are ``numbers``, their numbers in the whole capture."""
        rows = self.reader.comments.rows
        while self._commented < len(rows):
            mine, text = rows[self._commented]
            if mine is not None and mine > self._taken + len(numbers):
                break
            comments.add(None if mine is None else int(numbers[mine - self._taken - 1]), text)
            self._commented += 1
        self._taken += len(numbers)


class Joint:
    """The octets and rows of the batches in use, each file's in a slot of one array."""

    def __init__(self, files: int):
        self.state = np.zeros(files * STATE_WIDTH, dtype=np.int64)
        self.slots = self.slot_octets = self.slot_rows = 0
        self.octets = np.empty(0, dtype=np.uint8)
        self.rows = self.out = self.owner = np.empty(0, dtype=np.int64)

    def load(self, parts: list[Part]) -> None:
        """Copy in the batches that are not there yet; all of them where the slots are too few or too small."""
        octets = max(_octets(part.batch) for part in parts)
        rows = max(len(part.batch) for part in parts)
        if len(parts) > self.slots or octets > self.slot_octets or rows > self.slot_rows:
            self.slots = max(self.slots, len(parts))
            self.slot_octets, self.slot_rows = max(self.slot_octets, octets), max(self.slot_rows, rows)
            self.octets = np.empty(self.slots * self.slot_octets, dtype=np.uint8)
            self.rows = np.empty(self.slots * self.slot_rows * FRAME.WIDTH, dtype=np.int64)
            self.out = np.empty_like(self.rows)
            self.owner = np.empty(self.slots * self.slot_rows, dtype=np.int64)
            for part in parts:
                part.slot = -1
        free = set(range(self.slots)) - {part.slot for part in parts}
        for part in parts:
            line = part.index * STATE_WIDTH
            if part.slot < 0:
                part.slot, part.loaded = free.pop(), False
            if not part.loaded:
                self._copy(part)
                part.loaded = True
            self.state[line : line + STATE_WIDTH] = (
                part.next_row,
                len(part.batch),
                part.slot * self.slot_rows,
                part.slot * self.slot_octets,
            )

    def _copy(self, part: Part) -> None:
        batch, octets = part.batch, _octets(part.batch)
        at = part.slot * self.slot_octets
        self.octets[at : at + octets] = batch.buffer[:octets]
        at = part.slot * self.slot_rows * FRAME.WIDTH
        self.rows[at : at + len(batch) * FRAME.WIDTH] = batch.frames.reshape(-1)


def _octets(batch: FrameBatch) -> int:
    """Octets of the buffer up to the end of the last frame."""
    return int(batch.frames[-1, FRAME.START] + batch.frames[-1, FRAME.CAPTURED_LENGTH])


def merged(readers: Sequence[Reader], engine: Engine, comments: Comments) -> Iterator[FrameBatch]:
    """The frames of all ``readers`` by time; each batch is valid until the next is asked for.

    A file joins when its first frame is due, so that files which follow each other in time (a
    ring buffer's) are handed through without being copied.
    """
    parts = [Part(index, reader) for index, reader in enumerate(readers)]
    waiting = sorted((part for part in parts if part.waits), key=lambda part: part.next_ns, reverse=True)
    active: list[Part] = []
    joint = Joint(len(parts))
    number = 1
    while active or waiting:
        due_ns = min(part.next_ns for part in active or waiting)
        while waiting and waiting[-1].next_ns <= due_ns:
            active.append(waiting.pop())
        active.sort(key=lambda part: part.index)
        until_ns = waiting[-1].next_ns if waiting else NEVER_ENDS
        if len(active) == 1:
            batch = _alone(active[0], until_ns, number, comments)
        else:
            batch = _together(active, joint, until_ns, number, comments, engine)
        number += len(batch)
        yield batch
        active = [part for part in active if part.refill()]
    for part in parts:  # comments behind the last frame
        part.take(np.empty(0, dtype=np.int64), comments)


def _alone(part: Part, until_ns: int, number: int, comments: Comments) -> FrameBatch:
    """The frames of the only file at hand that are due before ``until_ns``, where they are."""
    part.slot = -1
    late = part.batch.frames[part.next_row :, FRAME.TIME_NS] >= until_ns
    count = int(np.argmax(late)) if late.any() else len(late)
    frames = part.batch.frames[part.next_row : part.next_row + count]
    part.next_row += count
    part.take(np.arange(number, number + count), comments)
    return FrameBatch(part.batch.buffer, frames, number)


def _together(
    active: list[Part], joint: Joint, until_ns: int, number: int, comments: Comments, engine: Engine
) -> FrameBatch:
    """The frames of several files that are due before ``until_ns``, until one file has to be read on."""
    joint.load(active)
    order = np.array([part.index for part in active], dtype=np.int64)
    count = engine.run(merge_rows, joint.rows, joint.state, order, len(order), until_ns, joint.out, joint.owner)
    for part in active:
        part.next_row = int(joint.state[part.index * STATE_WIDTH + NEXT_ROW])
        part.take(number + np.flatnonzero(joint.owner[:count] == part.index), comments)
    return FrameBatch(joint.octets, joint.out[: count * FRAME.WIDTH].reshape(count, FRAME.WIDTH), number)

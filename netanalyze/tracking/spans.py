"""Equal spans of octets are one: names and addresses that come again and again are looked at once."""

from collections.abc import Callable

import numpy as np

from netanalyze.columns import GROWTH, longer
from netanalyze.kernel import Engine, in_columns, kernel
from netanalyze.tracking.slots import PRIME, scattered, slot_key
from netanalyze.wire.octets import copy_octets


@kernel
def span_hash(octets, begin, end, key):
    """A hash of some octets, below ``PRIME``; whoever does not know ``key`` cannot have many spans meet in one."""
    found, at = end - begin, begin
    while at + 3 <= end:  # three octets are fewer than the prime
        found = (found * key + (octets[at] << 16 | octets[at + 1] << 8 | octets[at + 2])) % PRIME
        at += 3
    while at < end:
        found = (found * key + octets[at]) % PRIME
        at += 1
    return found


@kernel
def spans_differ(octets, begin, buffer, other, length):
    """Whether octets from a place on are others than those of a buffer from a place on."""
    at = 0
    while at < length and octets[begin + at] == buffer[other + at]:
        at += 1
    return at < length


@kernel
def gather(octets, begins, ends, count, buffer):
    """Copy ``count`` spans of octets into a buffer, one behind the other."""
    at = 0
    for span in range(count):
        at = copy_octets(octets, begins[span], ends[span], buffer, at)


@in_columns(gather)
def _gather(octets, begins, ends, count, buffer):
    pieces = [octets[begin:end] for begin, end in zip(begins.tolist(), ends.tolist())]
    if pieces:
        np.concatenate(pieces, out=buffer[: sum(map(len, pieces))])


@kernel
def number_spans(octets, begins, ends, count, slots, mask, key, firsts, numbers):
    """Give ``count`` spans numbers, equal ones the same, by first occurrence.

    Args:
        slots: zeros, twice as many as spans or more: a power of two, ``mask`` less one.
        firsts, numbers: room for the place of the first span of each number, and for the number of each span.

    Returns:
        How many differ.
    """
    found = 0
    for row in range(count):
        begin, length = begins[row], ends[row] - begins[row]
        slot = scattered(span_hash(octets, begin, ends[row], key)) & mask
        number = -1
        while number < 0:
            known = slots[slot] - 1
            if known < 0:
                slots[slot] = found + 1
                firsts[found] = row
                number = found
                found += 1
            elif ends[firsts[known]] - begins[firsts[known]] != length or spans_differ(
                octets, begins[firsts[known]], octets, begin, length
            ):
                slot = (slot + 1) & mask
            else:
                number = known
        numbers[row] = number
    return found


@in_columns(number_spans)
def _number_spans(octets, begins, ends, count, slots, mask, key, firsts, numbers):
    whole = octets.tobytes()
    known: dict[bytes, int] = {}
    for row, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist())):
        begun = len(known)
        numbers[row] = number = known.setdefault(whole[begin:end], begun)
        if number == begun:
            firsts[number] = row
    return len(known)


def distinct_spans(
    engine: Engine, octets: np.ndarray, begins: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The number of each span, equal ones the same, by first occurrence, ``i8 (n,)``; and the place of the first of each."""
    count = len(begins)
    size = 1 << max(2 * count - 1, 1).bit_length()
    slots, firsts, numbers = (np.zeros(room, dtype=np.int64) for room in (size, count, count))
    key = int(slot_key()[0])
    spans = (np.ascontiguousarray(begins), np.ascontiguousarray(ends))
    found = engine.run(number_spans, octets, *spans, count, slots, size - 1, key, firsts, numbers)
    return numbers, firsts[: int(found)]


@kernel
def find_spans(octets, begins, ends, count, buffer, edges, slots, mask, key, places):
    """Where ``count`` spans stand among known ones, -1 nowhere; the octets of those are the buffer from edge to edge."""
    for row in range(count):
        begin, length = begins[row], ends[row] - begins[row]
        slot = scattered(span_hash(octets, begin, ends[row], key)) & mask
        place = -1
        while place < 0 and slots[slot] != 0:
            known = slots[slot] - 1
            if edges[known + 1] - edges[known] != length or spans_differ(octets, begin, buffer, edges[known], length):
                slot = (slot + 1) & mask
            else:
                place = known
        places[row] = place


@kernel
def enter_spans(octets, edges, first, behind, slots, mask, key):
    """Enter known spans [``first``, ``behind``), all of which differ, into the slots."""
    for place in range(first, behind):
        slot = scattered(span_hash(octets, edges[place], edges[place + 1], key)) & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = place + 1


class KnownSpans:
    """Spans of octets that came before, and the number that each stands for.

    Args:
        most: spans that are remembered.
        unknown: a number that says nothing, and is asked for again.
    """

    def __init__(self, engine: Engine, most: int, unknown: int):
        self._engine, self._most, self._unknown = engine, most, unknown
        self._of: dict[bytes, int] = {}  # where kernels are plain
        self._octets, self._edges = np.zeros(0, dtype=np.uint8), np.zeros(1, dtype=np.int64)
        self._numbers, self._slots = np.zeros(0, dtype=np.int64), np.zeros(64, dtype=np.int64)
        self._count, self._key = 0, int(slot_key()[0])

    def numbers(
        self, octets: np.ndarray, begins: np.ndarray, ends: np.ndarray, number: Callable[[bytes], int]
    ) -> np.ndarray:
        """The number of each span, ``i8 (n,)``; ``number`` gives that of one that did not come before."""
        begins, ends = np.ascontiguousarray(begins), np.ascontiguousarray(ends)
        places = np.full(len(begins), -1)
        if self._count:
            known = self._octets, self._edges, self._slots, len(self._slots) - 1, self._key
            self._engine.run(find_spans, octets, begins, ends, len(begins), *known, places)
        found = np.append(self._numbers[: self._count], self._unknown)[places]
        new = np.flatnonzero(places < 0)
        if len(new):
            begins, ends = begins[new], ends[new]
            which, firsts = distinct_spans(self._engine, octets, begins, ends)
            texts = [octets[begin:end].tobytes() for begin, end in zip(begins[firsts].tolist(), ends[firsts].tolist())]
            found[new] = np.array([self._number(text, number) for text in texts], dtype=np.int64)[which]
            if self._engine.compiled:
                self._remember(texts, found[new[firsts]])
        return found

    def _number(self, text: bytes, number: Callable[[bytes], int]) -> int:
        known = self._of.get(text)
        if known is None:
            known = number(text)
            if not self._engine.compiled and known != self._unknown and len(self._of) < self._most:
                self._of[text] = known
        return known

    def _remember(self, texts: list[bytes], numbers: np.ndarray) -> None:
        """Enter spans that are new, as far as there is room."""
        chosen = np.flatnonzero(numbers != self._unknown)[: max(self._most - self._count, 0)]
        if not len(chosen):
            return
        count, behind = self._count, self._count + len(chosen)
        kept = [texts[at] for at in chosen.tolist()]
        edges = self._edges[count] + np.cumsum([len(text) for text in kept])
        if behind > len(self._numbers):
            self._numbers = longer(self._numbers, count, behind, GROWTH * behind)
        if behind >= len(self._edges):  # each by itself: one may have been given less room than the other
            self._edges = longer(self._edges, count + 1, behind + 1, GROWTH * behind + 1)
        if edges[-1] > len(self._octets):
            self._octets = longer(self._octets, int(self._edges[count]), int(edges[-1]), GROWTH * int(edges[-1]))
        self._octets[self._edges[count] : edges[-1]] = np.frombuffer(b"".join(kept), dtype=np.uint8)
        self._numbers[count:behind], self._edges[count + 1 : behind + 1] = numbers[chosen], edges
        first = count
        if 2 * behind > len(self._slots):
            self._slots, first = np.zeros(1 << (4 * behind).bit_length(), dtype=np.int64), 0
        slots = self._slots, len(self._slots) - 1, self._key
        self._engine.run(enter_spans, self._octets, self._edges, first, behind, *slots)
        self._count = behind

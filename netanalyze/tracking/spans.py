"""Equal spans of octets are one: names and addresses that come again and again are looked at once."""

import numpy as np

from netanalyze.kernel import Engine, in_columns, kernel
from netanalyze.tracking.slots import PRIME, scattered, slot_key


@kernel
def span_hash(octets, begin, end, key):
    """A hash of some octets, below ``PRIME``; whoever does not know ``key`` cannot have many spans meet in one."""
    found = end - begin
    for at in range(begin, end):
        found = (found * key + octets[at] + 1) % PRIME
    return found


@kernel
def spans_differ(octets, begin, other, length):
    """Whether the octets from two places on are others."""
    at = 0
    while at < length and octets[begin + at] == octets[other + at]:
        at += 1
    return at < length


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
                octets, begins[firsts[known]], begin, length
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

"""How long a pcap file's record headers are, where its magic number does not say (as Wireshark guesses it).

Some systems patched libpcap to write more into each record and kept the magic number: Nokia's (4 octets more), Red Hat
6.1 (8 more), and SuSE 6.3, which has 4 more than the "modified" format whose magic it bears.
"""

from typing import Any

from netanalyze.capture.octets import u32

USUAL = (16, 24, 20)
MODIFIED = (24, 28)
"""Lengths that are tried, the usual one first, octets."""

SECONDS, FRACTION, CAPTURED, ORIGINAL, SHORTEST = 0, 4, 8, 12, 16
RECORDS = 3
FARTHEST = 86_400 * 30
"""Seconds between two records beyond which they are none: a month of silence is rarer than a wrong guess."""


def record_header(window: Any, lengths: tuple[int, ...], little: int, fractions: int, longest: int) -> int:
    """The length of record headers, by the first records of a file; the usual one unless it cannot be and another can.

    Args:
        window: stands behind the file header; of a file, as much is read as is looked at; of a pipe, nothing.
        lengths: ``USUAL`` or ``MODIFIED``.
        fractions: units in a second.
        longest: most octets that a frame may have.
    """
    usual = lengths[0]
    if _records(window, usual, little, fractions, longest, empty=True) < 0:
        for length in lengths[1:]:
            if _records(window, length, little, fractions, longest, empty=False) == RECORDS:
                return length
    return usual


def _records(window: Any, length: int, little: int, fractions: int, longest: int, empty: bool) -> int:
    """How many of the first records, with headers of that length, can be some; -1 where one cannot.

    Only with the usual length may a frame be ``empty``: zeros would pass for records of any. With another the last one must be
    whole as well, where the file is at hand: what is made of others' octets seldom ends within it.
    """
    at, before = 0, None
    for number in range(RECORDS):
        if window.stream.eager:
            window.ensure(at + SHORTEST)
        if window.available < at + SHORTEST:
            return number
        octets, start = window.buffer.data, window.start + at
        seconds, captured = u32(octets, start + SECONDS, little), u32(octets, start + CAPTURED, little)
        if captured > longest or captured > u32(octets, start + ORIGINAL, little):
            return -1
        if u32(octets, start + FRACTION, little) >= fractions or (
            before is not None and abs(seconds - before) > FARTHEST
        ):
            return -1
        if captured == 0 and not empty:
            return -1
        at, before = at + length + captured, seconds
    if not empty and window.stream.eager and not window.ensure(at):
        return -1
    return RECORDS

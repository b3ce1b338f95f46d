"""SACK blocks of the packets that are kept in detail (RFC 2018): what the other side has, beyond a hole."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from netanalyze.tracking.tcp_options import END, NOP, SACK
from netanalyze.wire.layers import PACKET, SYN, TCP
from netanalyze.wire.packets import column

TIMESTAMPS_ONLY = 12
"""Octets of options of an ordinary segment: two that fill up, and timestamps."""
BLOCKS_MOST = 100_000
"""Blocks kept over a whole capture: bounds the memory a hostile capture can take."""
EDGE = 4
CELLS = (PACKET.OPTIONS_START, PACKET.PAYLOAD_START, PACKET.LAYERS, PACKET.TCP_FLAGS)


class SackBlocks:
    """Blocks as they are on the wire: frame, left edge, right edge."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int]] = []

    def take(self, buffer: np.ndarray, packets: Any, rows: np.ndarray, first_frame: int) -> None:
        """Read those of some packets of a batch, whose places are ``rows``."""
        count = len(packets) // PACKET.WIDTH
        begin, end, bits, flags = (column(packets, cell, count)[rows] for cell in CELLS)
        lengths = end - begin
        with_more = (lengths > 2 * EDGE) & (lengths != TIMESTAMPS_ONLY) & (lengths <= 40) & (end <= len(buffer))
        with_more &= (bits & TCP > 0) & (flags & SYN == 0)  # a SYN has none
        for at in np.flatnonzero(with_more).tolist():
            if len(self._rows) >= BLOCKS_MOST:
                return
            blocks = blocks_of(buffer[begin[at] : end[at]].tobytes())
            self._rows += [(int(rows[at]) + first_frame, left, right) for left, right in blocks]

    def of(self, frames: np.ndarray) -> dict[int, list[tuple[int, int]]]:
        """The blocks of some frames, by their numbers."""
        wanted = set(frames.tolist())
        found: dict[int, list[tuple[int, int]]] = {}
        for frame, left, right in self._rows:
            if frame in wanted:
                found.setdefault(frame, []).append((left, right))
        return found


def blocks_of(options: bytes) -> list[tuple[int, int]]:
    """The SACK blocks among a segment's options, sequence numbers as on the wire.

    >>> blocks_of(bytes.fromhex("0101050a00000005000000090000"))
    [(5, 9)]
    """
    return next((edges(value) for kind, value in options_of(options) if kind == SACK), [])


def edges(value: bytes) -> list[tuple[int, int]]:
    """Left and right edge of each block that stands whole in a SACK option's value."""
    numbers = [int.from_bytes(value[at : at + EDGE]) for at in range(0, len(value) - EDGE + 1, EDGE)]
    return list(zip(numbers[::2], numbers[1::2]))


def options_of(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and value of each option that stands whole in a TCP header's options (RFC 9293 section 3.1).

    >>> list(options_of(bytes.fromhex("01 0402 0303 07 00 ff")))
    [(4, b''), (3, b'\\x07')]
    """
    at = 0
    while at < len(octets) and octets[at] != END:
        if octets[at] == NOP:
            at += 1
            continue
        length = octets[at + 1] if at + 1 < len(octets) else 0
        if length < 2 or at + length > len(octets):
            break
        yield octets[at], octets[at + 2 : at + length]
        at += length

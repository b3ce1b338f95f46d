"""SACK blocks of the packets that are kept in detail (RFC 2018): what the other side has, beyond a hole."""

import numpy as np

from netanalyze.tracking.tcp_options import END, NOP, SACK
from netanalyze.wire.layers import PACKET, TCP

TIMESTAMPS_ONLY = 12
"""Octets of options of an ordinary segment: two that fill up, and timestamps."""
BLOCKS_MOST = 100_000
"""Blocks kept over a whole capture: bounds the memory a hostile capture can take."""
EDGE = 4


class SackBlocks:
    """Blocks as they are on the wire: frame, left edge, right edge."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int]] = []

    def take(self, buffer: np.ndarray, cells: np.ndarray, frames: np.ndarray) -> None:
        """Read those of some packets.

        Args:
            buffer: the batch's octets.
            cells: the packets' fields, ``i8 (n, WIDTH)``.
            frames: their numbers, ``i8 (n,)``.
        """
        begin, end = cells[:, PACKET.OPTIONS_START], cells[:, PACKET.PAYLOAD_START]
        lengths = end - begin
        with_more = (lengths > 2 * EDGE) & (lengths != TIMESTAMPS_ONLY) & (lengths <= 40) & (end <= len(buffer))
        for row in np.flatnonzero(with_more & (cells[:, PACKET.LAYERS] & TCP != 0)).tolist():
            if len(self._rows) >= BLOCKS_MOST:
                return
            blocks = blocks_of(buffer[begin[row] : end[row]].tobytes())
            self._rows += [(int(frames[row]), left, right) for left, right in blocks]

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
    at = 0
    while at + 1 < len(options) and options[at] != END:
        if options[at] == NOP:
            at += 1
            continue
        length = options[at + 1]
        if length < 2 or at + length > len(options):
            break
        if options[at] == SACK:
            edges = [int.from_bytes(options[p : p + EDGE]) for p in range(at + 2, at + length - EDGE + 1, EDGE)]
            return list(zip(edges[::2], edges[1::2]))
        at += length
    return []

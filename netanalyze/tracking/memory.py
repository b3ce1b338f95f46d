"""How much an analysis may keep: a store of octets, of which each thing that is kept takes its part.

What a thing takes was measured (benchmarks/memory.py): it is what the whole process grows by for each of them, up to the end of
the analysis. A bound is reckoned and not read off the process, so that the same capture gives the same result each time.
"""

from typing import Any

from netanalyze.numerals import decimal
from netanalyze.units import octets
from netanalyze.wording import message

PROCESS, LEAST = 76_000_000, 100_000_000
"""Octets that Python, NumPy, the package and a batch of frames take, and the least that an analysis can be done in."""
AT_THE_END = 0.5
"""The share of the rest that is left for what is made when all frames were read: flows that are judged, lookups, the report."""
FOR_DETAIL = 0.3
"""And of what is taken while frames are read, the share that no further flow is begun in: for packets of those there are."""
READ_LEAST, READ_PARTS = 256 * 1024, 64
"""Octets that are read at a time at the least, and the part of the store that they are else: frames of a few octets take
thirty times as much while they are looked at (measured: ICMP errors)."""

FLOW_TAKES, PAIR_TAKES, LOOKUP_TAKES, ERROR_TAKES, MARK_TAKES = 1_200, 1_100, 650, 600, 60
"""Octets that a flow, more for one of TCP, a DNS query, an ICMP error and a TCP mark take while frames are read."""
CONVERSATION_TAKES, SEGMENT_TAKES = 9_000, 130
"""And a conversation that is read at once; a segment whose octets are kept, beside these."""
CELL_TAKES = 24
"""And a number in a row: twice while rows are put together, and where it stands among the others."""
JUDGED_FLOW_TAKES, JUDGED_ROW_TAKES, JUDGED_LOOKUP_TAKES = 15_000, 900, 2_000
"""Octets that a flow takes when it is looked at and written down, more for each packet and record that was kept of it; and
a lookup."""


class Memory:
    """What may still be kept.

    Args:
        octets: what the whole process may take; None: as much as it needs.

    Raises:
        ValueError: it is less than an analysis can be done in.
    """

    def __init__(self, octets: int | None = None):
        if octets is not None and octets < LEAST:
            raise ValueError(
                message("an analysis needs at least {least} MB, not {given} MB", least=LEAST // 10**6,
                        given=f"{octets / 10**6:g}")
            )  # fmt: skip
        self.bounded = octets is not None
        self._all = 2**62 if octets is None else octets - PROCESS
        self._used = 0

    @property
    def left(self) -> int:
        """Octets that may be taken while frames are read."""
        return max(0, int(self._all * (1 - AT_THE_END)) - self._used if self.bounded else self._all)

    @property
    def rest(self) -> int:
        """Octets that are left when all were read."""
        return max(0, self._all - self._used)

    def room(self, each: int) -> int:
        """For how many more things of a kind there is room."""
        return self.left // each

    def flows(self) -> int:
        """For how many more flows there is room, so that what comes on those that are tracked has room as well."""
        return max(0, self.left - int(self._all * (1 - AT_THE_END) * FOR_DETAIL)) // (FLOW_TAKES + PAIR_TAKES)

    def read_octets(self, most: int) -> int:
        """Octets that are read at a time: what a batch takes goes by them."""
        return min(most, max(READ_LEAST, self._all // READ_PARTS))

    def take(self, octets: int) -> None:
        """Take some octets."""
        self._used += octets

    def share(self, parts: int) -> int:
        """Octets of a store that is one of so many of the same size."""
        return self._all // parts


def memory_of(size: Any) -> Memory:
    """A bound from a number of MB, a text without a unit, which is MB, or with one (``"2 GiB"``); None is none.

    Raises:
        TypeError: it is none of these.
        ValueError: it is no size, or too little.

    >>> memory_of("500 MB").rest == memory_of(500).rest
    True
    """
    if size is None:
        return Memory()
    if isinstance(size, bool) or not isinstance(size, (int, float, str)):
        raise TypeError(f"memory is a number of MB, or a text such as '500 MB', not {size!r}")
    return Memory(octets(f"{size}MB" if decimal(str(size).strip()) is not None else str(size)))

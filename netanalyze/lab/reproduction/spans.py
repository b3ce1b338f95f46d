"""Ranges of octets that were seen, and what is missing between them."""


class OctetRanges:
    """Half-open ranges, sorted, that do not touch.

    >>> seen = OctetRanges()
    >>> seen.add(0, 10), seen.add(20, 30), seen.add(5, 25)
    ([(0, 10)], [(20, 30)], [(10, 20)])
    >>> seen.ranges
    [(0, 30)]
    """

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> list[tuple[int, int]]:
        """Add a range; gives the parts of it that are new."""
        new, at, kept, left_most, right_most = [], start, [], start, end
        for left, right in self.ranges:
            if right < start or left > end:
                kept.append((left, right))
                continue
            if at < left:
                new.append((at, min(left, end)))
            at = max(at, right)
            left_most, right_most = min(left_most, left), max(right_most, right)
        if at < end:
            new.append((at, end))
        self.ranges = sorted([*kept, (left_most, right_most)])
        return new

    def has(self, start: int, end: int) -> bool:
        """Whether all of a range was seen."""
        return any(left <= start and end <= right for left, right in self.ranges)

    @property
    def end(self) -> int:
        """Where the last of them ends, 0 where there is none."""
        return self.ranges[-1][1] if self.ranges else 0

    def holes(self) -> list[tuple[int, int]]:
        """What is missing before the last of them, from octet 0 on."""
        at, found = 0, []
        for left, right in self.ranges:
            if left > at:
                found.append((at, left))
            at = right
        return found

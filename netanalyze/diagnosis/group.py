"""Findings of one cause and one culprit, and what their cost is worth."""

import functools
from dataclasses import dataclass

from netanalyze.findings import Finding, Threshold

SIGNIFICANT = Threshold(
    0.9, "s", source="Nielsen, Usability Engineering 1993, section 5.5: after 1 s the flow of thought is interrupted",
    why="what costs less is not worth a person's attention, unless it made the command fail",
)  # fmt: skip
PART, LEAST = 0.5, Threshold(
    0.25, "s", source="Nielsen, Usability Engineering 1993, section 5.5: 0.1 s feels instantaneous",
    why="half of a short run is worth a word once a person can feel it",
)  # fmt: skip


def significant(cost_ns: int, whole_ns: int) -> bool:
    """Whether what a cause cost is worth a person's attention."""
    return cost_ns >= SIGNIFICANT.ns or (cost_ns >= LEAST.ns and cost_ns >= PART * whole_ns)


@dataclass
class Group:
    """Findings of one cause at one place: together they are a candidate."""

    cause: str
    findings: list[Finding]
    owned_ns: int
    fatal: bool

    @functools.cached_property
    def lead(self) -> Finding:
        """The finding that is told: the longest of those that were fatal, if any was."""
        fatal = [f for f in self.findings if f.fatal] or self.findings
        return max(fatal, key=lambda f: (f.end_ns - f.start_ns, -f.start_ns))


BULK_SEGMENTS = 200
"""Segments from which a flow is a bulk transfer, whose rate of loss can be told (some 290 kB)."""

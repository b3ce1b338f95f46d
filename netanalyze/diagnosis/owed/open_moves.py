"""A move that somebody owed and that did not come."""

from dataclasses import dataclass

from netanalyze.findings import Threshold
from netanalyze.wording import Text

HANGING = Threshold(
    5, "s", source="CAUSES part 2: after five seconds without any progress a run is waiting",
    why="shorter silences at the end of a capture are common",
)  # fmt: skip


@dataclass(frozen=True)
class Open:
    """A move that was owed and did not come, or a no that no finding explains.

    Attributes:
        said: one sentence, without its period.
        start_ns, end_ns: since when, until when.
        proof: (frame, what it shows).
        refused: the far side did answer, and said no.
        at_end: it lay open when the capture ended.
    """

    said: Text
    start_ns: int
    end_ns: int
    proof: tuple[tuple[int, Text], ...]
    refused: bool = False
    at_end: bool = False

    @property
    def ns(self) -> int:
        """How long it lay open."""
        return self.end_ns - self.start_ns

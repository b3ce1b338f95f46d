"""``without_it`` of a verdict held against the twin: what the same run really took with its fault switched off."""

from dataclasses import dataclass

from netanalyze.lab.scores.judge import Judgement
from netanalyze.lab.twin import Twin

SHARE, SECONDS = 0.2, 0.5
"""A figure is right within a fifth of the twin's time, or within half a second: what the same run differs by from one
time to another beside seven others on two cores."""


def room(twin_s: float) -> float:
    """Seconds by which a figure may miss the twin's."""
    return max(SHARE * twin_s, SECONDS)


@dataclass(frozen=True)
class Counterfactual:
    """What a verdict says that the run would have taken without its cause, and what it took.

    Attributes:
        said: ``without_it``, s; None where the verdict does not know.
        least: ``without_it_at_least``, s; None where nothing can be said.
        twin_s: what the twin took as far as packets show it, s.
    """

    said: float | None
    least: float | None
    twin_s: float

    @property
    def off(self) -> float | None:
        """Seconds by which the figure misses, None where there is none."""
        return None if self.said is None else self.said - self.twin_s

    @property
    def right(self) -> bool:
        """Whether the figure is close to the twin's; a bound is right unless the twin took less."""
        if self.said is not None:
            return abs(self.said - self.twin_s) <= room(self.twin_s)
        return self.least is None or self.least <= self.twin_s + room(self.twin_s)

    def __str__(self) -> str:
        if self.said is not None:
            return f"{self.said:.2f}"
        return "unknown" if self.least is None else f"≥ {self.least:.2f}"


def counterfactual(judgement: Judgement | None, twin: Twin | None) -> Counterfactual | None:
    """A verdict beside its twin; None where it names no cause, or where there is nothing to compare it with.

    A twin that did not end well is none: the fault was not all that stood in the command's way. A verdict with a wrong
    cause is not asked what the run would have taken without it.
    """
    if twin is None or twin.exit_code != 0 or judgement is None or judgement.cause is None or not judgement.right:
        return None
    return Counterfactual(judgement.without_it, judgement.at_least, twin.shown_s)

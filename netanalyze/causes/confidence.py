"""How sure a finding is: by what its evidence proves, and by what is missing from it.

A cause declares both beside its thresholds, each with its figure, where the figure comes from, and why; its ``check`` says
which of them hold, and ``confidence`` makes one figure of these. docs/causes.md lists them all. The scale:

    0.93 and more   the frames say so by name (an alert, an rcode, a RST), or show every step of it
    0.8 to 0.92     the pattern is this cause's own; another could leave it, and none is known to have
    0.65 to 0.8     one other cause leaves the same frames, and is less likely
    below           as likely one as the other

``benchmarks/calibration.py`` holds the figures against what was right.
"""

from dataclasses import dataclass
from enum import Enum


class Basis(Enum):
    """Where the figure of a ground comes from."""

    FRAMES = "frames: how many readings the protocol leaves"
    LAB = "lab: real commands under faults of known kind, each beside a run without it"
    FOREIGN = "foreign captures, in which the same frames had another reason"
    COMMAND = "what the command printed, or its processes did"


@dataclass(frozen=True)
class Proved:
    """Something that the evidence proves, and how sure it makes the cause, 0 to 1, were nothing else known.

    Attributes:
        what: what is proved, as the reader of a capture would say it.
        why: why it makes so sure, and not surer.
    """

    confidence: float
    what: str
    basis: Basis
    why: str

    def when(self, holds: object) -> "Proved | None":
        """This ground where it holds, else None."""
        return self if holds else None


@dataclass(frozen=True)
class Missing:
    """Something that the evidence lacks, or that speaks against the cause, and what that leaves of the confidence.

    Attributes:
        what: what is missing.
        why: what else it could have been.
        at_most: no finding that lacks it is surer.
        share: what is left of the confidence, where it weakens any proof alike.
    """

    what: str
    basis: Basis
    why: str
    at_most: float = 1.0
    share: float = 1.0

    def when(self, holds: object) -> "Missing | None":
        """This ground where it holds, else None."""
        return self if holds else None


Ground = Proved | Missing


def confidence(*grounds: Ground | None) -> float:
    """The confidence of a finding: that of the strongest proof, lessened by all that is missing.

    >>> silent = Proved(0.8, "no answer in 2.5 s", Basis.FRAMES, "it may still come")
    >>> long_silent = Proved(0.9, "no answer in 4.5 s", Basis.FRAMES, "the client's timer has run out")
    >>> cut = Missing("frames are cut", Basis.FRAMES, "an answer may lie beyond the cut", at_most=0.6)
    >>> confidence(silent, long_silent.when(True), cut.when(False)), confidence(silent, long_silent.when(False), cut)
    (0.9, 0.6)

    Raises:
        ValueError: nothing is proved.
    """
    figure = max(ground.confidence for ground in grounds if isinstance(ground, Proved))
    for ground in grounds:
        if isinstance(ground, Missing):
            figure = min(figure * ground.share, ground.at_most)
    return figure


def grounds_of(module: object) -> list[Ground]:
    """What a cause's module declares, as it stands there, by itself or in a table of several."""
    declared = (
        part for value in vars(module).values() for part in (value.values() if isinstance(value, dict) else (value,))
    )
    return [part for part in declared if isinstance(part, Ground)]

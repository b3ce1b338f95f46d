"""What the doctor says: one line about one thing, how bad it is, why, and the command that mends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from netanalyze.wording import Text


class Level(StrEnum):
    """How bad a thing is: a run works with it, may suffer from it, or fails by it."""

    OK = "ok"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


@dataclass(frozen=True)
class Remark:
    """One thing that was looked at.

    Attributes:
        id: ``subject/what-is-wrong``, never renamed; of an ok line the subject and the thing.
        about: the setting, file or device in question, as its owner calls it.
        mend: a shell command that mends it; empty only where the line is ok.
    """

    id: str
    about: str
    level: Level
    why: Text
    mend: str = ""

    def __post_init__(self) -> None:
        if (self.level is Level.OK) == bool(self.mend):
            raise ValueError(f"{self.id}: what is not ok has a command that mends it, and only that")

    @property
    def subject(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]


def ok(id: str, about: str, why: Text) -> Remark:
    """Nothing is to be said against it."""
    return Remark(id, about, Level.OK, why)


def doubtful(id: str, about: str, why: Text, mend: str) -> Remark:
    """It works, but is slow, weak or not what was meant."""
    return Remark(id, about, Level.DOUBTFUL, why, mend)


def wrong(id: str, about: str, why: Text, mend: str) -> Remark:
    """A run fails by it."""
    return Remark(id, about, Level.WRONG, why, mend)


def or_ok(remarks: Iterable[Remark], id: str, about: str, why: Text) -> list[Remark]:
    """What was found; where that is nothing, that it is ok."""
    return list(remarks) or [ok(id, about, why)]

"""What the run would have taken without its cause, as the forms say it: a figure, a bound, or that nobody knows.

A bound is told as one ("at least"): of a run that was broken off, what was left of its work was never seen.
"""

from netanalyze.diagnosis.group import SIGNIFICANT
from netanalyze.result import Verdict
from netanalyze.units import SECOND_NS, duration
from netanalyze.wording import Message, Text, message

WORTH_S = SIGNIFICANT.value
"""Where a cause cost less, nobody asks what the run would have taken without it."""


def has_figure(verdict: Verdict) -> bool:
    """Whether there is a figure, or a bound, to tell."""
    return verdict.seconds > 0 and (verdict.without_it is not None or verdict.without_it_at_least is not None)


def is_worth_a_line(verdict: Verdict) -> bool:
    """Whether a whole report has anything to say of it: also that nobody knows, and why."""
    return has_figure(verdict) or (verdict.seconds >= WORTH_S and bool(verdict.without_it_how))


def figure(verdict: Verdict) -> Text:
    """The time alone: ``2.3 s``, ``at least 2.3 s``, or that it is not known."""
    if verdict.without_it is not None:
        return _time(verdict.without_it)
    if verdict.without_it_at_least is not None:
        return message("at least {time}", time=_time(verdict.without_it_at_least))
    return "not known"


def line(verdict: Verdict, how: Text | None = None) -> Message:
    """The time and what it rests on: ``2.3 s in all (…)``; ``how`` in the place of the verdict's own words."""
    how = verdict.without_it_how if how is None else how
    words: dict[str, Text] = {"figure": figure(verdict), "how": how}
    if verdict.without_it is not None:
        return message("{figure} in all ({how})", **words) if how else message("{figure} in all", **words)
    return message("{figure} ({how})", **words) if how else message("{figure}", **words)


def _time(seconds: float) -> str:
    return duration(round(seconds * SECOND_NS))

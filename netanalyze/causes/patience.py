"""How long a wait is borne before a cause is named."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from netanalyze.causes.case import Case
from netanalyze.clients import timer_that_fired
from netanalyze.clients.client import Timer
from netanalyze.findings import Threshold
from netanalyze.flows.screen import of_names
from netanalyze.units import seconds

ENDED_BY_LINE = 0
"""What ended by the timer that the command's own line sets failed the run, however short it was."""


def patience(case: Case, threshold: Threshold, phase: str, names: Iterable[str | None], wait: tuple[int, int]) -> int:
    """ns that a wait must have lasted: the threshold, or nothing where the command's own timer ended it (``set_timer``)."""
    return threshold.ns if set_timer(case, phase, names, wait) is None else ENDED_BY_LINE


def least(case: Case, threshold: Threshold) -> int:
    """ns that a wait has lasted at the least of which ``patience`` may say that it was long enough."""
    return ENDED_BY_LINE if any(timer.set_by for timer in case.client.timers) else threshold.ns


def set_timer(case: Case, phase: str, names: Iterable[str | None], wait: tuple[int, int]) -> Timer | None:
    """The timer, set by the command's own line or its environment, that ended a wait; None where none did.

    Args:
        phase: of ``clients.client.PHASES``.
        names: of the host that is waited for.
        wait: when it began and ended, ns.
    """
    given = [timer for timer in case.client.timers if timer.set_by]
    if not given:
        return None
    begun = _transfer_begun(case, set(names), wait[0])
    for since, of_transfer in ((begun, True), (wait[0], False)):
        timers = tuple(timer for timer in given if timer.of_transfer is of_transfer)
        fired = timer_that_fired(replace(case.client, timers=timers), phase, seconds(wait[1] - since))
        if fired is not None:
            return fired
    return None


def _transfer_begun(case: Case, names: set[str | None], before_ns: int) -> int:
    """When the transfer began in which something was waited for from ``before_ns`` on: with the first lookup of its name
    since the last connection there, else with its connection."""
    begun = (case.index.dialled_ns.get(name, ()) for name in names)
    dialled = [moments[at - 1] for moments in begun if (at := bisect_right(moments, before_ns))]
    asked = [one.start_ns for one in of_names(case.lookups, names) if one.start_ns <= before_ns]
    return max(asked or dialled, default=before_ns)

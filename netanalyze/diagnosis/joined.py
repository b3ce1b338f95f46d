"""Runs that were joined while they ran: what came before is not known, and every verdict on one says so."""

from dataclasses import replace

from netanalyze.causes.case import Case
from netanalyze.result import Limit, Verdict
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import message

AFTER = "joined {time} after it began: what was asked and answered before is not known, but for what its sockets count"
LATE = "joined while it ran: what was asked and answered before is not known, but for what its sockets count"


def seen_late(case: Case, verdict: Verdict) -> Verdict:
    """The verdict with the limit that holds for a run that was joined; any other as it is."""
    run = case.run
    if run is None or not run.joined:
        return verdict
    after = run.joined_ns - run.start_ns if run.start_ns != NEVER_NS else 0
    limit = message(AFTER, time=duration(after)) if after > 0 else message(LATE)
    return replace(verdict, limits=(Limit(limit), *verdict.limits))

"""Runs of which the capture has a part: joined while they ran, or gone on when it had ended; every verdict on one says so."""

from dataclasses import replace

from netanalyze.causes.case import Case
from netanalyze.result import Limit, Verdict
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import message

AFTER = "joined {time} after it began: what was asked and answered before is not known, but for what its sockets count"
LATE = "joined while it ran: what was asked and answered before is not known, but for what its sockets count"

UNTIL = "the capture ended {time} before the command did: what passed since is not known"


def seen_in_part(case: Case, verdict: Verdict) -> Verdict:
    """The verdict with the limits that hold for a run of which a part was seen; any other as it is."""
    run = case.run
    if run is None:
        return verdict
    limits = verdict.limits
    if run.outlasted:
        lacking = run.end_ns - run.captured_until_ns
        limits = (Limit(message(UNTIL, time=duration(max(lacking, 0)))), *limits)
    if not run.joined:
        return replace(verdict, limits=limits) if run.outlasted else verdict
    after = run.joined_ns - run.start_ns if run.start_ns != NEVER_NS else 0
    limit = message(AFTER, time=duration(after)) if after > 0 else message(LATE)
    return replace(verdict, limits=(Limit(limit), *limits))

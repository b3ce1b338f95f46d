"""No more time is lost than the run had."""

from dataclasses import replace

from netanalyze.causes.case import Case
from netanalyze.result import Verdict
from netanalyze.units import NEVER_NS, seconds


def within_wall(case: Case, verdict: Verdict) -> Verdict:
    """The verdict, with no more time lost than the run had: a wait that others' frames show, or that a capture shows which
    goes on after the run, may be longer."""
    begun, ended = case.wall
    if case.run is None or NEVER_NS in (begun, ended):
        return verdict
    return replace(verdict, seconds=min(verdict.seconds, seconds(max(ended - begun, 0))))

"""What came of a run, and what its user is told at the end beside the report."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from netanalyze.capture.recording import RecordedRun
from netanalyze.kept_runs import MOST_OF_ONE
from netanalyze.live.analysis import LiveAnalysis
from netanalyze.live.capture.frames import Sniffer
from netanalyze.live.capture.no_capture import NoCapture
from netanalyze.live.capture.only_mine import OnlyMine
from netanalyze.live.capture.recording import Recorder
from netanalyze.live.capture.remarks import remarks
from netanalyze.live.command.plan import Plan
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, size

log = logging.getLogger(__name__)
COMMAND_MOST = 400
"""Characters of a command line in a list."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the command's exit status as a shell has it, the result (None: ``failure`` says why not).

    Attributes:
        again: the command line that gives the report again; empty where nothing was recorded.
        notes: what is told at the end; ``warnings`` are those among them that are told where quiet was asked for: frames
            are missing that should be there.
    """

    status: int
    result: Result | None
    path: str
    frame_count: int
    interfaces: tuple[str, ...]
    backend: str
    failure: Exception | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    again: str = ""


def judged(analysis: LiveAnalysis, run: RecordedRun, recorder: Recorder) -> Result | None:
    """The result, remarked on the frames that prove it; None where the analysis failed."""
    result = analysis.finish(run, recorder.interfaces, "" if recorder.is_nowhere else recorder.path)
    if result is not None:
        try:
            recorder.remark(remarks(result, run.processes))
        except Exception as error:  # the recording is whole without them
            log.debug("the frames got no comments", exc_info=error)
    return result


def listed(result: Result) -> dict[str, Any]:
    """What ``netanalyze last --list`` says of a run: its command, how long it took, status and cause."""
    run, verdict = result.run, result.verdict
    known = run is not None and NEVER_NS not in (run.start_ns, run.end_ns)
    return {
        "command": " ".join(run.argv or ())[:COMMAND_MOST] if run is not None else "",
        "wall_ns": run.end_ns - run.start_ns if run is not None and known else None,
        "status": verdict.status,
        "cause": verdict.cause,
    }


def warnings(sniffer: Sniffer, recorder: Recorder, broken: Exception | None) -> list[str]:
    """What is missing from the recording through nobody's wish.

    Args:
        broken: why the capture ended before its time.
    """
    found = list(sniffer.losses)
    if broken is not None:
        found.append(f"the capture ended before the command did: {broken}")
    if recorder.failure:
        found.append(f"{recorder.path} is not whole: {recorder.failure.strerror or recorder.failure}")
    return found


def notes(plan: Plan, sniffer: Sniffer, recorder: Recorder, only_mine: OnlyMine | None, bounded: bool) -> Iterable[str]:
    """Where it was captured and what was left out on purpose.

    Args:
        only_mine: left out frames of other programs, None where they were to stay.
        bounded: the user said how large the recording may become.
    """
    places, captured = ", ".join(plan.interfaces), not isinstance(sniffer, NoCapture)
    if plan.why and captured:
        yield f"captured on {places}: {plan.why}"
    if captured and plan.path and not recorder.frame_count:
        yield f"not one frame passed {places}; -i any captures everywhere"
    if only_mine is not None:
        yield f"frames of other programs left out: {only_mine.left_out}"
    if recorder.left_out:
        why = (
            "--max-size was reached" if bounded else f"a kept run has {size(MOST_OF_ONE)} at the most; -w FILE has none"
        )
        yield f"frames missing from {recorder.path}, for {why}: {recorder.left_out}"

"""What came of a run, and what its user is told at the end beside the report."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from netanalyze.capture.recording import RecordedRun
from netanalyze.live.analysis import LiveAnalysis
from netanalyze.live.capture.frames import Sniffer
from netanalyze.live.capture.no_capture import NoCapture
from netanalyze.live.capture.only_mine import OnlyMine
from netanalyze.live.capture.recording import Recorder
from netanalyze.live.capture.remarks import remarks
from netanalyze.live.command.plan import Plan
from netanalyze.result import Result

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the command's exit status as a shell has it, the result (None: ``failure`` says why not).

    Attributes:
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


def judged(analysis: LiveAnalysis, run: RecordedRun, recorder: Recorder) -> Result | None:
    """The result, remarked on the frames that prove it; None where the analysis failed."""
    result = analysis.finish(run, recorder.interfaces, recorder.path)
    if result is not None:
        try:
            recorder.remark(remarks(result, run.processes))
        except Exception as error:  # the recording is whole without them
            log.debug("the frames got no comments", exc_info=error)
    return result


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


def notes(plan: Plan, sniffer: Sniffer, recorder: Recorder, only_mine: OnlyMine | None) -> Iterable[str]:
    """Where it was captured and what was left out on purpose.

    Args:
        only_mine: left out frames of other programs, None where they were to stay.
    """
    places, captured = ", ".join(plan.interfaces), not isinstance(sniffer, NoCapture)
    if plan.why and captured:
        yield f"captured on {places}: {plan.why}"
    if captured and plan.path and not recorder.frame_count:
        yield f"not one frame passed {places}; -i any captures everywhere"
    if only_mine is not None:
        yield f"frames of other programs left out: {only_mine.left_out}"
    if recorder.left_out:
        yield f"frames missing from {recorder.path}, for --max-size was reached: {recorder.left_out}"

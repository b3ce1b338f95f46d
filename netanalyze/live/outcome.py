"""What came of a run, and what its user is told at the end beside the report."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from netanalyze.capture.recording import RecordedRun
from netanalyze.errors import NetanalyzeError
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
from netanalyze.wording import Message, Text, Verbatim, counted, joined, message

log = logging.getLogger(__name__)
KEPT = "netanalyze last"
"""What opens a run whose recording nobody named."""
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
    notes: tuple[Text, ...] = ()
    warnings: tuple[Text, ...] = ()
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


def warnings(sniffer: Sniffer, recorder: Recorder, broken: Exception | None) -> list[Text]:
    """What is missing from the recording through nobody's wish.

    Args:
        broken: why the capture ended before its time.
    """
    found = list(sniffer.losses)
    if broken is not None:
        why = broken.sentence if isinstance(broken, NetanalyzeError) else str(broken)
        found.append(message("the capture ended before the command did: {why}", why=why))
    if recorder.failure:
        why = recorder.failure.strerror or str(recorder.failure)
        found.append(message("{path} is not whole: {why}", path=Verbatim(recorder.path), why=why))
    return found


def notes(
    plan: Plan, sniffer: Sniffer, recorder: Recorder, only_mine: OnlyMine | None, bounded: bool
) -> Iterable[Text]:
    """Where it was captured and what was left out on purpose.

    Args:
        only_mine: left out frames of other programs, None where they were to stay.
        bounded: the user said how large the recording may become.
    """
    places, captured = _listed(plan.interfaces), not isinstance(sniffer, NoCapture)
    if plan.why and captured:
        yield message("captured on {interfaces}: {why}", interfaces=places, why=plan.why)
    if captured and plan.path and not recorder.frame_count:
        yield message("not one frame passed {interfaces}; -i any captures everywhere", interfaces=places)
    if only_mine is not None and only_mine.left_out:
        yield message("frames of other programs left out: {count} (--everybody records them)", count=only_mine.left_out)
    if recorder.left_out:
        why = message("a kept run has {size} at the most; -w FILE has none", size=size(MOST_OF_ONE))
        if bounded:
            why = message("--max-size was reached")
        path = Verbatim(recorder.path)
        yield message("frames missing from {path}, for {why}: {count}", path=path, why=why, count=recorder.left_out)


def recorded(outcome: Outcome) -> Message:
    """How many frames were recorded where, and what opens them."""
    frames = message(
        "{frames} of {interfaces}",
        frames=counted(outcome.frame_count, "{number} frame", "{number} frames"),
        interfaces=_listed(outcome.interfaces),
    )
    if outcome.again == KEPT:
        return message("{frames} recorded; {command} opens the run again", frames=frames, command=KEPT)
    if outcome.again:
        return message("{frames} recorded in {path}", frames=frames, path=Verbatim(outcome.path))
    return message("{frames} captured, none recorded", frames=frames)


def interrupted(again: str) -> Message:
    """A signal came before the report, and what gives it."""
    if again:
        return message("interrupted before the report; {command} gives it", command=Verbatim(again))
    return message("interrupted before the report")


def failed(outcome: Outcome) -> Text:
    """The analysis failed, and what gives it again where the recording is whole."""
    why = message("the analysis failed ({why})", why=Verbatim(repr(outcome.failure)))
    if not outcome.again:
        return why
    return joined([why, message("the recording is whole: {command}", command=Verbatim(outcome.again))])


def _listed(names: Iterable[str]) -> Verbatim:
    return Verbatim(", ".join(names))

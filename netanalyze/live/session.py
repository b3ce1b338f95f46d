"""One run: arm the capture, release the command, record and analyse while it runs, and judge at its end.

The order is fixed. What can be refused (the command's file, the interface, the right to capture, the recording's file)
is asked for first; then the capture is armed; only then the command is released.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from netanalyze.capture.recording import RecordedRun
from netanalyze.errors import NotPermitted
from netanalyze.kept_runs import MOST_OF_ONE
from netanalyze.live.analysis import LiveAnalysis
from netanalyze.live.capture.frames import Sniffer
from netanalyze.live.capture.no_capture import NoCapture
from netanalyze.live.capture.recording import Keeping, Recorder, begin
from netanalyze.live.capture.sniffer import open_sniffer
from netanalyze.live.command.caller import Caller
from netanalyze.live.command.plan import Options, Plan
from netanalyze.live.darwin_observer import open_observer
from netanalyze.live.launch import Launch
from netanalyze.live.outcome import KEPT, Outcome, interrupted, judged, listed, notes, warnings
from netanalyze.live.watch import Watch
from netanalyze.paste import quoted
from netanalyze.wording import Text, message


class Subject(Protocol):
    """What is watched: a command that is launched (``Launch``), or what runs already (``Attach``).

    Attributes:
        notes: what its user is told at the end.
        status: the command's exit status as a shell has it, once it is known.
        begun_to_run: whether the command was released; the recording of one that was not is discarded.
    """

    options: Options
    notes: list[Text]
    status: int
    begun_to_run: bool

    def settle(self) -> Plan:
        """What is to be captured where, for whom. Raises what speaks against it."""

    def give_up_root(self, caller: Caller) -> None:
        """Become ``caller``: only the capture needed root, and it runs."""

    def begun(self, plan: Plan, sniffer: Sniffer) -> RecordedRun:
        """What is known of the run before it is watched."""

    def run(self, plan: Plan, watch: Watch) -> RecordedRun:
        """Watch it to its end, or as long as there is something to learn; returns the run, once the recording is whole."""


class Session:
    """One run of one command.

    Args:
        subject: what is watched; options alone launch their command.
        opener: gives an armed sniffer, as ``open_sniffer``.
        analysis: made if None.
    """

    def __init__(
        self,
        subject: Subject | Options,
        opener: Callable[..., Sniffer] = open_sniffer,
        analysis: LiveAnalysis | None = None,
    ):
        self._subject = Launch(subject) if isinstance(subject, Options) else subject
        self._options, self._opener = self._subject.options, opener
        self._analysis = analysis
        self._keeping: Keeping | None = None

    def run(self) -> Outcome:
        """Do it all.

        Raises:
            CommandNotFound: the command cannot be run; carries the shell's status.
            LiveError, MissingProgram: nothing was started; the message says what to do.
        """
        plan = self._subject.settle()
        self._subject.notes += plan.notes
        analysis = self._analysis or LiveAnalysis()  # not before the command is known to be there: it takes its time
        observer = open_observer()  # while there may be rights that are given up below
        try:
            armed_ns = time.time_ns()
            sniffer = self._sniffer(plan)
            try:
                if plan.caller:
                    self._subject.give_up_root(plan.caller)
                    plan = replace(plan, caller=None)
                begun = self._subject.begun(plan, sniffer)
                recorder = self._recorder(sniffer, begun)
                watch = Watch(sniffer, recorder, analysis, observer, armed_ns, begun)
                try:
                    return self._watched(plan, watch)
                finally:
                    watch.close()
            finally:
                sniffer.stop()
                if self._keeping:
                    self._keeping.close()
        finally:
            if observer:
                observer.close()

    def _sniffer(self, plan: Plan) -> Sniffer:
        """An armed sniffer; where capturing is not permitted, one that sudo opened, else one that sees nothing."""
        options, dropping = self._options, plan.caller is not None
        try:
            return self._opener(plan.interfaces, options.expression, options.snap_length, options.backend, dropping)
        except NotPermitted as refusal:
            from netanalyze.live.capture import elevated

            sniffer = elevated.ask(plan.interfaces, options.expression, options.snap_length)
            if sniffer is not None:
                return sniffer
            self._subject.notes.append(message("no packets were captured: {why}", why=refusal.sentence))
            return NoCapture()

    def _recorder(self, sniffer: Sniffer, begun: RecordedRun) -> Recorder:
        options = self._options

        def make(path: str, most: int | None) -> Recorder:
            force = options.force and path == options.path
            return Recorder(path, sniffer.links, options.snap_length, begun, options.slim, most, force)

        if options.path:
            return begin(options.path, make, options.most)
        self._keeping = keeping = Keeping(
            options.most
        )  # not before root's rights are given up: the folder is its user's
        recorder = keeping.begin(make)
        self._subject.notes += filter(None, [keeping.refusal])
        return recorder

    def _user_bound(self) -> bool:
        """Whether it was the user's word that ended a recording that grew too large, and not what a kept run may have."""
        most = self._options.most
        return most is not None and (self._options.path is not None or most <= MOST_OF_ONE)

    def _watched(self, plan: Plan, watch: Watch) -> Outcome:
        """What the run comes to; a signal at its end costs the report, not the recording and not the command's status."""
        subject, recorder, sniffer, keeping = self._subject, watch.recorder, watch.sniffer, self._keeping
        try:
            run = subject.run(plan, watch)
        except BaseException:
            if not subject.begun_to_run:
                recorder.discard()  # of a command that was never there
            raise
        lost = warnings(sniffer, recorder, watch.broken)
        told: list[Text] = (
            subject.notes + lost + list(notes(plan, sniffer, recorder, watch.only_mine, self._user_bound()))
        )
        again = f"netanalyze analyze {quoted(recorder.path) or 'FILE'}"
        if recorder.is_nowhere or keeping:
            again = "" if recorder.is_nowhere else KEPT
        try:
            result = judged(watch.analysis, run, recorder)
        except KeyboardInterrupt:
            result = None
            told.append(interrupted(again))
        if keeping:
            keeping.end(recorder.path, None if result is None else listed(result))
        return Outcome(
            subject.status, result, recorder.path, recorder.frame_count, tuple(plan.interfaces), sniffer.backend,
            watch.analysis.failure, tuple(told), tuple(lost), again,
        )  # fmt: skip

"""One run: arm the capture, release the command, record and analyse while it runs, and judge at its end.

The order is fixed. What can be refused (the command's file, the interface, the right to capture, the recording's file)
is asked for first; then the capture is armed; only then the command is released.
"""

import logging
import os
import queue
import select
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from netanalyze.capture.recording import RecordedRun
from netanalyze.clients import client_of
from netanalyze.errors import CommandNotFound, LiveError, NotPermitted
from netanalyze.live import environment as surroundings
from netanalyze.live import go
from netanalyze.live.analysis import Analysis
from netanalyze.live.child import STOPS_OF_THE_TERMINAL, Child, Ended, Stopped
from netanalyze.live.darwin_observer import open_observer
from netanalyze.live.frames import Frame, Sniffer
from netanalyze.live.no_capture import NoCapture
from netanalyze.live.observer import Observer
from netanalyze.live.only_mine import HOLD_NS, OnlyMine
from netanalyze.live.plan import Options, Plan, settle
from netanalyze.live.recorder import Recorder, default_path
from netanalyze.live.relay import Relay, copy_size, output_pair
from netanalyze.live.remarks import remarks
from netanalyze.live.routes import interfaces_of
from netanalyze.live.secrets import redacted_line
from netanalyze.live.sentences import explained, figure, waiting
from netanalyze.live.signals import FATAL, Caught, Signals
from netanalyze.live.sniffer import open_sniffer
from netanalyze.live.status import StatusLine
from netanalyze.live.strace import Strace
from netanalyze.result import Result

log = logging.getLogger(__name__)

STDERR = 2
TICK_S = 0.1
QUIET_S, LINGER_S = 0.3, 1.2
"""After the command: capture on until nothing came for QUIET_S, for LINGER_S at most."""
INTERRUPT_NS = 5_000_000_000
"""A command that ends within so long after Ctrl-C or its like was ended by it."""
GRACE_S = 2.0
"""Between SIGINT, SIGTERM and SIGKILL when patience runs out."""
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
SUSPENDED_S = 1.0
"""A tick that comes so late means that we were stopped (Ctrl-Z) or the machine slept."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the command's exit status as a shell has it, the result (None: ``failure`` says why not)."""

    status: int
    result: Result | None
    path: str
    frame_count: int
    interfaces: tuple[str, ...]
    backend: str
    failure: Exception | None = None
    notes: tuple[str, ...] = ()


class Session:
    """One run of one command.

    Args:
        options: what the user asked for.
        opener: gives an armed sniffer, as ``open_sniffer``.
        analysis: made if None.
    """

    def __init__(
        self, options: Options, opener: Callable[..., Sniffer] = open_sniffer, analysis: Analysis | None = None
    ):
        self._options, self._opener = options, opener
        self._notes: list[str] = []
        self._mail: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._lock = threading.Lock()
        self._ended: Ended | None = None
        self._interrupted_ns: int | None = None
        self._relay: Relay | None = None
        self._pty: int | None = None
        self._last_new = time.monotonic()
        self._analysis = analysis
        self._patience = None if options.patience_ns is None else options.patience_ns / 1e9
        self._begun = RecordedRun()
        self._broken: Sniffer | None = None
        self._out_of_patience = False
        self._observer: Observer | None = None
        self._only_mine: OnlyMine | None = None
        self._strace: Strace | None = None

    def run(self) -> Outcome:
        """Do it all.

        Raises:
            CommandNotFound: the command cannot be run; carries the shell's status.
            LiveError, MissingProgram: nothing was started; the message says what to do.
        """
        try:
            plan = self._settle()
            self._notes += plan.notes
            self._analysis = self._analysis or Analysis()
            self._observer = open_observer()  # while there may be rights that are given up below
            dropping = plan.caller is not None
            sniffer = self._sniffer(plan, dropping)
            try:
                if plan.caller and sniffer.backend == "raw":
                    plan.caller.become()  # its sockets stay open: only the capture needed root
                    plan = replace(plan, caller=None)
                recorder = self._recorder(plan, sniffer)
                return self._command(plan, sniffer, recorder)
            finally:
                sniffer.stop()
        finally:
            if self._observer:
                self._observer.close()
            if self._strace:
                self._strace.close()
            os.close(self._wake_in)
            os.close(self._wake_out)
            self._wake_in = -1

    def _settle(self) -> Plan:
        return settle(self._options)

    def _sniffer(self, plan: Plan, dropping: bool) -> Sniffer:
        """An armed sniffer; where capturing is not permitted, one that sudo opened, else one that sees nothing."""
        options = self._options
        try:
            return self._opener(plan.interfaces, options.expression, options.snap_length, options.backend, dropping)
        except NotPermitted as refusal:
            from netanalyze.live import elevated

            sniffer = elevated.ask(plan.interfaces, options.expression, options.snap_length)
            if sniffer is not None:
                return sniffer
            self._notes.append(f"no packets were captured: {refusal}")
            return NoCapture()

    def _run_begun(self, plan: Plan, sniffer: Sniffer) -> RecordedRun:
        """What is known of the run before it begins."""
        version = plan.go_settings.get("GOVERSION", "").removeprefix("go")
        name = client_of(self._options.argv).name
        return RecordedRun(
            argv=redacted_line(self._options.argv),
            start_ns=time.time_ns(),
            client=None if name == "generic" else f"{name} {version}".strip(),
            environment=surroundings.run_environment(
                plan.environment, plan.go_settings, plan.interfaces, sniffer.backend
            ),
        )

    def _recorder(self, plan: Plan, sniffer: Sniffer) -> Recorder:
        options = self._options
        begun = self._begun = self._run_begun(plan, sniffer)
        path = options.path or default_path(time.time(), os.getcwd())
        try:
            recorder = Recorder(path, sniffer.links, options.snap_length, begun, options.slim, options.most)
        except OSError as error:
            if options.path:
                raise LiveError(
                    f"{path}: cannot be written: {error.strerror or error}; choose another with -w"
                ) from error
            path = default_path(time.time(), tempfile.gettempdir())
            recorder = Recorder(path, sniffer.links, options.snap_length, begun, options.slim, options.most)
        if plan.caller:
            os.chown(path, plan.caller.uid, plan.caller.gid)
        return recorder

    def _tell(self, event: Any) -> None:
        """From any thread: something happened."""
        self._mail.put(event)
        try:
            os.write(self._wake_in, b"!")
        except OSError:
            pass  # full, and so it wakes us anyway; or the session is over

    def _command(self, plan: Plan, sniffer: Sniffer, recorder: Recorder) -> Outcome:
        assert self._analysis is not None
        options = self._options
        environment, reading, writing = plan.environment, -1, None
        traced = plan.flags is not None or (options.trace and go.is_go(options.argv) and go.asks_itself(options.argv))
        status = StatusLine(STDERR, traced, self._lock, options.quiet)
        if traced:
            reading, writing = output_pair(STDERR)
            hides = go.hides(options.argv, plan.flags is not None, options.deep, options.shown)
            self._relay = Relay(reading, STDERR, hides, status.erase, self._lock)
            if plan.flags is not None:
                environment = environment | {"GOFLAGS": plan.flags}
            if options.deep:
                environment = environment | {"GODEBUG": go.with_debug(environment.get("GODEBUG", ""))}
        argv, path = options.argv, plan.path
        if options.syscalls:
            self._strace = Strace(plan.caller)
            path, argv = self._strace.around(path, argv)
        with Signals(self._tell) as signals:
            child = Child(
                argv, path, environment, self._tell, signals.before, writing,
                plan.caller.popen_options() if plan.caller else None,
            )  # fmt: skip
            try:
                child.start()
            except CommandNotFound:
                os.unlink(recorder.path)
                raise
            if self._observer:
                self._observer.begin(
                    child.pid, child.start_ns, surroundings.written_folders(environment, plan.go_settings), self._strace
                )
                self._analysis.processes = self._observer.snapshot
                if options.only_mine:
                    self._only_mine = OnlyMine(self._observer.owner, sniffer.links)
                if isinstance(sniffer, NoCapture):
                    self._analysis.sockets = self._observer.sockets
            if writing is not None:
                self._pty = os.dup(reading) if os.isatty(reading) else None
                os.close(writing)
            if self._relay:
                self._relay.start()
            try:
                self._watch(child, sniffer, recorder, status)
                status.clear()
                self._linger(sniffer, recorder)
            except Exception as error:  # ours, not the command's: it runs to its end all the same
                log.debug("the watch over the command failed", exc_info=error)
                self._analysis.failure = self._analysis.failure or error
                while self._ended is None:
                    self._handle(self._mail.get(), child)
            finally:
                status.clear()
                if self._pty is not None:
                    os.close(self._pty)
        return self._outcome(plan, child, sniffer, recorder)

    def _take(self, frames: list[Frame], recorder: Recorder, final: bool = False) -> None:
        """Record frames and hand them to the analysis."""
        if frames:
            self._last_new = time.monotonic()
        if self._only_mine is not None:
            frames = self._only_mine.take(frames, time.time_ns(), final)
        if frames:
            assert self._analysis is not None
            self._analysis.feed(recorder.add(frames), recorder.interfaces)

    def _wait(self, sniffer: Sniffer, recorder: Recorder, seconds: float) -> None:
        """Wait for frames or news, and take the frames."""
        descriptors = [self._wake_out] if sniffer is self._broken else [self._wake_out, sniffer.fileno()]
        ready, _, _ = select.select(descriptors, [], [], seconds)
        if self._wake_out in ready:
            os.read(self._wake_out, 4_096)
        if len(ready) > 1 or (ready and self._wake_out not in ready):
            try:
                self._take(sniffer.read(), recorder)
            except LiveError as error:
                self._broken = sniffer
                self._notes.append(f"the capture ended before the command did: {error}")

    def _watch(self, child: Child, sniffer: Sniffer, recorder: Recorder, status: StatusLine) -> None:
        """Until the command has ended."""
        assert self._analysis is not None
        begun = tick = time.monotonic()
        suspended = 0.0
        endings = list(ENDINGS)
        patience = self._patience
        while self._ended is None:
            self._wait(sniffer, recorder, TICK_S)
            if self._only_mine is not None:
                self._take([], recorder)  # what was held long enough
            while not self._mail.empty():
                self._handle(self._mail.get(), child)
            now = time.monotonic()
            if now - tick > TICK_S + SUSPENDED_S and child.stopped_now():
                suspended += now - tick
            tick = now
            late_ns = sniffer.latency_ns + (HOLD_NS if self._only_mine is not None else 0)
            self._analysis.advance(time.time_ns() - late_ns, self._begun, self._relay)
            self._say(status, late_ns)
            if patience is not None and now - begun - suspended > patience and endings:
                self._end(child, endings.pop(0))
                patience = now - begun - suspended + GRACE_S

    def _say(self, status: StatusLine, latency_ns: int) -> None:
        """Keep the status line up to date."""
        assert self._analysis is not None
        standing, relay = self._analysis.standing, self._relay
        if standing is None:
            return
        now = time.monotonic_ns()
        at = time.time_ns() - latency_ns
        silent = at - standing.moved_ns
        if relay and standing.finding is None and not standing.resting:
            silent = min(silent, now - relay.last_ns)
        wait, url = standing.wait, relay.waiting_for() if relay else None
        said = standing.note or (f"waiting for {url}, {figure(silent)}" if url else "")
        if wait:
            said = waiting(wait, at, standing.client)
        cause = standing.finding.cause if standing.finding else ""
        status.update(now, silent, said, cause, explained(standing, at))

    def _end(self, child: Child, number: int) -> None:
        """Patience has run out."""
        if self._interrupted_ns is None or number == ENDINGS[0]:
            self._interrupted_ns = time.time_ns()
            self._notes.append(f"patience ran out after {self._patience:g} s: the command was ended")
            self._out_of_patience = True
        child.send(number, everyone=True)

    def _handle(self, event: Any, child: Child) -> None:
        match event:
            case Ended():
                self._ended = event
            case Stopped(number):
                # the shell must learn it, or its user would sit before a terminal that does nothing
                if number in STOPS_OF_THE_TERMINAL and child.stopped_now():
                    os.kill(os.getpid(), signal.SIGSTOP)
            case Caught(signal.SIGWINCH, _):
                if self._pty is not None:
                    copy_size(STDERR, self._pty)
            case Caught(number, from_process):
                if number in FATAL and not self._out_of_patience:
                    self._interrupted_ns = time.time_ns()
                if from_process:
                    child.send(number)

    def _linger(self, sniffer: Sniffer, recorder: Recorder) -> None:
        """Take what was on its way when the command ended."""
        self._last_new = begun = time.monotonic()
        least = sniffer.latency_ns / 1e9 + 0.1
        while self._broken is None:
            now = time.monotonic()
            quiet = now - self._last_new >= QUIET_S or not recorder.frame_count
            if now - begun >= LINGER_S or (now - begun >= least and quiet):
                break
            self._wait(sniffer, recorder, 0.05)
            if not self._mail.empty() and isinstance(self._mail.get(), Caught):
                break
        self._take(sniffer.stop(), recorder, final=True)
        if self._relay:
            self._relay.finish(0.2)

    def _outcome(self, plan: Plan, child: Child, sniffer: Sniffer, recorder: Recorder) -> Outcome:
        assert self._ended, "the command runs on"
        assert self._analysis, "nothing was analysed"
        ended, stopped_ns = self._ended, self._interrupted_ns
        by_hand = stopped_ns is not None and (self._out_of_patience or ended.time_ns - stopped_ns < INTERRUPT_NS)
        run = replace(
            self._begun,
            exit_code=None if by_hand else ended.status,
            start_ns=child.start_ns,
            end_ns=stopped_ns if by_hand else ended.time_ns,
            trace=self._relay.trace() if self._relay else None,
            processes=self._observer.finish() if self._observer else None,
            sockets=self._observer.sockets() if self._observer and isinstance(sniffer, NoCapture) else None,
        )
        if run.processes is not None:
            ways = interfaces_of(socket.remote for socket in run.processes.sockets)
            run = replace(run, environment={**(run.environment or {}), "ways": ways})
        recorder.finish(sniffer.statistics(), run)
        if recorder.failure:
            self._notes.append(f"{recorder.path} is not whole: {recorder.failure.strerror or recorder.failure}")
        captured = not isinstance(sniffer, NoCapture)
        if plan.why and captured:
            self._notes.append(f"captured on {', '.join(plan.interfaces)}: {plan.why}")
        if captured and not recorder.frame_count:
            self._notes.append(f"not one frame passed {', '.join(plan.interfaces)}; -i any captures everywhere")
        if self._only_mine is not None:
            self._notes.append(f"{self._only_mine.left_out} frames of other programs were left out")
        if recorder.left_out:
            self._notes.append(f"{recorder.left_out} frames are missing from {recorder.path}: --max-size was reached")
        result = self._analysis.finish(run, recorder.interfaces, recorder.path)
        if result is not None:
            try:
                recorder.remark(remarks(result, run.processes))
            except Exception as error:  # the recording is whole without them
                log.debug("the frames got no comments", exc_info=error)
        return Outcome(
            ended.status, result, recorder.path, recorder.frame_count, tuple(plan.interfaces), sniffer.backend,
            self._analysis.failure, tuple(self._notes),
        )  # fmt: skip

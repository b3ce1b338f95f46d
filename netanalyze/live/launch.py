"""A command that is launched under a watch: its standard error on its way, its signals, its patience, its end."""

import contextlib
import logging
import os
import queue
import signal
import time
from dataclasses import replace
from typing import Any

from netanalyze.capture.recording import RecordedRun
from netanalyze.clients import client_of
from netanalyze.descriptors import was_open
from netanalyze.live.capture.frames import Sniffer
from netanalyze.live.capture.no_capture import NoCapture
from netanalyze.live.capture.only_mine import OnlyMine
from netanalyze.live.command import environment as surroundings
from netanalyze.live.command import go
from netanalyze.live.command.caller import Caller
from netanalyze.live.command.child import STOPS_OF_THE_TERMINAL, Child, Ended, Stopped
from netanalyze.live.command.last_line import LastLine
from netanalyze.live.command.plan import Options, Plan, settle
from netanalyze.live.command.stderr_relay import Relay, copy_size, output_pair
from netanalyze.live.processes.strace import Strace
from netanalyze.live.signals import FATAL, Caught, Signals, signal_name
from netanalyze.live.sockets.routes import interfaces_of
from netanalyze.live.status import StatusLine
from netanalyze.live.watch import Watch
from netanalyze.redaction import redacted_line
from netanalyze.units import duration
from netanalyze.wording import Text, message

log = logging.getLogger(__name__)

STDERR = 2
TICK_S = 0.1
INTERRUPT_NS = 5_000_000_000
"""A command that ends within so long after Ctrl-C or its like was ended by it."""
REST_S = 0.2
"""So long the rest of what the command wrote is waited for: what it left behind may keep the stream open for ever."""
GRACE_S = 2.0
"""Between SIGINT, SIGTERM and SIGKILL when patience runs out."""
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
AT_ONCE_NS = 100_000_000
"""In less nobody whom it asked without a socket of IP, as a resolver on this machine, has waited for anybody (a tenth of what is
noticed at all; Nielsen, Response Times, 1993)."""
TOGETHER_S = 0.05
"""Between two threads of ours that are woken by one key, on a busy machine: some time slices of the scheduler's (sched(7))."""
SUSPENDED_S = 1.0
"""A tick that comes so late means that we were stopped (Ctrl-Z) or the machine slept."""


class Launch:
    """The command of ``options``, from its release to its end (a netanalyze.live.session.Subject)."""

    def __init__(self, options: Options):
        self.options = options
        self.notes: list[Text] = []
        self.status = 0
        self.begun_to_run = False
        self._ended: Ended | None = None
        self._interrupted_ns: int | None = None
        self._by_key = False
        self._out_of_patience = False
        self._words: LastLine | None = None
        self._pty: int | None = None
        self._strace: Strace | None = None

    def settle(self) -> Plan:
        """What is needed to begin it, and where to capture."""
        return settle(self.options)

    def give_up_root(self, caller: Caller) -> None:
        """Become who called sudo."""
        caller.become()

    def begun(self, plan: Plan, sniffer: Sniffer) -> RecordedRun:
        """What is known of the run before it begins."""
        version = plan.go_settings.get("GOVERSION", "").removeprefix("go")
        name = client_of(self.options.argv).name
        return RecordedRun(
            argv=redacted_line(self.options.argv),
            start_ns=time.time_ns(),
            client=None if name == "generic" else f"{name} {version}".strip(),
            environment=surroundings.run_environment(
                plan.environment, plan.go_settings, plan.interfaces, sniffer.backend
            ),
            typed=True,
        )

    def run(self, plan: Plan, watch: Watch) -> RecordedRun:
        """Release it and watch it to its end."""
        status, environment, reading, writing = self._standard_error(plan, watch)
        argv, path = self.options.argv, plan.path
        if self.options.syscalls:
            self._strace = Strace()
            path, argv = self._strace.around(path, argv)
        try:
            with Signals(watch.tell) as signals:
                to_stderr = self.options.output_to_stderr
                child = Child(argv, path, environment, watch.tell, signals.before, writing, to_stderr)
                child.start()
                self.begun_to_run = True
                self._observe(child, watch, surroundings.written_folders(environment, plan.go_settings))
                self._read_words(watch, reading, writing)
                self._to_the_end(child, watch, status)
                return watch.finish(self._recorded(child, watch))
        finally:
            if self._strace:
                self._strace.close()

    def _standard_error(self, plan: Plan, watch: Watch) -> tuple[StatusLine, dict[str, str], int, int | None]:
        """Where the command writes: the status line beside it, its environment, our end of it and its own (None: ours)."""
        options, environment = self.options, plan.environment
        traced = plan.flags is not None or (options.trace and go.is_go(options.argv) and go.asks_itself(options.argv))
        traced = traced and was_open(STDERR)
        status = StatusLine(STDERR, traced, watch.lock, options.quiet, options.language)
        if not traced:
            self._words = LastLine(options.trace, options.output_to_stderr, watch.lock)
            return status, environment, -1, self._words.writing
        reading, writing = output_pair(STDERR)
        hides = go.hides(options.argv, plan.flags is not None, options.deep, options.shown)
        watch.relay = Relay(reading, STDERR, hides, status.erase, watch.lock)
        if plan.flags is not None:
            environment = environment | {"GOFLAGS": plan.flags}
        if options.deep:
            environment = environment | {"GODEBUG": go.with_debug(environment.get("GODEBUG", ""))}
        return status, environment, reading, writing

    def _observe(self, child: Child, watch: Watch, folders: list[str]) -> None:
        """From now on its processes are looked at."""
        watch.released(child.start_ns)
        if watch.observer:
            watch.observer.begin(child.pid, child.start_ns, folders, self._strace)
            watch.analysis.processes = watch.observer.snapshot
            if not self.options.everybody and not isinstance(watch.sniffer, NoCapture):
                watch.only_mine = OnlyMine(watch.observer.owner, watch.sniffer.links)
            if isinstance(watch.sniffer, NoCapture):
                watch.analysis.sockets = watch.observer.sockets

    def _read_words(self, watch: Watch, reading: int, writing: int | None) -> None:
        """From now on what it writes is read."""
        if watch.relay and writing is not None:
            self._pty = os.dup(reading) if os.isatty(reading) else None
            os.close(writing)
            watch.relay.start()
        if self._words:
            self._words.start()

    def _to_the_end(self, child: Child, watch: Watch, status: StatusLine) -> None:
        try:
            self._watch(child, watch, status)
            status.clear()
            self._hear_late(child, watch)
            at_once = self._needed_nothing(child, watch)
            if not at_once:
                watch.linger()
            watch.take_rest(at_once)
            if watch.relay:
                watch.relay.finish(REST_S)
        except Exception as error:  # ours, not the command's: it runs to its end all the same
            log.debug("the watch over the command failed", exc_info=error)
            watch.analysis.failure = watch.analysis.failure or error
            while self._ended is None:
                self._handle(watch.mail.get(), child)
        finally:
            status.clear()
            if self._words:
                self._words.finish(REST_S)
            if self._pty is not None:
                os.close(self._pty)

    def _hear_late(self, child: Child, watch: Watch) -> None:
        """What the terminal sends reaches the command and us at one moment; we may be told of the command's end first."""
        if self._ended is None or self._ended.status == 0 or self._interrupted_ns is not None:
            return
        until = time.monotonic() + TOGETHER_S
        while self._interrupted_ns is None and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                self._handle(watch.mail.get(timeout=left), child)

    def _needed_nothing(self, child: Child, watch: Watch) -> bool:
        """Whether no frame can be on its way that matters: it got what it wanted at once, and made no socket."""
        ended, observer = self._ended, watch.observer
        at_once = ended is not None and ended.status == 0 and ended.time_ns - child.start_ns < AT_ONCE_NS
        return at_once and observer is not None and observer.made_no_socket()

    def _watch(self, child: Child, watch: Watch, status: StatusLine) -> None:
        """Until the command has ended."""
        begun = tick = time.monotonic()
        suspended = 0.0
        endings = list(ENDINGS)
        patience = None if self.options.patience_ns is None else self.options.patience_ns / 1e9
        while self._ended is None:
            watch.wait(TICK_S)
            while not watch.mail.empty():
                self._handle(watch.mail.get(), child)
            now = time.monotonic()
            if now - tick > TICK_S + SUSPENDED_S and child.stopped_now():
                suspended += now - tick
            tick = now
            watch.look(status)
            if patience is not None and now - begun - suspended > patience and endings:
                self._end(child, endings.pop(0))
                patience = now - begun - suspended + GRACE_S

    def _end(self, child: Child, number: int) -> None:
        """Patience has run out."""
        if self._interrupted_ns is None or number == ENDINGS[0]:
            self._interrupted_ns = child.now_ns()
            seconds = (self.options.patience_ns or 0) / 1e9
            self.notes.append(
                message("patience ran out after {seconds} s: the command was ended", seconds=f"{seconds:g}")
            )
            self._out_of_patience = True
        child.send(number, everyone=True)

    def _handle(self, event: Any, child: Child) -> None:
        match event:
            case Ended():
                self._ended = event
                self.status = event.status
            case Stopped(number):
                # the shell must learn it, or its user would sit before a terminal that does nothing
                if number in STOPS_OF_THE_TERMINAL and child.stopped_now():
                    os.kill(os.getpid(), signal.SIGSTOP)
            case Caught(signal.SIGWINCH, _):
                if self._pty is not None:
                    copy_size(STDERR, self._pty)
            case Caught(number, from_process):
                if number in FATAL and not self._out_of_patience:
                    self._interrupted_ns, self._by_key = child.now_ns(), not from_process
                if from_process:
                    child.send(number)

    def _recorded(self, child: Child, watch: Watch) -> RecordedRun:
        """The run, now that it is over."""
        assert self._ended, "the command runs on"
        ended, stopped_ns, observer = self._ended, self._interrupted_ns, watch.observer
        by_hand = stopped_ns is not None and (self._out_of_patience or ended.time_ns - stopped_ns < INTERRUPT_NS)
        if stopped_ns is not None and by_hand and self._by_key and not self._out_of_patience:
            self.notes.append(message("you interrupted it after {time}", time=duration(stopped_ns - child.start_ns)))
        run = replace(
            watch.begun,
            exit_code=None if by_hand else ended.status,
            start_ns=child.start_ns,
            end_ns=stopped_ns if by_hand else ended.time_ns,
            trace=watch.relay.trace() if watch.relay else None,
            last_line=watch.relay.last_line if watch.relay else self._words.text() if self._words else None,
            killed_by=None if ended.killed_by is None else signal_name(ended.killed_by),
            processes=observer.finish() if observer else None,
            sockets=observer.sockets() if observer and isinstance(watch.sniffer, NoCapture) else None,
        )
        if run.processes is not None:
            ways = interfaces_of(socket.remote for socket in run.processes.sockets)
            run = replace(run, environment={**(run.environment or {}), "ways": ways})
        return run

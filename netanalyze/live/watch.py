"""What is captured, recorded and analysed beside a run, whatever the run is: one object, whole from its beginning."""

import itertools
import os
import queue
import select
import threading
import time
from dataclasses import replace
from typing import Any

from netanalyze.capture.recording import RecordedRun
from netanalyze.errors import LiveError
from netanalyze.live.analysis import LiveAnalysis
from netanalyze.live.capture.frames import CapturedFrame, Sniffer
from netanalyze.live.capture.only_mine import HOLD_NS, OnlyMine
from netanalyze.live.capture.recording import Recorder
from netanalyze.live.command.stderr_relay import Relay
from netanalyze.live.observer import Observer
from netanalyze.live.sentences import say
from netanalyze.live.signals import Caught
from netanalyze.live.status import StatusLine

QUIET_S, LINGER_S = 0.3, 1.2
"""After the command: capture on until nothing came for QUIET_S, for LINGER_S at most."""
FLUSH_S = 0.4
"""So often the recording is handed to the system: who kills us loses the frames since, and what is still on its way."""


class Watch:
    """The capture of a run, on its way into the recording and the analysis.

    Args:
        armed_ns: when the capture was armed.
        begun: what is known of the run.
        status: says what is waited for.

    Attributes:
        mail: what has happened, told from other threads.
        lock: held by whoever writes to standard error.
        relay: has what the command prints, None where nobody reads it.
        broken: why the capture ended before its time, None as long as it goes on.
        only_mine: leaves out packets of others, None where they stay.
    """

    def __init__(
        self, sniffer: Sniffer, recorder: Recorder, analysis: LiveAnalysis, observer: Observer | None,
        armed_ns: int, begun: RecordedRun,
    ):  # fmt: skip
        self.sniffer, self.recorder, self.analysis, self.observer = sniffer, recorder, analysis, observer
        self.begun = begun
        self.lock = threading.Lock()
        self.relay: Relay | None = None
        self.only_mine: OnlyMine | None = None
        self.broken: Exception | None = None
        self._until_ns: int | None = None
        self.mail: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._armed_ns, self._released_ns = armed_ns, 0  # the latter until a frame has come since
        self._last_new, self._flushed = time.monotonic(), 0.0

    def close(self) -> None:
        """Nobody tells anything any more."""
        os.close(self._wake_in)
        os.close(self._wake_out)
        self._wake_in = -1

    def tell(self, event: Any) -> None:
        """From any thread: something happened."""
        self.mail.put(event)
        try:
            os.write(self._wake_in, b"!")
        except OSError:
            pass  # full, and so it wakes us anyway; or the watch is over

    def released(self, ns: int) -> None:
        """The command began at ``ns``: what came between arming the capture and this moment is others'."""
        self._released_ns = ns

    @property
    def latency_ns(self) -> int:
        """How late a frame may reach the analysis."""
        return self.sniffer.latency_ns + (HOLD_NS if self.only_mine is not None else 0)

    def wait(self, seconds: float) -> None:
        """Wait for frames or news, and take the frames."""
        descriptors = [self._wake_out] if self.broken else [self._wake_out, self.sniffer.fileno()]
        ready, _, _ = select.select(descriptors, [], [], seconds)
        if self._wake_out in ready:
            os.read(self._wake_out, 4_096)
        if len(ready) > 1 or (ready and self._wake_out not in ready):
            try:
                self.take(self.sniffer.read())
                over = 0 < len(self.sniffer.losses) == len(self.sniffer.links)
            except LiveError as error:
                self.broken, over = error, True
            if over and self._until_ns is None:
                self._until_ns = time.time_ns()
        if self.only_mine is not None:
            self.take([])  # what was held long enough
        if time.monotonic() - self._flushed >= FLUSH_S:
            self.recorder.flush()
            self._flushed = time.monotonic()

    def take(self, frames: list[CapturedFrame], final: bool = False) -> None:
        """Record frames and hand them to the analysis."""
        if frames:
            self._last_new = time.monotonic()
        if frames and self._released_ns:
            early = range(self._armed_ns, self._released_ns)
            frames = list(itertools.dropwhile(lambda frame: frame.time_ns in early, frames))
            self._released_ns = 0 if frames else self._released_ns
        if self.only_mine is not None:
            frames = self.only_mine.take(frames, time.time_ns(), final)
        if frames:
            self.analysis.feed(self.recorder.add(frames), self.recorder.interfaces)

    def look(self, status: StatusLine) -> None:
        """Ask the analysis how the run stands, and keep the status line up to date."""
        late_ns = self.latency_ns
        self.analysis.advance(time.time_ns() - late_ns, self.begun, self.relay)
        if self.analysis.run_status is not None:
            say(status, self.analysis.run_status, self.relay, time.monotonic_ns(), time.time_ns() - late_ns)

    def linger(self) -> None:
        """Take what was on its way when the command ended."""
        self._last_new = begun = time.monotonic()
        least = self.sniffer.latency_ns / 1e9 + 0.1
        while self.broken is None:
            now = time.monotonic()
            quiet = now - self._last_new >= QUIET_S or not self.recorder.frame_count
            if now - begun >= LINGER_S or (now - begun >= least and quiet):
                break
            self.wait(0.05)
            if not self.mail.empty() and isinstance(self.mail.get(), Caught):
                break

    def take_rest(self, at_once: bool) -> None:
        """End the capture, ``at_once`` where nothing matters that is on its way, and take what it still had."""
        self.take(self.sniffer.stop(at_once), final=True)

    def finish(self, run: RecordedRun) -> RecordedRun:
        """``run``, once the recording has it and is whole."""
        run = replace(run, captured_until_ns=self._until_ns)
        self.recorder.finish(self.sniffer.statistics(), run)
        return run

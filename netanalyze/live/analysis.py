"""The analysis beside the run: whatever happens in it, the command and its recording go on."""

import logging
import time
from collections.abc import Callable
from typing import Any

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.recording import RecordedRun
from netanalyze.clients.trace import Trace, parse_trace
from netanalyze.diagnosis.status import RunStatus
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.live.command.stderr_relay import Relay
from netanalyze.processes import Processes
from netanalyze.result import Result, run_facts
from netanalyze.sockets import SocketHistory

TICK_NS = 150_000_000
"""How often the analysis is asked what it thinks by now."""
SHARE = 10
"""It is asked less often if it takes longer: at most a tenth of the time."""

log = logging.getLogger(__name__)


class LiveAnalysis:
    """Feeds an Analyzer as frames come.

    Args:
        analyzer: an Analyzer, None to make one.

    Attributes:
        failure: why there will be no verdict, None as long as there may be one.
        standing: how the run stood when it was last looked at, None before.
        processes: gives what was seen of the command's processes so far.
        sockets: gives what the kernel said of its sockets so far, where packets do not tell.
    """

    def __init__(self, analyzer: Any = None, diagnostics: Diagnostics | None = None):
        self.failure: Exception | None = None
        self.run_status: RunStatus | None = None
        self.processes: Callable[[], Processes | None] = lambda: None
        self.sockets: Callable[[], tuple[SocketHistory, ...] | None] = lambda: None
        self._diagnostics = diagnostics or Diagnostics()
        self._next_ns = self._read_ns = 0
        self._trace: Trace | None = None
        self._analyzer: Any = analyzer
        if analyzer is None:
            try:
                from netanalyze.analyzer import Analyzer

                self._analyzer = Analyzer(engine=Engine(), diagnostics=self._diagnostics)
            except Exception as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        log.debug("the analysis failed", exc_info=error)
        self.failure = error

    def feed(self, batch: FrameBatch, interfaces: Interfaces) -> None:
        """Hand on a batch."""
        if self.failure is None:
            try:
                self._analyzer.feed(batch, interfaces)
            except Exception as error:
                self._fail(error)

    def advance(self, now_ns: int, run: RecordedRun | None = None, relay: Relay | None = None) -> None:
        """Look how the run stands by ``now_ns`` (capture clock), if it is time to.

        Args:
            run: what is known of it.
            relay: has what the command printed.
        """
        begun = time.monotonic_ns()
        if self.failure is not None or begun < self._next_ns:
            return
        try:
            if relay is not None and relay.last_ns != self._read_ns:
                self._read_ns = relay.last_ns
                self._trace = parse_trace(relay.trace(), run.client_name if run else None)
            facts = None if run is None else run_facts(run)
            self._analyzer.processes, self._analyzer.sockets = self.processes(), self.sockets()
            self.run_status = self._analyzer.run_status(now_ns, facts, self._trace)
        except Exception as error:
            self._fail(error)
            return
        ended = time.monotonic_ns()
        self._next_ns = ended + max(TICK_NS, SHARE * (ended - begun))

    def finish(self, run: RecordedRun, interfaces: Interfaces, path: str) -> Result | None:
        """The result, or None (see ``failure``). A reader of the recording comes to the same.

        Args:
            path: of the recording; empty where there is none.
        """
        if self.failure is not None:
            return None
        for interface in interfaces.rows:
            if interface.dropped:
                of = f" of {interface.received}" if interface.received is not None else ""
                self._diagnostics.add(
                    "kernel_drops", interface.dropped, detail=f"{interface.name}: {interface.dropped}{of}"
                )
        try:
            trace = None if run.trace is None else parse_trace(run.trace, run.client_name)
            self._analyzer.processes, self._analyzer.sockets = run.processes, run.sockets
            facts = run_facts(run)
            return self._analyzer.finish(
                end_ns=facts.seen_until_ns, run=facts, trace=trace, files=(path,) if path else ()
            )
        except Exception as error:
            self._fail(error)
            return None

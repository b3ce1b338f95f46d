"""The analysis beside the run: whatever happens in it, the command and its recording go on."""

import logging
import time
from typing import Any

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.recording import RecordedRun
from netanalyze.clients.trace import parse_trace
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Finding
from netanalyze.kernel import Engine
from netanalyze.result import Result, RunFacts
from netanalyze.units import NEVER_NS

TICK_NS = 250_000_000
"""How often the analysis is asked what it thinks by now."""
WORTH_TELLING_NS = 1_000_000_000
"""A wait shorter than this is not told while the command runs."""
SHARE = 10
"""It is asked less often if it takes longer: at most a tenth of the time."""

log = logging.getLogger(__name__)


def run_facts(run: RecordedRun) -> RunFacts:
    """A recorded run as the result tells it."""
    return RunFacts(
        argv=run.argv,
        exit_code=run.exit_code,
        start_ns=NEVER_NS if run.start_ns is None else run.start_ns,
        end_ns=NEVER_NS if run.end_ns is None else run.end_ns,
        client=run.client,
        environment=run.environment,
    )


class Analysis:
    """Feeds an Analyzer as frames come.

    Args:
        analyzer: an Analyzer, None to make one.

    Attributes:
        failure: why there will be no verdict, None as long as there may be one.
    """

    def __init__(self, analyzer: Any = None, diagnostics: Diagnostics | None = None):
        self.failure: Exception | None = None
        self.provisional: Finding | None = None
        self.provisional_since = 0
        self._diagnostics = diagnostics or Diagnostics()
        self._next_ns = 0
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

    def advance(self, now_ns: int) -> None:
        """Ask what it thinks by ``now_ns`` (capture clock), if it is time; ``provisional`` is the best fresh finding."""
        begun = time.monotonic_ns()
        if self.failure is not None or begun < self._next_ns:
            return
        try:
            findings = self._analyzer.advance(now_ns)
        except Exception as error:
            self._fail(error)
            return
        lasting = [f for f in findings if f.fatal or f.end_ns - f.start_ns >= WORTH_TELLING_NS]
        if lasting:
            self.provisional = max(lasting, key=lambda finding: finding.confidence)
            self.provisional_since = begun
        ended = time.monotonic_ns()
        self._next_ns = ended + max(TICK_NS, SHARE * (ended - begun))

    def finish(self, run: RecordedRun, interfaces: Interfaces, path: str) -> Result | None:
        """The result, or None (see ``failure``). A reader of the recording comes to the same."""
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
            return self._analyzer.finish(end_ns=run.end_ns, run=run_facts(run), trace=trace, files=(path,))
        except Exception as error:
            self._fail(error)
            return None

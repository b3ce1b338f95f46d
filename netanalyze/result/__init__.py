"""Result: everything an analysis found, as tables and as the JSON that others build on.

The JSON's form is fixed by ``schema_version`` and by netanalyze/schema.json.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from netanalyze.capture.recording import RecordedRun
from netanalyze.clients.trace import Request
from netanalyze.columns import Table
from netanalyze.conversations.dns import DnsTable
from netanalyze.conversations.http import HttpTable
from netanalyze.conversations.tls import TlsTable
from netanalyze.diagnostics import Diagnostic
from netanalyze.findings import Alternative, Check, Culprit, Finding, Frames, Step
from netanalyze.flows.streams import Streams, no_streams
from netanalyze.flows.table import EventTable, FlowTable, MarkTable, StallTable, TransferTable
from netanalyze.redaction import redacted, redacted_environment, redacted_line
from netanalyze.result.asked_for import AskedFor
from netanalyze.result.display_filter import wireshark_filter
from netanalyze.result.ledger import Ledger, LedgerTable
from netanalyze.result.modules import ModuleTable
from netanalyze.result.parts import (
    alternative_json,
    capture_json,
    culprit_json,
    request_json,
    rounded_json,
    run_json,
    table_json,
)
from netanalyze.tracking.segment_table import SegmentTable
from netanalyze.units import NEVER_NS, seconds
from netanalyze.wording import Text, english, message

SCHEMA_VERSION = 1
TABLES = "ledger", "flows", "dns", "tls", "http", "modules", "stalls"
"""Members of the JSON that are tables, of a row for each thing there is: most of what a large capture's JSON is."""

STATUSES = ("healthy", "degraded", "hung", "failed", "unusable")


@dataclass(frozen=True)
class Limit:
    """What holds a run back, or a verdict: what the time went to, and how much of it, s, where that is known."""

    what: Text
    seconds: float | None = None

    @property
    def figure(self) -> str:
        """The time as a report gives it: ``36.01 s``; '' where there is none."""
        return "" if self.seconds is None else f"{self.seconds:.2f} s"

    @property
    def text(self) -> Text:
        """All of it in one line."""
        return message("{figure} {what}", figure=self.figure, what=self.what) if self.figure else self.what


Shown = tuple[Frames | str, Text]
"""A row of a proof: frames, or who says so (a program, the kernel), and what that shows."""


@dataclass(frozen=True)
class Verdict:
    """The one answer.

    Attributes:
        status: one of STATUSES.
        seconds: wall time that would not have passed without the cause, s.
        without_it: what the run would have taken without it, s; None unknown.
        without_it_at_least: what it would have taken at least, s, where the rest of its work was never seen; else None.
        without_it_how: what that figure rests on, or why there is none.
        limits: what a slow but healthy run spent its time on.
        proof: in order: the story a person reads.
        where: whose fault, and what is not proven.
        no_use: what people try for this in vain.
        finding: index of the root finding; None where there is none.
        request: what was asked for that hangs or failed, where it is known; of several the first.
    """

    status: str
    summary: Text
    cause: str | None = None
    culprit: Culprit | None = None
    confidence: float = 0.0
    seconds: float = 0.0
    without_it: float | None = None
    without_it_at_least: float | None = None
    without_it_how: Text = ""
    limits: tuple[Limit, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()
    fix: tuple[Step, ...] = ()
    verify: Check | None = None
    proof: tuple[Shown, ...] = ()
    where: Text = ""
    no_use: tuple[Text, ...] = ()
    ignored: tuple[Text, ...] = ()
    finding: int | None = None
    request: AskedFor | None = None


@dataclass(frozen=True)
class CaptureFacts:
    """What was analysed. Under a run ``start_ns`` is the run's, whatever had passed before, and ``end_ns`` its last moment
    or frame; without one they are those of the first and last frame. ``captured`` is False where nothing was captured."""

    files: tuple[str, ...]
    packets: int
    start_ns: int
    end_ns: int
    link_types: tuple[str, ...]
    vantage: str | None
    judged_flows: int
    total_flows: int
    diagnostics: tuple[Diagnostic, ...]
    captured: bool = True


@dataclass(frozen=True)
class RunFacts:
    """The command under which the capture was made; unknown members are None.

    ``typed``: it is what a person gave to this very process to run, and not what a file says that somebody ran.

    Attributes:
        last_line: what it wrote last on standard error, '' where it wrote nothing; None where nobody read that, or it is no
            text.
        killed_by: the signal that ended it, by name.
        joined_ns: since when it was watched, where it ran already; what came before is not known.
        captured_until_ns: when the capture ended, where it did before the command; what passed since is not known.
    """

    argv: tuple[str, ...] | None = None
    exit_code: int | None = None
    start_ns: int = NEVER_NS
    end_ns: int = NEVER_NS
    client: str | None = None
    environment: dict[str, Any] | None = None
    last_line: str | None = None
    killed_by: str | None = None
    joined_ns: int = NEVER_NS
    captured_until_ns: int = NEVER_NS
    typed: bool = field(default=False, compare=False)

    @property
    def joined(self) -> bool:
        """Whether it ran already when netanalyze came."""
        return self.joined_ns != NEVER_NS

    @property
    def outlasted(self) -> bool:
        """Whether it went on when the capture had ended."""
        return self.captured_until_ns != NEVER_NS

    @property
    def seen_until_ns(self) -> int | None:
        """Up to when packets of it would be in the capture; None where that is not known."""
        until = self.captured_until_ns if self.outlasted else self.end_ns
        return None if until == NEVER_NS else until

    @property
    def watched(self) -> tuple[int, int] | None:
        """When it began and ended, where it was watched all the time and both are known."""
        return None if self.joined or NEVER_NS in (self.start_ns, self.end_ns) else (self.start_ns, self.end_ns)

    @property
    def wall(self) -> float | None:
        """How long it ran, s."""
        if NEVER_NS in (self.start_ns, self.end_ns):
            return None
        return seconds(self.end_ns - self.start_ns)


def redacted_run(run: RunFacts | None) -> RunFacts | None:
    """A run without secrets, wherever it was recorded: its command line, its variables by the list of what may be told."""
    if run is None:
        return None
    argv = None if run.argv is None else redacted_line(run.argv)
    line = None if run.last_line is None else redacted(run.last_line)
    return replace(run, argv=argv, environment=redacted_environment(run.environment), last_line=line)


@dataclass(frozen=True)
class Tried:
    """The command again, with a change that the verdict offers: how that went.

    Attributes:
        command: the line that does the same.
        seconds: how long it ran, None unknown.
        helped: it ended well.
    """

    command: str
    status: str
    cause: str | None
    seconds: float | None
    exit_code: int
    helped: bool


@dataclass(frozen=True)
class Result:
    """Everything found.

    Attributes:
        consequences: for each finding the index of the one it follows from, or None.
        told: the requests that the command's words tell of, on known flows or not.
    """

    version: str
    capture: CaptureFacts
    run: RunFacts | None
    verdict: Verdict
    findings: tuple[Finding, ...]
    consequences: tuple[int | None, ...]
    ledger: Ledger
    flows: FlowTable
    dns: DnsTable
    tls: TlsTable
    http: HttpTable
    stalls: StallTable
    events: EventTable
    tcp_marks: MarkTable
    transfers: TransferTable = field(default_factory=lambda: TransferTable.from_rows(()))
    modules: ModuleTable = field(default_factory=lambda: ModuleTable.from_rows(()))
    streams: Streams = field(default_factory=no_streams, compare=False)
    segments: SegmentTable = field(default_factory=SegmentTable, compare=False)
    tried: tuple[Tried, ...] = field(default=(), compare=False)
    told: tuple[Request, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ledger", Ledger.of(self.ledger))

    @property
    def root(self) -> Finding | None:
        """The finding that the verdict names, None where it names none."""
        number = self.verdict.finding
        return self.findings[number] if number is not None and 0 <= number < len(self.findings) else None

    def to_json(self, tables: Collection[str] = TABLES) -> dict[str, Any]:
        """The JSON object of the contract: times in findings, ledger and tables are seconds from ``capture.start``, which
        is ``run.start`` where the run is known.

        Args:
            tables: those that are in it, of ``TABLES``; each other is null, and is never made.
        """
        start = self.capture.start_ns
        return {
            name: table_json(member, start) if isinstance(member, Table) else member
            for name, member in self.members(tables).items()
        }

    def members(self, tables: Collection[str] = TABLES) -> dict[str, Any]:
        """The same, but that tables, the ledger among them, are tables: who writes them need not have them all as rows."""
        capture = self.capture
        return {
            "schema_version": SCHEMA_VERSION,
            "netanalyze": self.version,
            "capture": capture_json(capture) if capture.captured else None,
            "run": None if self.run is None else run_json(self.run),
            "verdict": english(self._verdict()),
            "findings": english([self._finding(*one) for one in zip(self.findings, self.consequences)]),
            **{name: self._table(name) if name in tables else None for name in TABLES},
            **({"tried": [asdict(one) for one in self.tried]} if self.tried else {}),
        }

    def _at(self, ns: int) -> float | None:
        """A moment as seconds since the first packet; None where either is not known."""
        start = self.capture.start_ns
        return None if NEVER_NS in (ns, start) else round(seconds(ns - start), 9)

    def _verdict(self) -> dict[str, Any]:
        verdict = self.verdict
        return {
            "status": verdict.status,
            "cause": verdict.cause,
            "culprit": culprit_json(verdict.culprit),
            "confidence": round(verdict.confidence, 3),
            "seconds": round(verdict.seconds, 3),
            "without_it": rounded_json(verdict.without_it),
            "without_it_at_least": rounded_json(verdict.without_it_at_least),
            "without_it_how": verdict.without_it_how or None,
            "limits": [limit.text for limit in verdict.limits],
            "summary": verdict.summary,
            "attributes": verdict.attributes,
            "alternatives": list(map(alternative_json, verdict.alternatives)),
            "fix": [{"text": step.text, "command": step.command} for step in verdict.fix],
            "verify": None if verdict.verify is None else verdict.verify.what,
            "where": verdict.where or None,
            "no_use": verdict.no_use,
            "ignored": verdict.ignored,
            "proof": [
                {
                    "frames": str(frames),
                    "numbers": list(frames.numbers) if isinstance(frames, Frames) else [],
                    "shows": shows,
                }
                for frames, shows in verdict.proof
            ],
            "filter": wireshark_filter(self) or None,
            "request": None if verdict.request is None else request_json(verdict.request, self._at),
            "finding": verdict.finding,
        }

    def _finding(self, finding: Finding, parent: int | None) -> dict[str, Any]:
        return {
            "cause": finding.cause,
            "culprit": culprit_json(finding.culprit),
            "flow": finding.flow_id,
            "start": self._at(finding.start_ns),
            "end": self._at(finding.end_ns),
            "seconds": round(seconds(finding.end_ns - finding.start_ns), 9),
            "confidence": round(finding.confidence, 3),
            "message": finding.message,
            "quantities": finding.quantities,
            "attributes": finding.attributes,
            "evidence": [{"kind": e.kind, "ref": e.ref, "role": e.shows} for e in finding.evidence],
            "counter_evidence": finding.counter_evidence,
            "alternatives": list(map(alternative_json, finding.alternatives)),
            "consequence_of": parent,
        }

    def _table(self, name: str) -> Table:
        return _ledger_table(self.ledger) if name == "ledger" else getattr(self, name)


def _ledger_table(ledger: Ledger) -> LedgerTable:
    words, code = ledger.words, ledger.code

    def of_each(values: list[Any]) -> list[Any]:
        return list(map(values.__getitem__, code.tolist()))

    return LedgerTable(
        start_ns=ledger.start_ns,
        end_ns=ledger.end_ns,
        seconds_ns=ledger.ns,
        phase=of_each([one.phase for one in words]),
        cause=of_each([one.cause for one in words]),
        culprit=of_each([culprit_json(one.culprit) for one in words]),
        flow=ledger.flow,
        note=of_each([english(one.note) or None for one in words]),
    )


def run_facts(run: RecordedRun) -> RunFacts:
    """A recorded run as the result tells it. One that ended before it began (a clock was set) has no end that is known."""
    start = NEVER_NS if run.start_ns is None else run.start_ns
    end = NEVER_NS if run.end_ns is None or (start != NEVER_NS and run.end_ns < start) else run.end_ns
    joined = NEVER_NS if run.joined_ns is None else run.joined_ns
    until = (
        NEVER_NS if run.captured_until_ns is None or run.captured_until_ns >= end != NEVER_NS else run.captured_until_ns
    )
    return RunFacts(
        run.argv, run.exit_code, start, end, run.client, run.environment, run.last_line, run.killed_by, joined, until,
        typed=run.typed,
    )  # fmt: skip

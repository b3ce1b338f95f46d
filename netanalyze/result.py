"""Result: everything an analysis found, as tables and as the JSON that others build on.

The JSON's form is fixed by ``schema_version`` and by netanalyze/schema.json.
"""

from dataclasses import dataclass, field
from typing import Any

from netanalyze.columns import Table
from netanalyze.diagnostics import Diagnostic
from netanalyze.findings import Alternative, Culprit, Finding
from netanalyze.flows.dns import DnsTable
from netanalyze.flows.http import HttpTable
from netanalyze.flows.table import EventTable, FlowTable, MarkTable, StallTable
from netanalyze.flows.tls import TlsTable
from netanalyze.units import NEVER_NS, rfc3339, seconds

SCHEMA_VERSION = 1

STATUSES = ("healthy", "degraded", "hung", "failed", "unusable")


@dataclass(frozen=True)
class LedgerRow:
    """A span of the run with its one owner. ``phase`` is one of PHASES; ``cause`` None where nothing is wrong."""

    start_ns: int
    end_ns: int
    phase: str
    cause: str | None = None
    culprit: Culprit | None = None
    flow_id: int | None = None
    note: str = ""

    @property
    def ns(self) -> int:
        """How long it is."""
        return self.end_ns - self.start_ns


PHASES = ("local", "dns", "connect", "tls", "request", "transfer", "idle", "unexplained")
"""Ledger phases: work or waiting on this machine; lookups; opening TCP; the TLS handshake; waiting for a
response; octets on the move; nothing was asked of the network; nobody knows."""


@dataclass(frozen=True)
class Step:
    """Something to do: what, and the command that does it."""

    text: str
    command: str | None = None


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
        proof: (frames as text, what they show), in order: the story a person reads.
        where: whose fault, and what is not proven.
        no_use: what people try for this in vain.
        finding: index of the root finding; None where there is none.
    """

    status: str
    summary: str
    cause: str | None = None
    culprit: Culprit | None = None
    confidence: float = 0.0
    seconds: float = 0.0
    without_it: float | None = None
    without_it_at_least: float | None = None
    without_it_how: str = ""
    limits: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()
    fix: tuple[Step, ...] = ()
    verify: str | None = None
    proof: tuple[tuple[str, str], ...] = ()
    where: str = ""
    no_use: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    finding: int | None = None


@dataclass(frozen=True)
class CaptureFacts:
    """What was analysed. Where nothing was captured (``captured`` is False) start and end are the run's."""

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
    """The command under which the capture was made; unknown members are None."""

    argv: tuple[str, ...] | None = None
    exit_code: int | None = None
    start_ns: int = NEVER_NS
    end_ns: int = NEVER_NS
    client: str | None = None
    environment: dict[str, Any] | None = None

    @property
    def wall(self) -> float | None:
        """How long it ran, s."""
        if NEVER_NS in (self.start_ns, self.end_ns):
            return None
        return seconds(self.end_ns - self.start_ns)


@dataclass(frozen=True)
class Result:
    """Everything found. ``consequences`` gives for each finding the index of the one it follows from, or None."""

    version: str
    capture: CaptureFacts
    run: RunFacts | None
    verdict: Verdict
    findings: tuple[Finding, ...]
    consequences: tuple[int | None, ...]
    ledger: tuple[LedgerRow, ...]
    flows: FlowTable
    dns: DnsTable
    tls: TlsTable
    http: HttpTable
    stalls: StallTable
    events: EventTable
    tcp_marks: MarkTable

    def to_json(self) -> dict[str, Any]:
        """The JSON object of the contract: times in findings, ledger and tables are seconds from ``capture.start``,
        or from ``run.start`` where nothing was captured."""
        start = self.capture.start_ns

        def at(ns: int) -> float | None:
            return None if NEVER_NS in (ns, start) else round(seconds(ns - start), 9)

        verdict, capture = self.verdict, self.capture
        return {
            "schema_version": SCHEMA_VERSION,
            "netanalyze": self.version,
            "capture": _capture(capture) if capture.captured else None,
            "run": None if self.run is None else _run(self.run),
            "verdict": {
                "status": verdict.status,
                "cause": verdict.cause,
                "culprit": _culprit(verdict.culprit),
                "confidence": round(verdict.confidence, 3),
                "seconds": round(verdict.seconds, 3),
                "without_it": _rounded(verdict.without_it),
                "without_it_at_least": _rounded(verdict.without_it_at_least),
                "without_it_how": verdict.without_it_how or None,
                "limits": list(verdict.limits),
                "summary": verdict.summary,
                "attributes": dict(verdict.attributes),
                "alternatives": [
                    {"cause": a.cause, "why": a.why, "how_to_tell": a.how_to_tell} for a in verdict.alternatives
                ],
                "fix": [{"text": step.text, "command": step.command} for step in verdict.fix],
                "verify": verdict.verify,
                "where": verdict.where or None,
                "no_use": list(verdict.no_use),
                "ignored": list(verdict.ignored),
                "proof": [{"frames": frames, "shows": shows} for frames, shows in verdict.proof],
                "finding": verdict.finding,
            },
            "findings": [
                {
                    "cause": finding.cause,
                    "culprit": _culprit(finding.culprit),
                    "flow": finding.flow_id,
                    "start": at(finding.start_ns),
                    "end": at(finding.end_ns),
                    "seconds": round(seconds(finding.end_ns - finding.start_ns), 9),
                    "confidence": round(finding.confidence, 3),
                    "message": finding.message,
                    "quantities": dict(finding.quantities),
                    "attributes": dict(finding.attributes),
                    "evidence": [{"kind": e.kind, "ref": e.ref, "role": e.shows} for e in finding.evidence],
                    "counter_evidence": list(finding.counter_evidence),
                    "alternatives": [
                        {"cause": a.cause, "why": a.why, "how_to_tell": a.how_to_tell} for a in finding.alternatives
                    ],
                    "consequence_of": parent,
                }
                for finding, parent in zip(self.findings, self.consequences)
            ],
            "ledger": [
                {
                    "start": at(row.start_ns),
                    "end": at(row.end_ns),
                    "seconds": round(seconds(row.ns), 9),
                    "phase": row.phase,
                    "cause": row.cause,
                    "culprit": _culprit(row.culprit),
                    "flow": row.flow_id,
                    "note": row.note or None,
                }
                for row in self.ledger
            ],
            "flows": table_json(self.flows, start),
            "dns": table_json(self.dns, start),
            "tls": table_json(self.tls, start),
            "http": table_json(self.http, start),
            "stalls": table_json(self.stalls, start),
        }


def _rounded(figure: float | None) -> float | None:
    """Seconds to the millisecond; None stays."""
    return None if figure is None else round(figure, 3)


def table_json(table: Table, start_ns: int) -> list[dict[str, Any]]:
    """A table as JSON rows: columns ``x_ns`` become ``x`` in seconds (moments from ``start_ns``, spans as they are)."""
    moments = {c.name for c in table.schema if c.missing == NEVER_NS}
    spans = {c.name for c in table.schema if c.unit == "ns"} - moments
    names = {c.name: c.name[:-3] if c.name in moments | spans else c.name for c in table.schema}
    rows = []
    for row in table.rows():
        out: dict[str, Any] = {}
        for name, value in row.items():
            if value is not None and name in moments:
                value = round(seconds(value - start_ns), 9)
            elif value is not None and name in spans:
                value = round(seconds(value), 9)
            out[names[name]] = value
        rows.append(out)
    return rows


def _capture(capture: CaptureFacts) -> dict[str, Any]:
    start = capture.start_ns
    return {
        "files": list(capture.files),
        "packets": capture.packets,
        "start": rfc3339(capture.start_ns),
        "end": rfc3339(capture.end_ns),
        "duration": 0.0 if NEVER_NS in (capture.start_ns, capture.end_ns) else seconds(capture.end_ns - start),
        "link_types": list(capture.link_types),
        "vantage": capture.vantage,
        "judged_flows": capture.judged_flows,
        "total_flows": capture.total_flows,
        "diagnostics": [
            {
                "kind": row.kind,
                "severity": str(row.severity),
                "count": row.count,
                "first_frame": row.first_frame,
                "meaning": row.meaning,
            }
            for row in capture.diagnostics
        ],
    }


def _culprit(culprit: Culprit | None) -> dict[str, Any] | None:
    if culprit is None:
        return None
    return {
        "role": culprit.role,
        "host": culprit.host,
        "address": culprit.address,
        "port": culprit.port,
        "via": _culprit(culprit.via),
    }


def _run(run: RunFacts) -> dict[str, Any]:
    return {
        "argv": list(run.argv) if run.argv is not None else None,
        "exit_code": run.exit_code,
        "start": rfc3339(run.start_ns),
        "end": rfc3339(run.end_ns),
        "wall": run.wall,
        "client": run.client,
        "environment": run.environment,
    }

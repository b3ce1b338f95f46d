"""What a report has to say of a result, made once: terminal, Markdown, HTML and notebooks write it, each in its form.

A page speaks no language: who writes it says its sentences (``Language.say``).
"""

import functools
from dataclasses import dataclass

from netanalyze.diagnostics import Severity
from netanalyze.report import without
from netanalyze.report.commands import run_facts
from netanalyze.report.facts import (
    PHASE_NAMES,
    Placed,
    capture_facts,
    culprit_named,
    culprit_text,
    diagnostic_text,
    ledger_decimals,
    ledger_lines,
    lost,
    phase_sums,
    placed_findings,
    time_line,
    total_ns,
)
from netanalyze.report.language import Language
from netanalyze.result import Result, Verdict
from netanalyze.result.display_filter import LONGEST, wireshark_filter
from netanalyze.units import NEVER_NS, seconds
from netanalyze.wording import Message, Text, message


@dataclass(frozen=True)
class Cost:
    """What the cause cost: how much was lost, to which cause, how sure that is.

    Attributes:
        cause: its identifier; None where ``instead`` stands in its place.
        instead: that it was not the network, or that nobody knows.
    """

    lost: Text
    cause: str | None
    instead: Text
    sure: str

    def line(self, spent: Text, cause: Text) -> Message:
        """All of it in one line, time and cause in the form of the page."""
        return message("{lost}, {cause}, confidence {sure}", lost=spent, cause=cause, sure=self.sure)


@dataclass(frozen=True)
class Line:
    """A line of the ledger as it is shown: since when and how long, s, which phase, why, on which flow ('' unknown)."""

    start: str
    figure: str
    phase: str
    name: str
    text: Text
    flow: str
    blamed: bool


@dataclass(frozen=True)
class Trouble:
    """Trouble in the capture in one sentence."""

    severity: Severity
    text: Text


class ReportPage:
    """Everything that the forms of a report show, part by part; a part is made when a form asks for it."""

    def __init__(self, result: Result):
        self.result = result
        self.verdict: Verdict = result.verdict
        self.run = run_facts(result)
        self.capture: list[Text] = capture_facts(result)
        self.trouble = [Trouble(row.severity, diagnostic_text(row)) for row in result.capture.diagnostics]

    @functools.cached_property
    def cost(self) -> Cost | None:
        """None where nothing is wrong, and where nothing can be told."""
        verdict = self.verdict
        if verdict.status in ("healthy", "unusable") and not verdict.cause:
            return None
        instead = "not the network" if verdict.attributes.get("not_network") else "cause unknown"
        return Cost(lost(self.result), verdict.cause, instead, f"{verdict.confidence:.2f}")

    @property
    def request(self) -> Text:
        """What was asked for that hangs or failed; '' where that is not known."""
        return self.verdict.request.line if self.verdict.request is not None else ""

    @property
    def who(self) -> Text:
        """The culprit, '' where nobody is one."""
        return culprit_text(self.verdict.culprit) if self.verdict.culprit else ""

    @property
    def who_is_named(self) -> bool:
        """Whether the verdict's own sentences name the culprit already."""
        return bool(self.verdict.where) and culprit_named(self.result)

    @property
    def against(self) -> tuple[Text, ...]:
        """What speaks against the cause."""
        return self.result.root.counter_evidence if self.result.root is not None else ()

    @property
    def proof(self) -> list[tuple[Text, Text]]:
        """The story: frames, or who says so, and what that shows."""
        return [(str(frames), shows) for frames, shows in self.verdict.proof]

    @property
    def evidence(self) -> list[tuple[Text, Text]]:
        """The evidence of the verdict's finding, piece by piece."""
        pieces = self.result.root.evidence if self.result.root is not None else ()
        return [(message("frame {number}", number=e.ref) if isinstance(e.ref, int) else e.ref, e.shows) for e in pieces]

    def filter(self, room: int = LONGEST) -> str:
        """A display filter of Wireshark's that shows the proof, '' where there is no proof."""
        return wireshark_filter(self.result, room)

    @property
    def without(self) -> Message | None:
        """What the run would have taken without its cause; None where nobody can tell."""
        return without.line(self.verdict) if without.has_figure(self.verdict) else None

    def time(self, language: Language) -> str:
        """The sum of the phases."""
        return time_line(self.result, language.say)

    @property
    def phases(self) -> list[tuple[str, str, int, bool]]:
        """(phase, name, ns, whether a cause owns most of it)."""
        return phase_sums(self.result)

    def ledger(self, most: int = 12) -> list[Line]:
        """At most ``most`` lines, whose figures add up to ``total``."""
        begin, decimals = self.result.capture.start_ns, ledger_decimals(self.result)
        return [
            Line(
                f"{seconds(line.start_ns - begin):.{decimals}f}" if line.phase and begin != NEVER_NS else "",
                line.figure, line.phase or "others", PHASE_NAMES.get(line.phase, line.phase) or "others", line.text,
                "" if line.flow_id is None else str(line.flow_id), bool(line.cause),
            )
            for line in ledger_lines(self.result, most)
        ]  # fmt: skip

    @property
    def total(self) -> str:
        """All of the ledger, s."""
        return f"{seconds(total_ns(self.result)):.{ledger_decimals(self.result)}f}"

    @functools.cached_property
    def findings(self) -> list[Placed]:
        """All findings in their places, the verdict's own first."""
        return placed_findings(self.result)

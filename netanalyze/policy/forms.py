"""What came of a check: as text, as JSON, as JUnit XML. Names are strangers': each form escapes them."""

from collections.abc import Iterator, Sequence
from typing import Any

from netanalyze.findings import runs_of
from netanalyze.policy.breaches import OF_ALL_RULES, CheckedRule, CheckedRun, Violation
from netanalyze.report.junit import JunitCase, junit_document
from netanalyze.report.language import Language
from netanalyze.report.sheet import Sheet, clean, wrapped
from netanalyze.version import __version__
from netanalyze.wording import Message, Text, counted, english, message

INDENT = 4
FRAMES_SHOWN = 8
"""Spans of frames of a violation in the text; JSON has all."""
RUNS_SHOWN = 40
"""Runs of a dataset whose violations are printed; JSON and JUnit have all."""


def render(runs: Sequence[CheckedRun], policy: str, width: int, language: str = "en", ascii_only: bool = False) -> str:
    """The text: whether the policy is kept, each violation with its frames, and what could not be looked at."""
    sheet = Sheet(width, ascii_only, Language(language))
    broken = [run for run in runs if run.violations]
    _paragraph(sheet, _headline(runs, broken, policy), "summary")
    for run in broken[:RUNS_SHOWN]:
        if len(runs) > 1:
            sheet.heading(run.name)
        else:
            sheet.blank()
        for violation in run.violations:
            _put(sheet, violation)
    if len(broken) > RUNS_SHOWN:
        sheet.blank()
        rest = message("and {number} more runs; --json and --junit list them all", number=len(broken) - RUNS_SHOWN)
        _paragraph(sheet, rest)
    unseen = list(_unseen(runs))
    if unseen:
        sheet.heading(message("Not looked at"))
    for line in unseen:
        _paragraph(sheet, line)
    return sheet.plain()


def _paragraph(sheet: Sheet, text: Message, style: str = "") -> None:
    for line in wrapped(sheet.shown(text), sheet.width):
        sheet.line((line, style))


def _headline(runs: Sequence[CheckedRun], broken: Sequence[CheckedRun], policy: str) -> Message:
    rules = {violation.rule for run in broken for violation in run.violations}
    most = max((len(run.rules) for run in runs), default=0)
    if len(runs) == 1:
        if not broken:
            return message("KEPT: {file} does what {policy} allows ({number} rules).", file=runs[0].name, policy=policy,
                           number=most)  # fmt: skip
        return message("VIOLATED: {file} breaks {broken} of {number} rules of {policy}.", file=runs[0].name,
                       broken=len(rules), number=most, policy=policy)  # fmt: skip
    if not broken:
        return message("KEPT: {runs} runs do what {policy} allows ({number} rules).", runs=len(runs), policy=policy,
                       number=most)  # fmt: skip
    return message(
        "VIOLATED: {broken} of {runs} runs break {policy}.", broken=len(broken), runs=len(runs), policy=policy
    )


def _put(sheet: Sheet, violation: Violation) -> None:
    sheet.row(violation.rule, violation.breach.message, label_style="cause", indent=INDENT)
    spans = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs_of(violation.breach.frames)]
    if not spans:
        sheet.row(" ", message("known from what the command printed"), indent=INDENT)
        return
    shown = ", ".join(spans[:FRAMES_SHOWN]) + (" …" if len(spans) > FRAMES_SHOWN else "")
    template = (
        "frame {frames}; filter: {filter}" if len(violation.breach.frames) == 1 else "frames {frames}; filter: {filter}"
    )
    sheet.row(" ", message(template, frames=shown, filter=violation.filter), indent=INDENT)


def _unseen(runs: Sequence[CheckedRun]) -> Iterator[Message]:
    """A line for each rule and reason: of one run, or of how many."""
    counts: dict[tuple[str, str], tuple[Text, Message, int]] = {}
    for run in runs:
        reasons: dict[tuple[str, str], tuple[Text, Message]] = {}
        for rule in run.rules:
            if rule.unseen is not None:
                whom: Text = message("every rule") if rule.unseen in OF_ALL_RULES else rule.rule
                reasons[str(whom), rule.unseen.template] = (whom, rule.unseen)
        for key, (whom, why) in reasons.items():
            counts[key] = (whom, why, counts[key][2] + 1 if key in counts else 1)
    for name, why, number in counts.values():
        if len(runs) == 1:
            yield message("{rule}: {why}", rule=name, why=why)
        else:
            yield counted(
                number, "{rule}, in {number} run: {why}", "{rule}, in {number} runs: {why}", rule=name, why=why
            )


def as_json(runs: Sequence[CheckedRun], policy: str) -> dict[str, Any]:
    """What came of it as an object; docs/check.md has its members."""
    return {
        "netanalyze": __version__,
        "policy": policy,
        "kept": not any(run.violations for run in runs),
        "runs": [
            {
                "file": run.name, "status": run.status, "flows": run.flows,
                "rules": [rule.rule for rule in run.rules],
                "violations": [_violation(violation) for violation in run.violations],
                "unseen": [
                    {"rule": rule.rule, "why": english(rule.unseen)} for rule in run.rules if rule.unseen is not None
                ],
            }
            for run in runs
        ],
    }  # fmt: skip


def _violation(violation: Violation) -> dict[str, Any]:
    breach = violation.breach
    return {
        "rule": violation.rule, "subject": breach.subject, "message": english(breach.message),
        "frames": list(breach.frames), "flows": list(breach.flow_ids), "filter": violation.filter or None,
    }  # fmt: skip


def as_junit(runs: Sequence[CheckedRun], language: str = "en") -> str:
    """A test case for each rule of each run: passed, failed with its violations, or skipped where it was not looked at."""
    reader = Language(language)
    return junit_document([_case(run, rule, reader) for run in runs for rule in run.rules])


def _case(run: CheckedRun, rule: CheckedRule, reader: Language) -> JunitCase:
    name = clean(f"{run.name}: {rule.rule}")
    if rule.violations:
        lines = [
            f"{reader.say(one.breach.message)} [{', '.join(map(str, one.breach.frames))}] {one.filter}".rstrip()
            for one in rule.violations
        ]
        first = reader.say(rule.violations[0].breach.message)
        return JunitCase(name, 0.0, "failure", rule.rule, clean(first), "\n".join(map(clean, lines)))
    if rule.unseen is not None:
        return JunitCase(name, 0.0, "skipped", message=clean(reader.say(rule.unseen)))
    return JunitCase(name, 0.0)

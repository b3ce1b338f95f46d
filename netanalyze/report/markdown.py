"""A summary in Markdown, for the page of a CI job or a bug report."""

import re
from collections.abc import Iterable

from netanalyze.diagnostics import Severity
from netanalyze.findings import Alternative
from netanalyze.report import without
from netanalyze.report.facts import (
    PHASE_NAMES,
    capture_facts,
    culprit_text,
    diagnostic_text,
    frame_label,
    is_command,
    ledger_lines,
    limit_parts,
    lost,
    placed_findings,
    run_facts,
    time_line,
    total_ns,
    wireshark_filter,
)
from netanalyze.report.language import Language
from netanalyze.report.sheet import clean
from netanalyze.result import Result, Step
from netanalyze.units import NEVER_NS, seconds
from netanalyze.wording import message

FINDINGS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$@])")


def render(result: Result, language: str = "en") -> str:
    """Verdict, proof, what to do, ledger and findings as GitHub-flavoured Markdown, in a language of report/language.py."""
    parts = [part(result, Language(language)) for part in (_verdict, _proof, _advice, _ledger, _findings, _capture)]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """A text in which nothing is read as Markdown or HTML: a name from the capture stays a name.

    >>> print(escaped("a_b <script> | @all"))
    a\\_b \\<script\\> \\| \\@all
    """
    return _SPECIAL.sub(r"\\\1", clean(text))


def code(text: str) -> str:
    """A text as code, whatever backticks it has; ``|`` is escaped as a table needs it."""
    text = clean(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}"


def block(text: str) -> str:
    """A command as a block of its own."""
    text = clean(text)
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}sh\n{text}\n{fence}"


def cell(text: str) -> str:
    """A text as code within a table."""
    return code(text).replace("|", "\\|")


def advised(step: Step, language: Language) -> str:
    """A step's text and, as a block of its own, its command."""
    text = escaped(language.say(step.text))
    return text if step.command is None else f"{text}{language.colon}\n\n{block(step.command)}"


def alternative(line: str, other: Alternative, language: Language) -> str:
    """Another cause that fits, by the template ``line``: {cause}, {why}, and {check}, how to tell it."""
    tell = other.how_to_tell
    check = code(tell) if is_command(tell) else escaped(language.say(tell))
    why = escaped(language.say(other.why))
    return language.say(message(line, cause=code(other.cause), why=why, check=check))


def _verdict(result: Result, language: Language) -> str:
    say = language.say
    verdict = result.verdict
    lines = [f"## {language.labelled(verdict.status.upper(), escaped(say(verdict.summary)))}", ""]
    if verdict.status not in ("healthy", "unusable") or verdict.cause:
        cause = code(verdict.cause) if verdict.cause else "cause unknown"
        spent, sure = f"**{say(lost(result))}**", f"{verdict.confidence:.2f}"
        lines.append(say(message("{lost}, {cause}, confidence {sure}", lost=spent, cause=cause, sure=sure)))
    facts = []

    def fact(label: str, text: str) -> None:
        facts.append(f"**{label}:** {text}" if language.english else f"**{say(label)}**：{text}")

    if verdict.culprit:
        fact("Who", escaped(say(culprit_text(verdict.culprit))))
    if verdict.where:
        fact("Where", escaped(say(verdict.where)))
    for limit in verdict.limits:
        figure, text = limit_parts(limit)
        facts.append(f"**{figure}** {escaped(say(text))}" if figure else escaped(say(text)))
    if without.told(verdict):
        fact("Without it", say(without.line(verdict, escaped(say(verdict.without_it_how)))))
    if verdict.ignored:
        fact("Ignored", escaped(language.listed(verdict.ignored)))
    if line := time_line(result, say):
        fact("Time", escaped(line))
    lines += ["", *(f"- {fact}" for fact in facts)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _proof(result: Result, language: Language) -> str:
    say = language.say
    if not result.verdict.proof:
        return ""
    lines = [f"### {say('Proof')}", "", f"| {say('frames')} | {say('what they show')} |", "| --- | --- |"]
    lines += [f"| {cell(say(frame_label(frames)))} | {escaped(say(shows))} |" for frames, shows in result.verdict.proof]
    shown = wireshark_filter(result, 1000)
    return "\n".join(lines + (["", language.labelled("Wireshark", code(shown))] if shown else []))


def _advice(result: Result, language: Language) -> str:
    """What to do, how to check, what else it may be, what is of no use."""
    others = []
    for other in result.verdict.alternatives:
        line = "Or else {cause}: {why}; to tell: {check}" if other.how_to_tell else "Or else {cause}: {why}"
        others.append(alternative(line, other, language))
    return commands(result, language, others)


def commands(result: Result, language: Language, others: Iterable[str] = ()) -> str:
    """The steps of the advice, the check, ``others`` (what else is to be read before), and what is of no use."""
    say = language.say
    verdict = result.verdict
    parts = []
    if verdict.fix:
        parts.append(f"### {say('What to do')}")
        for step in verdict.fix:
            parts.append(advised(step, language))
    if verdict.verify:
        parts.append(f"{say('To check')}{language.colon}\n\n{block(verdict.verify)}")
    parts += others
    if verdict.no_use:
        parts.append(language.labelled("Of no use", escaped(language.listed(verdict.no_use))))
    return "\n\n".join(parts)


def _ledger(result: Result, language: Language) -> str:
    say = language.say
    lines = ledger_lines(result)
    if not lines:
        return ""
    begin = result.capture.start_ns
    head = " | ".join(map(say, ("start", "seconds", "phase", "cause", "flow")))
    out = [f"### {say('Ledger')}", "", f"| {head} |", "| ---: | ---: | --- | --- | ---: |"]
    for line in lines:
        start = f"{seconds(line.start_ns - begin):.3f}" if line.phase and begin != NEVER_NS else ""
        phase = PHASE_NAMES.get(line.phase, line.phase) or "others"
        flow = "" if line.flow_id is None else line.flow_id
        out.append(f"| {start} | {line.figure} | {say(phase)} | {escaped(say(line.text))} | {flow} |")
    decimals = len(lines[0].figure.partition(".")[2])
    return "\n".join([*out, f"| | **{seconds(total_ns(result)):.{decimals}f}** | {say('in all')} | | |"])


def _findings(result: Result, language: Language) -> str:
    say = language.say
    placed = placed_findings(result)
    if not placed:
        return ""
    lines = [f"### {say('Findings')}", ""]
    for place in placed[:FINDINGS]:
        finding = place.finding
        where = [] if finding.flow_id is None else [message("flow {number}", number=finding.flow_id)]
        where += [message("frame {number}", number=e.ref) for e in finding.evidence if e.kind == "frame"][:3]
        tail = language.aside(language.listed(where)) if where else ""
        cause = code(finding.cause)
        cause = f"**{cause}**" if place.root else cause
        lines.append(f"{'  ' * min(place.depth, 6)}- {language.labelled(cause, escaped(say(finding.message)))}{tail}")
    if len(placed) > FINDINGS:
        lines.append(f"- {say(message('and {number} more', number=len(placed) - FINDINGS))}")
    return "\n".join(lines)


def _capture(result: Result, language: Language) -> str:
    say = language.say
    lines = []
    if facts := run_facts(result):
        lines.append(f"- {language.labelled('Run', escaped(language.listed(facts)))}")
    known = [*result.capture.files, *capture_facts(result)]
    lines.append(f"- {language.labelled('Capture', escaped(language.listed(known)))}")
    for row in result.capture.diagnostics:
        if row.severity is not Severity.NOTE:
            lines.append(f"- {escaped(say(diagnostic_text(row)))}")
    return "\n".join([f"### {say('Capture')}", "", *lines, f"- netanalyze {escaped(result.version)}"])

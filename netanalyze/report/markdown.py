"""A summary in Markdown, for the page of a CI job or a bug report."""

import re

from netanalyze.diagnostics import Severity
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
from netanalyze.report.sheet import clean
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, SECOND_NS, duration, seconds

FINDINGS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$@])")


def render(result: Result) -> str:
    """Verdict, proof, what to do, ledger and findings as GitHub-flavoured Markdown."""
    parts = [_verdict(result), _proof(result), _advice(result), _ledger(result), _findings(result), _capture(result)]
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


def _verdict(result: Result) -> str:
    verdict = result.verdict
    lines = [f"## {verdict.status.upper()}: {escaped(verdict.summary)}", ""]
    if verdict.status not in ("healthy", "unusable") or verdict.cause:
        cause = code(verdict.cause) if verdict.cause else "cause unknown"
        lines.append(f"**{lost(result)}**, {cause}, confidence {verdict.confidence:.2f}")
    facts = []
    if verdict.culprit:
        facts.append(f"**Who:** {escaped(culprit_text(verdict.culprit))}")
    if verdict.where:
        facts.append(f"**Where:** {escaped(verdict.where)}")
    for limit in verdict.limits:
        figure, text = limit_parts(limit)
        facts.append(f"**{figure}** {escaped(text)}" if figure else escaped(text))
    if verdict.without_it is not None and verdict.seconds > 0:
        how = f" ({escaped(verdict.without_it_how)})" if verdict.without_it_how else ""
        facts.append(f"**Without it:** {duration(round(verdict.without_it * SECOND_NS))} in all{how}")
    if verdict.ignored:
        facts.append(f"**Ignored:** {escaped(', '.join(verdict.ignored))}")
    if time := time_line(result):
        facts.append(f"**Time:** {escaped(time)}")
    lines += ["", *(f"- {fact}" for fact in facts)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _proof(result: Result) -> str:
    if not result.verdict.proof:
        return ""
    lines = ["### Proof", "", "| frames | what they show |", "| --- | --- |"]
    lines += [f"| {cell(frame_label(frames))} | {escaped(shows)} |" for frames, shows in result.verdict.proof]
    shown = wireshark_filter(result, 1000)
    return "\n".join(lines + (["", f"Wireshark: {code(shown)}"] if shown else []))


def _advice(result: Result) -> str:
    verdict = result.verdict
    parts = []
    if verdict.fix:
        parts.append("### What to do")
        for step in verdict.fix:
            parts.append(escaped(step.text) + ("" if step.command is None else ":\n\n" + block(step.command)))
    if verdict.verify:
        parts.append("To check:\n\n" + block(verdict.verify))
    for other in verdict.alternatives:
        tell = other.how_to_tell
        how = f"; to tell: {code(tell) if is_command(tell) else escaped(tell)}" if tell else ""
        parts.append(f"Or else {code(other.cause)}: {escaped(other.why)}{how}")
    if verdict.no_use:
        parts.append(f"Of no use: {escaped(', '.join(verdict.no_use))}")
    return "\n\n".join(parts)


def _ledger(result: Result) -> str:
    lines = ledger_lines(result)
    if not lines:
        return ""
    begin = result.capture.start_ns
    out = ["### Ledger", "", "| start | seconds | phase | cause | flow |", "| ---: | ---: | --- | --- | ---: |"]
    for line in lines:
        start = f"{seconds(line.start_ns - begin):.3f}" if line.phase and begin != NEVER_NS else ""
        phase = PHASE_NAMES.get(line.phase, line.phase) or "others"
        flow = "" if line.flow_id is None else line.flow_id
        out.append(f"| {start} | {line.figure} | {phase} | {escaped(line.text)} | {flow} |")
    decimals = len(lines[0].figure.partition(".")[2])
    return "\n".join([*out, f"| | **{seconds(total_ns(result)):.{decimals}f}** | in all | | |"])


def _findings(result: Result) -> str:
    placed = placed_findings(result)
    if not placed:
        return ""
    lines = ["### Findings", ""]
    for place in placed[:FINDINGS]:
        finding = place.finding
        frames = [f"frame {e.ref}" for e in finding.evidence if e.kind == "frame"][:3]
        where = ([] if finding.flow_id is None else [f"flow {finding.flow_id}"]) + frames
        tail = f" ({', '.join(where)})" if where else ""
        cause = code(finding.cause)
        cause = f"**{cause}**" if place.root else cause
        lines.append(f"{'  ' * min(place.depth, 6)}- {cause}: {escaped(finding.message)}{tail}")
    if len(placed) > FINDINGS:
        lines.append(f"- and {len(placed) - FINDINGS} more")
    return "\n".join(lines)


def _capture(result: Result) -> str:
    lines = []
    if facts := run_facts(result):
        lines.append(f"- Run: {escaped(', '.join(facts))}")
    lines.append(f"- Capture: {escaped(', '.join([*result.capture.files, *capture_facts(result)]))}")
    for row in result.capture.diagnostics:
        if row.severity is not Severity.NOTE:
            lines.append(f"- {escaped(diagnostic_text(row))}")
    return "\n".join(["### Capture", "", *lines, f"- netanalyze {escaped(result.version)}"])

"""A short summary in Markdown, for the page of a CI job: what somebody needs who was not there.

It is a part of a page that others write to as well (GitHub's ``GITHUB_STEP_SUMMARY``), so it stands alone under a heading
of its own; what is long is folded. ``netanalyze.report.markdown`` is the whole report.
"""

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
    run_facts,
    total_ns,
    wireshark_filter,
)
from netanalyze.report.markdown import block, cell, code, escaped
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, SECOND_NS, duration, seconds

PROOFS = 8
"""Rows of evidence where the verdict tells no story."""


def render(result: Result) -> str:
    """Verdict, culprit, proof, commands, what speaks against it, and where the time went, as GitHub-flavoured Markdown."""
    parts = [_heading(result), _facts(result), _proof(result), _commands(result), _against(result), _ledger(result)]
    return "\n\n".join(part for part in [*parts, _foot(result)] if part) + "\n"


def append(path: str, result: Result) -> None:
    """Add the summary to the end of a file, which other steps of a job may have begun.

    Raises:
        OSError: it cannot be written.
    """
    with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(("\n" if file.tell() else "") + render(result))


def _heading(result: Result) -> str:
    return f"## {result.verdict.status.upper()}: {escaped(result.verdict.summary)}"


def _facts(result: Result) -> str:
    verdict = result.verdict
    rows = []
    if verdict.cause:
        rows.append(("Cause", f"{cell(verdict.cause)}, confidence {verdict.confidence:.2f}"))
    if verdict.culprit:
        rows.append(("Culprit", escaped(culprit_text(verdict.culprit))))
    if verdict.where:
        rows.append(("Where", escaped(verdict.where)))
    if verdict.status not in ("healthy", "unusable") or verdict.cause:
        rows.append(("Time", escaped(lost(result))))
    if verdict.without_it is not None and verdict.seconds > 0:
        rows.append(("Without it", f"{duration(round(verdict.without_it * SECOND_NS))} in all"))
    for limit in verdict.limits:
        figure, text = limit_parts(limit)
        rows.append(("Limit", f"{figure} {escaped(text)}".strip()))
    run = result.run
    if run is not None and run.argv:
        ended = "" if run.exit_code is None else f", exit status {run.exit_code}"
        rows.append(("Command", cell(" ".join(run.argv)) + ended))
    if not rows:
        return ""
    return "\n".join(["| | |", "| --- | --- |", *(f"| **{name}** | {text} |" for name, text in rows)])


def _proof(result: Result) -> str:
    if result.verdict.proof:
        rows = [(frame_label(frames), shows) for frames, shows in result.verdict.proof]
        shown = wireshark_filter(result, 1000)
    else:
        root = result.verdict.finding
        evidence = result.findings[root].evidence[:PROOFS] if root is not None else ()
        rows = [(f"frame {e.ref}" if e.kind == "frame" else str(e.ref), e.shows) for e in evidence]
        shown = ""
    if not rows:
        return ""
    head = "frames" if result.verdict.proof else "proof"
    lines = ["### Proof", "", f"| {head} | what it shows |", "| --- | --- |"]
    lines += [f"| {cell(what)} | {escaped(shows)} |" for what, shows in rows]
    return "\n".join(lines + (["", f"Wireshark: {code(shown)}"] if shown else []))


def _commands(result: Result) -> str:
    verdict = result.verdict
    parts = []
    if verdict.fix:
        parts.append("### What to do")
        for step in verdict.fix:
            parts.append(escaped(step.text) + ("" if step.command is None else ":\n\n" + block(step.command)))
    if verdict.verify:
        parts.append("To check:\n\n" + block(verdict.verify))
    if verdict.no_use:
        parts.append(f"Of no use: {escaped(', '.join(verdict.no_use))}")
    return "\n\n".join(parts)


def _against(result: Result) -> str:
    """Counter-evidence of the root finding, other causes that fit, and trouble in the capture."""
    verdict = result.verdict
    lines = []
    if verdict.finding is not None:
        lines += [escaped(text) for text in result.findings[verdict.finding].counter_evidence]
    for other in verdict.alternatives:
        tell = other.how_to_tell
        how = f"; to tell: {code(tell) if is_command(tell) else escaped(tell)}" if tell else ""
        lines.append(f"It may be {code(other.cause)}: {escaped(other.why)}{how}")
    for row in result.capture.diagnostics:
        if row.severity is not Severity.NOTE:
            lines.append(escaped(diagnostic_text(row)))
    return "\n".join(["### What speaks against it", "", *(f"- {line}" for line in lines)]) if lines else ""


def _ledger(result: Result) -> str:
    lines = ledger_lines(result)
    if not lines:
        return ""
    begin = result.capture.start_ns
    rows = []
    for line in lines:
        start = f"{seconds(line.start_ns - begin):.3f}" if line.phase and begin != NEVER_NS else ""
        phase = PHASE_NAMES.get(line.phase, line.phase) or "others"
        rows.append(f"| {start} | {line.figure} | {phase} | {escaped(line.text)} |")
    decimals = len(lines[0].figure.partition(".")[2])
    whole = f"{seconds(total_ns(result)):.{decimals}f}"
    table = [
        "| start | seconds | phase | cause |",
        "| ---: | ---: | --- | --- |",
        *rows,
        f"| | **{whole}** | in all | |",
    ]
    return "\n".join(
        ["<details>", f"<summary>Where the {whole} s went</summary>", "", *table, "", "</details>"]
    )  # fmt: skip


def _foot(result: Result) -> str:
    facts = [", ".join(run_facts(result)), ", ".join([*result.capture.files, *capture_facts(result)])]
    told = "; ".join(escaped(fact) for fact in facts if fact)
    return f"{told}; netanalyze {escaped(result.version)}"

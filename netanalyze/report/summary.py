"""A short summary in Markdown, for the page of a CI job: what somebody needs who was not there.

It is a part of a page that others write to as well (GitHub's ``GITHUB_STEP_SUMMARY``), so it stands alone under a heading
of its own; what is long is folded. ``netanalyze.report.markdown`` is the whole report.
"""

from netanalyze.diagnostics import Severity
from netanalyze.report import without
from netanalyze.report.facts import (
    PHASE_NAMES,
    capture_facts,
    culprit_text,
    diagnostic_text,
    frame_label,
    ledger_lines,
    limit_parts,
    lost,
    run_facts,
    total_ns,
    wireshark_filter,
)
from netanalyze.report.language import Language
from netanalyze.report.markdown import alternative, cell, code, commands, escaped
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, seconds
from netanalyze.wording import message

PROOFS = 8
"""Rows of evidence where the verdict tells no story."""


def render(result: Result, language: str = "en") -> str:
    """Verdict, culprit, proof, commands, what speaks against it, and where the time went, as GitHub-flavoured Markdown."""
    wanted = (_heading, _facts, _proof, commands, _against, _ledger, _foot)
    parts = [part(result, Language(language)) for part in wanted]
    return "\n\n".join(part for part in parts if part) + "\n"


def append(path: str, result: Result, language: str = "en") -> None:
    """Add the summary to the end of a file, which other steps of a job may have begun.

    Raises:
        OSError: it cannot be written.
    """
    with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(("\n" if file.tell() else "") + render(result, language))


def _heading(result: Result, language: Language) -> str:
    return f"## {language.labelled(result.verdict.status.upper(), escaped(language.say(result.verdict.summary)))}"


def _facts(result: Result, language: Language) -> str:
    say = language.say
    verdict = result.verdict
    rows = []
    if verdict.cause:
        sure = f"{verdict.confidence:.2f}"
        rows.append(("Cause", say(message("{cause}, confidence {sure}", cause=cell(verdict.cause), sure=sure))))
    if verdict.culprit:
        rows.append(("Culprit", escaped(say(culprit_text(verdict.culprit)))))
    if verdict.where:
        rows.append(("Where", escaped(say(verdict.where))))
    if verdict.status not in ("healthy", "unusable") or verdict.cause:
        rows.append(("Time", escaped(say(lost(result)))))
    if without.known(verdict):
        rows.append(("Without it", say(without.line(verdict, ""))))
    for limit in verdict.limits:
        figure, text = limit_parts(limit)
        rows.append(("Limit", f"{figure} {escaped(say(text))}".strip()))
    run = result.run
    if run is not None and run.argv:
        ended = [] if run.exit_code is None else [message("exit status {code}", code=run.exit_code)]
        rows.append(("Command", language.listed([cell(" ".join(run.argv)), *ended])))
    if not rows:
        return ""
    return "\n".join(["| | |", "| --- | --- |", *(f"| **{say(name)}** | {text} |" for name, text in rows)])


def _proof(result: Result, language: Language) -> str:
    say = language.say
    if result.verdict.proof:
        rows = [(say(frame_label(frames)), shows) for frames, shows in result.verdict.proof]
        shown = wireshark_filter(result, 1000)
    else:
        root = result.verdict.finding
        evidence = result.findings[root].evidence[:PROOFS] if root is not None else ()
        rows = [
            (say(message("frame {number}", number=e.ref)) if e.kind == "frame" else str(e.ref), e.shows)
            for e in evidence
        ]
        shown = ""
    if not rows:
        return ""
    head = "frames" if result.verdict.proof else "proof"
    lines = [f"### {say('Proof')}", "", f"| {say(head)} | {say('what it shows')} |", "| --- | --- |"]
    lines += [f"| {cell(what)} | {escaped(say(shows))} |" for what, shows in rows]
    return "\n".join(lines + (["", language.labelled("Wireshark", code(shown))] if shown else []))


def _against(result: Result, language: Language) -> str:
    """Counter-evidence of the root finding, other causes that fit, and trouble in the capture."""
    say = language.say
    verdict = result.verdict
    lines = []
    if verdict.finding is not None:
        lines += [escaped(say(text)) for text in result.findings[verdict.finding].counter_evidence]
    for other in verdict.alternatives:
        line = "It may be {cause}: {why}; to tell: {check}" if other.how_to_tell else "It may be {cause}: {why}"
        lines.append(alternative(line, other, language))
    for row in result.capture.diagnostics:
        if row.severity is not Severity.NOTE:
            lines.append(escaped(say(diagnostic_text(row))))
    return "\n".join([f"### {say('What speaks against it')}", "", *(f"- {line}" for line in lines)]) if lines else ""


def _ledger(result: Result, language: Language) -> str:
    say = language.say
    lines = ledger_lines(result)
    if not lines:
        return ""
    begin = result.capture.start_ns
    rows = []
    for line in lines:
        start = f"{seconds(line.start_ns - begin):.3f}" if line.phase and begin != NEVER_NS else ""
        phase = PHASE_NAMES.get(line.phase, line.phase) or "others"
        rows.append(f"| {start} | {line.figure} | {say(phase)} | {escaped(say(line.text))} |")
    decimals = len(lines[0].figure.partition(".")[2])
    whole = f"{seconds(total_ns(result)):.{decimals}f}"
    table = [
        f"| {' | '.join(map(say, ('start', 'seconds', 'phase', 'cause')))} |",
        "| ---: | ---: | --- | --- |",
        *rows,
        f"| | **{whole}** | {say('in all')} | |",
    ]
    fold = say(message("Where the {time} s went", time=whole))
    return "\n".join(["<details>", f"<summary>{fold}</summary>", "", *table, "", "</details>"])


def _foot(result: Result, language: Language) -> str:
    facts = [language.listed(run_facts(result)), language.listed([*result.capture.files, *capture_facts(result)])]
    told = [*(escaped(fact) for fact in facts if fact), f"netanalyze {escaped(result.version)}"]
    return ("; " if language.english else "；").join(told)

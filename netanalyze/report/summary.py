"""A short summary in Markdown, for the page of a CI job: what somebody needs who was not there.

It is a part of a page that others write to as well (GitHub's ``GITHUB_STEP_SUMMARY``), so it stands alone under a heading
of its own; what is long is folded. ``netanalyze.report.markdown`` is the whole report.
"""

from netanalyze.output_files import open_to_append
from netanalyze.report import without
from netanalyze.report.commands import command_line
from netanalyze.report.language import Language
from netanalyze.report.markdown import (
    cell,
    commands,
    escaped,
    heading,
    ledger,
    others,
    proof,
    table,
    trouble,
    written,
)
from netanalyze.report.page import ReportPage
from netanalyze.result import Result
from netanalyze.wording import Text, message

PROOFS = 8
"""Rows of evidence where the verdict tells no story."""


def render(result: Result, language: str = "en") -> str:
    """Verdict, culprit, proof, commands, what speaks against it, and where the time went, as GitHub-flavoured Markdown."""
    wanted = (heading, _facts, _proof, commands, _against, _ledger, _foot)
    return written(ReportPage(result), Language(language), *wanted)


def append(path: str, result: Result, language: str = "en") -> None:
    """Add the summary to the end of a file, which other steps of a job may have begun.

    Raises:
        OutputRefused: a link leads elsewhere, or the file has other names.
        OSError: it cannot be written.
    """
    with open_to_append(path) as file:
        begun = file.seekable() and file.tell() > 0
        file.write(("\n" if begun else "") + render(result, language))


def _facts(page: ReportPage, language: Language) -> str:
    say, verdict, rows = language.say, page.verdict, []

    def fact(label: str, text: str) -> None:
        if text:
            rows.append((f"**{say(label)}**", text))

    def sentence(text: Text) -> str:
        return escaped(say(text), in_table=True)

    if verdict.cause:
        sure = f"{verdict.confidence:.2f}"
        fact("Cause", say(message("{cause}, confidence {sure}", cause=cell(verdict.cause), sure=sure)))
    fact("Asked for", cell(say(page.request)) if page.request else "")
    fact("Culprit", sentence(page.who))
    fact("Where", sentence(verdict.where))
    fact("Time", sentence(page.cost.lost) if page.cost is not None else "")
    fact("Without it", say(without.line(verdict, "")) if page.without is not None else "")
    for limit in verdict.limits:
        fact("Limit", f"{limit.figure} {sentence(limit.what)}".strip())
    run = page.result.run
    if run is not None and run.argv:
        ended = [] if run.exit_code is None else [message("exit status {code}", code=run.exit_code)]
        fact("Command", language.listed([cell(say(command_line(run))), *ended]))
    return table(["", ""], rows) if rows else ""


def _proof(page: ReportPage, language: Language) -> str:
    """The story, or the evidence where the verdict tells none."""
    if page.proof:
        return proof(page.proof, "frames", page, language)
    return proof(page.evidence[:PROOFS], "proof", page, language)


def _against(page: ReportPage, language: Language) -> str:
    """Counter-evidence of the root finding, other causes that fit, and trouble in the capture."""
    lines = [escaped(language.say(text)) for text in page.against]
    lines += others(page, language, "It may be {cause}: {why}", "It may be {cause}: {why}; to tell: {check}")
    lines += trouble(page, language)
    head = f"### {language.say('What speaks against it')}"
    return "\n".join([head, "", *(f"- {line}" for line in lines)]) if lines else ""


def _ledger(page: ReportPage, language: Language) -> str:
    shown = ledger(page, language, 4)
    fold = language.say(message("Where the {time} s went", time=page.total))
    return "\n".join(["<details>", f"<summary>{fold}</summary>", "", shown, "", "</details>"]) if shown else ""


def _foot(page: ReportPage, language: Language) -> str:
    facts = [language.listed(page.run), language.listed([*page.result.capture.files, *page.capture])]
    parts = [*(escaped(fact) for fact in facts if fact), f"netanalyze {escaped(page.result.version)}"]
    return ("; " if language.english else "；").join(parts)

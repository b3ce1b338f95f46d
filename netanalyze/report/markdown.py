"""A summary in Markdown, for the page of a CI job or a bug report."""

import re
from collections.abc import Callable, Iterable, Sequence

from netanalyze.diagnostics import Severity
from netanalyze.findings import Check, Step
from netanalyze.patterns import lazy_pattern
from netanalyze.report import without
from netanalyze.report.language import Language
from netanalyze.report.page import ReportPage
from netanalyze.report.sheet import clean
from netanalyze.result import Result
from netanalyze.wording import Text, message

FINDINGS = 20
_ASCII_RUN = lazy_pattern(r"[!-~]+")
_PROSE = lazy_pattern(r"[A-Za-z0-9,.;:'\"()/%+=!?-]+")
"""What a word of a sentence is made of; none of it is Markdown within a line (CommonMark 0.31, 6)."""
_LINKED = lazy_pattern(r"\w[.:]\w|:/|//|(?i:www\.)|:[\w+-]+:|\b[0-9a-f]{7,40}\b|\b[A-Za-z]+-\d")
"""What may be a URL, an address, an emoji, a commit, an issue (GH-1), though it has no sign of Markdown."""
_FIGURE = lazy_pattern(
    r"[(+-]?\d{1,3}(?:,?\d{3})*(?:\.\d+)?[a-zA-Z%]{0,3}[,.;:)]*|\d{1,3}[-/:]\d{1,3}[,.;:)]*|\d+\.\d+\.\d+[,.;:)]*|[a-z]\.[a-z]\."
)
_RULE = lazy_pattern(r"[=+-]{2,}")
"""A line of its own under or between paragraphs; one sign alone at the beginning is a list's marker."""
_SPLITS = lazy_pattern(r"(?<=\\)\|")
_MARKER = lazy_pattern(r"\A(\d{0,9})([-+=.)](?: |\Z))")
_AROUND = lazy_pattern(r"([(\"']*)(.*?)([,.;:!?)\"']*)")


def render(result: Result, language: str = "en") -> str:
    """Verdict, proof, what to do, ledger and findings as GitHub-flavoured Markdown, in a language of report/language.py."""
    return written(ReportPage(result), Language(language), _verdict, _proof, _advice, _ledger, _findings, _capture)


def written(page: ReportPage, language: Language, *parts: Callable[[ReportPage, Language], str]) -> str:
    """The parts of a page that have something to say, one after the other."""
    return "\n\n".join(text for part in parts if (text := part(page, language))) + "\n"


def escaped(text: str, in_table: bool = False) -> str:
    """A text in which nothing is read as Markdown or HTML, and nothing becomes a link: names stand as code.

    A backslash keeps Markdown away, but GitHub makes links of bare URLs, of names with ``@``, ``#`` or a commit's form
    after that, everywhere but in code (GFM 6.9; "Autolinked references and URLs" of its manual). So every word that is
    not plain prose or a figure is code, without the punctuation around it.

    >>> print(escaped("a_b waits for www.example.com: see <script> | @all, 10.0 s"))
    `a_b` waits for `www.example.com`: see `<script>` `|` `@all`, 10.0 s
    """
    shown = cell if in_table else code
    text = " ".join(clean(text).split())
    said = _ASCII_RUN.sub(lambda found: found[0] if _plain(found[0]) else _as_name(found[0], shown), text)
    return _MARKER.sub(r"\1\\\2", said)


def _plain(word: str) -> bool:
    return _FIGURE.fullmatch(word) is not None or (
        _PROSE.fullmatch(word) is not None and not _LINKED.search(word) and not _RULE.fullmatch(word)
    )


def _as_name(word: str, shown: Callable[[str], str]) -> str:
    """A word as code, the punctuation of the sentence around it outside."""
    begin, core, end = _AROUND.fullmatch(word).groups()  # type: ignore[union-attr]
    return shown(word) if not core or _plain(core) else f"{begin}{shown(core)}{end}"


def code(text: str) -> str:
    """A text as code, whatever backticks it has."""
    text = clean(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text[:1] in ("`", " ", "") or text[-1:] in ("`", " ") else ""
    return f"{fence}{space}{text}{space}{fence}"


def block(text: str) -> str:
    """A command as a block of its own."""
    text = clean(text)
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}sh\n{text}\n{fence}"


def cell(text: str) -> str:
    """A text as code within a table: ``|`` is escaped as a table needs it.

    Behind a backslash no escape is read alike by all versions of cmark-gfm: there it is shown by its number.
    """
    return code(_SPLITS.sub(r"\\x7c", clean(text))).replace("|", "\\|")


def advised(step: Step, language: Language) -> str:
    """A step's text and, as a block of its own, its command."""
    text = escaped(language.say(step.text))
    return text if step.command is None else f"{text}{language.colon}\n\n{block(step.command)}"


def checked(check: Check, language: Language, form: Callable[[str], str]) -> str:
    """A check: a command in a form of its own, or words."""
    return form(check.command) if check.command else escaped(language.say(check.text))


def heading(page: ReportPage, language: Language) -> str:
    """The status and the one sentence."""
    return f"## {language.labelled(page.verdict.status.upper(), escaped(language.say(page.verdict.summary)))}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], marks: Sequence[str] = ()) -> str:
    """A table; ``marks`` say which side a column keeps to (left where there are none)."""
    lines = [head, marks or ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _verdict(page: ReportPage, language: Language) -> str:
    say, verdict = language.say, page.verdict
    facts = []

    def fact(label: str, text: str) -> None:
        if text:
            facts.append(f"- **{label}:** {text}" if language.english else f"- **{say(label)}**：{text}")

    fact("Who", escaped(say(page.who)))
    fact("Where", escaped(say(verdict.where)))
    for limit in verdict.limits:
        facts.append(
            f"- **{limit.figure}** {escaped(say(limit.what))}" if limit.figure else f"- {escaped(say(limit.what))}"
        )
    if without.is_worth_a_line(verdict):
        fact("Without it", say(without.line(verdict, escaped(say(verdict.without_it_how)))))
    fact("Ignored", escaped(language.listed(verdict.ignored)))
    fact("Time", escaped(page.time(language)))
    cost = page.cost
    spent = (
        []
        if cost is None
        else [say(cost.line(f"**{say(cost.lost)}**", code(cost.cause) if cost.cause else cost.instead))]
    )
    asked = [code(language.say(page.request))] if page.request else []
    return "\n\n".join([heading(page, language), *asked, *spent, *(["\n".join(facts)] if facts else [])])


def proof(rows: Iterable[tuple[Text, Text]], head: str, page: ReportPage, language: Language) -> str:
    """What shows it, as a table, and Wireshark's filter for it; '' where nothing does."""
    say = language.say
    shown = [(cell(say(label)), escaped(say(shows), in_table=True)) for label, shows in rows]
    filtered = [language.labelled("Wireshark", code(page.filter()))] if page.filter() else []
    parts = [f"### {say('Proof')}", table([say(head), say("what it shows")], shown), *filtered]
    return "\n\n".join(parts) if shown else ""


def _proof(page: ReportPage, language: Language) -> str:
    return proof(page.proof, "frames", page, language)


def others(page: ReportPage, language: Language, line: str, line_to_tell: str) -> list[str]:
    """Other causes that fit, by templates: {cause}, {why}, and {check}, how to tell it."""
    return [
        language.say(
            message(
                line_to_tell if other.check else line,
                cause=code(other.cause), why=escaped(language.say(other.why)),
                check="" if other.check is None else checked(other.check, language, code),
            )
        )
        for other in page.verdict.alternatives
    ]  # fmt: skip


def _advice(page: ReportPage, language: Language) -> str:
    """What to do, how to check, what else it may be, what is of no use."""
    between = others(page, language, "Or else {cause}: {why}", "Or else {cause}: {why}; to tell: {check}")
    return commands(page, language, between)


def commands(page: ReportPage, language: Language, between: Iterable[str] = ()) -> str:
    """The steps of the advice, the check, what is to be read before the rest, and what is of no use."""
    say, verdict = language.say, page.verdict
    parts = [f"### {say('What to do')}"] if verdict.fix else []
    parts += [advised(step, language) for step in verdict.fix]
    if verdict.verify:
        parts.append(f"{say('To check')}{language.colon}\n\n{checked(verdict.verify, language, block)}")
    parts += between
    if verdict.no_use:
        parts.append(language.labelled("Of no use", escaped(language.listed(verdict.no_use))))
    return "\n\n".join(parts)


def ledger(page: ReportPage, language: Language, columns: int) -> str:
    """The ledger as a table of its first columns; '' where there is none."""
    say = language.say
    head = [say(name) for name in ("start", "seconds", "phase", "cause", "flow")][:columns]
    rows = [
        (line.start, line.figure, say(line.name), escaped(say(line.text), in_table=True), line.flow)[:columns]
        for line in page.ledger()
    ]
    whole = ("", f"**{page.total}**", say("in all"), "", "")[:columns]
    return table(head, [*rows, whole], ("---:", "---:", "---", "---", "---:")[:columns]) if rows else ""


def _ledger(page: ReportPage, language: Language) -> str:
    shown = ledger(page, language, 5)
    return f"### {language.say('Ledger')}\n\n{shown}" if shown else ""


def _findings(page: ReportPage, language: Language) -> str:
    say, lines = language.say, []
    for place in page.findings[:FINDINGS]:
        where = [*place.flow, *(message("frame {number}", number=e.ref) for e in place.frames[:3])]
        tail = language.aside(language.listed(where)) if where else ""
        cause = f"**{code(place.finding.cause)}**" if place.root else code(place.finding.cause)
        told = language.labelled(cause, escaped(say(place.finding.message)))
        lines.append(f"{'  ' * min(place.depth, 6)}- {told}{tail}")
    if len(page.findings) > FINDINGS:
        lines.append(f"- {say(message('and {number} more', number=len(page.findings) - FINDINGS))}")
    return "\n".join([f"### {say('Findings')}", "", *lines]) if lines else ""


def trouble(page: ReportPage, language: Language) -> list[str]:
    """What is wrong with the capture itself."""
    return [escaped(language.say(row.text)) for row in page.trouble if row.severity is not Severity.NOTE]


def _capture(page: ReportPage, language: Language) -> str:
    run = [language.labelled("Run", escaped(language.listed(page.run)))] if page.run else []
    capture = language.labelled("Capture", escaped(language.listed([*page.result.capture.files, *page.capture])))
    lines = [*run, capture, *trouble(page, language), f"netanalyze {escaped(page.result.version)}"]
    return "\n".join([f"### {language.say('Capture')}", "", *(f"- {line}" for line in lines)])

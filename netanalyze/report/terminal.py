"""The report for a terminal: verdict first, then the ledger, the other findings, and what was analysed."""

from dataclasses import replace

from netanalyze.diagnostics import Severity
from netanalyze.findings import Check, Step
from netanalyze.report.commands import step_note
from netanalyze.report.facts import Placed
from netanalyze.report.language import ENGLISH, Language
from netanalyze.report.page import ReportPage
from netanalyze.report.sheet import LABEL, Sheet, cells, left, right
from netanalyze.result import Limit, Result
from netanalyze.units import duration
from netanalyze.wording import Text, message

STEPS = 3
"""Steps that are shown; the HTML report and the JSON have them all."""
ALTERNATIVES = 2
FINDINGS = 10
WIDEST_FRAMES = 24


def render(
    result: Result, width: int = 80, colour: bool = False, ascii_only: bool = False, language: str = "en"
) -> str:
    """The report as lines of at most ``width`` columns (40 at least); only a longer command exceeds them.

    Args:
        language: of netanalyze.report.language; with ``ascii_only`` it is English.
        colour: with the terminal's colours; rich is imported then, and only then.
        ascii_only: no character beyond ASCII, for a terminal that is not UTF-8.
    """
    sheet = Sheet(width, ascii_only, ENGLISH if ascii_only else Language(language))
    page = ReportPage(result)
    for part in (_verdict, _story, _advice, _rest, _ledger, _findings, _capture):
        part(sheet, page)
    return sheet.coloured() if colour else sheet.plain()


def _verdict(sheet: Sheet, page: ReportPage) -> None:
    word = page.verdict.status.upper()
    head = cells(sheet.shown(word)) + 2
    sheet.row(word, page.verdict.summary, "summary", page.verdict.status, indent=head)
    sheet.row("", page.request, indent=head)
    if (cost := page.cost) is not None:
        sheet.row("", cost.line(cost.lost, cost.cause or cost.instead), "cause", indent=head)
    _limits(sheet, page.verdict.limits)


def _story(sheet: Sheet, page: ReportPage) -> None:
    """The proof, who it was and where, and what speaks against it."""
    widths = [cells(sheet.shown(label)) + 2 for label, _ in page.proof]
    column = max([LABEL, *(width for width in widths if width <= WIDEST_FRAMES)])
    for label, shows in page.proof:
        sheet.row(label, shows, indent=column)
    if shown := page.filter(sheet.width - LABEL):
        sheet.command("Filter", shown)
    if page.who and not page.who_is_named:
        sheet.row("Who", page.who)
    if page.verdict.where:
        sheet.row("Where", page.verdict.where)
    elif page.verdict.attributes.get("not_network"):
        sheet.row("Where", "not the network: no flow owed a move")
    for text in page.against[:1]:
        sheet.row("Against", text)


def _advice(sheet: Sheet, page: ReportPage) -> None:
    """What else it may be, what to do, and what is of no use."""
    verdict = page.verdict
    for i, other in enumerate(verdict.alternatives[:ALTERNATIVES]):
        _alternative(sheet, "" if i else "Or else", other.cause, other.check)
    for i, step in enumerate(verdict.fix[:STEPS]):
        _step(sheet, "Or" if i else "Now", step)
    if verdict.verify:
        sheet.command("Check", sheet.language.say(verdict.verify.what))
    if verdict.no_use:
        sheet.row("No use", sheet.language.listed(verdict.no_use))


def _rest(sheet: Sheet, page: ReportPage) -> None:
    """What the run would have taken without it, what was left out of account, and the sum of the time."""
    if page.without is not None:  # a line that says nothing is in the way here
        sheet.row("Without", message("it {line}", line=page.without))
    if page.verdict.ignored:
        sheet.row("Ignored", sheet.language.listed(page.verdict.ignored))
    if (time := page.time(sheet.language)) and not (page.verdict.status == "healthy" and page.verdict.limits):
        sheet.row("Time", time)


def _limits(sheet: Sheet, limits: tuple[Limit, ...]) -> None:
    """What the time went to, the figures below each other: ``36.0 s   200 .info requests``."""
    widest = max([len(limit.figure) for limit in limits], default=0)
    for i, limit in enumerate(limits):
        sheet.row(limit.figure.rjust(widest) if limit.figure else "Limit" if not i else "", limit.what)


def _alternative(sheet: Sheet, label: str, cause: str, check: Check | None) -> None:
    line: Text = message("{cause}; to tell: {check}", cause=cause, check=check.what) if check else cause
    if check is None or not check.command or cells(sheet.shown(line)) <= sheet.width - LABEL:
        sheet.row(label, line)
    else:
        sheet.row(label, message("{cause}; to tell:", cause=cause))
        sheet.command("", check.command)


def _step(sheet: Sheet, label: str, step: Step) -> None:
    if step.command is None:
        sheet.row(label, step.what)
    else:
        room = sheet.width - LABEL - cells(step.command) - 4
        note = step_note(step, room) if sheet.language.english else step.what
        sheet.command(label, step.command, note)


def _ledger(sheet: Sheet, page: ReportPage) -> None:
    lines = page.ledger()
    if not lines:
        return
    at = max(len("start"), *(len(line.start) for line in lines))
    spent = max(len("seconds"), len(page.total))
    last = max(len("flow"), *(len(line.flow) for line in lines))
    room = sheet.width - (2 + at + 2 + spent + 2 + 11 + 2) - (2 + last)

    def row(moment: str, figure: str, phase: Text, text: Text = "", flow: str = "", style: str = "") -> None:
        moment, figure, name, why, number = map(sheet.shown, (moment, figure, phase, text, flow))
        front = f"  {right(moment, at)}  {right(figure, spent)}  {left(name, 11)}  "
        number = right(number, last)
        if cells(why) <= room:
            sheet.line((front, ""), (left(why, room), style), (f"  {number}", ""))
        else:  # too long to stand beside the figures
            sheet.line((f"{front}{'':<{max(room, 0)}}  {number}", ""))
            sheet.row("", why, style, indent=4)

    sheet.heading("Ledger")
    row("start", "seconds", "phase", "cause", "flow")
    for line in lines:
        row(line.start, line.figure, line.name, line.text, line.flow, "cause" if line.blamed else "dim")
    row("", page.total, "in all")


def _findings(sheet: Sheet, page: ReportPage) -> None:
    placed = page.findings
    shown = [p for p in placed if not p.root]
    if not shown:
        return
    sheet.heading("Also found")
    follows = False
    again = [p for p in shown if p.depth == 1 and placed[0].root and p.finding.cause == placed[0].finding.cause]
    witnesses = {p.index for p in again}
    for place in [*again, *(p for p in shown if p.index not in witnesses)][:FINDINGS]:
        if place.index in witnesses:  # the same on another flow: a witness, not a consequence
            place = replace(place, depth=0)
        elif place.depth and placed[0].root and not follows:
            follows = True
            sheet.row("", message("{cause}, from which follows:", cause=placed[0].finding.cause), "dim", indent=2)
        _finding(sheet, place)
    if len(shown) > FINDINGS:
        more = message("and {number} more; --json and --html list them all", number=len(shown) - FINDINGS)
        sheet.row("", more, "dim", indent=2)


def _finding(sheet: Sheet, place: Placed) -> None:
    finding, say = place.finding, sheet.language.say
    indent = 2 + 2 * min(place.depth, 6)
    said = say(finding.message)
    where = [*place.flow, *(str(e.frames) for e in place.frames[:1])]
    place_text = sheet.language.aside(sheet.language.listed(where)) if where else ""
    spent = f", {duration(finding.end_ns - finding.start_ns)}" if finding.end_ns > finding.start_ns else ""
    label = f"{' ' * indent}{finding.cause}{spent}"
    said_there = f"{sheet.language.colon}{' ' if sheet.language.english else ''}{said}{place_text}"
    first = f"{label}{said_there}"
    if cells(sheet.shown(first)) <= sheet.width:
        sheet.line((label, "cause"), (said_there, ""))
    else:
        sheet.row("", f"{finding.cause}{spent}{place_text}", "cause", indent=indent)
        sheet.row("", said, indent=indent + 2)


def _capture(sheet: Sheet, page: ReportPage) -> None:
    sheet.blank()
    listed = sheet.language.listed
    if page.run:
        sheet.row("Run", listed(page.run))
    files: list[Text] = [*page.result.capture.files]
    if len(files) > 3:
        files = [*files[:2], message("{number} more files", number=len(files) - 2)]
    sheet.row("Capture", listed([*files, *page.capture]))
    for trouble in page.trouble:
        sheet.row("", trouble.text, "dim" if trouble.severity is Severity.NOTE else str(trouble.severity))

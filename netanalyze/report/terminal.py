"""The report for a terminal: verdict first, then the ledger, the other findings, and what was analysed."""

from dataclasses import replace

from netanalyze.diagnostics import Severity
from netanalyze.report import without
from netanalyze.report.facts import (
    PHASE_NAMES,
    Placed,
    capture_facts,
    culprit_named,
    culprit_text,
    diagnostic_text,
    frame_label,
    is_command,
    ledger_decimals,
    ledger_lines,
    limit_parts,
    lost,
    placed_findings,
    run_facts,
    step_note,
    time_line,
    total_ns,
    wireshark_filter,
)
from netanalyze.report.language import ENGLISH, Language
from netanalyze.report.sheet import LABEL, Sheet, cells, right
from netanalyze.result import Result, Step
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

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
    _verdict(sheet, result)
    _ledger(sheet, result)
    _findings(sheet, result)
    _capture(sheet, result)
    return sheet.coloured() if colour else sheet.plain()


def _verdict(sheet: Sheet, result: Result) -> None:
    verdict = result.verdict
    word = verdict.status.upper()
    head = cells(sheet.shown(word)) + 2
    sheet.row(word, verdict.summary, "summary", verdict.status, indent=head)
    if verdict.status not in ("healthy", "unusable") or verdict.cause:
        cause = verdict.cause or "cause unknown"
        sure = f"{verdict.confidence:.2f}"
        line = message("{lost}, {cause}, confidence {sure}", lost=lost(result), cause=cause, sure=sure)
        sheet.row("", line, "cause", indent=head)
    _limits(sheet, verdict.limits)
    labels = [frame_label(frames) for frames, _ in verdict.proof]
    column = max([LABEL, *(cells(label) + 2 for label in labels if cells(label) + 2 <= WIDEST_FRAMES)])
    for label, (_, shows) in zip(labels, verdict.proof):
        sheet.row(label, shows, indent=column)
    if verdict.proof and (shown := wireshark_filter(result, sheet.width - LABEL)):
        sheet.command("Filter", shown)
    if verdict.culprit is not None and not (verdict.where and culprit_named(result)):
        sheet.row("Who", culprit_text(verdict.culprit))
    if verdict.where:
        sheet.row("Where", verdict.where)
    elif verdict.attributes.get("not_network"):
        sheet.row("Where", "not the network: no flow owed a move")
    if verdict.finding is not None and (against := result.findings[verdict.finding].counter_evidence):
        sheet.row("Against", against[0])
    for i, other in enumerate(verdict.alternatives[:ALTERNATIVES]):
        _alternative(sheet, "" if i else "Or else", other.cause, other.how_to_tell)
    for i, step in enumerate(verdict.fix[:STEPS]):
        if i and step.text.startswith("Or ") and sheet.language.english:
            step = replace(step, text=step.text[3:4].upper() + step.text[4:])
        _step(sheet, "Or" if i else "Now", step)
    if verdict.verify:
        sheet.command("Check", verdict.verify)
    if verdict.no_use:
        sheet.row("No use", sheet.language.listed(verdict.no_use))
    if without.known(verdict):  # a line that says nothing is in the way here
        sheet.row("Without", without.row(verdict))
    if verdict.ignored:
        sheet.row("Ignored", sheet.language.listed(verdict.ignored))
    if (time := time_line(result, sheet.language.say)) and not (verdict.status == "healthy" and verdict.limits):
        sheet.row("Time", time)


def _limits(sheet: Sheet, limits: tuple[str, ...]) -> None:
    """What the time went to, the figures below each other: ``36.0 s   200 .info requests``."""
    parts = [limit_parts(limit) for limit in limits if limit.strip()]
    widest = max([len(figure) for figure, _ in parts], default=0)
    for i, (figure, text) in enumerate(parts):
        sheet.row(figure.rjust(widest) if figure else "Limit" if not i else "", text)


def _alternative(sheet: Sheet, label: str, cause: str, how_to_tell: str) -> None:
    line = message("{cause}; to tell: {check}", cause=cause, check=how_to_tell) if how_to_tell else cause
    if cells(sheet.shown(line)) <= sheet.width - LABEL or not is_command(how_to_tell):
        sheet.row(label, line)
    else:
        sheet.row(label, message("{cause}; to tell:", cause=cause))
        sheet.command("", how_to_tell)


def _step(sheet: Sheet, label: str, step: Step) -> None:
    if step.command is None:
        sheet.row(label, step.text)
    else:
        room = sheet.width - LABEL - cells(step.command) - 4
        note = step_note(step, room) if sheet.language.english else sheet.language.say(step.text)
        sheet.command(label, step.command, note)


def _ledger(sheet: Sheet, result: Result) -> None:
    lines = ledger_lines(result)
    if not lines:
        return
    decimals, begin = ledger_decimals(result), result.capture.start_ns
    total = f"{seconds(total_ns(result)):.{decimals}f}"
    starts = [
        f"{seconds(line.start_ns - begin):.{decimals}f}" if line.phase and begin != NEVER_NS else "" for line in lines
    ]
    flows = ["" if line.flow_id is None else str(line.flow_id) for line in lines]
    at = max(len("start"), *map(len, starts))
    spent = max(len("seconds"), len(total))
    last = max(len("flow"), *map(len, flows))
    room = sheet.width - (2 + at + 2 + spent + 2 + 11 + 2) - (2 + last)

    def row(moment: str, figure: str, phase: str, text: str = "", flow: str = "", style: str = "") -> None:
        phase, text, moment, figure, flow = map(sheet.shown, (phase, text, moment, figure, flow))
        front = f"  {right(moment, at)}  {right(figure, spent)}  {phase}{' ' * max(11 - cells(phase), 0)}  "
        flow = right(flow, last)
        if cells(text) <= room:
            sheet.line((front, ""), (text + " " * (room - cells(text)), style), (f"  {flow}", ""))
        else:  # too long to stand beside the figures
            sheet.line((f"{front}{'':<{max(room, 0)}}  {flow}", ""))
            sheet.row("", text, style, indent=4)

    sheet.heading("Ledger")
    row("start", "seconds", "phase", "cause", "flow")
    for line, moment, flow in zip(lines, starts, flows):
        phase = PHASE_NAMES.get(line.phase, line.phase) or "others"
        row(moment, line.figure, phase, line.text, flow, "cause" if line.cause else "dim")
    row("", total, "in all")


def _findings(sheet: Sheet, result: Result) -> None:
    placed = placed_findings(result)
    shown = [p for p in placed if not p.root]
    if not shown:
        return
    sheet.heading("Also found")
    follows = False
    again = [p for p in shown if p.depth == 1 and placed[0].root and p.finding.cause == placed[0].finding.cause]
    for place in [*again, *(p for p in shown if p not in again)][:FINDINGS]:
        if place in again:  # the same on another flow: a witness, not a consequence
            place = replace(place, depth=0)
        elif place.depth and placed[0].root and not follows:
            follows = True
            sheet.row("", message("{cause}, from which follows:", cause=placed[0].finding.cause), "dim", indent=2)
        _finding(sheet, place)
    if len(shown) > FINDINGS:
        more = message("and {number} more; --json and --html list them all", number=len(shown) - FINDINGS)
        sheet.row("", more, "dim", indent=2)


def _finding(sheet: Sheet, place: Placed) -> None:
    finding = place.finding
    indent = 2 + 2 * min(place.depth, 6)
    frames = [e.ref for e in finding.evidence if e.kind == "frame"]
    said, flow = sheet.language.say(finding.message), sheet.language.say("flow")
    where = ([] if finding.flow_id is None else [f"{flow} {finding.flow_id}"]) + [f"#{n}" for n in frames[:1]]
    place_text = f" ({', '.join(where)})" if where else ""
    spent = f", {duration(finding.end_ns - finding.start_ns)}" if finding.end_ns > finding.start_ns else ""
    label = " " * indent + finding.cause + spent
    first = f"{label}: {said}{place_text}"
    if cells(sheet.shown(first)) <= sheet.width:
        sheet.line((label, "cause"), (f": {said}{place_text}", ""))
    else:
        sheet.row("", f"{finding.cause}{spent}{place_text}", "cause", indent=indent)
        sheet.row("", said, indent=indent + 2)


def _capture(sheet: Sheet, result: Result) -> None:
    sheet.blank()
    listed = sheet.language.listed
    if facts := run_facts(result):
        sheet.row("Run", listed(facts))
    files = list(result.capture.files)
    if len(files) > 3:
        files = [*files[:2], message("{number} more files", number=len(files) - 2)]
    sheet.row("Capture", listed([*files, *capture_facts(result)]))
    for row in result.capture.diagnostics:
        sheet.row("", diagnostic_text(row), "dim" if row.severity is Severity.NOTE else str(row.severity))

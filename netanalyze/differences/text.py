"""The difference of two runs for a terminal."""

from collections.abc import Callable

from netanalyze.differences.difference import PARTS, ChangedOccurrence, RunDifference
from netanalyze.differences.occurrences import Occurrence
from netanalyze.differences.sentences import in_seconds, signed
from netanalyze.report.language import ENGLISH, Language
from netanalyze.report.sheet import Sheet, shortened
from netanalyze.wording import Text, message, sentence

ROWS_MOST = 20
"""Of a part; the JSON has all."""
PHASE_LEAST_S = 0.001
TITLES: dict[str, Callable[[], Text]] = {
    "environment": lambda: message("Surroundings"), "resolvers": lambda: message("Resolvers"),
    "addresses": lambda: message("Addresses"), "modules": lambda: message("Modules and packages"),
    "causes": lambda: message("Causes"),
}  # fmt: skip
LABEL = 14
KIND_WORDS = {
    "lookup": "lookup of",
    "connection": "connection to",
    "handshake": "TLS handshake with",
    "request": "request",
}


def render(difference: RunDifference, width: int = 80, ascii_only: bool = False, language: str = "en") -> str:
    """The difference as lines of at most ``width`` columns (40 at least)."""
    sheet = Sheet(width, ascii_only, ENGLISH if ascii_only else Language(language))
    label = signed(difference.seconds)
    sheet.row(label, sentence(difference.headline), "summary", indent=len(label) + 2)
    for label, run in (("A", difference.a), ("B", difference.b)):
        verdict = run.result.verdict
        sheet.row(label, message("{time} {status}: {summary}", time=f"{run.seconds:.2f} s", status=verdict.status.upper(),
                                 summary=verdict.summary), indent=4)  # fmt: skip
        sheet.row("", run.name, indent=4)
    _seconds(sheet, difference)
    for part in PARTS:
        _changed(sheet, difference, part)
    _asked(sheet, difference)
    return sheet.plain()


def _seconds(sheet: Sheet, difference: RunDifference) -> None:
    """By phase, and under it by host; of runs that took as long there is nothing to say."""
    phases = [row for row in difference.phases.items() if abs(row[1]) >= PHASE_LEAST_S]
    if phases:
        sheet.heading(message("Seconds by phase"))
    for phase, seconds in sorted(phases, key=lambda row: -abs(row[1])):
        sheet.row(phase, signed(seconds), indent=LABEL)
    shares = [row for row in difference.shares[:ROWS_MOST] if abs(row[1]) >= PHASE_LEAST_S]
    if shares:
        sheet.heading(message("Seconds by host"))
    for share, seconds in shares:
        who = share.who or message("this machine")
        sheet.row(signed(seconds), message("{who}, {phase}", who=who, phase=share.phase), indent=LABEL)


def _changed(sheet: Sheet, difference: RunDifference, part: str) -> None:
    rows = difference.changed(part)
    if not rows:
        return
    sheet.heading(TITLES[part]())
    for row in rows[:ROWS_MOST]:
        nothing = message("(none)")
        change = message("{name}: {a} in A, {b} in B", name=row.name, a=row.a or nothing, b=row.b or nothing)
        sheet.row("", change, indent=2)
    _rest(sheet, len(rows) - ROWS_MOST)


def _asked(sheet: Sheet, difference: RunDifference) -> None:
    rows = difference.asked
    if not rows:
        return
    sheet.heading(message("Asked otherwise"))
    most = sorted(rows, key=lambda row: -abs(row.seconds))[:ROWS_MOST]
    for row in sorted(most, key=lambda row: row.either.start):
        sheet.row(f"{max(row.either.start, 0.0):.2f} s", _row(row, sheet.width), indent=LABEL)
    _rest(sheet, len(rows) - ROWS_MOST)


def _row(row: ChangedOccurrence, width: int) -> Text:
    one = row.either
    again = f" ({one.number})" if one.number > 1 else ""
    shown = shortened(one.name, max(width - LABEL - 2 * len(one.kind), 20)) + again
    name = message("{kind} {name}", kind=message(KIND_WORDS[one.kind]), name=shown)
    if row.a is None:
        return message("{name}: in B alone, {b}", name=name, b=_outcome(row.b))
    if row.b is None:
        return message("{name}: in A alone, {a}", name=name, a=_outcome(row.a))
    change = message("{name}: {a} in A, {b} in B", name=name, a=_outcome(row.a), b=_outcome(row.b))
    return message("{change}; in another order", change=change) if row.moved else change


def _outcome(occurrence: Occurrence | None) -> str:
    if occurrence is None:
        return ""
    took = "" if occurrence.seconds is None else f" {in_seconds(occurrence.seconds)}"
    return f"{occurrence.outcome}{took}"


def _rest(sheet: Sheet, rest: int) -> None:
    if rest > 0:
        sheet.row("", message("and {rest} more", rest=rest), indent=2)

"""An examination for a terminal and as JSON."""

import json
from typing import TYPE_CHECKING, Any

from netanalyze.doctor.examine import Examination
from netanalyze.doctor.remark import Level, Remark
from netanalyze.report.language import ENGLISH, Language
from netanalyze.report.sheet import Sheet, cells, left
from netanalyze.wording import Text, english, message

if TYPE_CHECKING:
    from netanalyze.doctor.probe.visit import Round

SCHEMA_VERSION = 1
STYLES = {Level.OK: "healthy", Level.DOUBTFUL: "degraded", Level.WRONG: "failed"}
"""Styles of netanalyze.report.sheet."""
WORDS = {Level.OK: message("ok"), Level.DOUBTFUL: message("doubtful"), Level.WRONG: message("wrong")}
HEADINGS = {Level.OK: message("OK"), Level.DOUBTFUL: message("DOUBTFUL"), Level.WRONG: message("WRONG")}
WIDEST_NAME = 18
"""Columns of the longest name that stands in the line of its reason."""


def summary(examination: Examination) -> Text:
    """How many things are as they should be, in one sentence."""
    return message(
        "{wrong} wrong, {doubtful} doubtful, {ok} ok",
        wrong=examination.count(Level.WRONG), doubtful=examination.count(Level.DOUBTFUL), ok=examination.count(Level.OK),
    )  # fmt: skip


def render(
    examination: Examination, width: int = 80, colour: bool = False, ascii_only: bool = False, language: str = "en",
    probed: "Round | None" = None,
) -> str:  # fmt: skip
    """The lines as text of at most ``width`` columns but for longer commands: what is wrong first, what is ok last.

    Args:
        probed: what came of asking the mirrors, which stands at the end.
    """
    sheet = Sheet(width, ascii_only, ENGLISH if ascii_only else Language(language))
    head = cells(sheet.shown(HEADINGS[examination.level])) + 2
    sheet.row(HEADINGS[examination.level], summary(examination), "summary", STYLES[examination.level], indent=head)
    for level in (Level.WRONG, Level.DOUBTFUL):
        chosen = [line for line in examination.lines if line.level is level]
        for line in chosen:
            sheet.blank()
            _fault(sheet, line)
    sheet.blank()
    fine = [line for line in examination.lines if line.level is Level.OK]
    column = 10 + max((cells(line.about) for line in fine if cells(line.about) <= WIDEST_NAME), default=0) + 2
    for line in fine:
        name = sheet.shown(line.about)
        front = left(left(sheet.shown(WORDS[Level.OK]), 10) + name, column)
        sheet.row(front if cells(front) <= column else f"{front}  ", line.why, "", STYLES[Level.OK], indent=column)
    if probed is not None:
        from netanalyze.doctor.probe import table

        table.write(sheet, probed.ranked, probed.frames)
    return sheet.coloured() if colour else sheet.plain()


def _fault(sheet: Sheet, line: Remark) -> None:
    why = message("{about}: {why}", about=line.about, why=line.why)
    sheet.row(WORDS[line.level], why, "", STYLES[line.level], indent=10)
    command = sheet.shown(line.mend)
    fits = cells(command) + 10 <= sheet.width
    sheet.line((" " * (10 if fits else 2), ""), (command, "command"))


def as_json(examination: Examination, probed: "Round | None" = None) -> dict[str, Any]:
    """The lines as a JSON object (docs/doctor.schema.json); sentences are English."""
    made: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "level": str(examination.level),
        "clients": list(examination.clients),
        "counts": {str(level): examination.count(level) for level in Level},
        "lines": [
            {
                "id": line.id,
                "subject": line.subject,
                "about": line.about,
                "level": str(line.level),
                "why": english(line.why),
                "mend": line.mend or None,
            }
            for line in examination.lines
        ],
    }
    if probed is not None:
        from netanalyze.doctor.probe import ranking

        made["probe"] = ranking.as_json(probed.ranked, probed.frames > 0)
    return made


def dumped(examination: Examination, probed: "Round | None" = None) -> str:
    """The JSON as text."""
    return json.dumps(as_json(examination, probed), ensure_ascii=False, indent=2) + "\n"

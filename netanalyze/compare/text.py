"""A comparison for a terminal: the verdict, its itinerary, what each span did, the clocks."""

from netanalyze.compare.comparison import Comparison
from netanalyze.compare.places import point_name
from netanalyze.compare.sentences import moment, of_clock, of_fate, of_headers, of_tls_end
from netanalyze.report.language import ENGLISH, Language
from netanalyze.report.sheet import Sheet, cells
from netanalyze.units import duration
from netanalyze.wording import message

TLS_MOST = 6
"""Connections whose TLS is ended on the way that are shown; the JSON has all."""


def render(comparison: Comparison, width: int = 80, ascii_only: bool = False, language: str = "en") -> str:
    """The comparison as lines of at most ``width`` columns (40 at least)."""
    sheet = Sheet(width, ascii_only, ENGLISH if ascii_only else Language(language))
    for part in (_verdict, _steps, _tls, _spans, _points):
        part(sheet, comparison)
    return sheet.plain()


def _verdict(sheet: Sheet, comparison: Comparison) -> None:
    verdict = comparison.verdict
    word = verdict.status.upper()
    head = cells(sheet.shown(word)) + 2
    sheet.row(word, comparison.headline, "summary", verdict.status, indent=head)
    if verdict.answer is None:
        return
    place = verdict.answer.place.name(comparison.names)
    sure = message("Place: {place}; certainty {certainty}", place=place, certainty=f"{verdict.certainty:.0%}")
    sheet.row("", sure, indent=head)
    if verdict.cause:
        sheet.row("", message("Cause, as the client sees it: {cause}", cause=verdict.cause), indent=head)
    for doubt in verdict.doubts:
        sheet.row("", message("Doubtful: {doubt}", doubt=doubt), indent=head)


def _steps(sheet: Sheet, comparison: Comparison) -> None:
    answer = comparison.verdict.answer
    if answer is None or not answer.steps:
        return
    sheet.heading(message("The way"))
    indent = 14
    for step in answer.steps:
        error = "" if step.error_ns in (0, float("inf")) else f" ± {duration(round(max(step.error_ns, 1)))}"
        at = moment(step.ns, comparison.start_ns)
        shown = message(
            "{what}, at {point}, frame #{frame}{error}", what=step.what, point=point_name(comparison.names[step.point]),
            frame=step.frame, error=error,
        )  # fmt: skip
        sheet.row(at, shown, indent=indent)


def _tls(sheet: Sheet, comparison: Comparison) -> None:
    if comparison.tls_ends:
        sheet.heading(message("TLS"))
        for end in comparison.tls_ends[:TLS_MOST]:
            sheet.row("", of_tls_end(end, comparison.names), indent=2)


def _spans(sheet: Sheet, comparison: Comparison) -> None:
    for span in comparison.spans:
        one, other = (point_name(comparison.names[n]) for n in (span.number, span.number + 1))
        sheet.heading(message("Between {one} and {other}", one=one, other=other))
        for label, fate in ((message("there"), span.up), (message("back"), span.down)):
            told = of_fate(fate)
            if told:
                sheet.row(label, sheet.language.listed(told), indent=14)
        if told := of_headers(span):
            sheet.row(message("headers"), sheet.language.listed(told), indent=14)


def _points(sheet: Sheet, comparison: Comparison) -> None:
    sheet.heading(message("Points"))
    for number, point in enumerate(comparison.path.points):
        packets = message("{file}, {count} frames", file=point.shown, count=point.result.capture.packets)
        sheet.row(point_name(point.name), packets, indent=14)
        if number:
            sheet.row("", of_clock(comparison.path.clock(number)), indent=14)
    alone = sum(1 for trail in comparison.path.trails if len(trail.sightings) == 1)
    joined = len(comparison.path.trails) - alone
    sheet.row("", message("{joined} of the client's {count} flows were seen at another point",
                          joined=joined, count=joined + alone), indent=14)  # fmt: skip

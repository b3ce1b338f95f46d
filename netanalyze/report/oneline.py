"""The verdict in one line, for a list of many captures: which, what, why, how sure."""

from netanalyze.report.language import Language
from netanalyze.report.page import ReportPage
from netanalyze.report.sheet import clean
from netanalyze.result import Result


def render(result: Result, language: str = "en") -> str:
    """``hang.pcap: HUNG The ClientHello to … is swallowed on the way. 7.50 of 7.56 s lost, tls/…, confidence 0.93``."""
    page, reader = ReportPage(result), Language(language)
    said = f"{reader.say(page.verdict.status.upper())} {reader.say(page.verdict.summary)}"
    if (cost := page.cost) is not None:
        said += f" {reader.say(cost.line(cost.lost, cost.cause or cost.instead))}"
    files = ", ".join(result.capture.files)
    return clean(f"{files}: {said}" if files else said) + "\n"

"""The report as one HTML file: no script, nothing fetched from anywhere, light and dark, fit to be printed.

Everything is escaped; names from the capture are text and nothing else. Jinja2 is imported when a report is rendered.
"""

import functools
from collections.abc import Iterator
from importlib import resources
from typing import Any

from netanalyze.columns import Column, Table
from netanalyze.diagnosis.vocabulary import CAUSES, GO_FINDINGS
from netanalyze.report import facts, without
from netanalyze.report.language import Language
from netanalyze.report.sheet import clean
from netanalyze.report.waterfall import ledger_bar, waterfall
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, duration, rfc3339, seconds
from netanalyze.wording import message

TABLE_ROWS = 200
"""Rows of a table in the report; the JSON has them all."""

_SHOWN = {
    "flows": ("Flows", "flow_id transport host orig_address orig_port resp_address resp_port service first_ns last_ns "
              "orig_packets resp_packets orig_octets resp_octets initial_rtt_ns orig_retransmissions "
              "resp_retransmissions conn_state history process"),
    "dns": ("DNS", "qname qtype_name resolver transport rcode_name query_ns response_ns query_frame response_frame "
            "queries answers"),
    "tls": ("TLS", "flow_id sni client_hello_frame client_hello_octets client_hello_segments client_hello_acked "
            "server_hello_frame client_hello_ns server_hello_ns version alpn_chosen certificate_names alert alert_by ja4"),
    "http": ("HTTP", "flow_id method host target request_frame request_ns status reason response_frame response_ns location"),
    "stalls": ("Stalls", "flow_id start_ns end_ns waiting_for waiting_on last_frame next_frame resent"),
}  # fmt: skip


def render(result: Result, language: str = "en") -> str:
    """The whole page, in a language of report/language.py."""
    spoken = Language(language)
    return _template().render(
        language=spoken,
        say=spoken.say,
        listed=spoken.listed,
        message=message,
        result=result,
        verdict=result.verdict,
        css=_source("report.css"),
        lost=facts.lost(result),
        causes={cause.id: cause.meaning for cause in CAUSES.values()} | GO_FINDINGS,
        proof=[(spoken.say(facts.frame_label(frames)), shows) for frames, shows in result.verdict.proof],
        filter=facts.wireshark_filter(result, 1000),
        limits=[facts.limit_parts(limit) for limit in result.verdict.limits],
        time=facts.time_line(result, spoken.say),
        bar=ledger_bar(result, spoken),
        phases=facts.phase_sums(result),
        chart=waterfall(result, language=spoken),
        findings=facts.placed_findings(result),
        ledger=facts.ledger_lines(result, 60),
        total=f"{seconds(facts.total_ns(result)):.{facts.ledger_decimals(result)}f}",
        tables=list(_tables(result)),
        capture_facts=facts.capture_facts(result),
        run_facts=facts.run_facts(result),
        begun=rfc3339(result.capture.start_ns),
        figures_of=lambda place: spoken.listed(_figures(place, result.capture.start_ns)),
        is_command=facts.is_command,
        culprit_text=facts.culprit_text,
        diagnostic_text=facts.diagnostic_text,
        phase_names=facts.PHASE_NAMES,
        since=lambda ns: _since(ns, result.capture.start_ns),
        without=without,
        duration=duration,
    )


def _figures(place: facts.Placed, start: int) -> Iterator[str]:
    """What stands beside a finding's cause: how long, since when, which flow, how sure."""
    finding = place.finding
    if finding.end_ns > finding.start_ns:
        yield duration(finding.end_ns - finding.start_ns)
        yield message("at {since} s", since=_since(finding.start_ns, start))
    if finding.flow_id is not None:
        yield message("flow {number}", number=finding.flow_id)
    yield message("confidence {sure}", sure=f"{finding.confidence:.2f}")
    if place.root:
        yield "the verdict"


def _since(ns: int, start: int) -> str:
    return "" if NEVER_NS in (ns, start) else f"{seconds(ns - start):.3f}"


def _source(name: str) -> str:
    return resources.files("netanalyze.report").joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=shown
    )
    environment.filters["trusted"] = Markup
    return environment.from_string(_source("report.html.j2"))


def _tables(result: Result) -> Iterator[dict[str, Any]]:
    """The tables as head and rows of text; columns without a single value are left out."""
    start = result.capture.start_ns
    for name, (title, columns) in _SHOWN.items():
        table: Table = getattr(result, name)
        if not len(table):
            continue
        declared = {column.name: column for column in table.schema}
        rows = [table.row(i) for i in range(min(len(table), TABLE_ROWS))]
        used = [
            declared[c] for c in columns.split() if c in declared and any(row[c] not in (None, "", []) for row in rows)
        ]  # fmt: skip
        yield {
            "name": name,
            "title": title,
            "meaning": (type(table).__doc__ or "").strip().splitlines()[0],
            "count": len(table),
            "head": [(_heading(column), _meaning(column), _numeric(column)) for column in used],
            "rows": [[(_value(column, row[column.name], start), _numeric(column)) for column in used] for row in rows],
        }


def headings() -> Iterator[str]:
    """What stands above the columns of the report's tables, in English."""
    for name, (_, columns) in _SHOWN.items():
        declared = {column.name: column for column in Result.__annotations__[name].schema}
        yield from (_heading(declared[column]) for column in columns.split() if column in declared)


def _heading(column: Column) -> str:
    timed = column.unit == "ns"
    name = (column.name[:-3] if timed else column.name).replace("_", " ")
    unit = "s" if timed else column.unit if column.unit == "octets" and "octets" not in name else ""
    return f"{name}, {unit}" if unit else name


def _meaning(column: Column) -> str:
    moment = ", from the start of the capture" if column.missing == NEVER_NS else ""
    return f"{column.meaning}{moment} ({column.source})"


def _numeric(column: Column) -> bool:
    return column.dtype[0] in "iuf"


def _value(column: Column, value: Any, start: int) -> str:
    if value is None:
        return ""
    if column.missing == NEVER_NS:
        return f"{seconds(value - start):.6f}"
    if column.unit == "ns":
        return f"{seconds(value):.6f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(member) for member in value)
    return str(value)

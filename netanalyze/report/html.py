"""The report as one HTML file: nothing fetched from anywhere, light and dark, fit to be printed, whole without its script too.

The script is ours (report/script), the only one that the page's policy allows.

Everything is escaped; names from the capture are text and nothing else. Jinja2 is imported when a report is rendered.
"""

import base64
import functools
import hashlib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np

from netanalyze.causes.cause import causes
from netanalyze.columns import Column, Table
from netanalyze.report import without
from netanalyze.report.cause_page import cause_page
from netanalyze.report.facts import PHASE_NAMES, Placed
from netanalyze.report.language import Language
from netanalyze.report.page import ReportPage
from netanalyze.report.page_data import LANES_MOST, page_data
from netanalyze.report.sheet import clean
from netanalyze.report.waterfall import ROWS, ledger_bar, waterfall
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, duration, rfc3339, seconds
from netanalyze.wording import Text, message

TABLE_ROWS, TABLE_ROWS_MOST = 200, 2_000
"""Rows of a table that stand in the report, and with those that its script adds when the table is opened; the JSON has all."""

_SHOWN = {
    "flows": ("Flows", "flow_id tcp_stream udp_stream transport host orig_address orig_port resp_address resp_port service "
              "first_ns last_ns "
              "orig_packets resp_packets orig_octets resp_octets initial_rtt_ns orig_retransmissions "
              "resp_retransmissions conn_state history process"),
    "dns": ("DNS", "qname qtype_name resolver transport rcode_name query_ns response_ns query_frame response_frame "
            "queries answers"),
    "tls": ("TLS", "flow_id sni client_hello_frame client_hello_octets client_hello_segments client_hello_acked "
            "server_hello_frame client_hello_ns server_hello_ns version alpn_chosen certificate_names alert alert_by ja4"),
    "http": ("HTTP", "flow_id method host target request_frame request_ns status reason response_frame response_ns location"),
    "modules": ("Modules", "ecosystem name version source host requests tries failed status start_ns end_ns lookup_ns "
                "connect_ns tls_ns wait_ns transfer_ns octets flow_ids"),
    "stalls": ("Stalls", "flow_id start_ns end_ns waiting_for waiting_on last_frame next_frame resent"),
}  # fmt: skip


def render(result: Result, language: str = "en") -> str:
    """The whole page, in a language of report/language.py."""
    spoken = Language(language)
    chart = waterfall(result, LANES_MOST, spoken, with_requests=True)
    tables = list(_tables(result))
    more = {table["name"]: table["more"] for table in tables if table["more"]["rows"]}
    return _template().render(
        language=spoken,
        say=spoken.say,
        listed=spoken.listed,
        message=message,
        result=result,
        verdict=result.verdict,
        css=_source("report.css"),
        script=_script(),
        script_hash=_script_hash(),
        data=page_data(result, chart, more),
        pages=_pages(result, spoken),
        page=ReportPage(result),
        causes={cause.id: cause.meaning for cause in causes().values()},
        bar=ledger_bar(result, spoken),
        chart=chart.shortened(ROWS),
        limits=sorted({span.kind[3:] for lane in chart.lanes for span in lane.spans if span.kind.startswith("by-")}),
        tables=tables,
        begun=rfc3339(result.capture.start_ns),
        figures_of=lambda place: spoken.listed(_figures(place, result.capture.start_ns)),
        phase_names=PHASE_NAMES,
        without=without,
        duration=duration,
    )


SCRIPTS = ("base", "tables", "flow", "waterfall")
"""The parts of the page's script, in the order in which they are run."""


@functools.cache
def _script() -> str:
    parts = "".join(_source(f"script/{name}.js") for name in SCRIPTS)
    return f"(() => {{\n{parts}}})();\n"


@functools.cache
def _script_hash() -> str:
    """What the page's policy names its one script by (Content Security Policy Level 3, section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()}"


def _pages(result: Result, language: Language) -> dict[str, list[str]]:
    """The lines of the pages of the causes that the report names, the verdict's first."""
    verdict = result.verdict
    named = [
        verdict.cause,
        *(finding.cause for finding in result.findings),
        *(other.cause for other in verdict.alternatives),
    ]
    return {id_: cause_page(id_, language).splitlines() for id_ in dict.fromkeys(named) if id_ in causes()}


def _figures(place: Placed, start: int) -> Iterator[Text]:
    """What stands beside a finding's cause: how long, since when, which flow, how sure."""
    finding = place.finding
    if finding.end_ns > finding.start_ns:
        yield duration(finding.end_ns - finding.start_ns)
        yield message("at {since} s", since=_since(finding.start_ns, start))
    yield from place.flow
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
        return value if isinstance(value, Markup) else clean(str(value))

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=shown
    )
    environment.filters["trusted"] = Markup
    return environment.from_string(_source("report.html.j2"))


def _tables(result: Result) -> Iterator[dict[str, Any]]:
    """The tables as head and rows of text; columns without a single value are left out."""
    blamed = [
        flow for finding in result.findings for flow in (finding.flow_id, *finding.also_flows) if flow is not None
    ]
    start = result.capture.start_ns
    for name, (title, columns) in _SHOWN.items():
        table: Table = getattr(result, name)
        if not len(table):
            continue
        declared = {column.name: column for column in table.schema}
        hit = np.isin(table.flow_id, blamed) if "flow_id" in declared else np.zeros(len(table), bool)
        shown = _rows_first(hit, TABLE_ROWS)
        every = _rows_first(hit, TABLE_ROWS_MOST)
        rows = {at: table.row(at) for at in every.tolist()}
        used = [
            declared[c] for c in columns.split()
            if c in declared and any(row[c] not in (None, "", []) for row in rows.values())
        ]  # fmt: skip
        texts = {at: [_value(column, row[column.name], start) for column in used] for at, row in rows.items()}
        numeric = [_numeric(column) for column in used]
        rest = np.setdiff1d(every, shown)
        yield {
            "name": name,
            "title": title,
            "meaning": _rows_of(type(table)),
            "count": len(table),
            "whole": len(every),
            "head": [(_heading(column), _meaning(column), _numeric(column)) for column in used],
            "rows": [(bool(hit[at]), list(zip(texts[at], numeric))) for at in shown.tolist()],
            "more": {
                "rows": [[clean(text) for text in texts[at]] for at in rest.tolist()],
                "numeric": numeric,
                "hit": np.flatnonzero(hit[rest]).tolist(),
            },
        }


def _rows_first(wanted: np.ndarray, most: int) -> np.ndarray:
    """The places of so many rows at the most, in their order: those that are wanted, and the first of the others."""
    first = np.argsort(~wanted, kind="stable")[:most]
    return np.sort(first)


def headings() -> Iterator[str]:
    """What stands above the report's tables and above their columns, in English."""
    for name, (_, columns) in _SHOWN.items():
        kind = Result.__annotations__[name]
        declared = {column.name: column for column in kind.schema}
        yield _rows_of(kind)
        yield from (_heading(declared[column]) for column in columns.split() if column in declared)


def _rows_of(table: type[Table]) -> str:
    return (table.__doc__ or "").strip().splitlines()[0]


def _heading(column: Column) -> str:
    timed = column.unit == "ns"
    name = (column.name[:-3] if timed else column.name).replace("_", " ")
    unit = "s" if timed else column.unit if column.unit == "octets" and "octets" not in name else ""
    return f"{name}, {unit}" if unit else name


def meanings() -> Iterator[Text]:
    """What the columns of the report's tables are, in English."""
    for name, (_, columns) in _SHOWN.items():
        declared = {column.name: column for column in Result.__annotations__[name].schema}
        yield from (declared[column].meaning for column in columns.split() if column in declared)


def _meaning(column: Column) -> Text:
    said = "{meaning} ({source})"
    if column.missing == NEVER_NS:
        said = "{meaning}, from the start of the capture ({source})"
    return message(said, meaning=column.meaning, source=column.source)


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

"""What a dataset keeps of one capture: the columns of its tables, as lists of plain values that any process can take."""

import json
from typing import Any

from netanalyze.columns import Table
from netanalyze.fleet.schema import FINDINGS, LEDGER, OF_RESULT, RUNS, Field
from netanalyze.redaction import redacted
from netanalyze.report.brief import as_line, brief
from netanalyze.result import Result
from netanalyze.result.rows import culprit_row, finding_rows, ledger_rows
from netanalyze.units import NEVER_NS, seconds
from netanalyze.version import __version__
from netanalyze.wording import english

Columns = list[list[Any]]
"""A list for each column, in the order of its declaration."""
Tables = dict[str, Columns]


def rows_of(result: Result, path: str, digest: str, size: int) -> Tables:
    """All that is kept of a capture."""
    return {
        "runs": _columns(RUNS, [{**_run(result), "file": redacted(path), "size": size}], digest),
        "findings": _columns(FINDINGS, finding_rows(result), digest),
        "ledger": _columns(LEDGER, ledger_rows(result), digest),
        **{name: _table(getattr(result, name), digest) for name in OF_RESULT},
    }


def row_of_error(path: str, digest: str | None, size: int | None, error: str) -> Tables:
    """What is kept of a file that cannot be analysed: a row of ``runs``."""
    row = {"file": redacted(path), "size": size, "error": redacted(error), "netanalyze": __version__}
    return {"runs": _columns(RUNS, [row], digest)}


def brief_line(rows: Tables) -> str:
    """What ``--brief`` prints of a capture: its file and the verdict, or why it cannot be analysed, as JSON on one line."""
    run = {field.name: values[0] for field, values in zip(RUNS, rows["runs"])}
    said = {"error": run["error"]} if run["brief"] is None else json.loads(run["brief"])
    return as_line({"file": run["file"], **said})


def _run(result: Result) -> dict[str, Any]:
    capture, verdict, run = result.capture, result.verdict, result.run
    unknown = NEVER_NS in (capture.start_ns, capture.end_ns)
    made = {
        "status": verdict.status, "cause": verdict.cause, **culprit_row(verdict.culprit),
        "confidence": verdict.confidence, "seconds": verdict.seconds, "without_it": verdict.without_it,
        "summary": english(verdict.summary), "request": verdict.request.url if verdict.request is not None else None,
        "brief": {name: value for name, value in brief(result).items() if name != "files"},
        "start": capture.start_ns, "end": capture.end_ns,
        "duration": 0.0 if unknown else seconds(capture.end_ns - capture.start_ns),
        "packets": capture.packets, "judged_flows": capture.judged_flows, "total_flows": capture.total_flows,
        "vantage": capture.vantage, "netanalyze": result.version,
        "diagnostics": [
            {"kind": row.kind, "severity": str(row.severity), "count": row.count} for row in capture.diagnostics
        ],
    }  # fmt: skip
    if run is not None:
        made |= {
            "argv": None if run.argv is None else list(run.argv), "exit_code": run.exit_code, "client": run.client,
            "environment": run.environment,
        }  # fmt: skip
    return made


def _columns(fields: tuple[Field, ...], rows: list[dict[str, Any]], digest: str | None) -> Columns:
    return [
        [digest] * len(rows) if field.name == "hash" else [_value(field, row.get(field.name)) for row in rows]
        for field in fields
    ]


def _value(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.kind == "json":
        return json.dumps(value, ensure_ascii=False, default=str)
    if field.kind == "timestamp":
        return None if value == NEVER_NS else value
    return list(value) if field.kind.startswith("list") else value


def _table(table: Table, digest: str) -> Columns:
    columns: Columns = [[digest] * len(table)]
    for column in table.schema:
        values = table.values(column)
        if column.words is not None:
            values = [column.words.get(value) for value in values]
        columns.append(values)
    return columns

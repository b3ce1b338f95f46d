"""How the parts of a result stand in its JSON (docs/json.md)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from netanalyze.columns import Table
from netanalyze.findings import Alternative, Culprit
from netanalyze.result.asked_for import AskedFor
from netanalyze.units import NEVER_NS, rfc3339, seconds
from netanalyze.wording import english

if TYPE_CHECKING:
    from netanalyze.result import CaptureFacts, RunFacts


def alternative_json(other: Alternative) -> dict[str, Any]:
    """Another cause that fits."""
    return {"cause": other.cause, "why": other.why, "how_to_tell": "" if other.check is None else other.check.what}


def request_json(request: AskedFor, at: Callable[[int], float | None]) -> dict[str, Any]:
    """What was asked for; ``at`` gives moments as the JSON has them."""
    return {
        "url": request.url,
        "method": request.method,
        "module": request.module,
        "start": at(request.start_ns),
        "frame": request.frame or None,
        "source": request.source,
        "waiting": request.waiting,
    }


def rounded_json(figure: float | None) -> float | None:
    """Seconds to the millisecond; None stays."""
    return None if figure is None else round(figure, 3)


def table_json(table: Table, start_ns: int) -> list[dict[str, Any]]:
    """A table as JSON rows: columns ``x_ns`` become ``x`` in seconds (moments from ``start_ns``, spans as they are)."""
    moments = {c.name for c in table.schema if c.missing == NEVER_NS}
    spans = {c.name for c in table.schema if c.unit == "ns"} - moments
    names = {c.name: c.name[:-3] if c.name in moments | spans else c.name for c in table.schema}
    rows = []
    for row in table.rows():
        out: dict[str, Any] = {}
        for name, value in row.items():
            if value is not None and name in moments:
                value = None if start_ns == NEVER_NS else round(seconds(value - start_ns), 9)
            elif value is not None and name in spans:
                value = round(seconds(value), 9)
            out[names[name]] = value
        rows.append(out)
    return rows


def capture_json(capture: "CaptureFacts") -> dict[str, Any]:
    """What was analysed."""
    start = capture.start_ns
    return {
        "files": list(capture.files),
        "packets": capture.packets,
        "start": rfc3339(capture.start_ns),
        "end": rfc3339(capture.end_ns),
        "duration": 0.0 if NEVER_NS in (capture.start_ns, capture.end_ns) else seconds(capture.end_ns - start),
        "link_types": list(capture.link_types),
        "vantage": capture.vantage,
        "judged_flows": capture.judged_flows,
        "total_flows": capture.total_flows,
        "diagnostics": [
            {
                "kind": row.kind,
                "severity": str(row.severity),
                "count": row.count,
                "first_frame": row.first_frame,
                "meaning": english(row.meaning),
            }
            for row in capture.diagnostics
        ],
    }


def culprit_json(culprit: Culprit | None) -> dict[str, Any] | None:
    """Who is to blame, and through whom."""
    if culprit is None:
        return None
    return {
        "role": culprit.role,
        "host": culprit.host,
        "address": culprit.address,
        "port": culprit.port,
        "via": culprit_json(culprit.via),
    }


def run_json(run: "RunFacts") -> dict[str, Any]:
    """The command, moments in RFC 3339."""
    return {
        "argv": list(run.argv) if run.argv is not None else None,
        "exit_code": run.exit_code,
        "start": rfc3339(run.start_ns),
        "end": rfc3339(run.end_ns),
        "wall": run.wall,
        "client": run.client,
        "killed_by": run.killed_by,
        "last_line": run.last_line,
        "joined": rfc3339(run.joined_ns),
        "captured_until": rfc3339(run.captured_until_ns),
        "environment": run.environment,
    }

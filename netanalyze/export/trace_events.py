"""Trace events: the waterfall as Perfetto, Speedscope and Chrome's own viewer show it (Trace Event Format, JSON object form)."""

import json
from collections.abc import Iterator
from typing import Any

from netanalyze.report.facts import PHASE_NAMES
from netanalyze.report.waterfall import waterfall
from netanalyze.result import Result
from netanalyze.units import NEVER_NS
from netanalyze.wording import english

LANES_MOST = 20_000
RUN, NETWORK = 1, 2
"""The two "processes" of the trace: the ledger, and lookups and flows."""


def trace(result: Result) -> Iterator[tuple[str, bytes]]:
    """One file, times in µs from the beginning of the capture."""
    chart = waterfall(result, LANES_MOST)
    starts = [row.start_ns for row in result.ledger] + [lane.start_ns for lane in chart.lanes]
    zero = result.capture.start_ns if result.capture.start_ns != NEVER_NS else min(starts, default=0)
    processes = {RUN: "where the time went", NETWORK: "lookups and flows"}
    events = [_named("process_name", process, 0, text) for process, text in processes.items()]
    for row in result.ledger:
        what = row.cause or PHASE_NAMES.get(row.phase, row.phase)
        events.append(
            _span(what, row.phase, row.start_ns - zero, row.end_ns - row.start_ns, RUN, 1, note=english(row.note))
        )
    for place, lane in enumerate(chart.lanes, 1):
        events.append(_named("thread_name", NETWORK, place, lane.label))
        events.append(
            {"ph": "M", "name": "thread_sort_index", "pid": NETWORK, "tid": place, "args": {"sort_index": place}}
        )
        for span in lane.spans:
            events.append(_span(span.title.partition(":")[0], span.phase or span.kind, span.start_ns - zero,
                                span.end_ns - span.start_ns, NETWORK, place, flow=lane.flow_id, kind=span.kind))  # fmt: skip
    about = {"netanalyze": result.version, "verdict": result.verdict.status, "cause": result.verdict.cause or ""}
    document = {"displayTimeUnit": "ms", "otherData": about, "traceEvents": events}
    yield "trace.json", json.dumps(document, separators=(",", ":")).encode()


def _named(name: str, process: int, thread: int, text: str) -> dict[str, Any]:
    return {"ph": "M", "name": name, "pid": process, "tid": thread, "args": {"name": text}}


def _span(name: str, category: str, start_ns: int, ns: int, process: int, thread: int, **more: Any) -> dict[str, Any]:
    arguments = {key: value for key, value in more.items() if value not in (None, "")}
    return {
        "ph": "X", "name": name, "cat": category, "ts": start_ns / 1000, "dur": ns / 1000, "pid": process, "tid": thread,
        "args": arguments,
    }  # fmt: skip

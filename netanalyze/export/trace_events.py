"""Trace events: the waterfall as Perfetto, Speedscope and Chrome's own viewer show it (Trace Event Format, JSON object form)."""

import heapq
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from netanalyze.report.facts import PHASE_NAMES
from netanalyze.report.waterfall import LaneBar, waterfall
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
    events.append(_named("thread_name", RUN, 1, "each instant has one owner"))
    for row in result.ledger:
        what = row.cause or PHASE_NAMES.get(row.phase, row.phase)
        events.append(_span(what, row.phase, row.start_ns - zero, row.end_ns - zero, RUN, 1, note=english(row.note)))
    for place, lane in enumerate(chart.lanes, 1):
        events.append(_named("thread_name", NETWORK, place, lane.label))
        events.append(
            {"ph": "M", "name": "thread_sort_index", "pid": NETWORK, "tid": place, "args": {"sort_index": place}}
        )
        for span in _nested(lane.spans):
            events.append(_span(_title(span), span.phase or span.kind, span.start_ns - zero,
                                span.end_ns - zero, NETWORK, place, flow=lane.flow_id, kind=span.kind))  # fmt: skip
    about = {"netanalyze": result.version, "verdict": result.verdict.status, "cause": result.verdict.cause or ""}
    document = {"displayTimeUnit": "ms", "otherData": about, "traceEvents": events}
    yield "trace.json", json.dumps(document, separators=(",", ":")).encode()


def _title(span: LaneBar) -> str:
    """What a span is, without its figures; of one that something limited, by what."""
    return span.title.replace(": ", " ") if span.kind.startswith("by-") else span.title.partition(":")[0]


def _nested(spans: Sequence[LaneBar]) -> list[LaneBar]:
    """The spans of a row, each within another or apart from it, as viewers want them: one that crosses an end is cut there.

    One of no duration lasts a nanosecond: two such at one moment Speedscope would end in the order in which they began.
    """
    number = itertools.count()
    lasting = (replace(span, end_ns=max(span.end_ns, span.start_ns + 1)) for span in spans)
    waiting = [(span.start_ns, -span.end_ns, next(number), span) for span in lasting]
    heapq.heapify(waiting)
    placed: list[LaneBar] = []
    open_ends: list[int] = []  # a heap: spans that have begun are nested, so that the first to end is the innermost
    while waiting:
        start, _, _, span = heapq.heappop(waiting)
        while open_ends and open_ends[0] <= start:
            heapq.heappop(open_ends)
        if open_ends and open_ends[0] < span.end_ns:
            end = open_ends[0]
            later = end + 1  # or Speedscope takes it for a part of what ends there
            heapq.heappush(waiting, (later, -span.end_ns, next(number), replace(span, start_ns=later)))
            span = replace(span, end_ns=end)
        heapq.heappush(open_ends, span.end_ns)
        placed.append(span)
    return placed


def _named(name: str, process: int, thread: int, text: str) -> dict[str, Any]:
    return {"ph": "M", "name": name, "pid": process, "tid": thread, "args": {"name": text}}


def _span(
    name: str, category: str, start_ns: int, end_ns: int, process: int, thread: int, **more: Any
) -> dict[str, Any]:
    """One span; ``ts + dur`` is its end to the last bit, so that spans which end together do so for who adds them up."""
    arguments = {key: value for key, value in more.items() if value not in (None, "")}
    span = {
        "ph": "X", "name": name, "cat": category, "ts": start_ns / 1000, "dur": end_ns / 1000 - start_ns / 1000, "pid": process,
        "tid": thread,
    }  # fmt: skip
    return (
        {**span, "args": arguments} if arguments else span
    )  # Speedscope shows them behind the name, even where there are none

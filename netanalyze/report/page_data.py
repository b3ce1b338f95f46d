"""What the page's own script draws from, as JSON: the waterfall's rows, and the packets of flows that findings are about."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from netanalyze.findings import runs_of
from netanalyze.report.facts import endpoint
from netanalyze.report.packet_words import flag_names, packet_words
from netanalyze.report.sheet import clean
from netanalyze.report.waterfall import Lane, Waterfall
from netanalyze.result import Result
from netanalyze.result.display_filter import proof_frames
from netanalyze.tracking.marks import names
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import RST, SYN

LANES_MOST = 10_000
"""Rows of the waterfall in one page: a file of some megabytes, and more than anybody scrolls through."""


def page_data(result: Result, chart: Waterfall, tables: dict[str, Any]) -> str:
    """The data as JSON that no HTML parser takes for markup.

    Args:
        tables: by name, the rows that do not stand in the page itself.
    """
    begin = min((lane.start_ns for lane in chart.lanes), default=0)
    start = result.capture.start_ns if result.capture.start_ns != NEVER_NS else begin
    facts = {row["flow_id"]: row for row in result.flows.rows()}
    causes: dict[int | None, set[str]] = defaultdict(set)
    for finding in result.findings:
        for flow in (finding.flow_id, *finding.also_flows):
            causes[flow].add(finding.cause)
    data = {
        "lanes": [
            _lane(lane, start, facts.get(lane.flow_id), causes.get(lane.flow_id, ()), result) for lane in chart.lanes
        ],
        "left_out": chart.left_out,
        "end": max((_us(lane.end_ns, start) for lane in chart.lanes), default=1),
        "packets": _packets(result, start),
        "proof": runs_of(proof_frames(result.verdict)),
        "tables": tables,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _us(ns: int, start: int) -> int:
    return (ns - start) // 1000


def _lane(lane: Lane, start: int, flow: dict[str, Any] | None, causes: Iterable[str], result: Result) -> list[Any]:
    """Label, title, beginning and end in µs, judged, blamed, flow, octets, text to search, spans, filter, whether a request."""
    spans = [
        [
            span.kind,
            _us(span.start_ns, start),
            _us(span.end_ns, start),
            clean(span.title),
            *filter(None, [clean(span.owed)]),
        ]
        for span in lane.spans
    ]
    octets = lane.octets if lane.request else 0 if flow is None else flow["orig_octets"] + flow["resp_octets"]
    stream = result.streams.of(lane.flow_id) if lane.flow_id is not None else None
    words = "" if flow is None else " ".join(filter(None, (
        endpoint(flow["orig_address"], flow["orig_port"]), endpoint(flow["resp_address"], flow["resp_port"]), flow["process"],
    )))  # fmt: skip
    return [
        clean(lane.label), clean(lane.title), _us(lane.start_ns, start), _us(lane.end_ns, start), int(lane.judged),
        int(lane.blamed), lane.flow_id, octets, clean(" ".join([words, *sorted(causes)])), spans,
        stream.filter if stream is not None else "", int(lane.request),
    ]  # fmt: skip


def _packets(result: Result, start: int) -> dict[int, list[list[Any]]]:
    """By flow: frame, µs, direction, what it is, offset, ack, length, window, marks, SACK blocks; -1 is not known."""
    words = packet_words(result.events, result.segments.frame_number)
    scales = {row["flow_id"]: (row["orig_window_scale"], row["resp_window_scale"]) for row in result.flows.rows()}
    found: dict[int, list[list[Any]]] = {}
    for row in result.segments.rows():
        called = words.get(row["frame_number"]) or flag_names(row["flags"])
        found.setdefault(row["flow_id"], []).append([
            row["frame_number"], _us(row["time_ns"], start), row["direction"], called,
            row["offset"], -1 if row["ack"] is None else row["ack"], row["length"],
            _window(row, scales.get(row["flow_id"], (None, None))[row["direction"]]),
            ", ".join(name.replace("_", " ") for name in names(row["marks"])), row["sacks"],
        ])  # fmt: skip
    return found


def _window(row: dict[str, Any], scale: int | None) -> int:
    """How many octets a segment allows, -1 where that is not known; that of a SYN is never scaled (RFC 7323 section 2.2)."""
    if row["flags"] & RST or (scale is None and not row["flags"] & SYN):
        return -1
    return int(row["window"]) << (0 if row["flags"] & SYN else max(scale or 0, 0))

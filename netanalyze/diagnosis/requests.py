"""The command's own requests laid on the packets: each URL it printed, joined to the flow it went over.

What is encrypted shows no URL, but the command says when it asks and when the head of the answer has come (``go -x``); the
records of its connections to that host show which one carried something then. The lines are printed a moment before the
request leaves and a moment after the answer came.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from netanalyze.clients.trace import Request, Trace
from netanalyze.findings import Threshold
from netanalyze.flows.application import application
from netanalyze.flows.http import TRACE
from netanalyze.flows.observe import Flow, Record
from netanalyze.units import NEVER_NS

CLOCKS = Threshold(
    20, "ms", source="measured: a line of go -x is stamped within 5 ms of its packets, on a busy machine within 20 ms",
    why="a line may be stamped so much before or after the frame it belongs to",
)  # fmt: skip


def told_requests(flows: Iterable[Flow], trace: Trace | None) -> list[dict[str, Any]]:
    """Rows of HttpTable, one for each request the command told of with its time and whose flow can be named."""
    if trace is None:
        return []
    by_host: dict[str, list[Flow]] = {}
    clear: set[tuple[str, str]] = set()
    for flow in flows:
        if flow.host and flow.is_tcp:
            by_host.setdefault(flow.host, []).append(flow)
        if flow.http is not None and flow.tls is None:
            clear |= {((e.host or "").partition(":")[0], e.target or "") for e in flow.http.exchanges}
    used: set[tuple[int, int]] = set()
    rows = []
    for request in trace.requests:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if request.time_ns is None or not request.host or (request.host, target) in clear:
            continue
        carrier, asked = _carrier(by_host.get(request.host, []), request, used)
        if carrier is None:
            continue
        if asked is not None:
            used.add((carrier.id, asked.stream_offset))
        rows.append(_row(carrier, request, asked, target))
    return rows


def _carrier(flows: list[Flow], request: Request, used: set[tuple[int, int]]) -> tuple[Flow | None, Record | None]:
    """The flow with the first free request record after the line; else the one that was still being opened then."""
    assert request.time_ns is not None, "only requests with a time are asked for"
    begun = request.time_ns - CLOCKS.ns
    until = request.end_time_ns + CLOCKS.ns if request.end_time_ns is not None else None
    found: list[tuple[int, Flow, Record]] = []
    for flow in flows:
        read = application(flow) if flow.tls is not None else None
        for record in read.requests if read is not None else ():
            fits = record.time_ns >= begun and (until is None or record.time_ns <= until)
            if fits and (flow.id, record.stream_offset) not in used:
                found.append((record.time_ns, flow, record))
                break
    if found:
        _, flow, record = min(found, key=lambda one: one[0])
        return flow, record
    opening = [
        f for f in flows
        if f.first_ns >= begun and (until is None or f.first_ns <= until) and application(f) is None
    ]  # fmt: skip
    return (opening[0] if opening else None), None


def _row(flow: Flow, request: Request, asked: Record | None, target: str) -> dict[str, Any]:
    answer: Record | None = None
    if request.status and asked is not None and request.end_time_ns is not None:
        read = application(flow)
        came = [
            r for r in (read.responses if read is not None else ())
            if asked.time_ns <= r.time_ns <= request.end_time_ns + CLOCKS.ns
        ]  # fmt: skip
        heads = [r for r in came if r.time_ns <= request.end_time_ns]
        answer = (heads or came)[-1] if came else None
    return {
        "flow_id": flow.id, "method": "GET", "target": target, "host": request.host,
        "request_frame": asked.frame_number if asked is not None else 0,
        "request_ns": asked.time_ns if asked is not None else request.time_ns,
        "status": request.status if request.status is not None else -1,
        "reason": request.reason or request.error,
        "response_frame": answer.frame_number if answer is not None else 0,
        "response_ns": answer.time_ns if answer is not None else NEVER_NS,
        "source": TRACE,
    }  # fmt: skip

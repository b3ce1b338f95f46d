"""The command's own requests laid on the packets: each URL it printed, joined to the flow it went over.

What is encrypted shows no URL, but the command says when it asks and when the head of the answer has come (``go -x``); the
records of its connections to that host show which one carried something then. The lines are printed a moment before the
request leaves and a moment after the answer came.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from netanalyze.clients.trace import Request, Trace
from netanalyze.conversations.http import TRACE
from netanalyze.findings import Threshold
from netanalyze.flows.application import Application, application, overhead
from netanalyze.flows.flow import Flow, Record
from netanalyze.flows.within import frame_number
from netanalyze.units import NEVER_NS
from netanalyze.urls import split

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
        if flow.clear is not None:
            clear |= {((e.host or "").partition(":")[0], e.target or "") for e in flow.clear.exchanges}
    carriers = {host: _Carriers(mine) for host, mine in by_host.items()}
    rows = []
    for request in trace.requests:
        url = split(request.url)
        if (
            url is None
            or request.time_ns is None
            or request.host not in carriers
            or (request.host, url.target) in clear
        ):
            continue
        carrier, asked = carriers[request.host].take(request)
        if carrier is None:
            continue
        rows.append(_row(carrier, request, asked, url.target))
    return rows


class _Carriers:
    """The flows to one host, by what they asked for and when: each record carries one request at most."""

    def __init__(self, flows: list[Flow]):
        asked = []
        for place, flow in enumerate(flows):
            read = application(flow) if flow.tls is not None else None
            asked += [(record.time_ns, place, flow, record) for record in (read.requests if read is not None else ())]
        self._asked = sorted(asked, key=lambda one: one[:2])
        self._free = list(range(len(asked) + 1))  # of each record, one at or after it that may be free
        self._opening = sorted((f for f in flows if application(f) is None), key=_first_ns)

    def take(self, request: Request) -> tuple[Flow | None, Record | None]:
        """The flow with the first free request record after the line; else the one that was still being opened then."""
        assert request.time_ns is not None, "only requests with a time are asked for"
        begun = request.time_ns - CLOCKS.ns
        until = request.end_time_ns + CLOCKS.ns if request.end_time_ns is not None else None
        at = self._next_free(bisect_left(self._asked, begun, key=lambda one: one[0]))
        if at < len(self._asked) and (until is None or self._asked[at][0] <= until):
            self._free[at] = at + 1
            return self._asked[at][2:]
        at = bisect_left(self._opening, begun, key=_first_ns)
        opening = self._opening[at] if at < len(self._opening) else None
        return (opening if opening is not None and (until is None or opening.first_ns <= until) else None), None

    def _next_free(self, at: int) -> int:
        while self._free[at] != at:
            self._free[at] = self._free[self._free[at]]  # the way is half as long the next time
            at = self._free[at]
        return at


def _first_ns(flow: Flow) -> int:
    return flow.first_ns


def _row(flow: Flow, request: Request, asked: Record | None, target: str) -> dict[str, Any]:
    answer: Record | None = None
    body: Sequence[Record] = ()
    read = application(flow) if asked is not None else None
    if request.status and asked is not None and request.end_time_ns is not None and read is not None:
        came = [r for r in read.responses if asked.time_ns <= r.time_ns <= request.end_time_ns + CLOCKS.ns]
        heads = [r for r in came if r.time_ns <= request.end_time_ns]
        answer = (heads or came)[-1] if came else None
        body = _body(read, answer)
    return {
        "flow_id": flow.id, "method": "GET", "target": target, "host": request.host,
        "request_frame": asked.frame_number if asked is not None else 0,
        "request_ns": asked.time_ns if asked is not None else request.time_ns,
        "status": request.status if request.status is not None else -1,
        "reason": request.reason or request.error,
        "response_frame": answer.frame_number if answer is not None else 0,
        "response_ns": answer.time_ns if answer is not None else NEVER_NS,
        "body_octets": sum(max(record.length - overhead(flow), 0) for record in body) if body else -1,
        "body_over_ns": body[-1].time_ns if body else NEVER_NS,
        "source": TRACE,
    }  # fmt: skip


def _body(read: Application, answer: Record | None) -> Sequence[Record]:
    """The records of a response, from its head to the next request; none where requests lie side by side."""
    if answer is None or read.parallel:
        return ()
    at = bisect_right(read.requests, answer.frame_number, key=frame_number)
    end = (
        bisect_left(read.responses, read.requests[at].frame_number, key=frame_number)
        if at < len(read.requests)
        else None
    )
    return read.responses[bisect_left(read.responses, answer.frame_number, key=frame_number) : end]

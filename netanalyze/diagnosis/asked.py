"""Which request it was: the URL that hangs or failed, from what the command printed or from clear HTTP."""

from collections.abc import Iterator
from dataclasses import replace

from netanalyze.causes.case import Case
from netanalyze.clients.packages import GO, PROXY, package_of
from netanalyze.clients.requests import told_requests
from netanalyze.clients.trace import REFUSED, Request
from netanalyze.conversations.http import Exchange
from netanalyze.findings import Finding
from netanalyze.flows.flow import Flow
from netanalyze.isolation import isolated
from netanalyze.redaction import redacted
from netanalyze.result.asked_for import FROM_FRAMES, FROM_TRACE, AskedFor
from netanalyze.units import NEVER_NS
from netanalyze.urls import split


def requested(case: Case, lead: Finding) -> AskedFor | None:
    """As ``asked_for``; nothing where that fails: the verdict stands without."""
    with isolated("which request it was", case.diagnostics):
        return asked_for(case, lead)
    return None


def asked_for(case: Case, lead: Finding) -> AskedFor | None:
    """The first of the requests that a finding holds up or fails, and how many more wait as it does; None where no words
    and no clear text name one."""
    flow = case.index.flows.get(lead.flow_id)
    host = (flow.host if flow is not None else None) or lead.quantities.get("name") or lead.culprit.host
    return _first([*_in_clear(flow, lead)] or [*_by_words(case, flow, host, lead.start_ns, lead.end_ns)])


def waited_for(case: Case, host: str | None, flow_id: int | None, start_ns: int, now_ns: int) -> AskedFor | None:
    """What a wait that lies open is for, as far as the command said."""
    with isolated("which request it is", case.diagnostics):
        return _first([*_by_words(case, case.index.flows.get(flow_id), host, start_ns, now_ns)])
    return None


def _first(candidates: list[AskedFor]) -> AskedFor | None:
    """The first that was made, with the number of the others."""
    if not candidates:
        return None
    first = min(candidates, key=lambda one: (one.start_ns == NEVER_NS, one.start_ns))
    return replace(
        first,
        url=redacted(first.url),
        module=_module(first.url),
        waiting=sum(one.waiting for one in candidates if one is not first),
    )


def _in_clear(flow: Flow | None, lead: Finding) -> Iterator[AskedFor]:
    """Requests read on the flow: those that the evidence cites, else those that had no whole answer when it began."""
    if flow is None or flow.http is None:
        return
    asked = [e for e in flow.http.exchanges if e.request_frame and e.method not in (None, "CONNECT")]
    cited = {piece.ref for piece in lead.evidence if piece.kind == "frame"}
    named = [e for e in asked if e.request_frame in cited or e.response_frame in cited]
    for exchange in named or [e for e in asked if _owed(e, lead)]:
        host = exchange.host or flow.destination
        target = exchange.target or "/"
        scheme = "https" if flow.tls is not None else "http"
        url = target if "://" in target else f"{scheme}://{host}{target}"
        yield AskedFor(
            url,
            exchange.method or "GET",
            FROM_FRAMES,
            exchange.request_ns,
            exchange.request_frame,
            waiting=int(exchange.status < 0),
        )


def _owed(exchange: Exchange, lead: Finding) -> bool:
    """Whether a request was made before a finding ended, and was not wholly answered when it began."""
    if exchange.request_ns > lead.end_ns:
        return False
    if exchange.status < 0:
        return True
    return not exchange.body_over or exchange.body_over_ns >= lead.start_ns


def _by_words(case: Case, flow: Flow | None, host: str | None, start_ns: int, end_ns: int) -> Iterator[AskedFor]:
    """Requests that the command told of: on this very flow where that is known, else to the same host."""
    trace = case.trace
    if trace is None:
        return
    mine = [r for r in trace.requests if host and r.host == host.rstrip(".") and _unserved(r, start_ns, end_ns)]
    frames: dict[str, int] = {}
    if flow is not None and mine:
        rows = [row for row in told_requests([flow], trace) if row["request_ns"] <= end_ns]
        frames = {row["target"]: row["request_frame"] for row in rows}
    on_flow = [r for r in mine if (url := split(r.url)) is not None and url.target in frames]
    for request in on_flow or mine:
        url = split(request.url)
        frame = frames.get(url.target, 0) if url is not None else 0
        start = NEVER_NS if request.time_ns is None else request.time_ns
        yield AskedFor(request.url, "GET", FROM_TRACE, start, frame, waiting=int(request.open))


def _unserved(request: Request, start_ns: int, end_ns: int) -> bool:
    """Whether a request had no answer that it wanted in a span of time."""
    failed = request.open or request.error is not None or (request.status or 0) >= REFUSED
    if request.time_ns is None:
        return failed
    during = request.time_ns <= end_ns and (request.end_time_ns is None or request.end_time_ns >= start_ns)
    return during and (failed or (request.end_time_ns or 0) > start_ns)


def _module(url: str) -> str | None:
    """The Go module that a URL is of, with its version where that is told; None where it is of none."""
    package = package_of(url)
    return package.label if package is not None and package.ecosystem == GO and package.source == PROXY else None

"""The one model of the waterfall and of the ledger's bar: which spans to draw where, as moments and as numbers from 0 to 1.

Drawn from the tables alone, here by SVG and in notebooks by matplotlib. A row is a lookup or a flow; its spans are what it
did (connect, TLS, request, data) and where it stood still.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from netanalyze.causes.cause import cause_of
from netanalyze.findings import Frames
from netanalyze.flows.network.others import Spans
from netanalyze.report.facts import PHASE_NAMES, endpoint, ledger_lines, total_ns
from netanalyze.report.language import ENGLISH, Language
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.waiting import BY_VALUE
from netanalyze.wording import Text, message

LIMITS_MOST = 100
"""So many spans of its transfers are drawn in a flow's lane: more would be no wider than a hair."""
ROWS = 40
"""Rows that a person looks at; the longest judged ones are drawn."""
NAME_MOST = 36
"""Letters of a request beside its row, which has no room for more; what it is for stands at its end."""
STALL_NS = 50_000_000
"""Stalls shorter than this are not visible beside the rest and are left out of the drawing."""


@dataclass(frozen=True)
class LaneBar:
    """A bar: left end and width (0 to 1), what it is, what the pointer tells.

    Attributes:
        phase: the ledger's, or ``data`` for an open connection; '' of who limits a transfer.
        never: what was waited for did not come.
        owed: of a stall, who owed what.
    """

    kind: str
    left: float
    width: float
    title: str
    start_ns: int
    end_ns: int
    phase: str
    never: bool
    owed: str = ""


@dataclass
class Lane:
    """A row of the waterfall.

    Attributes:
        request: it is one request, on the flow of that number; ``octets`` are those of its body.
    """

    label: str
    title: str
    start_ns: int
    end_ns: int
    judged: bool
    blamed: bool
    flow_id: int | None
    lookup: bool = False
    request: bool = False
    octets: int = 0
    spans: list[LaneBar] = field(default_factory=list)


@dataclass(frozen=True)
class Waterfall:
    """All rows, the marks of the time axis (place, text), and how many rows were left out."""

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    left_out: int
    proof: tuple[tuple[float, str], ...]

    def shortened(self, most: int) -> "Waterfall":
        """The same with so many rows at the most: the culprit's first, then the judged ones, then the longest."""
        chosen = sorted(self.lanes, key=lambda lane: (not lane.blamed, not lane.judged, lane.start_ns - lane.end_ns))[
            :most
        ]
        chosen.sort(key=lambda lane: (lane.start_ns, lane.request, lane.flow_id if lane.flow_id is not None else -1))
        return replace(self, lanes=tuple(chosen), left_out=self.left_out + len(self.lanes) - len(chosen))


class _Axis:
    def __init__(self, result: Result, say: Callable[[Text], str] = str):
        self.say = say
        moments = [*result.ledger.start_ns[:1].tolist(), *result.ledger.end_ns[-1:].tolist()]
        moments += [ns for ns in (result.capture.start_ns, result.capture.end_ns) if ns != NEVER_NS]
        self.begin = min(moments, default=0)
        self.length = max(max(moments, default=0) - self.begin, 1)
        self.zero = result.capture.start_ns if result.capture.start_ns != NEVER_NS else self.begin

    def place(self, ns: int) -> float:
        return min(max((ns - self.begin) / self.length, 0.0), 1.0)

    def span(
        self, kind: str, start: int | None, end: int | None, what: Text, phase: str = "", never: bool = False
    ) -> Iterator[LaneBar]:
        if start is None or end is None or end < start:
            return
        left = self.place(start)
        since = f"{seconds(start - self.zero):.3f}"
        title = message("{what}: {time}, at {since} s", what=what, time=duration(end - start), since=since)
        yield LaneBar(kind, left, self.place(end) - left, self.say(title), start, end, phase, never)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        whole = seconds(self.length)
        step = 10 ** math.floor(math.log10(whole / 4)) if whole > 0 else 1.0
        step *= next(factor for factor in (1, 2, 5, 10) if whole / (step * factor) <= 8)
        first = math.ceil((self.begin - self.zero) / 1e9 / step - 1e-9)
        decimals = max(0, -math.floor(math.log10(step)))
        marks = []
        for n in range(first, first + 12):
            at = (n * step * 1e9 + self.zero - self.begin) / self.length
            if at <= 1:
                marks.append((at, f"{n * step:.{decimals}f} s"))
        return tuple(marks)


def waterfall(result: Result, most: int = ROWS, language: Language = ENGLISH, with_requests: bool = False) -> Waterfall:
    """The drawing of a result, its texts in a language; a row for each request, too, where they are wanted."""
    axis = _Axis(result, language.say)
    root = result.root
    blamed = set() if root is None else {flow for flow in (root.flow_id, *root.also_flows) if flow is not None}
    blame = _blame(result)
    lanes = list(_lookups(result, axis, blamed))
    asked = {lane.flow_id for lane in lanes}
    lanes += _flows(result, axis, blamed, asked)
    if with_requests:
        lanes += _requests(result, axis, {lane.flow_id: lane for lane in lanes})
    for lane in lanes:
        lane.spans = [_toned(span, blame.get(lane.flow_id)) for span in lane.spans]
        lane.blamed |= lane.lookup and any(span.kind == "stall" for span in lane.spans)
    return Waterfall(tuple(lanes), axis.ticks(), 0, tuple(_proof(result, axis))).shortened(most)


def _blame(result: Result) -> dict[int | None, Spans[str]]:
    """Spans for which a finding or the ledger names a cause, by flow."""
    spans: dict[int | None, list[tuple[int, int]]] = {}
    queries: dict[Any, list[int | None]] = {}
    for asked in result.dns.rows():
        for frame in {asked["query_frame"], asked["last_query_frame"]} - {None}:
            queries.setdefault(frame, []).append(asked["flow_id"])
    for finding in result.findings:
        shown = {e.ref for e in finding.evidence if e.kind == "frame"}
        flows = {finding.flow_id, *finding.also_flows}
        if cause_of(finding.cause).phase == "dns":  # a lookup has several flows; those whose queries are the evidence
            flows |= {flow for frame in shown for flow in queries.get(frame, ())}
        for flow in flows - {None}:
            spans.setdefault(flow, []).append((finding.start_ns, finding.end_ns))
    blaming = [code for code, said in enumerate(result.ledger.words) if said.cause]
    for row in result.ledger.rows(np.flatnonzero(np.isin(result.ledger.code, blaming))):
        if row.flow_id is not None:
            spans.setdefault(row.flow_id, []).append((row.start_ns, row.end_ns))
    return {flow: Spans((start, end, "blamed") for start, end in ones) for flow, ones in spans.items()}


def _toned(span: LaneBar, blame: Spans[str] | None) -> LaneBar:
    """A stall for which nobody is blamed is mere waiting, and is not drawn as an alarm."""
    alarming = blame is not None and blame.beside("", span.end_ns - 1, span.start_ns + 1)
    return span if span.kind != "stall" or alarming else replace(span, kind="wait")


def _proof(result: Result, axis: _Axis) -> Iterator[tuple[float, str]]:
    """Where proof frames lie, as far as an event knows their moment."""
    frames = {shown.first for shown, _ in result.verdict.proof if isinstance(shown, Frames)}
    for row in result.events.where(np.isin(result.events.frame_number, list(frames))).rows():
        if row["frame_number"] in frames and row["time_ns"] is not None:
            frames.discard(row["frame_number"])
            yield axis.place(row["time_ns"]), f"#{row['frame_number']} {row['kind']}"


def _lookups(result: Result, axis: _Axis, blamed: set[int]) -> Iterator[Lane]:
    waited: dict[int, int] = {}
    for row in result.stalls.rows():
        if row["waiting_for"] == "dns_response" and row["flow_id"] is not None and row["end_ns"] is not None:
            waited[row["flow_id"]] = max(waited.get(row["flow_id"], NEVER_NS), row["end_ns"])
    for row in result.dns.rows():
        if row["query_ns"] is None or row["kind"] not in (None, "dns"):
            continue
        answered = row["response_ns"] is not None
        end = row["response_ns"] if answered else waited.get(row["flow_id"], axis.begin + axis.length)
        end = max(end, row["query_ns"])
        label = f"{row['qname'] or '?'} {row['qtype_name'] or ''}".strip()
        outcome = (row["rcode_name"] or "answered") if answered else "no answer"
        title = message(
            "DNS {name} asked of {resolver}: {outcome}", name=label, resolver=row["resolver"], outcome=outcome
        )
        lane = Lane(label, axis.say(title), row["query_ns"], end, True, row["flow_id"] in blamed, row["flow_id"], True)
        lane.spans += axis.span("dns" if answered else "stall", row["query_ns"], end, title, "dns", not answered)
        yield lane


def _flows(result: Result, axis: _Axis, blamed: set[int], asked: set[int | None]) -> Iterator[Lane]:
    hellos: dict[int, list[dict[str, Any]]] = {}
    requests: dict[int, list[dict[str, Any]]] = {}
    stalls: dict[int, list[dict[str, Any]]] = {}
    limits: dict[int, list[dict[str, Any]]] = {}
    told = ((hellos, result.tls), (requests, result.http), (stalls, result.stalls), (limits, result.transfers))
    for rows, table in told:
        for row in table.rows():
            if row["flow_id"] is not None:
                rows.setdefault(row["flow_id"], []).append(row)
    for flow in result.flows.rows():
        number = flow["flow_id"]
        if number in asked or flow["first_ns"] is None:
            continue
        where = endpoint(flow["resp_address"], flow["resp_port"])
        label = flow["host"] or where
        far = f"{label} ({where})" if flow["host"] else where
        stream = result.streams.of(number)
        title = message(
            "flow {number}, {transport} to {where}",
            number=number,
            transport=f"{stream.transport}.stream {stream.number}" if stream else flow["transport"],
            where=far,
        )
        lane = Lane(
            label, axis.say(title), flow["first_ns"], flow["last_ns"], bool(flow["judged"]), number in blamed, number
        )
        lane.spans += axis.span("data", flow["first_ns"], flow["last_ns"], _traffic(flow), "data")
        for row in limits.get(number, ())[:LIMITS_MOST]:
            what = message("{octets} octets limited by: {limit}", octets=f"{row['octets']:,}", limit=row["limit"])
            lane.spans += axis.span(f"by-{row['limit']}", row["start_ns"], row["end_ns"], what)
        lane.spans += _connect(flow, axis)
        for row in hellos.get(number, ()):
            answered = row["server_hello_ns"] is not None
            end = row["server_hello_ns"] if answered else flow["last_ns"]
            lane.spans += axis.span("tls" if answered else "stall", row["client_hello_ns"], end,
                                    "ClientHello to ServerHello" if answered else "ClientHello, no ServerHello",
                                    "tls", not answered)  # fmt: skip
        for row in requests.get(number, ()):
            end = row["response_ns"] if row["response_ns"] is not None else flow["last_ns"]
            status = str(row["status"]) if row["status"] is not None else "no response"
            what = message("{asked}: {outcome}", asked=f"{row['method']} {row['target']}", outcome=status)
            lane.spans += axis.span("request", row["request_ns"], end, what, "request", row["response_ns"] is None)
        for row in stalls.get(number, ()):
            if (
                row["start_ns"] is not None
                and row["end_ns"] is not None
                and row["end_ns"] - row["start_ns"] >= STALL_NS
            ):
                owed = BY_VALUE[str(row["waiting_for"])]
                what = message(f"nothing moved; {{who}} owed {owed.noun}", who=row["waiting_on"])
                phase = owed.phase or _busy_with(row["start_ns"], hellos.get(number, ()))
                lane.spans += (
                    replace(stall, owed=axis.say(what))
                    for stall in axis.span(
                        "stall", row["start_ns"], row["end_ns"], what, phase, row["next_frame"] is None
                    )
                )
        yield lane


def _requests(result: Result, axis: _Axis, flows: Mapping[int | None, Lane]) -> Iterator[Lane]:
    """A row for each request that is known by its name: until its response, and while its body came."""
    for row in result.http.rows():
        over = flows.get(row["flow_id"])
        if over is None or row["request_ns"] is None:
            continue
        answered = row["response_ns"] is not None
        end = max(row["response_ns"] if answered else over.end_ns, row["request_ns"])
        last = max(end, row["body_over_ns"] if row["body_over_ns"] is not None else end)
        asked = f"{row['method']} {row['target']}"
        outcome = str(row["status"]) if row["status"] is not None else "no response"
        what = message("{asked}: {outcome}", asked=asked, outcome=outcome)
        title = message(
            "{what}, of {host}, on flow {number}", what=what, host=row["host"] or over.label, number=over.flow_id
        )
        label = asked if len(asked) <= NAME_MOST else f"{asked[: NAME_MOST // 3]}…{asked[1 - NAME_MOST * 2 // 3 :]}"
        lane = Lane(
            label, axis.say(title), row["request_ns"], last, over.judged, over.blamed and not answered, over.flow_id,
            request=True, octets=max(row["body_octets"] or 0, 0),
        )  # fmt: skip
        lane.spans += axis.span(
            "request" if answered else "stall", row["request_ns"], end, what, "request", not answered
        )
        if last > end:
            lane.spans += axis.span(
                "transfer", end, last, message("body, {octets} octets", octets=f"{lane.octets:,}"), "transfer"
            )
        yield lane


def _connect(flow: Mapping[str, Any], axis: _Axis) -> Iterator[LaneBar]:
    if flow["syn_ns"] is None:
        return
    if flow["syn_ack_ns"] is None:
        yield from axis.span("stall", flow["syn_ns"], flow["last_ns"], "SYN, no answer", "connect", True)
    else:
        end = flow["established_ns"] if flow["established_ns"] is not None else flow["syn_ack_ns"]
        yield from axis.span("connect", flow["syn_ns"], end, "TCP connect", "connect")


def _busy_with(ns: int, hellos: Iterable[Mapping[str, Any]]) -> str:
    """The phase of a wait that may be in any: the handshake until a ServerHello came, the transfer after it."""
    answers = [row["server_hello_ns"] for row in hellos]
    return "transfer" if not answers or any(at is not None and at <= ns for at in answers) else "tls"


def _traffic(flow: Mapping[str, Any]) -> Text:
    sent, received = f"{flow['orig_octets']:,}", f"{flow['resp_octets']:,}"
    return message("open; {sent} octets sent, {received} received", sent=sent, received=received)


@dataclass(frozen=True)
class Share:
    """A part of the ledger's bar: left end and width from 0 to 1, and how long it is."""

    phase: str
    cause: str | None
    left: float
    width: float
    ns: int
    title: str


def ledger_bar(result: Result, language: Language = ENGLISH) -> tuple[Share, ...]:
    """The ledger as one bar, its lines in order of time, each as wide as it is long."""
    whole = total_ns(result)
    shares, moment = [], 0
    for line in ledger_lines(result, 60):
        name = PHASE_NAMES.get(line.phase, line.phase) or "others"
        title = language.labelled(language.listed([name, line.text] if line.text else [name]), f"{line.figure} s")
        shares.append(Share(line.phase or "others", line.cause, moment / whole, line.ns / whole, line.ns, title))
        moment += line.ns
    return tuple(shares)

"""What each lookup and flow did when, as spans in seconds: what a waterfall is drawn from."""

from dataclasses import dataclass, field
from typing import Any

from netanalyze.report.facts import endpoint
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, SECOND_NS

WAITS = {
    "dns_response": "dns", "syn_ack": "connect", "server_hello": "tls", "server_flight": "tls", "client_finished": "tls",
    "connect_reply": "request", "request": "idle", "response": "request", "body": "transfer",
    "window_update": "transfer", "fin_ack": "data",
}  # fmt: skip
"""Which phase a stall belongs to, by what was owed; an acknowledgment, by what it is that was not acknowledged."""


@dataclass(frozen=True)
class Span:
    """From ``start`` to ``end`` (seconds from the start of the capture), in a phase; ``stalled``: nothing moved."""

    phase: str
    start: float
    end: float
    stalled: bool = False


@dataclass
class Lane:
    """A lookup or a flow; ``blamed`` where the root finding is about it."""

    label: str
    start: float
    end: float
    judged: bool
    blamed: bool
    flow_id: int | None
    spans: list[Span] = field(default_factory=list)

    def add(self, phase: str, start: float | None, end: float | None, stalled: bool = False) -> None:
        """A span, where both of its ends are known."""
        if start is not None and end is not None and end > start:
            self.spans.append(Span(phase, start, end, stalled))


def origin_ns(result: Result) -> int:
    """The moment that figures count seconds from: the capture's first frame."""
    return result.capture.start_ns if result.capture.start_ns != NEVER_NS else 0


def seconds_from(zero: int, ns: int | None) -> float | None:
    """Seconds from ``zero``; None stays None."""
    return None if ns is None else (ns - zero) / SECOND_NS


def root_finding(result: Result) -> Any:
    """The finding that the verdict names, or None."""
    number = result.verdict.finding
    return result.findings[number] if number is not None and 0 <= number < len(result.findings) else None


def lanes(result: Result, most: int) -> tuple[list[Lane], int]:
    """At most ``most`` lanes in order of their starts, and how many were left out.

    Blamed ones are taken first, then those that count for the verdict, then the longest.
    """
    root = root_finding(result)
    blamed = set() if root is None else {flow for flow in (root.flow_id, *root.also_flows) if flow is not None}
    zero = origin_ns(result)
    end = seconds_from(zero, result.capture.end_ns) if result.capture.end_ns != NEVER_NS else 0.0
    lookups = [_lookup(row, zero, end or 0.0, blamed) for row in result.dns.rows() if row["query_ns"] is not None]
    asked = {lane.flow_id for lane in lookups}
    made = lookups + _flows(result, zero, blamed, asked)
    chosen = sorted(made, key=lambda lane: (not lane.blamed, not lane.judged, lane.start - lane.end))[:most]
    chosen.sort(key=lambda lane: (lane.start, -1 if lane.flow_id is None else lane.flow_id))
    return chosen, len(made) - len(chosen)


def _lookup(row: dict[str, Any], zero: int, end: float, blamed: set[int]) -> Lane:
    start = (row["query_ns"] - zero) / SECOND_NS
    answered = seconds_from(zero, row["response_ns"])
    label = f"{row['qname'] or '?'} {row['qtype_name'] or ''}".strip()
    until = end if answered is None else answered
    lane = Lane(label, start, until, row["kind"] == "dns", row["flow_id"] in blamed, row["flow_id"])
    lane.add("dns", start, until, answered is None)
    return lane


def _flows(result: Result, zero: int, blamed: set[int], asked: set[int | None]) -> list[Lane]:
    by_flow: dict[int, dict[str, list[dict[str, Any]]]] = {}
    for name in ("tls", "http", "stalls"):
        for row in getattr(result, name).rows():
            if row["flow_id"] is not None:
                by_flow.setdefault(row["flow_id"], {}).setdefault(name, []).append(row)
    made = []
    for flow in result.flows.rows():
        number = flow["flow_id"]
        if number in asked or flow["first_ns"] is None:
            continue
        start, end = (flow["first_ns"] - zero) / SECOND_NS, (flow["last_ns"] - zero) / SECOND_NS
        label = flow["host"] or endpoint(flow["resp_address"], flow["resp_port"])
        lane = Lane(f"{label}, flow {number}", start, end, bool(flow["judged"]), number in blamed, number)
        _phases(lane, flow, by_flow.get(number, {}), zero, end)
        made.append(lane)
    return made


def _phases(lane: Lane, flow: dict[str, Any], about: dict[str, list[dict[str, Any]]], zero: int, end: float) -> None:
    """The spans of one flow: first what is long and pale, then what lies upon it."""

    def at(ns: int | None) -> float | None:
        return seconds_from(zero, ns)

    syn, established = at(flow["syn_ns"]), at(flow["established_ns"])
    lane.add("data", established if established is not None else lane.start if syn is None else None, end)
    lane.add("connect", syn, established if established is not None else end, established is None)
    for row in about.get("tls", ()):
        answered = at(row["server_hello_ns"])
        lane.add("tls", at(row["client_hello_ns"]), end if answered is None else answered, answered is None)
    for row in about.get("http", ()):
        answered = at(row["response_ns"])
        lane.add("request", at(row["request_ns"]), end if answered is None else answered, answered is None)
    answers = [row["server_hello_ns"] for row in about.get("tls", ())]
    for row in about.get("stalls", ()):
        phase = WAITS.get(row["waiting_for"], "others")
        if row["waiting_for"] == "ack":
            greeted = not answers or any(ns is not None and ns <= row["start_ns"] for ns in answers)
            phase = "transfer" if greeted else "tls"
        lane.add(phase, at(row["start_ns"]), at(row["end_ns"]), row["next_frame"] is None)

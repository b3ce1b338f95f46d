"""What a healthy run spent its time on, and what was seen and rightly ignored."""

from collections import defaultdict
from collections.abc import Collection

from netanalyze.diagnosis.ledger import under_way
from netanalyze.diagnosis.limiter import limiter
from netanalyze.flows.application import application
from netanalyze.result import LedgerRow
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds, size
from netanalyze.wording import counted, message

BODY_WAIT = "waiting for body"
SLOW_NS = 2_000_000_000
"""A healthy run of this length or longer is told what it spent its time on."""


def by_phase(ledger: list[LedgerRow]) -> dict[str, int]:
    """ns by phase; the waits for the rest of a response are told from octets that move, as ``body``."""
    out: dict[str, int] = defaultdict(int)
    for row in ledger:
        out["body" if row.note == BODY_WAIT else row.phase] += row.ns
    return dict(out)


def limits(seen: Observations, ledger: list[LedgerRow]) -> tuple[str, ...]:
    """One line a phase that took a tenth of the run or more: what it was spent on."""
    whole = seen.end_ns - seen.start_ns
    if whole <= 0:
        return ()
    phases = by_phase(ledger)
    lines = []
    for phase, ns in sorted(phases.items(), key=lambda item: -item[1]):
        if ns * 10 < whole:
            continue
        lines.append(message("{figure} s {what}", figure=f"{seconds(ns):.2f}", what=_what(seen, ledger, phase, ns)))
    return tuple(lines)


def _what(seen: Observations, ledger: list[LedgerRow], phase: str, ns: int) -> str:
    if phase == "request":
        waits = sorted(_responses(seen))
        rows = sum(1 for r in ledger if r.phase == "request")
        trips = [f.round_trip_ns for f in seen.flows if f.round_trip_ns]
        text = counted(len(waits) or rows, "{number} wait for a response", "{number} waits for a response")
        if len(waits) > 1:
            text = message("{waits}, {each} each as a rule", waits=text, each=duration(waits[(len(waits) - 1) // 2]))
        return message("{waits}; the round trip is {trip}", waits=text, trip=duration(min(trips))) if trips else text
    if phase == "transfer":
        octets = sum(f.server.octets + f.client.octets for f in seen.flows)
        rate = size(octets / max(ns / 1e9, 1e-6))
        text = message("transfer, {octets} at {rate}/s", octets=size(octets), rate=rate)
        largest = max(seen.flows, key=lambda f: f.server.octets, default=None)
        found = limiter(largest, seen.stalls_of(largest)) if largest is not None else None
        if found is None:
            return text
        return message("{transfer}; limited by the {who}: {why}", transfer=text, who=found.who, why=found.why)
    if phase == "body":
        return "waiting for servers to go on with what they had begun"
    if phase == "dns":
        return counted(len(seen.lookups), "{number} lookup", "{number} lookups")
    if phase == "connect":
        return message("opening connections, {number} in all", number=len(seen.flows))
    if phase == "tls":
        return counted(sum(1 for f in seen.flows if f.tls), "{number} TLS handshake", "{number} TLS handshakes")
    if phase == "idle":
        return "with nothing asked of the network for a second or longer at a time"
    if phase == "local":
        return _own_work([row for row in ledger if row.phase == "local"], seen)
    return phase


def _own_work(rows: list[LedgerRow], seen: Observations) -> str:
    """When the command worked by itself: before it asked for anything, behind the last answer, or in between."""
    most = max(rows, key=lambda row: row.ns)
    if 2 * most.ns > sum(row.ns for row in rows):
        if most.start_ns <= seen.start_ns:
            return "before the first thing asked: the command's own work"
        if most.end_ns >= seen.end_ns:
            return "after the last answer: the command's own work"
    return "between an answer and the next thing asked: the command's own work"


def _responses(seen: Observations) -> list[int]:
    """How long each response was waited for: from the request, whose acknowledgment is no end of the wait."""
    waits: list[int] = []
    for flow in seen.flows:
        last, moving = None, under_way(flow, seen.stalls_of(flow))
        for stall in seen.stalls_of(flow):
            if stall.waiting_for == "response" and id(stall) not in moving:
                if last is not None and last.end_ns == stall.start_ns:
                    waits[-1] += stall.ns
                else:
                    waits.append(stall.ns)
                last = stall
    return waits


def slow_summary(seen: Observations, ledger: list[LedgerRow]) -> str:
    """The one sentence of a healthy run."""
    whole = seen.end_ns - seen.start_ns
    phases = by_phase(ledger)
    if not seen.flows and not seen.lookups:
        return "Nothing is wrong that could be told: the capture has no TCP connection and no lookup to judge."
    if "time_leap" in seen.diagnostics:
        return "Nothing is wrong; the capture was put together from several, or its clock was set."
    if whole < SLOW_NS or not phases:
        return "Nothing is wrong."
    top = max(phases, key=lambda phase: phases[phase])
    share = {
        "request": "is spent waiting for responses",
        "transfer": "is transfer, without a fault",
        "body": "is spent waiting for servers to go on",
        "local": "is the command's own work",
        "idle": "passed without anything being asked of the network",
        "dns": "is spent on lookups",
        "connect": "is spent on opening connections",
        "tls": "is spent on TLS handshakes",
    }.get(top, "is unexplained")
    return message("Nothing is wrong; most of the {time} {share}.", time=duration(whole), share=share)


def ignored(seen: Observations, proving: Collection[int] = ()) -> tuple[str, ...]:
    """What looks suspicious and is none: surplus handshakes, a few retransmissions, keep-alives.

    Those of the flows that prove the verdict (``proving``, by id) are no by-work, but a part of it.
    """
    out = []
    flows = [f for f in seen.flows if f.id not in proving]
    surplus = sum(1 for f in seen.flows if seen.used_later(f) and application(f) is None)
    if surplus:
        out.append(counted(surplus, "{number} surplus handshake the client closed itself",
                           "{number} surplus handshakes the client closed itself"))  # fmt: skip
    resent = sum(f.client.resent + f.server.resent for f in flows)
    packets = sum(f.client.packets + f.server.packets for f in flows)
    if resent:
        share = f"{resent / max(packets, 1):.2%}"
        out.append(
            counted(resent, "{number} retransmission ({share})", "{number} retransmissions ({share})", share=share)
        )
    probes = sum(f.client.keep_alives + f.server.keep_alives for f in flows)
    if probes:
        out.append(counted(probes, "{number} keep-alive", "{number} keep-alives"))
    return tuple(out)

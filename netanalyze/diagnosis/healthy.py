"""What a healthy run spent its time on, and what was seen and rightly ignored."""

from collections import defaultdict

from netanalyze.flows.application import application
from netanalyze.result import LedgerRow
from netanalyze.rules import Observations
from netanalyze.units import duration, seconds, size

SLOW_NS = 2_000_000_000
"""A healthy run of this length or longer is told what it spent its time on."""


def by_phase(ledger: list[LedgerRow]) -> dict[str, int]:
    """ns by phase."""
    out: dict[str, int] = defaultdict(int)
    for row in ledger:
        out[row.phase] += row.ns
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
        lines.append(f"{seconds(ns):.2f} s {_what(seen, ledger, phase, ns)}")
    return tuple(lines)


def _what(seen: Observations, ledger: list[LedgerRow], phase: str, ns: int) -> str:
    if phase == "request":
        waits = [r for r in ledger if r.phase == "request"]
        trips = [f.round_trip_ns for f in seen.flows if f.round_trip_ns]
        typical = ns // max(len(waits), 1)
        text = f"{len(waits)} waits for a response, one after the other, {duration(typical)} each"
        return text + (f"; the round trip is {duration(min(trips))}" if trips else "")
    if phase == "transfer":
        octets = sum(f.server.octets + f.client.octets for f in seen.flows)
        return f"transfer, {size(octets)} at {size(octets / max(ns / 1e9, 1e-6))}/s"
    if phase == "dns":
        return f"{len(seen.lookups)} lookups"
    if phase == "connect":
        return f"{len(seen.flows)} connections opened"
    if phase == "tls":
        return f"{sum(1 for f in seen.flows if f.tls)} TLS handshakes"
    if phase in ("idle", "local"):
        return "the command's own work, or none: nothing was asked of the network"
    return phase


def slow_summary(seen: Observations, ledger: list[LedgerRow]) -> str:
    """The one sentence of a healthy run."""
    whole = seen.end_ns - seen.start_ns
    phases = by_phase(ledger)
    if whole < SLOW_NS or not phases:
        return "Nothing is wrong."
    top = max(phases, key=lambda phase: phases[phase])
    share = {
        "request": "is spent waiting for responses, one request after the other",
        "transfer": "is transfer, steady and without a fault",
        "local": "is the command's own work",
        "idle": "passed without anything being asked of the network",
        "dns": "is spent on lookups",
        "connect": "is spent on opening connections",
        "tls": "is spent on TLS handshakes",
    }.get(top, "is unexplained")
    return f"Nothing is wrong; most of the {duration(whole)} {share}."


def ignored(seen: Observations) -> tuple[str, ...]:
    """What looks suspicious and is none: surplus handshakes, a few retransmissions, keep-alives."""
    out = []
    surplus = sum(1 for f in seen.flows if seen.used_later(f) and application(f) is None)
    if surplus:
        out.append(f"{surplus} surplus handshake{'s' if surplus > 1 else ''} the client closed itself")
    resent = sum(f.client.resent + f.server.resent for f in seen.flows)
    packets = sum(f.client.packets + f.server.packets for f in seen.flows)
    if resent:
        out.append(f"{resent} retransmission{'s' if resent > 1 else ''} ({resent / max(packets, 1):.2%})")
    probes = sum(f.client.keep_alives + f.server.keep_alives for f in seen.flows)
    if probes:
        out.append(f"{probes} keep-alive{'s' if probes > 1 else ''}")
    return tuple(out)

"""What a flow was busy with at each moment, and which of its waits for a response were none."""

from collections.abc import Iterable

from netanalyze.flows.flow import Flow
from netanalyze.flows.stalls import Stall
from netanalyze.units import NEVER_NS
from netanalyze.waiting import Waiting

NEVER_ENDS_NS = 2**63 - 1


def phases(flow: Flow) -> list[tuple[int, str]]:
    """What a flow was busy with, and until when: connect, tls, transfer; the last one has no end."""
    if "phases" not in flow.known:
        flow.known["phases"] = _phases(flow)
    return flow.known["phases"]


def _phases(flow: Flow) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    if flow.seen_from_start:
        if flow.established_ns == NEVER_NS:
            return [(NEVER_ENDS_NS, "connect")]
        found.append((flow.established_ns, "connect"))
    if flow.tls is not None:
        client = flow.application_records(0)[:2]
        if not client:
            return [*found, (NEVER_ENDS_NS, "tls")]
        found.append((client[-1].time_ns, "tls"))
    return [*found, (NEVER_ENDS_NS, "transfer")]


def phase_at(flow: Flow, ns: int) -> str:
    """What a flow was busy with at a moment: connect, tls or transfer."""
    return next(phase for end, phase in phases(flow) if ns < end)


def under_way(flow: Flow, stalls: Iterable[Stall]) -> set[int]:
    """By id, the waits for a response that were none: what ended them was under way before they began.

    Nothing answers within less than a round trip; a thin link has such gaps between any two segments. An acknowledgment
    in between is no end of a wait.
    """
    found, begun, ended = set(), NEVER_NS, NEVER_NS
    for stall in stalls:
        if stall.waiting_for is Waiting.RESPONSE:
            begun, ended = begun if ended == stall.start_ns else stall.start_ns, stall.end_ns
            if stall.goes_on and ended - begun < flow.round_trip_ns:
                found.add(id(stall))
    return found

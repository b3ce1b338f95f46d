"""Requests that were alone on their connection while they waited for their answer."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from netanalyze.findings import Threshold
from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow
from netanalyze.units import NEVER_NS

AT_ONCE_NS = 1_000_000_000
"""A request this soon behind a response follows from it, as another connection's use does (netanalyze.causes, BESIDE)."""

LONG = Threshold(
    300, "ms", source="ITU-T G.114: a one-way delay above 150 ms is noticed in conversation",
    why="there and back; what stays within a continent is shorter",
)  # fmt: skip
SPREAD = Threshold(
    1.5, "round trips", source="RFC 6298 section 2: RTT, and its variation of half of it before the first sample",
    why="a server that computes as long as half a round trip is still not what the wait consists of",
)  # fmt: skip
PART = Threshold(
    0.5, "of the time", source="chosen here: more than all else together",
    why="less than half of a run is not what it spent its time on",
)  # fmt: skip
WORTH = Threshold(
    2, "s", source="Nielsen, Usability Engineering 1993, section 5.5: 1 s is noticed; twice that",
    why="less is not worth asking in another way, or from another place",
)  # fmt: skip


@dataclass(frozen=True)
class ResponseWait:
    """From a request to the first octets of its response; frames are where each begins."""

    start_ns: int
    end_ns: int
    request_frame: int
    response_frame: int

    @property
    def ns(self) -> int:
        """How long it lasted."""
        return self.end_ns - self.start_ns


def lone_waits(flow: Flow) -> tuple[list[ResponseWait], int]:
    """The waits of requests beside which no other was open on the flow, as far as the order of the two sides shows,
    and the number of all requests.

    In clear by the messages; encrypted by the records' lengths (netanalyze.flows.application), where a record of the
    server that follows a request at once belongs to an earlier one: it makes a wait far shorter than a round trip.
    """
    requests, responses = _spoken(flow)
    waits: list[ResponseWait] = []
    open_requests: list[tuple[int, int]] = []
    spoken = [(*request, 0) for request in requests] + [(*response, 1) for response in responses]
    for frame, ns, side in sorted(spoken, key=lambda turn: (turn[0], turn[2])):
        if side == 0:
            open_requests.append((frame, ns))
            continue
        if len(open_requests) == 1:
            asked, since = open_requests[0]
            waits.append(ResponseWait(since, ns, asked, frame))
        open_requests.clear()
    return waits, len(requests)


def _spoken(flow: Flow) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(frame, ns) of a flow's requests, and of its responses: whole heads in clear, records where encrypted."""
    clear = flow.http.exchanges if flow.http else []
    if clear:
        return (
            [(e.request_frame, e.request_ns) for e in clear if e.request_ns != NEVER_NS],
            [(e.response_frame, e.response_ns) for e in clear if e.response_ns != NEVER_NS],
        )
    read = application(flow)
    if read is None:
        return [], []
    return [(r.frame_number, r.time_ns) for r in read.requests], [(r.frame_number, r.time_ns) for r in read.responses]


def asked_elsewhere(flows: Iterable[Flow]) -> dict[int, int]:
    """By flow: the frame of a request on another flow right behind its last response, of a command that asks for one
    thing at a time; empty for any other.

    One thing at a time: on all its flows together, no request before the one before it had an answer, and no answer
    that went on, on another flow, when the next request could have been known there. Who asks so has the whole of a
    response when it asks for the next thing.
    """
    turns: list[tuple[int, int, int, int]] = []  # frame, 0 request or 1 response, ns, flow
    soonest: dict[int, int] = {}
    for flow in flows:
        requests, responses = _spoken(flow)
        soonest[flow.id] = flow.round_trip_ns // 2
        turns += [(frame, 0, ns, flow.id) for frame, ns in requests]
        turns += [(frame, 1, ns, flow.id) for frame, ns in responses]
    found: dict[int, int] = {}
    asked, asked_ns, told_ns, open_ = -1, NEVER_NS, NEVER_NS, False
    for frame, side, ns, flow_id in sorted(turns):
        if side == 0:
            if open_:
                return {}
            if asked not in (-1, flow_id) and ns - told_ns < AT_ONCE_NS:
                found[asked] = frame
            found.pop(flow_id, None)
            asked, asked_ns, open_ = flow_id, ns, True
        elif flow_id == asked:
            open_, told_ns = False, ns
        elif ns - asked_ns >= soonest[flow_id]:
            return {}
    return found


def is_round_trip(ns, trip_ns):
    """Whether a wait is a round trip, and the server's own time little beside it; of many waits at once as well."""
    return (trip_ns <= 2 * ns) & (ns <= SPREAD.value * trip_ns)


def spent_on(start_ns: np.ndarray, end_ns: np.ndarray, whole_ns: int) -> int:
    """ns in which at least one of some waits lay open, where that is worth a word and most of ``whole_ns``; else 0.

    Args:
        start_ns, end_ns: the waits, ``i8 (n,)``, in order of their beginning.
    """
    until_ns = np.maximum.accumulate(end_ns)
    free_ns = np.append(start_ns[:1], until_ns[:-1])  # up to here the waits before it reach
    spent = int(np.maximum(end_ns - np.maximum(start_ns, free_ns), 0).sum())
    return 0 if spent < WORTH.ns or spent < PART.value * whole_ns else spent

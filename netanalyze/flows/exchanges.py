"""Requests that were alone on their connection while they waited for their answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from netanalyze.flows.application import application
from netanalyze.flows.observe import Flow
from netanalyze.flows.stalls import Stall
from netanalyze.units import NEVER_NS


@dataclass(frozen=True)
class Wait:
    """From a request to the first octets of its response; frames are where each begins."""

    start_ns: int
    end_ns: int
    request_frame: int
    response_frame: int

    @property
    def ns(self) -> int:
        """How long it lasted."""
        return self.end_ns - self.start_ns


def lone_waits(flow: Flow) -> tuple[list[Wait], int]:
    """The waits of requests beside which no other was open on the flow, as far as the order of the two sides shows,
    and the number of all requests.

    In clear by the messages; encrypted by the records' lengths (netanalyze.flows.application), where a record of the
    server that follows a request at once belongs to an earlier one: it makes a wait far shorter than a round trip.
    """
    clear = flow.http.exchanges if flow.http else []
    if clear:
        requests = [(e.request_frame, e.request_ns) for e in clear if e.request_ns != NEVER_NS]
        responses = [(e.response_frame, e.response_ns) for e in clear if e.response_ns != NEVER_NS]
    else:
        read = application(flow)
        requests = [(r.frame_number, r.time_ns) for r in read.requests] if read else []
        responses = [(r.frame_number, r.time_ns) for r in read.responses] if read else []
    waits: list[Wait] = []
    open_requests: list[tuple[int, int]] = []
    spoken = [(*request, 0) for request in requests] + [(*response, 1) for response in responses]
    for frame, ns, side in sorted(spoken, key=lambda turn: (turn[0], turn[2])):
        if side == 0:
            open_requests.append((frame, ns))
            continue
        if len(open_requests) == 1:
            asked, since = open_requests[0]
            waits.append(Wait(since, ns, asked, frame))
        open_requests.clear()
    return waits, len(requests)


def together(waits: Sequence[Wait] | Sequence[Stall]) -> int:
    """ns in which at least one of the waits lay open; they are one at least, in order of their beginning."""
    spent, until = 0, waits[0].start_ns
    for wait in waits:
        spent += max(wait.end_ns - max(wait.start_ns, until), 0)
        until = max(until, wait.end_ns)
    return spent

"""Requests that were alone on their connection while they waited, on many smooth connections at once: netanalyze.flows.exchanges
says what they are."""

from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.flows.smooth.requests import REQUEST, RESPONSE, SMOOTH, TALK
from netanalyze.kernel import kernel
from netanalyze.tracking.records import RECORD

LONE = Layout(
    Cell("flow", "1", "the place of its flow"),
    moment("start_ns", "the request"),
    moment("end_ns", "the first octets of its response"),
    frame("request_frame", "that request"),
    frame("response_frame", "where its response begins"),
)
"""The wait of such a request, a row."""


@kernel
def note_lone_waits(records, flow, first, behind, roles, lone, count):
    """Write a flow's waits behind ``count`` others; how many there are then."""
    asked, open_requests = -1, 0
    for row in range(first, behind):
        if roles[row] == REQUEST:
            open_requests += 1
            asked = row
        elif roles[row] == RESPONSE:
            if open_requests == 1:
                at, request, response = count * LONE.WIDTH, asked * RECORD.WIDTH, row * RECORD.WIDTH
                lone[at + LONE.FLOW] = flow
                lone[at + LONE.START_NS] = records[request + RECORD.TIME_NS]
                lone[at + LONE.END_NS] = records[response + RECORD.TIME_NS]
                lone[at + LONE.REQUEST_FRAME] = records[request + RECORD.FRAME_NUMBER]
                lone[at + LONE.RESPONSE_FRAME] = records[response + RECORD.FRAME_NUMBER]
                count += 1
            open_requests = 0
    return count


@kernel
def read_lone_waits(records, flows, smooth, talks, roles, lone):
    """Write the waits of those of ``flows`` flows that are told.

    Args:
        records, smooth, talks, roles: as ``netanalyze.flows.smooth.requests`` left them.
        lone: room for a row of ``LONE`` for each record.

    Returns:
        How many rows were written.
    """
    count = 0
    for flow in range(flows):
        if talks[flow * TALK.WIDTH + TALK.IS_TOLD] > 0:
            s = flow * SMOOTH.WIDTH
            first, behind = smooth[s + SMOOTH.RECORD_FIRST], smooth[s + SMOOTH.RECORD_BEHIND]
            count = note_lone_waits(records, flow, first, behind, roles, lone, count)
    return count

"""What connections that went smoothly were busy with, and what they waited for, as spans of a run's timeline: of many at once.

netanalyze.flows.timeline.phases says what the phases are, netanalyze.diagnosis.timeline.intervals how one flow is laid out.
"""

from netanalyze.columns import Cell, Layout, moment
from netanalyze.flows.smooth.requests import SMOOTH, TALK
from netanalyze.flows.smooth.waits import WAIT
from netanalyze.kernel import kernel

PHASES = ("connect", "tls", "transfer")
CONNECT, TLS, TRANSFER, ITS_OWN = range(4)
"""What a flow was busy with; the last: the phase of the wait itself."""
ACTIVE, OWED, OWN = 0, 1, 2
"""Octets moved, somebody else owed the next move, it was the client's own time."""

SPAN = Layout(
    Cell("flow", "1", "the place of its flow"),
    moment("start_ns", "its beginning"),
    moment("end_ns", "its end"),
    Cell("rank", "1", "as above"),
    Cell("phase", "1", "as above"),
    Cell("owed", "1", "of a wait, what was owed (netanalyze.flows.smooth.waits.WAITS), else 0"),
)
"""A span, a row."""


@kernel
def phase_of(ns, established_ns, finished_ns):
    """What a flow was busy with at a moment."""
    return CONNECT if ns < established_ns else TLS if ns < finished_ns else TRANSFER


@kernel
def write_span(spans, count, flow, start_ns, end_ns, rank, phase, owed):
    """Write a span, if it lasted; how many there are then."""
    if end_ns <= start_ns:
        return count
    at = count * SPAN.WIDTH
    spans[at + SPAN.FLOW] = flow
    spans[at + SPAN.START_NS] = start_ns
    spans[at + SPAN.END_NS] = end_ns
    spans[at + SPAN.RANK] = rank
    spans[at + SPAN.PHASE] = phase
    spans[at + SPAN.OWED] = owed
    return count + 1


@kernel
def write_busy(spans, count, flow, start_ns, end_ns, established_ns, finished_ns):
    """Write the time in which octets moved, cut where one phase ends and the next begins; how many spans there are then."""
    for phase in range(3):
        until = end_ns
        if phase == CONNECT and established_ns < end_ns:
            until = established_ns
        if phase == TLS and finished_ns < end_ns:
            until = finished_ns
        if start_ns < until:
            count = write_span(spans, count, flow, start_ns, until, ACTIVE, phase, 0)
            start_ns = until
    return count


@kernel
def lay_out(smooth, talks, flows, waits, rows, ranks, placed, spans):
    """Write the spans of ``flows`` flows, by flow and in order.

    Args:
        smooth, talks: rows of ``SMOOTH`` and ``TALK``.
        waits: ``rows`` rows of ``WAIT``, by flow and in order.
        ranks, placed: by what is owed, the rank of such a wait, and whether it has a phase of its own.
        spans: room for two rows of ``SPAN`` a wait and three a flow.

    Returns:
        How many were written.
    """
    count, wait = 0, 0
    for flow in range(flows):
        s = flow * SMOOTH.WIDTH
        at, established_ns = smooth[s + SMOOTH.FIRST_NS], smooth[s + SMOOTH.ESTABLISHED_NS]
        finished_ns = talks[flow * TALK.WIDTH + TALK.FINISHED_NS]
        while wait < rows and waits[wait * WAIT.WIDTH + WAIT.FLOW] == flow:
            w = wait * WAIT.WIDTH
            start_ns, end_ns, owed = waits[w + WAIT.START_NS], waits[w + WAIT.END_NS], waits[w + WAIT.OWED]
            if start_ns > at:
                count = write_busy(spans, count, flow, at, start_ns, established_ns, finished_ns)
            at = end_ns if end_ns > at else at
            if waits[w + WAIT.UNDER_WAY] > 0:
                count = write_span(spans, count, flow, start_ns, end_ns, ACTIVE, TRANSFER, 0)
            else:
                phase = ITS_OWN if placed[owed] > 0 else phase_of(start_ns, established_ns, finished_ns)
                count = write_span(spans, count, flow, start_ns, end_ns, ranks[owed], phase, owed)
            wait += 1
        stop_ns = smooth[s + SMOOTH.STOP_NS]
        if stop_ns > at:
            count = write_busy(spans, count, flow, at, stop_ns, established_ns, finished_ns)
    return count

"""One side closed, the other never does, and the command waits for it."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.endings import broken_off
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy")
PATIENCE = Threshold(
    5, "s", source="RFC 9293 section 3.6: a side may send after the other's FIN; programs that do answer within seconds",
    why="longer than any orderly shutdown takes",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A FIN that only one side sent, PATIENCE or longer before the end, with nothing after it."""
    for flow in seen.flows:
        ended = flow.ended()
        if ended is None or ended[0] != "fin" or flow.client.rst_count or flow.server.rst_count or not flow.established:
            continue
        closer, other = flow.halves[ended[1]], flow.halves[1 - ended[1]]
        if other.fin_ns != NEVER_NS or seen.end_ns - ended[2] < PATIENCE.ns or closer.unacked > 0:
            continue
        if other.last_data_ns > ended[2] or seen.used_later(flow) or (ended[1] == 1 and broken_off(flow)) or not flow.server.sent_data:
            continue
        if any(f.id != flow.id and f.progress_ns > ended[2] for f in seen.flows) or (seen.trace and not seen.trace.open_commands):
            continue  # the command went on
        who, waits = ("client", "server") if ended[1] == 0 else ("server", "client")
        yield Finding(
            cause="tcp/half-closed",
            culprit=seen.far_host(flow),
            start_ns=ended[2],
            end_ns=seen.end_ns,
            message=f"the {who} closed its side {duration(seen.end_ns - ended[2])} before the end; the {waits} never did",
            evidence=frames((ended[3], f"FIN of the {who}"), (other.last_frame, f"the last of the {waits}: no FIN")),
            confidence=0.6,
            fatal=True,
            flow_id=flow.id,
        )

"""The response began and stopped, though the path is alive."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.black_hole import downward
from netanalyze.flows.death import silence
from netanalyze.flows.gaps import KIND_DATA
from netanalyze.flows.observe import Flow
from netanalyze.flows.outages import interrupted
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    5, "s", source="curl and git low-speed practice counts tens of seconds; CAUSES: waiting is told from 5 s on",
    why="longer than a disk or a cache makes a server pause",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A wait for the rest of a body of PATIENCE or longer, to the end, with our window open."""
    for flow in seen.flows:
        if not flow.speaks_http:
            continue
        yield from _paused(seen, flow)
        stalls = [s for s in seen.stalls_of(flow) if s.waiting_for in ("body", "response", "ack", "window_update")]
        last = stalls[-1] if stalls else None
        if last is None or last.waiting_for != "body" or last.gap is None or last.ns < PATIENCE.ns:
            continue
        if last.gap.next_kind == KIND_DATA or silence(flow) is not None or flow.client.zero_since_ns > 0:
            continue
        if downward(flow, seen.end_ns) is not None:
            continue  # octets are missing: the path, not the server
        if last.gap.next_direction == 1 and last.gap.next_kind:
            continue  # the server itself ended it: tcp/reset, tcp/early-close
        why = seen.body_reason(flow)
        certain = not why.startswith("the last record is whole")
        if not certain and seen.trace is not None and any(r.host == flow.host for r in seen.trace.open_requests):
            continue  # what is missing is a whole response: http/response-missing
        gap = last.gap
        start = min(flow.server.last_data_ns, last.start_ns)
        proved = gap.answers_0 > 0 or gap.keep_alives_1 > 0
        yield Finding(
            cause="http/body-stalled",
            culprit=seen.far_host(flow),
            start_ns=start,
            end_ns=last.end_ns,
            message=f"{flow.host or flow.server.address} sent {flow.server.next - 1:,} octets and stopped in the middle of a "
            f"response for {duration(last.end_ns - start)}",
            evidence=frames(
                (flow.server.last_data_frame, f"the last octets of the body: {why}"),
                (gap.last_frame if gap.last_frame != flow.server.last_data_frame else 0, "the client has taken everything, its window is open"),
                (gap.next_frame, "the client closes"),
            ),
            confidence=(0.92 if proved else 0.72) * (1 if certain else 0.75),
            fatal=True,
            flow_id=flow.id,
            quantities={"octets": flow.server.next - 1, "keep_alives_answered": gap.answers_0},
            counter_evidence=()
            if proved
            else ("no keep-alive has proved yet that the server is still there (the first comes after 15 to 30 s)",),
            alternatives=()
            if proved
            else (Alternative("tcp/path-death", "until the first keep-alive a dead path looks the same", f"ping -c3 {flow.server.address}"),),
        )


def _paused(seen: Observations, flow: Flow) -> Iterator[Finding]:
    """Pauses of PATIENCE or longer in the middle of a body after which the server went on."""
    for stall in seen.stalls_of(flow):
        gap = stall.gap
        if stall.waiting_for != "body" or gap is None or gap.next_kind != KIND_DATA or stall.ns < PATIENCE.ns:
            continue
        if gap.next_direction != 1 or interrupted(flow, gap):
            continue
        yield Finding(
            cause="http/body-stalled",
            culprit=seen.far_host(flow),
            start_ns=stall.start_ns,
            end_ns=stall.end_ns,
            message=f"{flow.host or flow.server.address} stopped in the middle of a response for {duration(stall.ns)}, then went on",
            evidence=frames(
                (gap.last_frame, "everything sent is acknowledged, our window is open"),
                (gap.next_frame, f"the server goes on {duration(stall.ns)} later, with nothing it had sent before"),
            ),
            confidence=0.75,
            flow_id=flow.id,
            quantities={"pause": stall.ns / 1e9},
            alternatives=(
                Alternative("tcp/outage", "a path that was gone for a while leaves the same silence", f"ping -c3 {flow.server.address}"),
            ),
        )

"""The request was acknowledged, and no response came."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.death import silence
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    5, "s", source="CAUSES: waiting is told from 5 s on; Go net/http has no ResponseHeaderTimeout in the go command",
    why="slower than nearly any answer that comes; whoever must know sooner sees the stall table",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A request to which nothing came back for PATIENCE or longer, to the end, while the path is alive."""
    for flow in seen.flows:
        stalls = [s for s in seen.stalls_of(flow) if s.waiting_for in ("response", "ack")]
        last = stalls[-1] if stalls else None
        if last is None or last.waiting_for != "response" or last.gap is None or silence(flow) is not None:
            continue
        gap = last.gap
        from netanalyze.flows.gaps import KIND_FIN, KIND_NONE, KIND_RST

        if gap.next_kind not in (KIND_NONE, KIND_FIN, KIND_RST) or (gap.next_kind != KIND_NONE and gap.next_direction == 1):
            continue
        if last.ns < PATIENCE.ns or (seen.used_later(flow) and last.ns < PATIENCE.ns):
            continue
        request = seen.request_of(flow, gap)
        proved = gap.answers_0 > 0 or gap.keep_alives_1 > 0
        start = request[1] if request else last.start_ns
        yield Finding(
            cause="http/response-missing",
            culprit=seen.far_host(flow),
            start_ns=min(start, last.start_ns),
            end_ns=last.end_ns,
            message=f"{flow.host or flow.server.address} acknowledged the request and did not answer for "
            f"{duration(last.end_ns - min(start, last.start_ns))}",
            evidence=frames(
                (request[0] if request else gap.last_frame, "the request" + (f": {request[2]}" if request and request[2] else "")),
                (gap.last_frame if not request or gap.last_frame != request[0] else 0, "acknowledged; then nothing"),
                (gap.next_frame, "the client closes"),
            ),
            confidence=0.93 if proved else 0.75,
            fatal=True,
            flow_id=flow.id,
            quantities={"keep_alives_answered": gap.answers_0, "server_keep_alives": gap.keep_alives_1},
            counter_evidence=()
            if proved
            else ("no keep-alive has proved yet that the server is still there (the first comes after 15 to 30 s)",),
            alternatives=()
            if proved
            else (Alternative("tcp/path-death", "until the first keep-alive a dead path looks the same", f"ping -c3 {flow.server.address}"),),
        )

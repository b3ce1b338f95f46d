"""A live connection's path died and did not come back."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.death import silence
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
REPEATS = Threshold(
    3, "repeats", source="RFC 6298 section 5.5: each repeat waits twice as long; three in vain are 1.4 s or more",
    why="one or two repeats may be lost by chance; at 3 % loss three in a row are one in 37,000",
)  # fmt: skip
IDLE = Threshold(
    20, "s", source="RFC 5382 section 5 and common NAT time-outs of 30 s and more; measured from 25 s",
    why="after so long a pause something between may have forgotten the connection",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """An established flow whose client's segments, or keep-alives, stay unanswered to the end."""
    for flow in seen.flows:
        end = silence(flow)
        if end is None or (end.repeats < REPEATS.value and not end.keep_alives):
            continue
        if end.idle_before_ns >= IDLE.ns and end.repeats and not end.keep_alives:
            continue  # tcp/idle-connection-dropped
        until = flow.client.rst_ns if flow.client.rst_ns > end.last_heard_ns else seen.end_ns
        until = max(until, end.last_try_ns)
        what = f"{end.keep_alives} keep-alives" if end.keep_alives and not end.repeats else f"{end.repeats} retransmissions"
        yield Finding(
            cause="tcp/path-death",
            culprit=seen.path(flow),
            start_ns=end.last_heard_ns,
            end_ns=until,
            message=f"{flow.host or flow.server.address} was last heard from {duration(until - end.last_heard_ns)} before "
            f"the end; {what} stayed unanswered",
            evidence=frames(
                (end.last_heard_frame, "the last packet from the other side"),
                (end.first_try_frame, "first repeat or keep-alive after it"),
                (end.last_try_frame, f"the last of them: {what}, no answer"),
            ),
            confidence=0.93 if end.repeats >= 4 or end.keep_alives >= 2 else 0.85,
            fatal=True,
            flow_id=flow.id,
            quantities={"repeats": end.repeats, "keep_alives": end.keep_alives},
            alternatives=(
                Alternative(
                    "local/egress-dropped", "packets of this machine may be dropped behind the capture",
                    f"ping -c3 {flow.server.address}",
                ),
            ) if end.repeats + end.keep_alives < 4 else (),
        )  # fmt: skip

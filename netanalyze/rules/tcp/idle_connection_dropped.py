"""A connection left idle was forgotten by something between; the next request on it goes nowhere."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.flows.death import silence
from netanalyze.rules import Observations
from netanalyze.rules.tcp.path_death import IDLE, REPEATS
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")


def check(seen: Observations) -> Iterator[Finding]:
    """Silence that begins with the first segment after an idle time of IDLE or longer."""
    for flow in seen.flows:
        end = silence(flow)
        if end is None or end.repeats < REPEATS.value or end.idle_before_ns < IDLE.ns or end.keep_alives:
            continue
        until = max(flow.client.rst_ns if flow.client.rst_ns > end.last_heard_ns else seen.end_ns, end.last_try_ns)
        start = end.last_heard_ns + end.idle_before_ns
        yield Finding(
            cause="tcp/idle-connection-dropped",
            culprit=seen.path(flow),
            start_ns=start,
            end_ns=until,
            message=f"after {duration(end.idle_before_ns)} of silence the connection was dead: "
            f"{end.repeats} retransmissions unanswered",
            evidence=frames(
                (end.last_heard_frame, "the last packet from the other side, before the pause"),
                (end.first_try_frame, "first repeat of what was sent after the pause"),
                (end.last_try_frame, "last repeat: no answer"),
            ),
            confidence=0.75,
            fatal=True,
            flow_id=flow.id,
            quantities={"idle": end.idle_before_ns / 1e9, "repeats": end.repeats},
            alternatives=(
                Alternative("tcp/path-death", "the path may have died by chance during the pause", f"ping -c3 {flow.server.address}"),
            ),
        )

"""Our side stopped reading: the receive window stays closed."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration

UNDERMINED_BY = ("capture_lossy",)
PATIENCE = Threshold(
    1, "s", source="RFC 9293 section 3.8.6.1: a closed window is probed after a retransmission time-out",
    why="a reader that is merely busy opens it again within milliseconds",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """The client announced a window of zero for PATIENCE or longer in all."""
    for flow in seen.flows:
        half = flow.client
        open_ns = max(min(flow.last_ns, seen.end_ns) - half.zero_since_ns, 0) if half.zero_since_ns != NEVER_NS else 0
        closed = half.zero_ns + open_ns
        if half.zero_count == 0 or closed < PATIENCE.ns or (flow.ended() and flow.ended()[2] < half.zero_since_ns):
            continue
        spans = [g for g in flow.gaps if g.window_0 == 0] or [
            g for g in flow.gaps if g.keep_alives_1 and g.end_ns - g.start_ns >= PATIENCE.ns // 2
        ]
        start = spans[0].start_ns if spans else half.zero_since_ns if half.zero_since_ns != NEVER_NS else flow.first_ns
        end = spans[-1].end_ns if spans else min(flow.last_ns, seen.end_ns)
        yield Finding(
            cause="tcp/receiver-window-closed",
            culprit=Culprit("client-host"),
            start_ns=start,
            end_ns=max(end, start),
            message=f"this machine did not read from {flow.host or flow.server.address} for {duration(closed)}: window 0, "
            f"{half.zero_count} times",
            evidence=frames(
                (half.zero_frame, "window 0 announced"),
                (spans[-1].next_frame if spans else 0, "the window is open again"),
            ),
            confidence=0.9,
            flow_id=flow.id,
            quantities={"closed": closed / 1e9, "times": half.zero_count},
        )

"""The other side stopped reading: its receive window stays closed.

What it finds
    The server announced a window of zero, for PATIENCE (1 s, of
    tcp/receiver-window-closed) or longer in all, and did not reset. It is
    called the end of the run only if the window was closed to the last.

Why a program hangs
    We may not send. Our kernel probes at growing distances, the server answers
    "still closed", and as the connection is alive no timer ends it.

What to do
    Nothing on this side can open it; see that it is so, and ask elsewhere:
        ss -tnoi dst ADDRESS                           # timer:(persist,...)
        until timeout 120 go mod download; do sleep 5; done
    Uploads (git push, large requests) meet servers with a full disk or a stuck
    worker: tell the operator.

Look-alikes
    tcp/receiver-window-closed: our own window. http/response-missing: it took
    the request and does not answer. tcp/path-death: not even probes are
    answered.

Known false alarms
    A server that slows an upload down on purpose; many short closings that add
    up to a second on a fast path.

References
    RFC 9293 section 3.8.6.1 (zero-window probes); RFC 6429 (a closed window may
    stay closed for ever); ss(8).
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.rules.tcp.receiver_window_closed import PATIENCE
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy",)


def check(seen: Observations) -> Iterator[Finding]:
    """The server announced a window of zero for PATIENCE or longer in all."""
    for flow in seen.flows:
        half = flow.server
        open_ns = max(min(flow.last_ns, seen.end_ns) - half.zero_since_ns, 0) if half.zero_since_ns != NEVER_NS else 0
        closed = half.zero_ns + open_ns
        if half.zero_count == 0 or closed < PATIENCE.ns or half.rst_count:
            continue
        spans = [g for g in flow.gaps if g.window_1 == 0] or [g for g in flow.gaps if g.keep_alives_0]
        start = spans[0].start_ns if spans else half.zero_since_ns if half.zero_since_ns != NEVER_NS else flow.first_ns
        end = spans[-1].end_ns if spans else min(flow.last_ns, seen.end_ns)
        still = half.zero_since_ns != NEVER_NS
        last = half.last_frame if half.last_frame != half.zero_frame else 0
        opened = spans[-1].next_frame if spans else 0
        yield Finding(
            cause="tcp/peer-window-closed",
            culprit=seen.far_host(flow),
            start_ns=start,
            end_ns=max(end, start),
            message=message(
                "{host} did not read what was sent to it for {time}: window 0",
                host=flow.host or flow.server.address,
                time=duration(closed),
            ),
            evidence=frames(
                (half.zero_frame, "window 0 announced by the server"),
                (last if still else 0, "its last packet: the window is still 0"),
                (0 if still else opened, "open again"),
            ),
            confidence=0.9,
            fatal=still,
            flow_id=flow.id,
            quantities={"closed": seconds(closed), "times": half.zero_count},
        )

"""Our side stopped reading: the receive window stays closed.

What it finds
    The client announced a window of zero, for PATIENCE (1 s) or longer in all,
    while the connection was open.

Why a program hangs
    The command does not fetch what has arrived: it waits for the disk, a virus
    scanner, another goroutine, or it is stopped. The server has to wait with
    it, for as long as that lasts.

What to do
    See what the command is doing instead:
        ps -eo pid,stat,pcpu,wchan:20,args | grep -E '[g]o (mod|build)|[g]it'
        ss -tnmp dst ADDRESS                           # Recv-Q full?
        iostat -x 2 3; cat /proc/pressure/io
    State T: kill -CONT PID. State D: the disk; put GOMODCACHE on a local one.

Look-alikes
    http/body-slow and http/body-stalled: our window is open, the server pauses.
    tcp/peer-window-closed: the other side's. local/busy: busy without closing
    the window. With HTTP/2 a paused stream (4 MiB in go) stops without a TCP
    window of zero.

Known false alarms
    A program that limits its own download rate (curl --limit-rate), or a
    terminal that was halted with Ctrl-S.

References
    RFC 9293 sections 3.8.6 and 3.8.6.1; tcp(7), tcp_rmem; Go 1.27
    net/http/internal/http2/transport.go (window of a stream).
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.flows.gaps import KIND_DATA
from netanalyze.flows.observe import Flow, Gap
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wire.layers import RST
from netanalyze.wording import counted, message

UNDERMINED_BY = ("capture_lossy",)
PATIENCE = Threshold(
    1, "s",
    source="RFC 9293 section 3.8.6.1: probing begins after a time-out; RFC 6298 section 2.4: of 1 s",
    why="a reader that is merely busy opens it again within milliseconds",
)  # fmt: skip


def _shown(flow: Flow, spans: list[Gap]) -> tuple[Evidence, ...]:
    """The longest time without a window: where it was announced, and what ended it."""
    if not spans:
        return frames((flow.client.zero_frame, "window 0 announced"))
    longest = max(spans, key=lambda gap: gap.end_ns - gap.start_ns)
    mine = [p for p in flow.packets if p.direction == 0 and not p.flags & RST and p.frame_number >= longest.last_frame]
    until = longest.next_frame or 1 << 62
    closed = [p for p in mine if p.window == 0 and p.frame_number < until]
    since = closed[0].time_ns if closed else longest.start_ns
    opened = next((p for p in mine if p.window and p.time_ns > since and p.frame_number <= until), None)
    goes_on = longest.next_kind == KIND_DATA and longest.next_direction == 1
    if opened:
        last, at, how = opened.frame_number, opened.time_ns, "the window is open again, {time} later"
    elif goes_on or not closed:
        last, at, how = longest.next_frame if goes_on else 0, longest.end_ns, "the server goes on, {time} later"
    else:
        last, at, how = closed[-1].frame_number, closed[-1].time_ns, "still 0, {time} later"
    return frames(
        (
            closed[0].frame_number if closed else longest.last_frame,
            "window 0 announced" if closed else "the last before the window closed",
        ),
        (last, message(how, time=duration(at - since))),
    )


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
            message=message(
                "this machine did not read from {host} for {time}: window 0, {times}",
                host=flow.host or flow.server.address,
                time=duration(closed),
                times=counted(half.zero_count, "{number} time", "{number} times"),
            ),
            evidence=_shown(flow, spans),
            confidence=0.9,
            flow_id=flow.id,
            quantities={"closed": seconds(closed), "times": half.zero_count},
        )

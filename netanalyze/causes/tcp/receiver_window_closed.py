"""Our side stopped reading: the receive window stays closed.

What it finds
    The client announced a window of zero, for PATIENCE (1 s) or longer in all,
    while the connection was open. It hangs where the window is closed still at
    the end, for STUCK (5 s) or longer.

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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import FASTER_LINE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.transfers.windows import span_of, window_closed_ns
from netanalyze.tracking.gaps import KIND_DATA
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wire.layers import RST
from netanalyze.wording import counted, message

CAUSE = Cause(
    "tcp/receiver-window-closed",
    meaning="This side stopped reading: its receive window is closed.",
    headline="This machine stopped reading what {place} sends.",
    own_time="transfer",
    undermined_by=("capture_lossy",),
)

PATIENCE = Threshold(
    1, "s",
    source="RFC 9293 section 3.8.6.1: probing begins after a time-out; RFC 6298 section 2.4: of 1 s",
    why="a reader that is merely busy opens it again within milliseconds",
)  # fmt: skip
STUCK = Threshold(
    5, "s", source="chosen here: by then a sender has probed for the third time (RFC 9293 section 3.8.6.1)",
    why="who has read nothing for so long, and does not to the end, has stopped for good as far as anybody can tell",
)  # fmt: skip
ANNOUNCED = Proved(
    0.9, "this side announced a window of zero for a second or longer in all", Basis.FRAMES,
    "it says itself that it takes nothing; which program does not read, packets do not tell",
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
    first = (
        (closed[0].frame_number, "window 0 announced")
        if closed
        else (longest.last_frame, "the last before the window closed")
    )
    return frames(first, (last, message(how, time=duration(at - since))))


def _still_closed(case: Case, flow: Flow) -> bool:
    """Whether the window stayed closed to the end of the capture, for STUCK or longer, and nothing else went on meanwhile."""
    since = flow.client.zero_since_ns
    if since == NEVER_NS or flow.ended() is not None or case.end_ns - since < STUCK.ns:
        return False
    return case.index.progress.but(flow.id) <= since


def check(case: Case) -> Iterator[Finding]:
    """The client announced a window of zero for PATIENCE or longer in all."""
    for flow in case.index.eventful:
        half, closed = flow.client, window_closed_ns(flow, 0, case.end_ns)
        if closed < PATIENCE.ns or (flow.ended() and flow.ended()[2] < half.zero_since_ns):
            continue
        spans = [g for g in flow.gaps if g.window_0 == 0] or [
            g for g in flow.gaps if g.keep_alives_1 and g.end_ns - g.start_ns >= PATIENCE.ns // 2
        ]
        yield CAUSE.finding(
            Culprit("client-host"),
            span_of(spans, flow, 0, case.end_ns),
            message(
                "this machine did not read from {host} for {time}: window 0, {times}",
                host=flow.destination, time=duration(closed),
                times=counted(half.zero_count, "{number} time", "{number} times"),
            ),
            _shown(flow, spans),
            confidence(ANNOUNCED),
            flow,
            fatal=_still_closed(case, flow),
            quantities={"closed": seconds(closed), "times": half.zero_count},
        )  # fmt: skip


ADVICE = Page(
    where=offers("this machine: the command does not read; the server waits"),
    fix=offers(
        Offer("What holds it up? Often the disk", "ps -eo pid,stat,wchan:20,args | grep -E '^ *[0-9]+ +[DT]'"),
        Offer("Is the disk slow or full?", 'df -h "$(go env GOMODCACHE)"', "go"),
        Offer("Is the disk slow or full?", "df -h .", "!go"),
        "Take the cache out of the virus scanner; local disk",
    ),
    verify=commands("ss -tnm state established"),
    no_use=offers("another mirror", FASTER_LINE),
)

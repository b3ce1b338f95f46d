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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, LIMIT_TIME, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.from_sockets.waiting_socket import Shape, WaitingSocket
from netanalyze.causes.tcp.receiver_window_closed import PATIENCE
from netanalyze.findings import Finding, frames
from netanalyze.flows.transfers.windows import span_of, window_closed_ns
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "tcp/peer-window-closed",
    meaning="The other side stopped reading: its receive window is closed.",
    headline="{place} stopped reading what is sent to it.",
    guarded_by="body",
    undermined_by=("capture_lossy",),
)
ANNOUNCED = Proved(
    0.9, "the far side announced a window of zero for a second or longer in all", Basis.FRAMES,
    "it says itself that it takes nothing; a box before it may say so for it",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The server announced a window of zero for PATIENCE or longer in all."""
    for flow in case.index.eventful:
        half, closed = flow.server, window_closed_ns(flow, 1, case.end_ns)
        if closed < PATIENCE.ns or half.rst_count:
            continue
        spans = [g for g in flow.gaps if g.window_1 == 0] or [g for g in flow.gaps if g.keep_alives_0]
        still = half.zero_since_ns != NEVER_NS
        last = half.last_frame if half.last_frame != half.zero_frame else 0
        opened = spans[-1].next_frame if spans else 0
        yield CAUSE.finding(
            case.far_host(flow),
            span_of(spans, flow, 1, case.end_ns),
            message(
                "{host} did not read what was sent to it for {time}: window 0",
                host=flow.destination,
                time=duration(closed),
            ),
            frames(
                (half.zero_frame, "window 0 announced by the server"),
                (last if still else 0, "its last packet: the window is still 0"),
                (0 if still else opened, "open again"),
            ),
            confidence(ANNOUNCED),
            flow,
            fatal=still,
            quantities={"closed": seconds(closed), "times": half.zero_count},
        )


def from_socket(socket: WaitingSocket) -> Finding | None:
    """The far end takes no more octets."""
    if socket.shape is not Shape.WINDOW_CLOSED:
        return None
    return socket.finding(
        CAUSE, socket.server, socket.history.sent_ns,
        "{far} has its window closed for {seconds}", "ESTABLISHED, window 0, octets wait", ANNOUNCED,
    )  # fmt: skip


ADVICE = Page(
    where=offers("server: it does not read what it is sent; the path is alive"),
    fix=offers(RUN_AGAIN, LIMIT_TIME, ANOTHER_SOURCE),
    verify=commands(Offer("", "ss -tnoi dst {address}"), "ss -tnoi state established"),
    no_use=VAIN,
)

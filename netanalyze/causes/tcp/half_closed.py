"""One side closed, the other never does, and the command waits for it.

What it finds
    One FIN, acknowledged, and PATIENCE (5 s) or more to the end without one of
    the other side, without data and without a reset. Nothing else of the
    command moved afterwards; where its lines are known, a child command must
    still be open.

Why a program hangs
    A program that reads to the end of the stream does not notice that its own
    side is closed; one that waits for the other's end has no timer. The kernel
    ends FIN-WAIT-2 only after the program has let go of the socket (60 s).

What to do
    See who holds the socket, and end that one:
        ss -tnop state close-wait; ss -tnop state fin-wait-2
        lsof -nP -iTCP -sTCP:CLOSE_WAIT
    CLOSE-WAIT on this machine: the program here does not close. FIN-WAIT-2: the
    far side does not.

Look-alikes
    http/response-missing: nobody has closed. tcp/early-close: the server closed
    in mid-response. local/child-holds-pipe: git has ended and a child of it
    keeps a pipe.

Known false alarms
    Connections that are half-closed on purpose (ssh, rsync, some RPC); sockets
    that another program of the machine leaves behind.

References
    RFC 9293 section 3.6; tcp(7), tcp_fin_timeout.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, LIMIT_TIME, RUN_AGAIN, WAITING_FOR_EVER
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.endings import broken_off
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import saying

CAUSE = Cause(
    "tcp/half-closed",
    meaning="One side has closed, the other never does, and the command waits for it.",
    headline="One side of the connection to {place} never closes.",
    guarded_by="body",
    own_time="local",
    undermined_by=("one_way_capture", "capture_lossy"),
)

PATIENCE = Threshold(
    5, "s",
    source="RFC 9293 section 3.6: a side may go on sending after the other's FIN; the limit is chosen here",
    why="longer than an orderly shutdown takes",
)  # fmt: skip


NEVER_CLOSED = Proved(
    0.6, "one side's FIN is acknowledged, and 5 s pass without one of the other's", Basis.FOREIGN,
    "half-closed on purpose, or a socket that somebody left behind, looks the same",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A FIN that only one side sent, PATIENCE or longer before the end, with nothing after it."""
    waiting = case.command_known  # somebody is known to
    for flow in case.index.eventful:
        ended, client, server = flow.ended(), flow.client, flow.server
        if ended is None or ended[0] != "fin" or client.rst_count or server.rst_count or not flow.established:
            continue
        closer, other = flow.halves[ended[1]], flow.halves[1 - ended[1]]
        if other.fin_ns != NEVER_NS or case.end_ns - ended[2] < PATIENCE.ns or closer.unacked > 0:
            continue
        if other.last_data_frame > ended[3] or not server.sent_data or (ended[1] == 1 and broken_off(flow)):
            continue
        if case.index.progress.but(flow.id) > ended[2] or (case.trace and not case.trace.open_commands):
            continue  # the command went on
        if case.used_later(flow) or (not waiting and server.last_data_frame > client.last_data_frame):
            continue  # whatever was asked for had come: a socket that somebody keeps and does not read any more
        who, waits = ("client", "server") if ended[1] == 0 else ("server", "client")
        say = saying(who=who, other=waits, time=duration(case.end_ns - ended[2]))
        yield CAUSE.finding(
            case.far_host(flow),
            (ended[2], case.end_ns),
            say("the {who} closed its side {time} before the end; the {other} never did"),
            frames((ended[3], say("FIN of the {who}")), (other.last_frame, say("the last of the {other}: no FIN"))),
            confidence(NEVER_CLOSED),
            flow,
            fatal=True,
        )


ADVICE = Page(
    where=offers("one side never closes; the path is alive"),
    fix=offers(LIMIT_TIME, RUN_AGAIN, ANOTHER_SOURCE),
    verify=commands(Offer("", "ss -tnoi dst {address}"), "ss -tnoi state close-wait state fin-wait-2"),
    no_use=offers(CLEAN_CACHE, WAITING_FOR_EVER),
)

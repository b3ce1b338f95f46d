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

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.endings import broken_off
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import message

UNDERMINED_BY = ("one_way_capture", "capture_lossy")
PATIENCE = Threshold(
    5, "s",
    source="RFC 9293 section 3.6: a side may go on sending after the other's FIN; the limit is chosen here",
    why="longer than an orderly shutdown takes",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A FIN that only one side sent, PATIENCE or longer before the end, with nothing after it."""
    waiting = seen.client.name != "generic" or seen.run is not None or seen.trace is not None  # somebody is known to
    for flow in seen.flows:
        ended = flow.ended()
        if ended is None or ended[0] != "fin" or flow.client.rst_count or flow.server.rst_count or not flow.established:
            continue
        closer, other = flow.halves[ended[1]], flow.halves[1 - ended[1]]
        if other.fin_ns != NEVER_NS or seen.end_ns - ended[2] < PATIENCE.ns or closer.unacked > 0:
            continue
        if (
            other.last_data_ns > ended[2]
            or seen.used_later(flow)
            or (ended[1] == 1 and broken_off(flow))
            or not flow.server.sent_data
        ):
            continue
        if any(f.id != flow.id and f.progress_ns > ended[2] for f in seen.flows) or (
            seen.trace and not seen.trace.open_commands
        ):
            continue  # the command went on
        if not waiting and flow.server.last_data_ns > flow.client.last_data_ns:
            continue  # whatever was asked for had come: a socket that somebody keeps and does not read any more
        who, waits = ("client", "server") if ended[1] == 0 else ("server", "client")
        yield Finding(
            cause="tcp/half-closed",
            culprit=seen.far_host(flow),
            start_ns=ended[2],
            end_ns=seen.end_ns,
            message=message(
                "the {who} closed its side {time} before the end; the {other} never did",
                who=who,
                time=duration(seen.end_ns - ended[2]),
                other=waits,
            ),
            evidence=frames(
                (ended[3], message("FIN of the {who}", who=who)),
                (other.last_frame, message("the last of the {other}: no FIN", other=waits)),
            ),
            confidence=0.6,
            fatal=True,
            flow_id=flow.id,
        )

r"""The response comes slower than path and window allow: the sender limits it.

What it finds
    On a connection that speaks HTTP, three pauses or more in the middle of a
    body, each longer than two round trips and shorter than LONGEST (5 s), after
    which new data came. Together they last PATIENCE (3 s) and SHARE (0.6) of
    the time from first to last. Everything was acknowledged meanwhile, nothing
    repeated, under 2 % lost, and our window never closed.

Why a program hangs
    There is no limit of the whole, and each piece keeps the read alive: go, git
    and curl stay as long as it takes.

What to do
    Measure this server against another way:
        curl -so /dev/null -w '%{speed_download}\n' URL
        GOPROXY=https://goproxy.cn,direct go mod download
    Slow here and quick elsewhere: the server, or a proxy that fetches as it
    sends. A faster line does not help, nothing was in flight.

Look-alikes
    tcp/throttled: data arrives evenly, with queues or drops on the path.
    tcp/receiver-window-closed: this side does not read. http/body-stalled: one
    pause of 5 s or more. tcp/loss: the pauses end with repeats.

Known false alarms
    Streams that are slow on purpose (logs, events; of a program that is not
    known, sound, pictures and single messages are left out); several small
    answers on one HTTP/2 connection, taken for one body.

References
    RFC 7661 section 1 (senders limited by their application); RFC 9293 section
    3.8.6 (window).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, FASTER_LINE, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.http._advice import HTTP1, RATE
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.pushing import played, speaks_in_messages
from netanalyze.flows.stalls import answers_owed
from netanalyze.tracking.gaps import KIND_DATA
from netanalyze.units import duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "http/body-slow",
    meaning="The response comes steadily but slowly, and neither path nor window is the limit: the sender is.",
    headline="{place} sends slowly, though path and window allow more.",
    guarded_by="body",
    fits=("client-timeout", "too-slow"),
    undermined_by=("capture_lossy", "kernel_drops", "truncated_frames"),
)

SHARE = Threshold(
    0.6, "of the transfer",
    source="chosen here: over half of the time, with room for the round trips between; RFC 7661 section 1",
    why="most of the time nothing was in flight though the window was open: nobody but the sender waits",
)  # fmt: skip
LONGEST = Threshold(
    5, "s", source="http/body-stalled: PATIENCE", why="a pause of this length or longer is a stall of its own",
)  # fmt: skip
PATIENCE = Threshold(
    3, "s",
    source="chosen here, no standard defines it: three pauses of a second",
    why="what costs less is not worth a finding",
)  # fmt: skip
NOTHING_IN_FLIGHT = Proved(
    0.8, "most of the transfer nothing was in flight, the window open, and little was lost", Basis.LAB,
    "only the sender was left to wait; what it waited for (a disk, its own source) no packet shows",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Pauses of the server in the middle of a body that add up to most of the transfer and to PATIENCE or more."""
    for flow in case.index.eventful:
        if not answers_owed(flow, case.client.name):
            continue
        pauses = [
            s for s in case.stalls_of(flow)
            if s.waiting_for == "body" and s.gap and s.gap.next_kind == KIND_DATA
            and not s.gap.resent_0 and not s.gap.resent_1
            and s.gap.unacked_1 == 0 and s.ns > 2 * flow.round_trip_ns and s.ns < LONGEST.ns
        ]  # fmt: skip
        if len(pauses) < 3 or flow.client.zero_count:
            continue
        total, (start, end) = sum(s.ns for s in pauses), (pauses[0].start_ns, pauses[-1].end_ns)
        if total < PATIENCE.ns or total / max(end - start, 1) < SHARE.value:
            continue
        if flow.server.resent + flow.server.lost > 0.02 * flow.server.packets:
            continue
        streamed = played(flow) or speaks_in_messages(flow, start, end)
        if case.client.name == "generic" and streamed:
            continue
        rate, longest = flow.server.octets / max(seconds(end - start), 0.001), max(pauses, key=lambda s: s.ns)
        yield CAUSE.finding(
            case.far_host(flow), (start, end),
            message(
                "{host} paused {number} times in the middle of the response, {paused} of {time} in all; "
                "{rate} kB/s, nothing lost, window open",
                host=flow.destination, number=len(pauses), paused=duration(total), time=duration(end - start),
                rate=f"{rate / 1000:,.0f}",
            ),
            frames(
                (pauses[0].last_frame, "everything sent is acknowledged"),
                (pauses[0].next_frame, message("the server goes on {time} later", time=duration(pauses[0].ns))),
                (longest.next_frame, message("end of the longest pause, {time}", time=duration(longest.ns))),
            ),
            confidence(NOTHING_IN_FLIGHT), flow,
            quantities={"pauses": len(pauses), "paused": seconds(total), "rate": round(rate)},
        )  # fmt: skip


ADVICE = Page(
    where=offers("server: it sends slowly; path and window would bear more"),
    fix=offers(ANOTHER_SOURCE, Offer("Another server or mirror", None, "!go"), HTTP1),
    verify=RATE,
    no_use=offers(CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
)

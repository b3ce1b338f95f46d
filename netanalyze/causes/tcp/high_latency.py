"""Each round trip is long, and the work needs many of them.

What it finds
    A round trip of LONG (300 ms) or more to a server, and waits of about one
    round trip each (up to SPREAD, 1.5 times), MANY (6) or more, that together come to PART (half)
    of the time that was looked at, and to WORTH (2 s) or more. Every answer
    came when it had to. It is no fault of a host and never the root of a
    verdict: a run that is only far away is healthy, and slow.

Why a program hangs
    It does not hang, it walks. Opening a connection takes one round trip, TLS
    1.3 another, the first response a third; a module is three files, and what
    is asked one after the other is paid one after the other. A faster line
    changes nothing.

What to do
    Ask a server that is near, or ask side by side:
        GOPROXY=https://goproxy.cn,direct go mod download
        go mod download all                    # no .info, one after the other
        ping -c 5 HOST                         # is it as long outside of go?
    A VPN or satellite on the way adds its own; leave it out where you may.

Look-alikes
    http/response-late: one answer is late, the others are not.
    local/serial-requests: the round trip is short, and there are too many of
    them. tcp/throttled: the long round trip is a full queue (bufferbloat), and
    short while nothing is sent. tcp/loss: waits of a time-out, not of a round
    trip.

Known false alarms
    A capture taken far from the client sees a part of the round trip alone, and
    then says nothing.

References
    ITU-T G.114 (one-way delay above 150 ms is noticed, so 300 ms there and
    back); RFC 6298 section 2 (what a round trip is); measured: 18 requests over
    600 ms take 13 s.
"""

from collections.abc import Iterator

import numpy as np

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, CLEAN_CACHE, FASTER_LINE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.exchanges import LONG, is_round_trip, spent_on
from netanalyze.flows.rows import far_away
from netanalyze.units import duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "tcp/high-latency",
    meaning="Each round trip is long, and the work needs many of them.",
    headline="The way to {place} is long, and walked too often.",
    never_root=True,
    undermined_by=("capture_lossy", "clock_step"),
)

MANY = Threshold(
    6, "waits", source="RFC 9293 section 3.5, RFC 8446 section 2: TCP and TLS 1.3 take one each, a response one; two of them",
    why="a connection and its first response is what anything costs; more is work that walks to and fro",
)  # fmt: skip

MOST_OF_THE_TIME = Proved(
    0.85, "waits of one long round trip each make up most of the time", Basis.FRAMES,
    "whether fewer would have done is for the client to say",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Waits of one long round trip each that make up most of the time."""
    waits = sorted(
        (
            s for flow in far_away(case.flows, LONG.ns) for s in case.stalls_of(flow)
            if s.waiting_on == "server" and not s.open and is_round_trip(s.ns, flow.round_trip_ns)
        ),
        key=lambda s: s.start_ns,
    )  # fmt: skip
    spans = np.array([(s.start_ns, s.end_ns) for s in waits], dtype=np.int64).reshape(-1, 2)
    spent = spent_on(spans[:, 0], spans[:, 1], case.end_ns - case.start_ns) if len(waits) >= MANY.value else 0
    if not spent:
        return
    far = max((s.flow for s in waits if s.flow is not None), key=lambda f: f.round_trip_ns)
    yield CAUSE.finding(
        case.path(far),
        (waits[0].start_ns, waits[-1].end_ns),
        message(
            "{count} waits of a round trip each, {time} in all; the round trip to {host} is {trip}",
            count=len(waits), time=duration(spent), host=far.destination, trip=duration(far.round_trip_ns),
        ),
        frames(
            (waits[0].last_frame, "the first such wait begins"),
            (waits[0].next_frame, "and ends, a round trip later"),
            (waits[-1].next_frame, "the last one ends"),
        ),
        confidence(MOST_OF_THE_TIME),
        far,
        quantities={"waits": len(waits), "round_trip": seconds(far.round_trip_ns), "spent": seconds(spent)},
    )  # fmt: skip


ADVICE = Page(
    where=offers("distance: the path is long, nothing is broken"),
    fix=offers(
        ANOTHER_SOURCE,
        Offer("More at a time, for this run", "GOMAXPROCS=16 {again}", "go", scope=RUN),
        Offer("A nearer server or mirror", None, "!go"),
    ),
    verify=commands(Offer("", "ping -c 5 {target}"), "ping -c 5 1.1.1.1"),
    no_use=offers(CLEAN_CACHE, FASTER_LINE),
)

"""The client asks for one thing at a time, and waits for each.

What it finds
    MANY (12) requests or more, SINGLE (0.9) of them alone on their connection
    and answered after one round trip (up to SPREAD, 1.5 times) of less than
    LONG (300 ms), with no more than AT_ONCE (1.5) such waits open at a time
    over all connections. Together they come to PART (half) of the time that was
    looked at, and to WORTH (2 s) or more. Nobody is late: their number makes the
    time, and a client that does not ask ahead. It is never the root of a
    verdict: a run that only takes its time is healthy.

Why a program hangs
    It does not hang, it walks. "go mod download" without arguments asks for the
    .info of each module in turn; with one processor (GOMAXPROCS=1, a container's
    limit) go asks for everything in turn. A shell loop around curl does as much.

What to do
    Ask side by side, which HTTP/2 does on one connection:
        GOMAXPROCS=16 go mod download all
        nproc; cat /sys/fs/cgroup/cpu.max          # one processor?
    Or ask from nearer by:
        GOPROXY=https://goproxy.cn,direct go mod download

Look-alikes
    tcp/high-latency: each round trip is long itself. http/response-late: the
    server thinks for longer than the way takes. http/body-slow: the time goes
    into the octets, not into the turns.

Known false alarms
    Work whose every step needs the answer before it (a chain of redirects, a
    walk through pages): it cannot be asked for at once. HTTP/2 requests that
    share one TLS record are taken for one.

References
    RFC 9113 section 5 (streams side by side); RFC 9112 section 9.3.2 (one at a
    time without them); Go 1.27 cmd/go/internal/modcmd/download.go; measured: twelve
    modules over 100 ms, 36 requests: 4.5 s one by one, 2.2 s with eight at a time.
"""

from collections.abc import Iterator

import numpy as np

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, FASTER_LINE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.flows.application import application
from netanalyze.flows.exchanges import LONG, PART, SPREAD, WORTH, ResponseWait, is_round_trip, lone_waits, spent_on
from netanalyze.flows.flow import Flow
from netanalyze.flows.rows import plain_ids, told_of
from netanalyze.flows.screen import odd
from netanalyze.flows.smooth.lone import LONE
from netanalyze.flows.smooth.requests import SMOOTH, TALK
from netanalyze.units import duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "local/serial-requests",
    meaning="The client asks for one thing at a time, so that every gap is one round trip.",
    headline="The command asks one thing at a time, and waits for each.",
    never_root=True,
    undermined_by=("capture_lossy", "clock_step", "one_way_capture"),
)

MANY = Threshold(
    12, "requests", source="browsers open six connections to a host (Chromium: kDefaultMaxSocketsPerGroup); twice that",
    why="fewer would not have needed more than two rounds of a client that asks side by side",
)  # fmt: skip
SINGLE = Threshold(
    0.9, "of the requests", source="chosen here: one of ten may meet another, as a retry or a prefetch does",
    why="with more than that side by side the client does ask ahead",
)  # fmt: skip
AT_ONCE = Threshold(
    1.5, "waits at a time", source="chosen here: in the middle between one and two",
    why="two connections that wait at the same time are parallel work",
)  # fmt: skip
ONE_BY_ONE = Proved(
    0.85, "requests go one by one, each is answered after a round trip, and they make up most of the time", Basis.FRAMES,
    "whether they could go side by side, the client knows",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Requests one after the other, each a round trip, that make up most of the time."""
    if _most_ns(case) < max(WORTH.ns, PART.value * (case.end_ns - case.start_ns)):
        return  # were each of them alone, it would not be worth a word
    waits = _one_by_one(case)
    if len(waits) < MANY.value:
        return
    ids, whose = np.unique(waits[:, LONE.FLOW], return_inverse=True)
    ns = waits[:, LONE.END_NS] - waits[:, LONE.START_NS]
    flow = case.index.flows[int(ids[np.argmax(np.bincount(whose, ns))])]
    waits = waits[np.argsort(waits[:, LONE.START_NS], kind="stable")]
    start_ns, end_ns = waits[:, LONE.START_NS], waits[:, LONE.END_NS]
    spent = spent_on(start_ns, end_ns, case.end_ns - case.start_ns)
    if not spent or int(ns.sum()) > AT_ONCE.value * spent:
        return
    asked, answered = waits[:, LONE.REQUEST_FRAME].tolist(), waits[:, LONE.RESPONSE_FRAME].tolist()
    yield CAUSE.finding(
        Culprit("client-host"),
        (int(start_ns[0]), int(end_ns[-1])),
        message(
            "{number} requests one after the other, each a round trip of {trip} to {host}, {time} in all",
            number=len(waits), trip=duration(flow.round_trip_ns), host=flow.destination, time=duration(spent),
        ),
        frames(
            (asked[0], "the first request"),
            (answered[0], "its response, a round trip later"),
            (asked[1], "only now the next request"),
            (answered[-1], "the last response"),
        ),
        confidence(ONE_BY_ONE),
        flow,
        quantities={"requests": len(waits), "round_trip": seconds(flow.round_trip_ns), "spent": seconds(spent)},
    )  # fmt: skip


def _most_ns(case: Case) -> float:
    """How long the requests could have been waited for at the most, were each of them alone."""
    most = sum(_requests(flow) * max(flow.round_trip_ns, 0) for flow in odd(case.flows))
    told = told_of(case.flows)
    if told is not None:
        most += int((told.talks[:, TALK.REQUESTS] * told.smooth[:, SMOOTH.ROUND_TRIP_NS]).sum())
    return most * SPREAD.value


def _requests(flow: Flow) -> int:
    """About how many requests a flow carried."""
    if flow.http and flow.http.exchanges:
        return len(flow.http.exchanges)
    read = application(flow)
    return len(read.requests) if read else 0


def _one_by_one(case: Case) -> np.ndarray:
    """Of flows whose requests came one by one, the waits of about a round trip: rows of ``LONE`` by flow, an id."""
    rows = [
        (flow.id, wait.start_ns, wait.end_ns, wait.request_frame, wait.response_frame)
        for flow in odd(case.flows) if 0 < flow.round_trip_ns < LONG.ns for wait in _serial(flow)
    ]  # fmt: skip
    waits = np.array(rows, dtype=np.int64).reshape(-1, LONE.WIDTH)
    told = told_of(case.flows)
    if told is None:
        return waits
    trip = told.smooth[told.lone[:, LONE.FLOW], SMOOTH.ROUND_TRIP_NS]
    ns = told.lone[:, LONE.END_NS] - told.lone[:, LONE.START_NS]
    plain = told.lone[(trip > 0) & (trip < LONG.ns) & is_round_trip(ns, trip)]
    counts = np.bincount(plain[:, LONE.FLOW], minlength=len(told.places))
    plain = plain[(counts >= SINGLE.value * told.talks[:, TALK.REQUESTS])[plain[:, LONE.FLOW]]]
    plain[:, LONE.FLOW] = plain_ids(case.flows)[plain[:, LONE.FLOW]]
    waits = np.concatenate([waits, plain])
    return waits[np.argsort(waits[:, LONE.FLOW], kind="stable")]


def _serial(flow: Flow) -> list[ResponseWait]:
    """The same of one flow; none of another."""
    waits, requests = lone_waits(flow)
    waits = [wait for wait in waits if is_round_trip(wait.ns, flow.round_trip_ns)]
    return waits if len(waits) >= SINGLE.value * requests else []


ADVICE = Page(
    where=offers("the client asks one thing at a time; network and server are fine"),
    fix=offers(
        Offer("More at a time, for this run", "GOMAXPROCS=16 {again}", "go", scope=RUN),
        Offer("Ask in parallel, too", "go mod download all", "go"),
        Offer("A nearer proxy, for this run", "GOPROXY={mirror},direct {again}", "go to=module-proxy", scope=RUN),
        Offer("Several at a time, for this run", "git -c fetch.parallel=8 fetch --all", "git", scope=RUN),
        Offer("Ask for several things at a time, or nearer by", None, "!go !git"),
    ),
    verify=commands(
        Offer("", "time GOMAXPROCS=16 {again}", "go"), Offer("", "ping -c 5 {target}"), "ping -c 5 1.1.1.1"
    ),
    no_use=offers(CLEAN_CACHE, FASTER_LINE),
)

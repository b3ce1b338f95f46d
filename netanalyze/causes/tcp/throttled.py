r"""A thin link or a shaper lets the data through slowly, but steadily.

What it finds
    A download of BULK (40,000 octets) and PATIENCE (4 s) or more at an even
    rate (from second to second it varies by less than 35 %) under GOODPUT
    (100,000 octets a second), and one sign of a limit on the path: segments
    dropped, a round trip QUEUE (3) times its least, or full-size segments at
    even distances. An upload alike, but for the even distances, which are the
    sender's own. Also a transfer, up or down, under THIN (1,000,000 octets a second) whose
    pace the path set, with segments dropped or a round trip that grew, where that
    made it longer by 2 s and half of what it would have taken; of a program that
    is not known, one that took half of the time.

Why a program hangs
    It is no hang: it takes as long as the size needs at that rate, and nothing
    shows progress. A toolchain of 100 MB takes over a quarter of an hour; go
    prints nothing meanwhile.

What to do
    Measure the line with another server, and see who else uses it:
        curl -so /dev/null -w '%{speed_download}\n' URL
        tc -s qdisc show dev IFACE; ss -ti dst ADDRESS
    A limit for this host only: another mirror. More at a time (GOMAXPROCS) does
    not help on a full line.

Look-alikes
    http/body-slow: the sender pauses, nothing queues. tcp/loss: the rate varies
    with the losses. tcp/receiver-window-closed: we do not read.
    tcp/high-latency: small answers, each a round trip.

Known false alarms
    A server that paces its sending evenly looks like a shaper where full-size
    segments are the only sign; a modem line that is simply like that.

References
    RFC 2475 section 2.3.3 (shaping and dropping); RFC 7567 (queues); Gettys and
    Nichols, CACM 55(1), 2012 (bufferbloat).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, CLEAN_CACHE, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.pacing import slowed
from netanalyze.causes.tcp._advice import RATE
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.flow import Flow, HalfFlow
from netanalyze.flows.transfers.path_rate import QUEUE_NS
from netanalyze.flows.transfers.rate import Rate, half_rate
from netanalyze.flows.transfers.transfer import LOSS, PATH
from netanalyze.flows.transfers.transfers import transfers
from netanalyze.tracking.gaps import KIND_DATA
from netanalyze.units import duration, seconds, size
from netanalyze.wording import Text, joined, message, saying

CAUSE = Cause(
    "tcp/throttled",
    meaning="A narrow link or a shaper lets the data through slowly but steadily: queues, pacing, drops.",
    headline="The way to {place} is thin, or throttled: slow and steady.",
    paces=True,
    owns_retries=True,
    fits=("client-timeout", "too-slow"),
    undermined_by=("capture_lossy", "kernel_drops"),
)

GOODPUT = Threshold(
    100_000, "octets a second",
    source="chosen here, no standard defines it: 0.8 Mbit/s",
    why="a module of 10 MB takes 100 s; above it a link is merely slow",
)  # fmt: skip
THIN = Threshold(
    1_000_000, "octets a second",
    source="chosen here: 8 Mbit/s, a tenth of an ordinary access line",
    why="of what waits for its download and for nothing else, a tenth of the pace is felt",
)  # fmt: skip
PATIENCE = Threshold(
    4, "s",
    source="flows/transfers/rate.py: a variation is taken over four seconds at the least; RFC 5681 section 3.1 (slow start)",
    why="shorter, slow start alone looks the same",
)  # fmt: skip
BULK = Threshold(
    40_000, "octets", source="RFC 6928: the initial window is 14.6 kB",
    why="less than three of them is a conversation, whose pace its speakers set",
)  # fmt: skip
QUEUE = Threshold(
    3, "times the least round trip",
    source="Gettys and Nichols, CACM 55(1), 2012 (bufferbloat); the factor is chosen here",
    why="a round trip that grows under load shows the queue before a thin link; one of less than 5 ms is reckoned as that",
)  # fmt: skip


STEADY_AND_QUEUED = Proved(
    0.75, "a steady pace, with segments dropped at a queue's tail, a grown round trip, or full segments evenly spaced", Basis.LAB,
    "a sender that paces itself on purpose looks alike",
)  # fmt: skip
EVEN = "full-size segments, evenly spaced"


def check(case: Case) -> Iterator[Finding]:
    """A transfer, up or down, at a steady rate under GOODPUT, with the sender's segments queueing, paced or dropped at the
    tail; or one that the path made much longer than it had been."""
    for flow in case.index.eventful:
        for direction in (1, 0):
            found = next(_steady(case, flow, direction), None)
            if found is not None:
                yield found
                continue
            for slow in slowed(case, flow, PATH):
                one = slow.transfer
                if one.direction != direction or one.rate >= THIN.value:
                    continue
                if case.client.name == "generic" and 2 * one.ns < case.end_ns - case.start_ns:
                    continue  # nobody is known to wait for it
                if signs := _signs(flow, direction, alone=False):
                    yield _finding(case, flow, direction, (slow.start_ns, slow.end_ns), one.rate, signs, {})


def _steady(case: Case, flow: Flow, direction: int) -> Iterator[Finding]:
    """What one side sent at a steady rate under GOODPUT, by its seconds."""
    rate, sender = half_rate(flow, direction), flow.halves[direction]
    if rate is None or not rate.steady or rate.octets_per_second >= GOODPUT.value:
        return
    if rate.end_ns - rate.start_ns < PATIENCE.ns or sender.octets < BULK.value or sender.largest < 500:
        return
    if any(one.direction == direction and one.limit == LOSS for one in transfers(flow)):
        return  # what loss leaves of the window, at the least round trip, is no rate of the path
    if signs := _signs(flow, direction, alone=direction == 1):
        variation = {"variation": round(rate.variation, 2)}
        span = _all_of_it(flow, direction, rate)
        yield _finding(case, flow, direction, span, rate.octets_per_second, signs, variation)


def _all_of_it(flow: Flow, direction: int, rate: Rate) -> tuple[int, int]:
    """From when to when the path set the pace: the full seconds of a rate, and all of the transfers they lie in."""
    spans = [span for one in transfers(flow) if one.direction == direction for span in one.spans if span.limit == PATH
             and span.start_ns < rate.end_ns and rate.start_ns < span.end_ns]  # fmt: skip
    starts, ends = [rate.start_ns, *(x.start_ns for x in spans)], [rate.end_ns, *(x.end_ns for x in spans)]
    return min(starts), max(ends)


def _signs(flow: Flow, direction: int, alone: bool) -> list[Text]:
    """What shows that the path is the limit; ``alone``: the pace of the segments itself, which may also be the sender's."""
    repaired, sender = _repaired(flow, direction), flow.halves[direction]
    grown = _grown(flow.client) or (_grown(flow.server) if direction == 0 else None)
    signs: list[Text] = []
    if repaired:
        signs.append(message("{number} segments dropped at the tail of a queue", number=repaired))
    if grown is not None:
        signs.append(message("the round trip grew from {least} to {most}", least=grown[0], most=grown[1]))
    # what the receiver takes: shorter ones end what was written
    longest = max(sender.largest, flow.halves[1 - direction].mss)
    full = sender.largest >= 1000 and sender.octets / max(sender.packets, 1) > 0.7 * longest
    apart = sum(g.next_kind == KIND_DATA and g.next_direction == direction for g in flow.gaps) if alone and full else 0
    # in bursts it is the sender that paces them
    if not signs and apart * 2 > sender.packets - sender.copies:
        signs.append(EVEN)
    return signs


def _grown(half: HalfFlow) -> tuple[str, str] | None:
    """The least round trip and the grown one, where a queue shows in it; None where none does."""
    if half.rtt_samples <= 3 or half.smoothed_ns <= QUEUE.value * max(half.rtt_minimum_ns, QUEUE_NS):
        return None
    return duration(max(half.rtt_minimum_ns, 0)), duration(half.smoothed_ns)


def _repaired(flow: Flow, direction: int) -> int:
    """Segments sent again, or that fill a hole late where what was lost is not in the capture; a repeat that was needless
    repaired nothing."""
    half = flow.halves[direction]
    return max(half.resent - half.dsacks, 0)


def _finding(
    case: Case,
    flow: Flow,
    direction: int,
    span: tuple[int, int],
    rate: float,
    signs: list[Text],
    more: dict[str, float],
) -> Finding:
    """A transfer at ``rate`` octets a second."""
    sender = flow.halves[direction]
    say = saying(host=flow.destination, rate=size(rate), signs=joined(signs))
    up = () if direction else (("direction", "up"),)
    spent = sum(one.by_limit().get(PATH, 0) for one in transfers(flow) if one.direction == direction)
    return CAUSE.finding(
        case.path(flow),
        span,
        say("{host} comes at a steady {rate}/s: {signs}" if direction else "{host} is sent a steady {rate}/s: {signs}"),
        frames(
            (sender.first_data_frame, "the first octets of the server" if direction else "the client's first octets"),
            (sender.last_data_frame, say("the last ones: a steady {rate}/s, {signs}")),
        ),
        confidence(STEADY_AND_QUEUED),
        flow,
        quantities={"rate": round(rate), **more, "repaired": _repaired(flow, direction)}
        | ({"spent": round(seconds(spent), 3)} if spent else {}),
        attributes=dict(up),
    )


ADVICE = Page(
    where=offers("path: a thin link or a shaper; where is not proven"),
    fix=offers(ANOTHER_SOURCE, "See who else uses the line", ANOTHER_WAY),
    verify=RATE,
    no_use=offers(CLEAN_CACHE, SUMDB_OFF, Offer("more at a time (GOMAXPROCS)", None, "go")),
)

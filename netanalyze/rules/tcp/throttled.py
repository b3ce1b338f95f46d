r"""A thin link or a shaper lets the data through slowly, but steadily.

What it finds
    A download of BULK (40,000 octets) and PATIENCE (4 s) or more at an even
    rate (from second to second it varies by less than 35 %) under GOODPUT
    (100,000 octets a second), and one sign of a limit on the path: segments
    dropped, a round trip QUEUE (3) times its least, or full-size segments at
    even distances.

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

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.gaps import KIND_DATA
from netanalyze.flows.rate import download_rate
from netanalyze.rules import Observations
from netanalyze.units import duration, size
from netanalyze.wording import joined, message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
GOODPUT = Threshold(
    100_000, "octets a second",
    source="chosen here, no standard defines it: 0.8 Mbit/s",
    why="a module of 10 MB takes 100 s; above it a link is merely slow",
)  # fmt: skip
PATIENCE = Threshold(
    4, "s",
    source="flows/rate.py: a variation is taken over four seconds at the least; RFC 5681 section 3.1 (slow start)",
    why="shorter, slow start alone looks the same",
)  # fmt: skip
BULK = Threshold(
    40_000, "octets", source="RFC 6928: the initial window is 14.6 kB",
    why="less than three of them is a conversation, whose pace its speakers set",
)  # fmt: skip
QUEUE = Threshold(
    3, "times the least round trip",
    source="Gettys and Nichols, CACM 55(1), 2012 (bufferbloat); the factor is chosen here",
    why="a round trip that grows under load shows the queue before a thin link",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A download at a steady rate under GOODPUT, with the sender's segments queueing, paced or dropped at the tail."""
    for flow in seen.flows:
        rate = download_rate(flow)
        if rate is None or not rate.steady or rate.octets_per_second >= GOODPUT.value:
            continue
        if rate.end_ns - rate.start_ns < PATIENCE.ns:
            continue
        if flow.server.octets < BULK.value or flow.server.largest < 500:
            continue
        repaired = max(flow.server.resent - flow.server.dsacks, 0)  # a repeat that was needless repaired nothing
        grown = (
            flow.client.smoothed_ns > QUEUE.value * max(flow.client.rtt_minimum_ns, 1) and flow.client.rtt_samples > 3
        )
        full = (
            flow.server.largest >= 1000 and flow.server.octets / max(flow.server.packets, 1) > 0.7 * flow.server.largest
        )
        signs: list[str] = []
        if repaired:
            signs.append(message("{number} segments dropped at the tail of a queue", number=repaired))
        if grown:
            signs.append(
                message(
                    "the round trip grew from {least} to {most}",
                    least=duration(flow.client.rtt_minimum_ns),
                    most=duration(flow.client.smoothed_ns),
                )
            )
        alone = sum(g.next_kind == KIND_DATA and g.next_direction == 1 for g in flow.gaps)
        if (
            full and not signs and alone * 2 > flow.server.packets - flow.server.copies
        ):  # in bursts it is the sender that paces them
            signs.append("full-size segments, evenly spaced")
        if not signs:
            continue
        yield Finding(
            cause="tcp/throttled",
            culprit=seen.path(flow),
            start_ns=rate.start_ns,
            end_ns=rate.end_ns,
            message=message(
                "{host} comes at a steady {rate}/s: {signs}",
                host=flow.host or flow.server.address,
                rate=size(rate.octets_per_second),
                signs=joined(signs),
            ),
            evidence=frames(
                (flow.server.first_data_frame, "the first octets of the server"),
                (
                    flow.server.last_data_frame,
                    message(
                        "the last ones: a steady {rate}/s, {signs}",
                        rate=size(rate.octets_per_second),
                        signs=joined(signs),
                    ),
                ),
            ),
            confidence=0.75,
            flow_id=flow.id,
            quantities={
                "rate": round(rate.octets_per_second),
                "variation": round(rate.variation, 2),
                "repaired": repaired,
            },
        )

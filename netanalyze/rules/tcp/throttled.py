"""A thin link or a shaper: steady, low goodput, with queueing delay, pacing or tail drops to show for it."""

from collections.abc import Iterator

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.rate import download_rate
from netanalyze.rules import Observations
from netanalyze.units import duration, size

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
GOODPUT = Threshold(
    100_000, "octets a second", source="CAUSES part 2, C-71: steady goodput under 100 kB/s for seconds on end",
    why="a module of 10 MB takes two minutes; above it a link is merely slow",
)  # fmt: skip
PATIENCE = Threshold(
    4, "s", source="Siekkinen et al., Computer Networks 2008: bulk transfer periods are judged over seconds",
    why="shorter, slow start alone looks the same",
)  # fmt: skip
BULK = Threshold(
    40_000, "octets", source="RFC 6928: the initial window is 14.6 kB",
    why="less than three of them is a conversation, whose pace its speakers set",
)  # fmt: skip
QUEUE = Threshold(
    3, "times the least round trip", source="Gettys and Nichols, CACM 55(1), 2012: bufferbloat",
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
        repaired = flow.server.resent + flow.server.lost
        grown = flow.client.smoothed_ns > QUEUE.value * max(flow.client.rtt_minimum_ns, 1) and flow.client.rtt_samples > 3
        full = flow.server.largest >= 1000 and flow.server.octets / max(flow.server.packets, 1) > 0.7 * flow.server.largest
        signs = []
        if repaired:
            signs.append(f"{repaired} segments dropped at the tail of a queue")
        if grown:
            signs.append(f"the round trip grew from {duration(flow.client.rtt_minimum_ns)} to {duration(flow.client.smoothed_ns)}")
        if full and not signs:
            signs.append("full-size segments, evenly spaced")
        if not signs:
            continue
        yield Finding(
            cause="tcp/throttled",
            culprit=seen.path(flow),
            start_ns=rate.start_ns,
            end_ns=rate.end_ns,
            message=f"{flow.host or flow.server.address} comes at a steady {size(rate.octets_per_second)}/s: {'; '.join(signs)}",
            evidence=frames(
                (flow.server.first_data_frame, "the first octets of the server"),
                (flow.server.last_data_frame, "the last ones"),
            ),
            confidence=0.75,
            flow_id=flow.id,
            quantities={"rate": round(rate.octets_per_second), "variation": round(rate.variation, 2), "repaired": repaired},
        )

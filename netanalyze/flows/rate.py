"""How steadily octets came: the rate of a flow over its busy seconds, read from its records."""

from dataclasses import dataclass

import numpy as np

from netanalyze.flows.observe import Flow

WINDOW_NS = 1_000_000_000
LEAST_WINDOWS = 4
STEADY = 0.35
"""Coefficient of variation of the windows below which a rate is called steady."""


@dataclass(frozen=True)
class Rate:
    """Octets a second while the flow was busy, over how long, and how much it varied (standard deviation / mean)."""

    octets_per_second: float
    start_ns: int
    end_ns: int
    variation: float

    @property
    def steady(self) -> bool:
        """Whether it hardly varied."""
        return self.variation < STEADY


def download_rate(flow: Flow) -> Rate | None:
    """The rate at which the server's records came in windows of a second, the first and the last left out."""
    records = [r for r in flow.records if r.direction == 1 and r.content_type == 23]
    if len(records) < 2 * LEAST_WINDOWS:
        return None
    start, end = records[0].time_ns, records[-1].time_ns
    count = (end - start) // WINDOW_NS
    if count < LEAST_WINDOWS + 2:
        return None
    windows = np.zeros(int(count) + 1)
    for record in records:
        windows[(record.time_ns - start) // WINDOW_NS] += record.length
    inner = windows[1:-1]
    mean = float(inner.mean())
    if mean <= 0:
        return None
    return Rate(mean, start + WINDOW_NS, start + int(count) * WINDOW_NS, float(inner.std()) / mean)

"""How steadily octets came: the rate of a half-flow over its busy seconds."""

from dataclasses import dataclass

from netanalyze.flows.flow import Flow
from netanalyze.units import NEVER_NS

WINDOW_NS = 1_000_000_000
LEAST_WINDOWS = 4
STEADY = 0.35
"""Coefficient of variation of the windows below which a rate is called steady."""


@dataclass(frozen=True)
class Rate:
    """Octets a second over full windows of a second, when they were, and how they varied (deviation / mean)."""

    octets_per_second: float
    start_ns: int
    end_ns: int
    variation: float

    @property
    def steady(self) -> bool:
        """Whether it hardly varied."""
        return self.variation < STEADY


def half_rate(flow: Flow, direction: int) -> Rate | None:
    """The rate of one side's octets, retransmissions included, the first and the last window left out."""
    half = flow.halves[direction]
    count = half.rate_windows
    if count < LEAST_WINDOWS or half.rate_start_ns == NEVER_NS or half.rate_sum <= 0:
        return None
    mean = half.rate_sum / count
    square = half.rate_squares * 64 * 64 / count
    deviation = max(square - mean * mean, 0.0) ** 0.5
    end = half.rate_start_ns
    return Rate(mean, end - count * WINDOW_NS, end, deviation / mean)

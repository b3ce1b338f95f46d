"""Whether the path itself sets the pace of a transfer: a queue before a thin link, a shaper, a policer.

Where the pace is steady, each of these is enough: segments come at even distances, where a window that goes once a round trip
comes in bursts; the round trip grows; losses are far too few for so slow a pace (a queue makes each round trip longer than the
least one); losses come just where the tokens of a bucket are used up ("An Internet-Wide Analysis of Traffic Policing", SIGCOMM
2016).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from netanalyze.flows.flow import Flow
from netanalyze.tracking.bins import BIN

LEAST_SEGMENTS, WINDOWS = 30, 8
"""Segments and windows of time below which no pace is told: as many windows as a deviation can be taken of."""
STEADY = 0.35
"""Coefficient of variation below which a pace is steady (as in flows/transfers/rate.py)."""
EVEN = 1.0
"""Squared coefficient of variation of the distances between segments below which they come more evenly than by chance: that of
a Poisson process is 1, of a clock 0, of bursts of n segments n - 1."""
MATHIS = 1.22
"""sqrt(3/2), of Mathis et al., CCR 27(3), 1997: octets a second = segment / round trip * 1.22 / sqrt(loss)."""
FAR_BELOW = 3.0
"""So many times below what loss alone would leave, something else sets the pace: the formula is right within a factor of 2."""
GROWN, QUEUE_NS = 3, 5_000_000
"""A round trip that grows so much under load is a queue (Gettys and Nichols, CACM 55(1), 2012); less than CoDel's target,
5 ms (RFC 8289 section 4.2), is none."""


def path_rate(
    flow: Flow, direction: int, rows: np.ndarray, new: np.ndarray, begins: np.ndarray, pauses: Sequence[Any], trip: int
) -> float:  # fmt: skip
    """Octets a second at which the path let a transfer through; 0 where it did not set the pace.

    Args:
        rows: its bins; ``new``: the new octets of each; ``begins``: when each begins, ns.
        pauses: spans in which it stood still by the will of one side.
        trip: least round trip, ns.
    """
    segments = int(rows[:, BIN.PAIRS].sum())
    stood = sum(pause.ns for pause in pauses)
    took = int(begins[-1] - begins[0]) - stood
    if segments < LEAST_SEGMENTS or took < 2 * WINDOWS * trip:
        return 0.0
    rate = float(new[1:].sum()) / took * 1e9
    largest = max(flow.halves[direction].largest, 1)
    windows = (begins - begins[0]) // max(took // (2 * WINDOWS), 1)
    if variation(new, windows) >= STEADY:
        return 0.0
    if unevenness(rows, windows) < EVEN:
        return rate
    receiver = flow.halves[1 - direction]
    least = max(receiver.rtt_minimum_ns, QUEUE_NS)
    if receiver.rtt_samples > GROWN and receiver.smoothed_ns > GROWN * least:
        return rate
    lossy = begins[rows[:, BIN.REPAIRED] + rows[:, BIN.HOLES] > 0]
    events = 1 + int(np.count_nonzero(np.diff(lossy) > trip)) if len(lossy) else 0  # of one window they are one event
    if events and rate * FAR_BELOW < largest / trip * 1e9 * MATHIS / (events / segments) ** 0.5:
        return rate
    return rate if policed(rows, new, begins, rate, trip, largest) else 0.0


def variation(new: np.ndarray, windows: np.ndarray) -> float:
    """How the pace varies over windows of time: deviation by mean, slow start and the last one left out."""
    sums = np.bincount(windows, weights=new)[1:-1]
    mean = float(sums.mean()) if len(sums) else 0.0
    return float(sums.std()) / mean if mean else 1e9


def unevenness(rows: np.ndarray, windows: np.ndarray) -> float:
    """The squared coefficient of variation of the distances between segments, as it is in half of the windows of time."""
    pairs, apart, squares = (
        np.bincount(windows, weights=rows[:, column]) for column in (BIN.PAIRS, BIN.DISTANCE, BIN.SQUARES)
    )
    enough = (pairs >= 2) & (apart > 0)
    if not enough.any():
        return 1e9
    return float(np.median(squares[enough] * pairs[enough] / apart[enough] ** 2)) - 1


def policed(rows: np.ndarray, new: np.ndarray, begins: np.ndarray, rate: float, trip: int, largest: int) -> bool:
    """Whether losses come where the tokens of a bucket that fills at ``rate`` are used up, and nowhere else.

    What is in the bucket is reckoned up to a constant. Losses by chance find it at any level.
    """
    lossy = rows[:, BIN.REPAIRED] + rows[:, BIN.HOLES] > 0
    if np.count_nonzero(lossy) < WINDOWS:
        return False
    tokens = (begins - begins[0]) / 1e9 * rate - np.cumsum(new)
    low, high = np.percentile(tokens[lossy], (10, 90))
    return bool(high - low <= max(2 * rate * trip / 1e9, 3 * largest))

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
"""Segments and windows of time below which no pace is told, chosen: the error of a deviation of eight is a quarter of it
(1 / sqrt(2 (n - 1)))."""
STEADY = 0.35
"""Coefficient of variation below which a pace is steady (as in flows/transfers/rate.py)."""
EVEN = 1.0
"""Squared coefficient of variation of the distances between segments below which they come more evenly than by chance: that of
a Poisson process is 1, of a clock 0, of bursts of n segments n - 1."""
MATHIS = 1.22
"""sqrt(3/2), of Mathis et al., CCR 27(3), 1997: octets a second = segment / round trip * 1.22 / sqrt(loss)."""
FAR_BELOW, BELOW = 3.0, 1.5
"""So many times below what loss alone would leave, something else sets the pace: the formula is right within a factor of 2."""
SPREAD_US = 400
"""Distance between segments, µs, below which a link is not called thin: that of 1500 octets at 30 Mbit/s, chosen, for a path's
own jitter is as long."""
LOWER, USUAL, EVENLY = 0.25, 0.6, 0.45
"""The distances of a thin link: the lowest quarter is no less than 0.45 of the usual one, below which 0.6 of all are, so that
some that stood in a queue of others are among them; chosen, and held against transfers' twins (docs/verdicts.md)."""
BEGUN = 20
"""Segments in which a sender that paces itself begins otherwise: two initial windows of ten (RFC 6928 section 2)."""
FILLED = 0.7
"""Part of a link that a transfer fills which it limits: CUBIC goes back to 0.7 of the window at each loss (RFC 9438 section
4.6)."""
LEVELS, TRIPS, SEGMENTS = (10, 90), 2, 3
"""Losses of a policer come at one level of its tokens: all but a tenth at either side lie within what goes in two round trips,
or three segments; chosen, for a bucket is used up by a burst of a round trip, and told of by loss a round trip later."""
GROWN, QUEUE_NS = 3, 5_000_000
"""A round trip that grows so much under load is a queue (Gettys and Nichols, CACM 55(1), 2012); less than CoDel's target,
5 ms (RFC 8289 section 4.2), is none."""


def path_rate(
    flow: Flow, direction: int, rows: np.ndarray, new: np.ndarray, begins: np.ndarray, pauses: Sequence[Any], trip: int,
    link: float,
) -> float:  # fmt: skip
    """Octets a second at which the path let a transfer through; 0 where it did not set the pace.

    Args:
        rows: its bins; ``new``: the new octets of each; ``begins``: when each begins, ns.
        pauses: spans in which it stood still by the will of one side.
        trip: least round trip, ns.
        link: its ``capacity``.
    """
    segments = int(rows[:, BIN.PAIRS].sum())
    stood = sum(pause.ns for pause in pauses)
    took = int(begins[-1] - begins[0]) - stood
    largest = max(flow.halves[direction].largest, 1)
    if segments < LEAST_SEGMENTS:
        return 0.0
    if filled := _filled(rows, new, begins, pauses, trip, largest, link):
        return filled
    if took < 2 * WINDOWS * trip:
        return 0.0
    rate = float(new[1:].sum()) / took * 1e9
    went_on = begins - stood_before(begins, pauses)
    windows = (went_on - went_on[0]) // max(took // (2 * WINDOWS), 1)
    if variation(new, windows) >= STEADY:
        return 0.0
    if unevenness(rows, windows) < EVEN or queues(flow):
        return rate
    events = loss_events(rows, begins, trip)
    if events and rate * FAR_BELOW < loss_leaves(events, segments, trip, largest):
        return rate
    return rate if policed(rows, new, begins, rate, trip, largest) else 0.0


def _filled(
    rows: np.ndarray, new: np.ndarray, begins: np.ndarray, pauses: Sequence[Any], trip: int, largest: int, link: float
) -> float:
    """Octets a second, slow start aside, of a transfer that filled a thin link; 0 of others.

    Slow start is over when half of it has come. Its last loss is that of slow start; those behind must be too few for such
    a pace.
    """
    half = int(np.searchsorted(np.cumsum(new), new.sum() / 2))
    went_on = begins - stood_before(begins, pauses)
    behind = int(went_on[-1]) - int(went_on[half])
    if not link or behind < trip:
        return 0.0
    rate = int(new[half + 1 :].sum()) / behind * 1e9
    if not FILLED * link <= rate <= link / FILLED:
        return 0.0
    events = loss_events(rows[half:], begins[half:], trip) - 1
    few = events <= 0 or BELOW * rate < loss_leaves(events, int(rows[half:, BIN.PAIRS].sum()), trip, largest)
    return rate if few else 0.0


def capacity(rows: np.ndarray, largest: int) -> float:
    """Octets a second of a thin link behind which a transfer was captured, which spreads what is sent at once; 0 unknown.

    A sender that paces itself spreads them too, by the window that it has: its first are apart otherwise than its later ones.
    Of the distances in a bin the longest is the wait for the next window; the others are what one segment takes on the link
    ("packet pairs", Keshav, SIGCOMM 1991). Of a fast link, or in front of a thin one, they are next to nothing, and vary. On a
    link so thin that most bins have one segment the distances between these are it.
    """
    pairs, apart, squares = (rows[:, column].astype(np.float64) for column in (BIN.PAIRS, BIN.DISTANCE, BIN.SQUARES))
    alone = (pairs == 1) & (apart > 0)
    very_thin = 2 * np.count_nonzero(alone) > pairs.sum()
    enough = alone if very_thin else (pairs >= 2) & (apart > 0)
    if pairs[enough].sum() < LEAST_SEGMENTS:
        return 0.0
    pairs, apart, squares = pairs[enough], apart[enough], squares[enough]
    # of n distances one is a wait w, and n - 1 are d: w + (n - 1) d are their sum, w² + (n - 1) d² that of their squares
    each = apart
    if not very_thin:
        each = (apart - np.sqrt(np.maximum(apart**2 - pairs / (pairs - 1) * (apart**2 - squares), 0))) / pairs
    begun = each[: int(np.searchsorted(np.cumsum(pairs), BEGUN)) + 1]
    order = np.argsort(each)
    total = np.cumsum(pairs[order])
    low, middle = (float(each[order][np.searchsorted(total, part * total[-1])]) for part in (LOWER, USUAL))
    if middle < SPREAD_US or min(low, float(np.median(begun))) < EVENLY * middle:
        return 0.0
    return largest / middle * 1e6


def stood_before(begins: np.ndarray, pauses: Sequence[Any]) -> np.ndarray:
    """ns that a transfer stood still before each bin: the pace is that of the time it went on in."""
    stood = np.zeros(len(begins), dtype=np.int64)
    for pause in pauses:
        stood += np.clip(begins - pause.start_ns, 0, pause.ns)
    return stood


def queues(flow: Flow) -> bool:
    """Whether the round trip to the far side of the capture grew as it does in a queue.

    What a half's octets took to be acknowledged is the way from the capture to the other side and back: the longer one leads
    over the path.
    """
    half = max(flow.halves, key=lambda one: one.rtt_minimum_ns)
    return half.rtt_samples > GROWN and half.smoothed_ns > GROWN * max(half.rtt_minimum_ns, QUEUE_NS)


def loss_events(rows: np.ndarray, begins: np.ndarray, trip: int) -> int:
    """How often something was lost."""
    return lossy_windows(begins[rows[:, BIN.REPAIRED] + rows[:, BIN.HOLES] > 0], trip)


def lossy_windows(moments: np.ndarray, trip: int) -> int:
    """In how many windows something was lost at some moments, in order: losses within a round trip are of one (RFC 6675)."""
    return 1 + int(np.count_nonzero(np.diff(moments) > trip)) if len(moments) else 0


def loss_leaves(events: int, segments: int, trip: int, largest: int) -> float:
    """Octets a second that so many losses leave."""
    return float(largest / trip * 1e9 * MATHIS / (events / max(segments, 1)) ** 0.5)


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
    low, high = np.percentile(tokens[lossy], LEVELS)
    return bool(high - low <= max(TRIPS * rate * trip / 1e9, SEGMENTS * largest))

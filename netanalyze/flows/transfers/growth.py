"""The windows of a transfer that its frames show, and whose way it is in which they grow behind a loss: Reno's or CUBIC's.

Reno's grows by a segment a round trip, whatever its size (RFC 5681 section 3.1). CUBIC's follows a curve of time towards the
window it had at the loss (RFC 9438 section 4.2), and where windows are small it grows by half a segment a round trip (section
4.3); behind a time-out, which makes it forget that window, Linux lets it grow by a twentieth a round trip (tcp_cubic.c,
bictcp_update). What a stretch without losses shows is held against all of them; where they would show the same it tells nothing.
"""

from itertools import pairwise

import numpy as np

from netanalyze.flows.transfers.outages import SHORTEST_NS
from netanalyze.flows.transfers.transfer import REPAIRED_TRIPS
from netanalyze.units import SECOND_NS

STRETCHES_MOST, TRIPS_MOST, REPAIR, LONG = 200, 64, 3, 6
"""Stretches that are looked at, and the first round trips of each that are; the round trips after a loss in which its window is
repaired, and those that a stretch lasts at the least."""
ENOUGH = 9
"""Round trips that all stretches must last together: three of the shortest, chosen, for a slope of fewer points says little."""
SCALE, BACK, FRIENDLY, ANEW = 0.4, 0.7, 0.53, 0.05
"""CUBIC's C, segments/s³; to which part of its window it goes back; the segments a round trip by which it grows where Reno
would be faster, 3 * (1 - 0.7) / (1 + 0.7) (RFC 9438 sections 4.3, 4.6, 5.1); and the part of its window by which it grows
where it knows of none that was too large."""
APART = 0.2
"""Segments a round trip by which the two must differ to be told apart, chosen: a slope of whole segments over nine
trips is no better."""
RENO = 1.0
"""Segments a round trip."""


def windows_shown(begins: np.ndarray, new: np.ndarray, length: int, trip: int) -> np.ndarray:
    """Octets that were new within the last round trip, bin by bin: of the bin in which it began, the part that lies in it.

    A window goes in a burst: with a bin too many, that of the round trip before would be counted as well.
    """
    if length >= trip:
        return new * trip // length
    whole, rest = divmod(trip, length)
    total = np.concatenate([[0], np.cumsum(new)])
    since = np.searchsorted(begins, begins - (whole - 1) * length - length // 2)
    begun = np.maximum(since - 1, 0)
    partly = (since > 0) & (begins - begins[begun] < whole * length + length // 2)
    return total[1:] - total[since] + np.where(partly, new[begun] * rest // length, 0)


def grows_as_reno(begins: np.ndarray, windows: np.ndarray, lossy: np.ndarray, trip: int) -> bool:
    """Whether the window grows as Reno's does, in most of the time between losses and behind the last; not, where few tell.

    Args:
        begins: when each bin begins, ns; ``windows``: the segments that were new within a round trip.
        lossy: whether a loss shows in a bin.
        trip: ns.
    """
    moments = begins[lossy]
    idle = np.diff(begins, prepend=begins[:1])
    told, reno, looked_at = 0, 0, 0
    for start, end in pairwise([*moments.tolist(), int(begins[-1])]) if len(moments) else ():
        if end - start < LONG * trip or looked_at >= STRETCHES_MOST:
            continue
        looked_at += 1
        at = slice(*np.searchsorted(begins, (start + REPAIR * trip, end - trip // 5)))
        trips, largest = _by_trip(begins[at], windows[at], trip)
        if len(trips) <= REPAIR:
            continue
        others = [_slope(trips, _cubic(trips, largest[0], trip))]
        if (idle[(begins >= start - REPAIRED_TRIPS * trip) & (begins <= start)] >= SHORTEST_NS).any():
            others.append(_slope(trips, largest[0] * (1 + ANEW) ** trips))
        if min(abs(RENO - other) for other in others) < APART:
            continue
        shown, lasted = _slope(trips, largest), int(trips[-1]) + 1
        told += lasted
        reno += lasted * (abs(shown - RENO) < min(abs(shown - other) for other in others))
    return told >= ENOUGH and 2 * reno > told


def _by_trip(begins: np.ndarray, windows: np.ndarray, trip: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of the first round trips of a stretch have bins, counted from 0, and the largest window of each."""
    if not len(begins):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    trips, first = np.unique((begins - begins[0]) // trip, return_index=True)
    early = trips < TRIPS_MOST
    return trips[early], np.maximum.reduceat(windows, first)[early]


def _slope(trips: np.ndarray, windows: np.ndarray) -> float:
    """Segments a round trip: the median of the slopes between any two (Theil and Sen), so that a dip counts for nothing."""
    earlier, later = np.triu_indices(len(trips), 1)
    return float(np.median((windows[later] - windows[earlier]) / (trips[later] - trips[earlier])))


def _cubic(trips: np.ndarray, begun: float, trip: int) -> np.ndarray:
    """The windows that CUBIC had had from one of ``begun`` segments on, behind a loss."""
    seconds = trips * trip / SECOND_NS
    reaches = ((begun / BACK - begun) / SCALE) ** (1 / 3)  # seconds until the window is as large as at the loss
    return np.maximum(SCALE * (seconds - reaches) ** 3 + begun / BACK, begun + FRIENDLY * trips)

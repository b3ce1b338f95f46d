"""How long a transfer would have taken with nothing in its way but round trips and a path of ordinary rate.

The window grows as Linux lets it: it doubles each round trip from ten segments on. CUBIC (tcp_cubic.c) ends that where HyStart
takes the queue that its own bursts make for a sign of congestion ("Taming the elephants: New TCP slow start", Computer Networks
55, 2011), and grows by a segment a round trip from there on; how soon that is depends on the rate of the path. Reno does without.
Which of them it was, the growth between two losses tells: half a segment a round trip is CUBIC's where windows are small (RFC
9438 section 4.3), a whole one Reno's (RFC 5681 section 3.1).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

INITIAL_WINDOW = 10
"""Segments (RFC 6928)."""
ORDINARY_RATE = 20_000_000
"""Octets a second, 160 Mbit/s, of a path that never showed more; chosen here: of runs with loss whose twins without it are known,
by Reno and by CUBIC over 10 to 120 ms, as many were replayed too slow with it as too fast."""
LOW_WINDOW = 16
"""Segments below which HyStart does nothing (hystart_low_window)."""
DELAY_LEAST_NS, DELAY_MOST_NS = 4_000_000, 16_000_000
"""How much longer than its least a round trip must be for HyStart: an eighth of it, within these (HYSTART_DELAY_THRESH)."""


RENO = 1.0
"""Segments a round trip by which the window grows between losses, from which the sender is Reno (RFC 5681 section 3.1)."""
STRETCHES, STRETCHES_MOST, REPAIR, LONG = 3, 200, 3, 6
"""Stretches between losses that tell a growth, and those that are looked at; the round trips after a loss in which its window is
repaired, and those that a stretch lasts at the least."""


@dataclass(frozen=True)
class Allowed:
    """What a receiver lets go at a time: the ``first`` window it announced, octets (0: unknown, and no limit); one that is not
    ``fixed`` follows what comes: twice what its program took in a round trip (tcp_rcv_space_adjust of Linux), which is measured
    when that trip is over, announced in the next and filled in the one behind."""

    first: int = 0
    fixed: bool = False

    def after(self, came: float) -> float:
        """Octets that may go in a round trip, where so many came in the last but one."""
        return self.first if self.fixed else max(self.first, 2 * came)


UNKNOWN = Allowed()


def growth(begins: np.ndarray, windows: np.ndarray, lossy: np.ndarray, trip: int) -> float:
    """Segments a round trip by which the window grows, as it does in half of the time between losses; 0 where few tell.

    Args:
        begins: when each bin begins, ns; ``windows``: the segments that were new within a round trip.
        lossy: whether a loss shows in a bin.
        trip: ns.
    """
    moments = begins[lossy]
    slopes: list[float] = []
    lengths: list[int] = []
    for start, end in pairwise(moments):
        if end - start < LONG * trip or len(slopes) >= STRETCHES_MOST:
            continue
        at = slice(*np.searchsorted(begins, (start + REPAIR * trip, end - trip // 5)))
        apart = (begins[at] - begins[at].mean()) / trip if at.stop - at.start >= STRETCHES + 1 else np.zeros(1)
        if (spread := float((apart**2).sum())) > 0:
            slopes.append(float((apart * windows[at]).sum()) / spread)
            lengths.append(int(end - start) - REPAIR * trip)
    if len(slopes) < STRETCHES:
        return 0.0
    order = np.argsort(slopes)
    total = np.cumsum(np.array(lengths)[order])
    return slopes[order[np.searchsorted(total, total[-1] / 2)]]


def slow_start_ends(trip_ns: int, segment: int, rate: float) -> float:
    """The window, octets, at which HyStart ends slow start on a path of ``rate`` octets a second.

    A burst comes at twice the rate at which it leaves, so that half of it queues; or its acknowledgments fill half a round trip.
    """
    delay_ns = min(max(trip_ns // 8, DELAY_LEAST_NS), DELAY_MOST_NS)
    return max(min(2 * rate * delay_ns, rate * trip_ns / 2) / 1e9, LOW_WINDOW * segment)


TRIPS_MOST = 4096
"""Round trips that are replayed one by one; by then a window is as large as it gets, or told by numbers that are made up."""


def replay_ns(
    octets: int, trip_ns: int, segment: int, before: int = 0, window_shown: int = 0, grows: float = 0.0,
    allowed: Allowed = UNKNOWN, link: float = 0.0,
) -> int:  # fmt: skip
    """ns that ``octets`` take of which ``before`` others had been sent.

    Args:
        trip_ns: the least round trip.
        segment: octets of a segment.
        window_shown: the largest window that the path was seen to bear.
        grows: segments a round trip by which it grew between losses; 0 unknown, and taken for CUBIC, which most systems have.
        allowed: what the receiver lets go at a time.
        link: octets a second of a thin link on the way, 0 none: once a window fills it, more wait before it.
    """
    rate = max(ORDINARY_RATE, window_shown / trip_ns * 1e9)
    most = max(rate * trip_ns / 1e9, LOW_WINDOW * segment)
    most = min(most, max(link * trip_ns / 1e9, segment)) if link else most
    end = most if grows >= RENO or link else slow_start_ends(trip_ns, segment, rate)
    window, sent, trips = min(float(INITIAL_WINDOW * segment), most), 0.0, 0.0
    goes, earlier = window, 0.0
    for _ in range(TRIPS_MOST):
        if sent >= before + octets:
            break
        counted = min(max(sent + goes - before, 0.0), goes, before + octets - max(sent, before))
        trips += counted / goes
        sent += goes
        window = min(2 * window, end) if window < end else window + segment
        window = min(window, most)
        following = min(window, allowed.after(earlier)) if allowed.first else window
        if following == goes == earlier:  # nor will it grow: the window is at its most, or the receiver's is fixed
            break
        goes, earlier = following, goes
    trips += max(before + octets - max(sent, before), 0.0) / goes
    return int(trips * trip_ns)

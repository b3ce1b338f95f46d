"""How long a transfer would have taken with nothing in its way but round trips and a path of ordinary rate.

The window grows as Linux lets it: it doubles each round trip from ten segments on. CUBIC (tcp_cubic.c) ends that where HyStart
takes the queue that its own bursts make for a sign of congestion ("Taming the elephants: New TCP slow start", Computer Networks
55, 2011), and grows by a segment a round trip from there on; how soon that is depends on the rate of the path. Reno does without.
Which of them it was, netanalyze.flows.transfers.growth tells.
"""

from dataclasses import dataclass

INITIAL_WINDOW = 10
"""Segments (RFC 6928)."""
ORDINARY_RATE = 20_000_000
"""Octets a second, 160 Mbit/s, of a path that never showed more; chosen here: of runs with loss whose twins without it are known,
by Reno and by CUBIC over 10 to 120 ms, as many were replayed too slow with it as too fast."""
LOW_WINDOW = 16
"""Segments below which HyStart does nothing (hystart_low_window)."""
DELAY_LEAST_NS, DELAY_MOST_NS = 4_000_000, 16_000_000
"""How much longer than its least a round trip must be for HyStart: an eighth of it, within these (HYSTART_DELAY_THRESH)."""


CUSHION = 16
"""Segments that Linux allows beyond twice what came (tcp_rcv_space_adjust)."""


@dataclass(frozen=True)
class Allowed:
    """What a receiver lets go at a time: the ``first`` window it announced, octets (0: unknown, and no limit); one that is not
    ``fixed`` follows what comes, as that of Linux does (tcp_rcv_space_adjust): twice what its program took in a round trip
    and ``CUSHION``, and twice as much again as that grew by; it is measured when that trip is over, announced in the next and
    filled in the one behind."""

    first: int = 0
    fixed: bool = False

    def after(self, came: float, before: float, segment: int) -> float:
        """Octets that may go in a round trip, where so many came in the last but one, and in that before it."""
        if self.fixed or came <= before:
            return self.first if self.fixed else max(self.first, 2 * came + CUSHION * segment)
        return max(self.first, (2 * came + CUSHION * segment) * (1 + 2 * (came - before) / max(before, segment)))


UNKNOWN = Allowed()


def slow_start_ends(trip_ns: int, segment: int, rate: float) -> float:
    """The window, octets, at which HyStart ends slow start on a path of ``rate`` octets a second.

    A burst comes at twice the rate at which it leaves, so that half of it queues; or its acknowledgments fill half a round trip.
    """
    delay_ns = min(max(trip_ns // 8, DELAY_LEAST_NS), DELAY_MOST_NS)
    return max(min(2 * rate * delay_ns, rate * trip_ns / 2) / 1e9, LOW_WINDOW * segment)


TRIPS_MOST = 4096
"""Round trips that are replayed one by one; by then a window is as large as it gets, or told by numbers that are made up."""


def replay_ns(
    octets: int, trip_ns: int, segment: int, before: int = 0, window_shown: int = 0, reno: bool = False,
    allowed: Allowed = UNKNOWN, link: float = 0.0,
) -> int:  # fmt: skip
    """ns that ``octets`` take of which ``before`` others had been sent.

    Args:
        trip_ns: the least round trip.
        segment: octets of a segment.
        window_shown: the largest window that the path was seen to bear.
        reno: it was Reno that sent; else it is taken for CUBIC, which most systems have.
        allowed: what the receiver lets go at a time.
        link: octets a second of a thin link on the way, 0 none: once a window fills it, more wait before it.
    """
    rate = max(ORDINARY_RATE, window_shown / trip_ns * 1e9)
    most = max(rate * trip_ns / 1e9, LOW_WINDOW * segment)
    most = min(most, max(link * trip_ns / 1e9, segment)) if link else most
    end = most if reno or link else slow_start_ends(trip_ns, segment, rate)
    window, sent, trips = min(float(INITIAL_WINDOW * segment), most), 0.0, 0.0
    goes, earlier, first = window, 0.0, 0.0
    for _ in range(TRIPS_MOST):
        if sent >= before + octets:
            break
        counted = min(max(sent + goes - before, 0.0), goes, before + octets - max(sent, before))
        trips += counted / goes
        sent += goes
        window = min(2 * window, end) if window < end else window + segment
        window = min(window, most)
        following = min(window, allowed.after(earlier, first, segment)) if allowed.first else window
        if following == goes == earlier:  # nor will it grow: the window is at its most, or the receiver's is fixed
            break
        goes, earlier, first = following, goes, earlier
    trips += max(before + octets - max(sent, before), 0.0) / goes
    return int(trips * trip_ns)

"""Windows that frames show, and whose way it is in which they grow behind losses: Reno's or CUBIC's."""

import numpy as np
import pytest

from netanalyze.flows.transfers.growth import ENOUGH, LONG, REPAIR, grows_as_reno, windows_shown

TRIP = 40_000_000
SHORT_TRIP, LONG_TRIP = 10_000_000, 120_000_000
HALVED, HELD, IDLE = 20.0, 30, 30
"""The window behind a loss, segments; round trips of a stretch; and those in which nothing comes before a time-out."""


def bins(window, count, trip=TRIP, losses=1, idle=0):
    """Bins of a round trip each: ``losses`` times a loss and ``count`` windows behind it; ``window(n)`` is the nth, and
    ``idle`` round trips lie before the first loss, in which nothing comes."""
    begins, windows, lossy = [0], [40.0], [False]
    for at in range(losses):
        begins.append(begins[-1] + trip * (1 + (idle if at == 0 else 0)))
        windows.append(HALVED)
        lossy.append(True)
        for n in range(count):
            begins.append(begins[-1] + trip)
            windows.append(window(n))
            lossy.append(False)
    return np.array(begins), np.array(windows), np.array(lossy), trip


def reno(n):
    return HALVED + n


def half(n):
    return HALVED + n // 2


def curve(trip):
    """CUBIC's own (RFC 9438 section 4.2), from HALVED on."""
    most = HALVED / 0.7
    reaches = (most * 0.3 / 0.4) ** (1 / 3)
    return lambda n: 0.4 * (n * trip / 1e9 - reaches) ** 3 + most


def twentieth(begun):
    """As Linux lets CUBIC's grow behind a time-out."""
    return lambda n: begun * 1.05**n


def test_a_window_that_goes_in_a_burst_is_counted_once():
    """Bursts 40.5 ms apart over a round trip of 40.2 ms, in bins of ten: the burst before lies just within the last five."""
    begins = np.arange(12) * 40_500_000 // 10_000_000 * 10_000_000
    shown = windows_shown(begins, np.full(12, 1000), 10_000_000, 40_200_000)
    assert set(shown.tolist()) <= {1000, 1020}


def test_a_window_that_is_spread_over_its_round_trip_is_all_of_it():
    begins = np.arange(40) * 10_000_000
    assert windows_shown(begins, np.full(40, 100), 10_000_000, 40_000_000)[-1] == 400
    assert windows_shown(begins, np.full(40, 100), 10_000_000, 45_000_000)[-1] == 450


def test_of_a_bin_that_holds_several_round_trips_a_window_is_its_part():
    assert windows_shown(np.arange(3) * 80_000_000, np.full(3, 800), 80_000_000, 40_000_000).tolist() == [400] * 3


def test_a_segment_a_round_trip_is_renos_and_half_of_one_is_not():
    assert grows_as_reno(*bins(reno, HELD))
    assert not grows_as_reno(*bins(half, HELD))


@pytest.mark.parametrize("trip", [SHORT_TRIP, TRIP, LONG_TRIP, 200_000_000])
def test_cubics_curve_is_not_renos_however_long_the_round_trip(trip):
    assert not grows_as_reno(*bins(curve(trip), HELD, trip))


def test_a_twentieth_of_the_window_a_round_trip_is_cubics_behind_a_time_out():
    assert not grows_as_reno(*bins(twentieth(60.0), HELD, idle=IDLE))
    assert grows_as_reno(*bins(lambda n: 60.0 + n, HELD, idle=IDLE))


def test_where_both_would_grow_alike_nothing_is_told():
    """A twentieth of 20 segments is one: behind a time-out that may be either."""
    assert not grows_as_reno(*bins(lambda n: HALVED + n, LONG + REPAIR, idle=IDLE))
    assert grows_as_reno(*bins(lambda n: HALVED + n, LONG + REPAIR + 3))


def test_without_a_loss_nothing_is_told():
    begins, windows, _, trip = bins(reno, HELD)
    assert not grows_as_reno(begins, windows, np.zeros(len(begins), dtype=bool), trip)


def test_as_many_round_trips_as_three_of_the_shortest_stretches_tell_one_less_does_not():
    """A stretch is told by what lies between its repair and its last round trip."""
    told = ENOUGH + REPAIR
    assert grows_as_reno(*bins(reno, told))
    assert not grows_as_reno(*bins(reno, told - 1))


def test_short_stretches_tell_together():
    assert not grows_as_reno(*bins(reno, LONG + 1, losses=1))
    assert grows_as_reno(*bins(reno, LONG + 1, losses=4))


def test_a_window_of_which_a_part_was_counted_in_another_trip_changes_nothing():
    assert grows_as_reno(*bins(lambda n: 3.0 if n % 5 == 4 else HALVED + n, HELD))
    assert not grows_as_reno(*bins(lambda n: 3.0 if n % 5 == 4 else HALVED + n // 2, HELD))


def test_what_goes_on_for_longer_counts_for_more():
    begins, windows, lossy, trip = bins(reno, HELD)
    more = bins(half, LONG + 2)
    after = more[0][1:] + begins[-1]
    assert grows_as_reno(np.append(begins, after), np.append(windows, more[1][1:]), np.append(lossy, more[2][1:]), trip)
    fewer = bins(half, 3 * HELD)
    after = fewer[0][1:] + begins[-1]
    assert not grows_as_reno(
        np.append(begins, after), np.append(windows, fewer[1][1:]), np.append(lossy, fewer[2][1:]), trip
    )


@pytest.mark.filterwarnings("error")
def test_a_stretch_with_a_long_pause_in_it_is_told_by_what_lies_before():
    """A twentieth more in each of 50,000 round trips is no number any more."""
    begins, windows, lossy, trip = bins(lambda n: 60.0 + n, HELD, idle=IDLE)
    late = begins[-1] + 50_000 * trip + trip * np.arange(5)
    assert grows_as_reno(np.append(begins, late), np.append(windows, [10.0] * 5), np.append(lossy, [False] * 5), trip)

"""How long a transfer had taken with nothing in its way: also where its numbers are made up."""

import pytest

from netanalyze.flows.transfers.replay import CUSHION, TRIPS_MOST, Allowed, replay_ns

MS = 1_000_000
SEGMENT = 1448


def test_ten_segments_are_there_after_one_round_trip_and_thirty_after_two():
    assert replay_ns(10 * SEGMENT, 40 * MS, SEGMENT) == 40 * MS
    assert replay_ns(30 * SEGMENT, 40 * MS, SEGMENT) == 80 * MS


def test_a_receivers_window_that_grows_is_no_limit_of_slow_start():
    """It doubles in what came, and Linux adds twice the growth to it."""
    grows = Allowed(40 * SEGMENT)
    assert grows.after(20 * SEGMENT, 10 * SEGMENT, SEGMENT) == 3 * (40 + CUSHION) * SEGMENT
    assert replay_ns(150 * SEGMENT, 40 * MS, SEGMENT, allowed=grows) == replay_ns(150 * SEGMENT, 40 * MS, SEGMENT)


def test_a_receivers_window_is_twice_what_came_and_a_cushion_where_that_does_not_grow():
    grows = Allowed(40 * SEGMENT)
    assert grows.after(20 * SEGMENT, 20 * SEGMENT, SEGMENT) == (40 + CUSHION) * SEGMENT
    assert grows.after(2 * SEGMENT, 2 * SEGMENT, SEGMENT) == 40 * SEGMENT


def test_a_receivers_window_that_is_fixed_stays():
    """Ten segments, then 15 and 15 and 15: nothing that comes makes it larger."""
    fixed = Allowed(15 * SEGMENT, fixed=True)
    assert replay_ns(55 * SEGMENT, 40 * MS, SEGMENT, allowed=fixed) == 160 * MS


@pytest.mark.parametrize("allowed", [Allowed(), Allowed(SEGMENT, fixed=True)])
def test_more_octets_than_there_can_be_take_no_more_steps(allowed):
    """Sequence numbers that jump by 2 GiB again and again make a transfer of any size."""
    some, many = (replay_ns(octets, MS, SEGMENT, allowed=allowed) for octets in (1 << 50, 1 << 60))
    assert 0 < some < many


def test_behind_the_last_step_the_window_stays_and_octets_take_as_long_as_before():
    fixed = Allowed(SEGMENT, fixed=True)
    assert replay_ns(2 * TRIPS_MOST * SEGMENT, MS, SEGMENT, allowed=fixed) == pytest.approx(
        2 * replay_ns(TRIPS_MOST * SEGMENT, MS, SEGMENT, allowed=fixed), rel=0.01
    )

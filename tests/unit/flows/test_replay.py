"""How long a transfer had taken with nothing in its way: also where its numbers are made up."""

import pytest

from netanalyze.flows.transfers.replay import TRIPS_MOST, Allowed, replay_ns

MS = 1_000_000
SEGMENT = 1448


def test_ten_segments_are_there_after_one_round_trip_and_thirty_after_two():
    assert replay_ns(10 * SEGMENT, 40 * MS, SEGMENT) == 40 * MS
    assert replay_ns(30 * SEGMENT, 40 * MS, SEGMENT) == 80 * MS


def test_a_receivers_window_that_grows_follows_what_came_in_the_last_trip_but_one():
    """Ten, 20, 40 segments, then 40 again (twice the 20 that the receiver knew of), 80 and 80: the fourth is not 80."""
    grows = Allowed(40 * SEGMENT)
    assert replay_ns(110 * SEGMENT, 40 * MS, SEGMENT, allowed=grows) == 160 * MS
    assert replay_ns(190 * SEGMENT, 40 * MS, SEGMENT, allowed=grows) == 200 * MS
    assert replay_ns(150 * SEGMENT, 40 * MS, SEGMENT) == 160 * MS


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

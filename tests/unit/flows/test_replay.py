"""How long a transfer had taken with nothing in its way: also where its numbers are made up."""

import pytest

from netanalyze.flows.transfers.replay import TRIPS_MOST, Allowed, replay_ns

MS = 1_000_000
SEGMENT = 1448


def test_ten_segments_are_there_after_one_round_trip_and_thirty_after_two():
    assert replay_ns(10 * SEGMENT, 40 * MS, SEGMENT) == 40 * MS
    assert replay_ns(30 * SEGMENT, 40 * MS, SEGMENT) == 80 * MS


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

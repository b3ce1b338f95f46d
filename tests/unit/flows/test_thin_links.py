"""A link so thin that a segment takes longer than a bin is known by the even distances of what comes over it."""

import numpy as np
import pytest

from netanalyze.flows.transfers.path_rate import capacity
from netanalyze.tracking.bins import BIN

SEGMENT = 1448


def alone(distances_us):
    """A bin for each segment, so far from the one before."""
    rows = np.zeros((len(distances_us), BIN.WIDTH), dtype=np.int64)
    rows[:, BIN.PAIRS], rows[:, BIN.DISTANCE] = 1, distances_us
    rows[:, BIN.SQUARES] = np.array(distances_us) ** 2
    return rows


@pytest.mark.parametrize("distance_us", [15_000, 30_000, 120_000])
def test_even_distances_are_what_a_segment_takes(distance_us):
    random = np.random.default_rng(1)
    distances = distance_us + random.integers(-distance_us // 20, distance_us // 20, 100)
    assert capacity(alone(distances), SEGMENT) == pytest.approx(SEGMENT / distance_us * 1e6, rel=0.05)


def test_waits_of_a_sender_among_them_change_nothing():
    assert capacity(alone([30_000] * 60 + [700_000] * 5 + [30_000] * 35), SEGMENT) == pytest.approx(48_267, rel=0.01)


@pytest.mark.parametrize(
    "distances",
    [
        [30_000] * 29,  # too few
        [5_000, 60_000] * 40,  # two a round trip: a window, and no link
        [300] * 80,  # as near as a path's own jitter
        [3_000] * 20 + [30_000] * 80,  # faster at first: the sender's pace, and not the link's
    ],
)
def test_other_distances_are_no_thin_link(distances):
    assert capacity(alone(distances), SEGMENT) == 0


def test_few_segments_by_themselves_among_many_in_company_are_left_out():
    company = np.zeros((60, BIN.WIDTH), dtype=np.int64)
    company[:, BIN.PAIRS], company[:, BIN.DISTANCE], company[:, BIN.SQUARES] = 3, 3 * 3_000, 3 * 3_000**2
    expected = capacity(company, SEGMENT)
    assert expected > 0
    assert capacity(np.concatenate([company, alone([30_000] * 20)]), SEGMENT) == expected

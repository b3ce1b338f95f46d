"""Of a host's flows that carried data, which lasted longest of those that had begun by a moment, but for one."""

import random

import numpy as np
import pytest

from netanalyze.flows.smooth.at_work import AtWork
from netanalyze.units import NEVER_NS


def at_work(rows):
    return AtWork.of(*(np.array(column, dtype=np.int64) for column in zip(*sorted(rows))))


def test_nothing_had_begun_by_then():
    assert at_work([(10, 1, 20)]).lasted(2, 9) == NEVER_NS


def test_a_flow_does_not_count_beside_itself():
    assert at_work([(10, 1, 20)]).lasted(1, 10) == NEVER_NS
    assert at_work([(10, 1, 20)]).lasted(2, 10) == 20


def test_two_that_ended_at_once_count_for_each_other():
    both = at_work([(10, 1, 20), (11, 2, 20)])
    assert both.lasted(1, 11) == both.lasted(2, 11) == both.lasted(3, 11) == 20


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_largest_of_the_others(seed):
    draw = random.Random(seed)
    rows = [(draw.randrange(30), number, draw.randrange(30, 60)) for number in range(12)]
    for other_than, by in ((draw.randrange(14), draw.randrange(32)) for _ in range(50)):
        of_others = [last for first, number, last in rows if first <= by and number != other_than]
        assert at_work(rows).lasted(other_than, by) == max(of_others, default=NEVER_NS)

"""Integers put in order by halves of sixteen bits stand as a stable sort by comparison has them."""

import numpy as np
import pytest

from netanalyze.columns import MANY, coded, in_order

SPANS = [(0, 5), (-1, 3), (0, 70_000), (-(2**31), 2**31), (0, 2**32), (-(2**62), 2**62)]


@pytest.mark.parametrize("count", [0, 1, MANY - 1, MANY, 3 * MANY])
@pytest.mark.parametrize(("least", "most"), SPANS)
def test_many_integers_stand_in_the_order_of_a_stable_sort(count, least, most):
    numbers = np.random.default_rng(count).integers(least, most, count)
    assert in_order(numbers).tolist() == np.argsort(numbers, kind="stable").tolist()


@pytest.mark.parametrize("edge", [2**16 - 1, 2**16, 2**32 - 1, 2**32])
def test_the_widest_number_of_sixteen_or_thirty_two_bits_and_the_one_beyond_stand_last(edge):
    numbers = np.append(np.full(MANY, 7), [edge, 0, edge])
    assert in_order(numbers)[[0, -2, -1]].tolist() == [MANY + 1, MANY, MANY + 2]


@pytest.mark.parametrize("count", [0, 1, MANY])
@pytest.mark.parametrize(("least", "most"), SPANS)
def test_each_number_is_coded_by_its_place_among_those_that_occur(count, least, most):
    numbers = np.random.default_rng(count).integers(least, most, count)
    there, places = coded(numbers)
    assert there.tolist() == sorted(set(numbers.tolist()))
    assert there[places].tolist() == numbers.tolist()

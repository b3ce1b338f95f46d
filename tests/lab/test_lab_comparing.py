"""netanalyze compare on a path of five routers, tapped at each: the place of a fault, with clocks that are wrong and drift."""

import pytest

from netanalyze.lab.comparing import PathCase, judge, record

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("laboratory")]


@pytest.mark.parametrize("case", [PathCase("reset", 3), PathCase("refused", 6)], ids=str)
def test_the_place_is_named_from_all_points_and_from_the_two_ends(tmp_path, case):
    answer = judge(case, *record(case, tmp_path))
    assert (answer.right, answer.ends_right) == (True, True), answer.headline
    assert answer.clocks
    assert all(off <= error for off, error in answer.clocks)

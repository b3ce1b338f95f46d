"""netanalyze compare on a path of five routers, tapped at each: the place of a fault, with clocks that are wrong and drift."""

import pytest

from netanalyze.errors import MissingProgram, NotPermitted
from netanalyze.lab.chain import Chain
from netanalyze.lab.comparing import PathCase, judge, record
from netanalyze.lab.namespaces import require_laboratory

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def laboratory():
    """Skip where no laboratory can be made, and say what is missing."""
    try:
        require_laboratory()
        with Chain():
            pass
    except (NotPermitted, MissingProgram, RuntimeError) as lack:
        pytest.skip(f"no laboratory here: {lack}")


@pytest.mark.parametrize("case", [PathCase("reset", 3), PathCase("refused", 6)], ids=str)
def test_the_place_is_named_from_all_points_and_from_the_two_ends(tmp_path, case):
    answer = judge(case, *record(case, tmp_path))
    assert (answer.right, answer.ends_right) == (True, True), answer.headline
    assert answer.clocks
    assert all(off <= error for off, error in answer.clocks)

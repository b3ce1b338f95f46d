"""Time in which at least one of some waits lay open, and from which amount on it is worth a word."""

import numpy as np
import pytest

from netanalyze.flows.exchanges import PART, WORTH, spent_on


@pytest.mark.parametrize(("fewer", "more"), [(0, 0), (1, 0), (0, 1)])
def test_what_is_worth_a_word_is_so_at_its_edges(fewer, more):
    spent = WORTH.ns - fewer
    whole = int(WORTH.ns / PART.value) + more
    ends = np.array([spent // 2, spent])
    assert spent_on(np.array([0, spent // 3]), ends, whole) == (0 if fewer or more else spent)

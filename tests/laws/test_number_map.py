"""A table that kernels read and write holds what a dict would."""

import numpy as np
from feeding import examples
from hypothesis import given
from hypothesis import strategies as some

from netanalyze.conversations.number_map import NONE, NumberMap
from netanalyze.kernel import Engine

NUMBERS = some.one_of(some.integers(0, 20), some.integers(0, 2**63 - 1))
ENTRIES = some.lists(some.tuples(NUMBERS, some.integers(0, 2**62)), max_size=40)


@given(some.lists(ENTRIES, max_size=6), some.lists(NUMBERS, max_size=10), some.sampled_from(["compiled", "plain"]))
@examples(150)
def test_what_was_entered_last_is_found(batches, others, mode):
    kept, expected = NumberMap(Engine(mode=mode)), {}
    for batch in batches:
        numbers, values = np.array(batch, dtype=np.int64).reshape(-1, 2).T
        kept.enter(numbers, values)
        expected.update(batch)
        asked = [*expected, *others]
        found = kept.find(np.array(asked, dtype=np.int64)).tolist()
        assert found == [expected.get(number, NONE) for number in asked]

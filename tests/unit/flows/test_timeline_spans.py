"""Spans that are joined answer as counting each moment would; the waits of many are cut where the first of them ends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.flows.timeline.spans import Sweep, Union

MOMENTS = st.integers(0, 12)
SPANS = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=6)


def covered(spans, start, end, beyond=()):
    """Moments of a span that lie in others, and not in those ``beyond``."""
    return sum(
        any(a <= at < b for a, b in spans) and not any(a <= at < b for a, b in beyond) for at in range(start, end)
    )


@given(SPANS, SPANS, st.tuples(MOMENTS, MOMENTS).map(sorted))
def test_how_much_of_a_span_others_cover(spans, beyond, span):
    start, end = span
    union = Union(spans, Union(beyond))
    assert Union(spans).within(start, end) == covered(spans, start, end)
    assert union.within(start, end) == covered(spans, start, end, beyond)
    each = union.within_each(np.array([start, end], dtype=np.int64), np.array([end, start], dtype=np.int64))
    assert each.tolist() == [covered(spans, start, end, beyond), 0]


@given(st.lists(st.tuples(MOMENTS, MOMENTS, st.integers(0, 2)), max_size=6), st.lists(MOMENTS, min_size=1, max_size=5))
def test_of_those_that_cover_a_piece_the_one_of_the_lowest_rank(things, lefts):
    sweep = Sweep([(start, end, (rank,), number) for number, (start, end, rank) in enumerate(things)])
    for left in sorted(lefts):
        right = left + 1
        there = [(rank, n) for n, (start, end, rank) in enumerate(things) if start <= left and end >= right]
        found = sweep.covering(left, right)
        assert (found and found[1]) == (min(there)[1] if there else None)

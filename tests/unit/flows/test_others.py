"""What is put in order once answers as looking at all of them would: moments and spans of few owners, many of them alike."""

from hypothesis import given
from hypothesis import strategies as st

from netanalyze.flows.network.others import Greatest, InOrder, Last, Latest, Moments, Spans
from netanalyze.units import NEVER_NS

MOMENTS, OWNERS = st.integers(0, 6), st.sampled_from("abc")
SPANS = st.tuples(MOMENTS, MOMENTS).map(sorted)


@given(st.lists(st.tuples(OWNERS, MOMENTS), max_size=8), OWNERS)
def test_the_latest_of_one_and_of_all_others(things, owner):
    greatest = Greatest(things)
    assert greatest.of(owner) == max((ns for one, ns in things if one == owner), default=NEVER_NS)
    assert greatest.but(owner) == max((ns for one, ns in things if one != owner), default=NEVER_NS)


@given(st.lists(st.tuples(SPANS, OWNERS), max_size=8), OWNERS, MOMENTS, MOMENTS)
def test_a_span_of_another_lies_around(things, owner, begun, until):
    spans = [(start, end, whose) for (start, end), whose in things]
    around = any(whose != owner and start <= begun and end >= until for start, end, whose in spans)
    assert Spans(spans).beside(owner, begun, until) == around


@given(st.lists(SPANS, max_size=8), MOMENTS, MOMENTS)
def test_the_first_that_is_not_over_if_it_has_begun(spans, start, end):
    things = [(*span, number) for number, span in enumerate(sorted(spans))]
    first = next(((begun, number) for begun, over, number in things if over >= start), None)
    assert InOrder(things).first(start, end) == (first[1] if first is not None and first[0] <= end else None)


@given(st.lists(st.tuples(MOMENTS, OWNERS), max_size=8), MOMENTS, MOMENTS, OWNERS)
def test_the_next_moment_of_another(things, start, end, owner):
    moments = Moments.of(things)
    others = [ns for ns, whose in things if whose != owner]
    assert moments.after(start, owner) == min((ns for ns in others if ns > start), default=None)
    assert moments.between(start, end, owner) == any(start < ns < end for ns in others)


@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=8), MOMENTS, st.sets(st.integers(-1, 8)))
def test_the_latest_of_those_that_begin_later_but_for_some(things, begun, left_out):
    flows = [(start, moment, number) for number, (start, moment) in enumerate(things)]
    rest = [moment for start, moment, number in flows if start >= begun and number not in left_out]
    assert Latest(flows).since(begun, [*left_out, None]) == max(rest, default=NEVER_NS)


@given(st.lists(MOMENTS, max_size=8), MOMENTS)
def test_the_last_in_an_order_of_its_own_that_was_there(moments, ns):
    things = [(moment, number) for number, moment in enumerate(moments)]
    assert Last(things).by(ns) == max((number for moment, number in things if moment <= ns), default=None)
    assert Last(things).before(ns) == max((number for moment, number in things if moment < ns), default=None)

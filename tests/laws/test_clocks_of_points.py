"""Laws of several points: the true clock lies within the stated error, and what was lost is told, whatever stands between."""

import tempfile
from pathlib import Path

import pytest
from feeding import examples
from hypothesis import given
from hypothesis import strategies as st
from two_points import MILLISECOND, START, TwoPoints, request, response

from netanalyze.compare.clocks import DRIFT_MOST, SAME, SLACK, combined, estimate
from netanalyze.compare.comparison import compare

OFFSETS = st.integers(-5 * 10**9, 5 * 10**9)
DRIFTS = st.floats(-100e-6, 100e-6)
WAYS = st.lists(st.tuples(st.integers(0, 60 * 10**9), st.integers(0, 300 * MILLISECOND)), min_size=1, max_size=60)


@given(offset=OFFSETS, drift=DRIFTS, there=WAYS, back=WAYS)
@examples(100)
def test_the_true_line_is_among_those_that_packets_allow(offset, drift, there, back):
    def other(ns):
        return ns + offset + round((ns - START) * drift)

    above = [(START + sent, other(START + sent + took) - (START + sent)) for sent, took in there]
    below = [(START + sent + took, other(START + sent) - (START + sent + took)) for sent, took in back]
    clock = estimate(above, below)
    assert abs(clock.ahead_ns(clock.at_ns) - (other(clock.at_ns) - clock.at_ns)) <= clock.error_ns + SLACK.ns
    assert abs(clock.drift - drift) <= clock.drift_error + 1e-9
    assert clock.drift_error <= DRIFT_MOST.value


@given(
    seed=st.integers(0, 10**6), offset=OFFSETS, drift=DRIFTS, nat=st.booleans(), renumbered=st.booleans(),
    jitter=st.integers(1, 40), losses=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8),
    pause=st.integers(0, 3000),
)  # fmt: skip
@examples(40)
def test_clock_and_losses_are_told_whatever_a_nat_made_of_the_numbers(
    seed, offset, drift, nat, renumbered, jitter, losses, pause
):
    talk = TwoPoints(seed, offset, drift, nat, renumbered, (2 * MILLISECOND, (2 + jitter) * MILLISECOND)).handshake()
    for number, (up, down) in enumerate(losses):
        talk.says(0, request(number), lost=up)
        talk.says(1, response(300, number), lost=down)
        talk.passes(pause * MILLISECOND)
    with tempfile.TemporaryDirectory() as folder:
        told = compare(talk.files(Path(folder)))
    clock, (span,) = told.path.clock(1), told.spans
    assert abs(clock.ahead_ns(clock.at_ns) - (talk.clock(clock.at_ns) - clock.at_ns)) <= clock.error_ns + SLACK.ns
    for ns in (START, talk.now):
        assert abs(clock.ahead_ns(ns) - (talk.clock(ns) - ns)) <= clock.error_at(ns) + SLACK.ns
    assert [fate.lost + fate.untold for fate in span.fates] == talk.lost
    assert (span.up.injected, span.down.injected, span.up.altered, span.down.altered) == (0, 0, 0, 0)
    assert (span.readdressed, span.renumbered) == (int(nat), int(renumbered))


def test_a_clock_by_itself_keeps_what_is_known_of_its_error():
    above, below = ([(START + n * 10**8, sign * (1_000_000 + n * 1000)) for n in range(50)] for sign in (1, -1))
    clock = estimate(above, below)
    assert clock.corners
    assert combined([clock]) == clock
    assert combined([clock, SAME]).error_at(START + 10**11) > clock.error_at(START + 10**11)
    assert combined([]) == SAME


def test_one_direction_alone_tells_no_error():
    clock = estimate([(START, 700), (START + 10**9, 300)], [])
    assert clock.error_ns == float("inf")
    assert clock.offset_ns == pytest.approx(300)


def test_a_few_bounds_that_contradict_all_others_are_left_out():
    above = [(START + n * 10**7, 5_000_000 + n) for n in range(200)]
    below = [(START + n * 10**7, 1_000_000 - n) for n in range(200)]
    astray = [(START + 10**9, -400_000_000)]
    clock = estimate(above + astray, below)
    assert clock.strays == 1
    assert clock.offset_ns == pytest.approx(3_000_000, abs=1_000_000)

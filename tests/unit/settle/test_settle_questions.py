"""Dials, resolvers and hops: what is asked next, and what it comes down to."""

import pytest

from netanalyze.settle.dials import DialQuestion
from netanalyze.settle.hop_question import FARTHEST, HopQuestion, PathTrace
from netanalyze.settle.names import PLAIN, QueryForm, ResolverQuestion, ResolverReply
from netanalyze.settle.settlement import HOP_CONNECTIONS

FIRST, SECOND, SIXTH = "198.51.100.10", "198.51.100.20", "2001:db8:2::10"

DIALS = {
    "port": ({(FIRST, 80)}, "port"),
    "address": ({(SECOND, 443)}, "address"),
    "family": ({(SIXTH, 443)}, "family"),
    "both families live": ({(SECOND, 443), (SIXTH, 443)}, "address"),
    "everything": (set(), "address"),
    "nothing": ({(FIRST, 443), (FIRST, 80)}, "none"),
}


@pytest.mark.parametrize("case", DIALS)
def test_what_can_be_dialled_beside_it_tells_port_address_and_family(case):
    living, bit = DIALS[case]
    question = DialQuestion(FIRST, 443, 80, (FIRST, SECOND, SIXTH), [(FIRST, 443, "no-syn-ack")])
    while (place := question.next_dial()) is not None:
        question.outcomes.append((*place, "connected" if place in living else "no-syn-ack"))
    assert question.bit() == bit
    assert len(question.outcomes) <= 5


def test_a_refusal_shows_that_the_address_is_reached_unless_refusing_is_what_is_asked_about():
    silent = DialQuestion(FIRST, 443, 80, (FIRST,), [(FIRST, 443, "no-syn-ack")] * 2 + [(FIRST, 80, "refused")])
    refused = DialQuestion(FIRST, 443, 80, (FIRST,), [(FIRST, 443, "refused")] * 2 + [(FIRST, 80, "refused")])
    assert (silent.bit(), refused.bit()) == ("port", "address")


RESOLVERS = {
    "none": {PLAIN},
    "edns": {QueryForm(edns=False), QueryForm("tcp")},
    "dns-name": {QueryForm(other_name=True)},
    "dns-udp": {QueryForm("tcp")},
    "resolver": set(),
}


@pytest.mark.parametrize("bit", RESOLVERS)
def test_how_a_resolver_can_be_asked_tells_what_dies(bit):
    question = ResolverQuestion("192.0.2.53")
    while (form := question.next_form()) is not None:
        question.outcomes.append((form, ResolverReply("answered" if form in RESOLVERS[bit] else "silent")))
    assert question.bit() == bit
    assert len(question.outcomes) == (1 if bit == "none" else 7)


def looked(trace, dies_behind, hops, answering=None, control=True):
    """The question after its steps on a path of ``hops`` routers where the probe dies behind ``dies_behind``."""
    answering = set(range(1, hops + 1)) if answering is None else answering
    question, steps = HopQuestion(trace, control), 0
    while steps < HOP_CONNECTIONS and (step := question.next_step()) is not None:
        steps += 1
        if step.control and step.ttl > hops:
            question.reached(step.ttl)
        reached = step.control or step.ttl <= dies_behind
        question.note(step, reached and step.ttl in answering)
    return question.boundary(), steps


@pytest.mark.parametrize("hops", [5, 12, 24])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
def test_the_hop_is_found_by_halving(hops, share):
    trace = PathTrace({ttl: f"192.0.2.{ttl}" for ttl in range(1, hops + 1)}, hops + 1)
    behind = round(hops * share)
    boundary, steps = looked(trace, behind, hops)
    assert boundary.after == behind
    assert boundary.before == (behind + 1 if behind < hops else None)
    assert boundary.at_target == (behind == hops)
    assert boundary.proved == (behind < hops)
    assert steps <= HOP_CONNECTIONS


def test_hops_that_answer_nothing_are_told_and_not_blamed():
    trace = PathTrace({1: "192.0.2.1", 2: "192.0.2.2", 5: "192.0.2.5"}, 6)
    boundary, _ = looked(trace, 3, 5, answering={1, 2, 5})
    assert (boundary.after, boundary.before, boundary.silent) == (2, 5, (3, 4))


def test_a_hop_that_answers_datagrams_and_no_segments_proves_nothing():
    trace = PathTrace({ttl: f"192.0.2.{ttl}" for ttl in range(1, 6)}, 6)
    boundary, _ = looked(trace, 5, 5, answering={1, 2, 4, 5})
    assert boundary.after == 5


def test_without_a_trace_the_control_says_which_hops_answer():
    boundary, steps = looked(PathTrace(), 3, 5)
    assert (boundary.after, boundary.before) == (3, 4)
    assert steps <= HOP_CONNECTIONS


def test_where_no_hop_answers_there_is_no_place():
    boundary, steps = looked(PathTrace(), 3, FARTHEST, answering=set())
    assert boundary is None
    assert steps <= HOP_CONNECTIONS


def test_without_a_control_nothing_is_proved_of_what_lies_behind():
    boundary, _ = looked(PathTrace({1: "192.0.2.1", 2: "192.0.2.2"}), 2, 5, control=False)
    assert (boundary.after, boundary.before, boundary.proved) == (2, None, False)

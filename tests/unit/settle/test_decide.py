"""From outcomes to the bit: what a filter lets die and live is enough to name it, within twelve connections."""

import pytest
from octet_filters import FILTERS, segments

from netanalyze.settle.decide import HelloOutcome, HelloQuestion
from netanalyze.settle.dials import DialQuestion
from netanalyze.settle.hello import FULL, SMALL, hello_shape, without
from netanalyze.settle.rivals import PROBES, RIVALS
from netanalyze.settle.settlement import CONNECTIONS

NAME, MSS = "proxy.golang.org", 1448


def asked(dies, sni=NAME, manner="silent", connections=CONNECTIONS):
    """The question after all hellos that it asked for, where ``dies`` says which of them do."""
    question = HelloQuestion(sni, MSS)
    while (form := question.next_form(connections - len(question.outcomes))) is not None:
        died = dies(form, hello_shape(form, sni, MSS))
        question.outcomes.append(HelloOutcome(form, manner if died else "server-hello"))
    return question


@pytest.mark.parametrize("manner", ["silent", "reset", "closed"])
@pytest.mark.parametrize(("how", "bit", "drops"), FILTERS, ids=[f"{bit} {how}" for how, bit, _ in FILTERS])
def test_a_filter_that_looks_at_octets_alone_is_named(how, bit, drops, manner):
    question = asked(lambda form, shape: drops(segments(form), form), manner=manner)
    assert question.settled().bit == bit
    assert len(question.outcomes) <= CONNECTIONS
    assert question.settled().manner == manner


def test_every_bit_has_a_filter_that_looks_at_octets():
    assert {bit for _, bit, _ in FILTERS} == {rival.bit for rival in RIVALS}


@pytest.mark.parametrize("rival", [one for one in RIVALS if one.cleared], ids=lambda rival: rival.bit)
def test_what_is_named_has_a_hello_beside_it_that_lives(rival):
    question = asked(lambda form, shape: rival.dies(form, shape, MSS) is not False)
    settled = question.settled()
    assert settled.dies == FULL
    assert question.verdict(settled.lives) is False


def test_where_nothing_dies_two_hellos_are_enough():
    question = asked(lambda form, shape: False)
    assert [outcome.form for outcome in question.outcomes] == [SMALL, FULL]
    assert question.settled().bit == "none"


def test_a_filter_that_blocks_the_address_from_then_on_is_no_bit():
    tripped = []

    def dies(form, shape):
        tripped.extend([form] if form.sni == "real" else [])
        return bool(tripped)

    question = asked(dies)
    assert [outcome.form for outcome in question.outcomes] == [SMALL, FULL, FULL, SMALL, SMALL]
    assert (question.settled().bit, question.settled().why) == ("", "penalty")


def test_a_small_hello_that_is_lost_once_is_no_penalty():
    question = HelloQuestion(NAME, MSS, [HelloOutcome(SMALL, "server-hello"), *[HelloOutcome(FULL, "silent")] * 2])
    question.outcomes.append(HelloOutcome(SMALL, "silent"))
    assert question.next_form(8) == SMALL
    question.outcomes.append(HelloOutcome(SMALL, "server-hello"))
    assert not question.penalty
    assert question.next_form(7) not in (SMALL, None)


def test_a_hello_that_lives_at_its_second_try_is_no_filter():
    question = HelloQuestion(NAME, MSS, [HelloOutcome(FULL, "silent"), HelloOutcome(SMALL, "server-hello")])
    assert question.next_form(10) == FULL
    question.outcomes.append(HelloOutcome(FULL, "server-hello"))
    assert question.next_form(9) is None
    settled = question.settled()
    assert (settled.bit, settled.unsteady) == ("none", True)


def test_nothing_is_named_after_a_single_death():
    question = asked(lambda form, shape: form.sni == "real", connections=2)
    assert (question.settled().bit, question.settled().why) == ("", "budget")


def test_rivals_that_are_left_are_told_and_none_is_named():
    settled = asked(lambda form, shape: form.sni == "real", connections=4).settled()
    assert (settled.bit, settled.why) == ("", "rivals")
    assert "sni" in settled.rivals
    assert len(settled.rivals) > 1


def test_what_no_single_thing_accounts_for_is_not_named():
    settled = asked(
        lambda form, shape: form.kem and form.dsa and form.sni == "real" and form.likeness == "go"
    ).settled()
    assert settled.bit == ""
    assert settled.lives is not None


def test_a_death_of_another_manner_is_the_servers_own_and_tells_nothing():
    question = HelloQuestion(NAME, MSS, [HelloOutcome(FULL, "silent")] * 2 + [HelloOutcome(SMALL, "reset")] * 2)
    assert question.verdict(FULL) is True
    assert question.verdict(SMALL) is None


def test_without_a_name_no_filter_by_name_is_thought_of():
    assert "sni" not in {one.bit for one in HelloQuestion(None).rivals()}


def test_what_passes_all_the_same_is_found_for_a_name():
    def dies(form, shape):
        return form.sni == "real" and not form.split

    assert without(FULL, split="records") in asked(dies).settled().passes


def test_no_probe_is_sent_twice_under_two_names():
    assert len(set(PROBES)) == len(PROBES)


def test_a_server_that_speaks_something_else_is_asked_twice_and_that_is_said():
    question = HelloQuestion("host.example")
    for form in (SMALL, FULL):
        assert question.next_form(CONNECTIONS) == form
        question.outcomes.append(HelloOutcome(form, "other"))
    assert question.next_form(CONNECTIONS) is None
    assert (question.settled().bit, question.settled().why) == ("", "not-tls")


@pytest.mark.parametrize("came", [[], ["no-syn-ack"], ["no-syn-ack", "no-syn-ack"]])
def test_too_few_dials_say_nothing(came):
    question = DialQuestion("192.0.2.1", 443, 80, ())
    question.outcomes += [("192.0.2.1", 443, manner) for manner in came]
    assert question.bit() == ""
    question.outcomes += [("192.0.2.1", 443, "no-syn-ack")] * (2 - len(came)) + [("192.0.2.1", 80, "no-syn-ack")]
    assert question.bit() == "address"

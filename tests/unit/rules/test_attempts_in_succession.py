"""Attempts at one address, each a flow of a single SYN: together they are one wait."""

import pytest

from captures.recipes import Conversation

SERVER = "198.51.100.5:443"


def in_vain(number, every):
    """So many attempts, one after the other, each from a new port and with one SYN that nothing answers."""
    tries, now = [], None
    for index in range(number):
        options = {} if now is None else {"start": now}
        talk = Conversation(client=f"192.0.2.10:{51000 + index}", server=SERVER, **options)
        tries.append(talk.syns(1).passes(every))
        now = talk.now
    return tries


def answered(now):
    """An attempt that works, from a port of its own."""
    talk = Conversation(client="192.0.2.10:52000", server=SERVER, start=now)
    return talk.handshake().opens().fetches().exits()


def causes(found):
    return {finding.cause for finding in found.findings}


def test_many_single_syns_without_an_answer_are_a_silent_address(result):
    found = result(*in_vain(8, "500 ms"))
    assert found.verdict.cause == "tcp/syn-unanswered"
    assert found.verdict.status == "hung"
    (found,) = found.findings
    assert found.quantities["syns"] == 8
    assert len(found.also_flows) == 7


def test_single_syns_at_once_are_not_a_wait(result):
    assert "tcp/syn-unanswered" not in causes(result(*in_vain(8, "10 ms")))


def test_an_attempt_that_works_after_others_in_vain_was_reached_late(result):
    tries = in_vain(4, "500 ms")
    found = result(*tries, answered(tries[-1].now))
    assert found.verdict.cause == "tcp/syn-lost"
    assert found.verdict.seconds == pytest.approx(2.0, rel=0.05)
    assert causes(found) == {"tcp/syn-lost"}


def test_one_attempt_that_was_left_alone_is_no_wait_of_the_next(result):
    tries = in_vain(1, "1500 ms")
    assert "tcp/syn-lost" not in causes(result(*tries, answered(tries[-1].now)))


def test_attempts_far_apart_are_not_one_wait(result):
    tries = in_vain(4, "20 s")
    assert causes(result(*tries, answered(tries[-1].now))) == set()


def test_two_attempts_side_by_side_are_told_once_and_by_their_own_repeats(result):
    first = Conversation(server=SERVER).syns(4)
    second = Conversation(client="192.0.2.10:51001", server=SERVER).passes("1 ms").syns(4)
    assert all(not finding.also_flows for finding in result(first, second).findings)

"""The critical path, and what follows from it: who is blamed of two that were waited for at a time, and for how much."""

from dataclasses import dataclass

import numpy as np
import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.flows.timeline.critical_path import critical_path
from netanalyze.kernel import Engine
from tests.rules.results import story

MS = 1_000_000


@dataclass(frozen=True)
class Wait:
    """A span in milliseconds."""

    start_ms: float
    end_ms: float
    flow_id: int | None = None
    name: str = ""

    @property
    def start_ns(self):
        return round(self.start_ms * MS)

    @property
    def end_ns(self):
        return round(self.end_ms * MS)


def path(*waits):
    flows = [-1 if wait.flow_id is None else wait.flow_id for wait in waits]
    columns = [wait.start_ns for wait in waits], [wait.end_ns for wait in waits], flows
    return critical_path(*(np.array(column, dtype=np.int64) for column in columns), Engine()).tolist()


def names(*waits):
    return [waits[place].name for place in reversed(path(*waits))]


def test_of_two_that_begin_at_a_time_the_longer_one_is_on_the_path():
    assert names(Wait(0, 5000, 1, "shorter"), Wait(0, 9000, 2, "longer")) == ["longer"]


def test_what_began_when_the_shorter_one_was_over_and_ended_last_puts_it_on_the_path():
    after = Wait(5000, 10_000, 1, "after")
    assert names(Wait(0, 5000, 1, "shorter"), Wait(0, 9000, 2, "longer"), after) == ["shorter", "after"]


def test_a_gap_between_an_end_and_the_next_beginning_is_no_break():
    assert names(Wait(0, 100, None, "lookup"), Wait(180, 300, 1, "connect")) == ["lookup", "connect"]


def test_of_two_that_end_at_one_moment_the_flows_own_step_comes_before_its_next():
    assert names(Wait(0, 50, 1, "mine"), Wait(0, 50, 2, "other"), Wait(50, 90, 1, "next")) == ["mine", "next"]


def test_without_spans_there_is_no_path():
    assert path() == []
    assert names(Wait(3, 3, 1, "empty")) == []


def fetched(host, address, port, after, lasts="20 ms"):
    """One connection that asks one thing and is answered ``after`` so long."""
    talk = Conversation(client=f"192.0.2.10:{port}", server=f"{address}:443").dns(host, address)
    talk.handshake().opens(host).request(46)
    talk.response("6 kB", after=after)
    talk.passes(lasts)
    return talk.exits()


def judged(tmp_path, *stories):
    return story(Timeline(*stories), tmp_path / "talk.pcapng", client="go")


SHORTER = ("storage.googleapis.com", "198.51.100.50", 51001)
LONGER = ("proxy.golang.org", "198.51.100.10", 51002)


def test_the_longer_of_two_late_answers_is_blamed_and_only_for_what_it_alone_held_up(tmp_path):
    result = judged(tmp_path, fetched(*SHORTER, "5 s"), fetched(*LONGER, "9 s"))
    verdict = result.verdict
    assert verdict.cause == "http/response-late"
    assert verdict.culprit.host == "proxy.golang.org"
    assert verdict.seconds == pytest.approx(4, rel=0.05)
    shorter = judged(tmp_path, fetched(*SHORTER, "5 s"))
    alone = sum(row.ns for row in shorter.ledger) / 1e9
    assert verdict.without_it == pytest.approx(alone, abs=0.2)
    assert not any(row.culprit and row.culprit.host == SHORTER[0] for row in result.ledger)


def test_two_late_answers_of_one_host_are_one_cause_and_cost_what_the_longer_one_lasted(tmp_path):
    same = (LONGER[0], LONGER[1], 51003)
    verdict = judged(tmp_path, fetched(*same, "5 s"), fetched(*LONGER, "9 s")).verdict
    assert verdict.seconds == pytest.approx(9, rel=0.05)


def test_a_late_answer_that_led_to_more_is_blamed_though_another_wait_was_longer(tmp_path):
    host, address, port = SHORTER
    chain = Conversation(client=f"192.0.2.10:{port}", server=f"{address}:443").dns(host, address)
    chain.handshake().opens(host).request(46)
    for after in ("5 s", "1.9 s", "1.9 s", "1.9 s"):
        chain.response("6 kB", after=after)
        chain.request(46)
    chain.response("6 kB")
    verdict = judged(tmp_path, chain.exits(), fetched(*LONGER, "6 s", "4.6 s")).verdict
    assert verdict.culprit.host == host


def test_a_late_answer_beside_a_longer_steady_transfer_is_not_blamed(tmp_path):
    bulk = Conversation(client="192.0.2.10:51002", server="198.51.100.10:443").dns("proxy.golang.org", "198.51.100.10")
    bulk.handshake().opens("proxy.golang.org").request(46)
    for _ in range(1200):
        bulk.response("1400 B", after="5 ms")
    verdict = judged(tmp_path, fetched(*SHORTER, "3 s"), bulk.exits()).verdict
    assert verdict.status == "healthy"
    assert verdict.cause is None

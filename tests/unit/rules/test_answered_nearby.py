"""Who answers SYNs to many networks sooner than light gets there does so in the hosts' name."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from tests.rules.results import story

NETWORKS = ("192.0.2.80", "198.51.100.5", "203.0.113.9")
CLIENT = "10.0.0.7"


def works(index, address, opening, answer):
    """A connection whose SYN is answered after ``opening``, and whose ServerHello comes ``answer`` later still."""
    talk = Conversation(f"{CLIENT}:{51000 + index}", f"{address}:443", rtt=opening, start=1_704_067_200 * 10**9 + index)
    talk.handshake()
    talk.client_hello(f"host{index}.example.test")
    talk.passes(answer).server_flight()
    talk.client_finished().settings()
    return talk.request().fetches().exits()


def silent(address, opening):
    """A connection whose ClientHello is acknowledged, and never answered."""
    talk = Conversation(f"{CLIENT}:52000", f"{address}:443", rtt=opening)
    talk.handshake()
    talk.client_hello("lost.example.test")
    talk.passes("10 s").client.closes()
    return talk


@pytest.fixture
def headline(tmp_path):
    def of(opening, answer, networks=NETWORKS):
        talks = [works(index, address, opening, answer) for index, address in enumerate(networks)]
        verdict = story(Timeline(*talks, silent("233.252.0.7", opening)), tmp_path / "talk.pcapng").verdict
        assert verdict.cause == "tls/server-hello-missing"
        return verdict.attributes.get("acknowledged_by"), str(verdict.summary)

    return of


def test_every_network_at_once_and_every_answer_late_is_a_proxy_near_at_hand(headline):
    who, said = headline(opening="400 us", answer="90 ms")
    assert who == "on-link"
    assert "A proxy takes the ClientHello" in said


def test_a_long_way_is_a_long_way(headline):
    assert headline(opening="40 ms", answer="90 ms")[0] is None


def test_answers_as_quick_as_the_syn_come_from_servers_next_door(headline):
    assert headline(opening="400 us", answer="3 ms")[0] is None


def test_two_networks_may_have_servers_next_door(headline):
    assert headline(opening="400 us", answer="90 ms", networks=NETWORKS[:1])[0] is None

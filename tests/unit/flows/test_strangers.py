"""Attempts that nobody minds at a server that was captured: strangers from afar, in vain, at ports where nobody is served."""

import pytest

from captures.recipes import Conversation
from netanalyze.flows.network.scans import unattended
from tests.rules.results import judged_story

HOST = "198.51.100.20"
FAR, NEAR = 11, 0


def stranger(number, port=23, hops=FAR, **how):
    """A SYN that has no answer, as it is seen beside the server."""
    talk = Conversation(
        client=f"203.0.113.{number}:{40000 + number}", server=f"{HOST}:{port}", hops=hops, recorded_at="server", **how
    )
    return talk.syns(1, lost=False)


def customer(port=443, number=200):
    """A connection that is taken, and on which something is said."""
    talk = Conversation(client=f"203.0.113.{number}:50000", server=f"{HOST}:{port}", recorded_at="server")
    return talk.handshake().opens().fetches("600 B").exits()


@pytest.fixture
def left_alone(tmp_path):
    """Who of these clients tries something that nobody minds."""

    def of(*talks):
        _, case = judged_story(list(talks), tmp_path / "talk.pcapng")
        ids = unattended(case.everything)
        return sorted(flow.client.address for flow in case.everything if flow.id in ids)

    return of


def test_five_from_afar_at_a_port_where_nobody_is_served(left_alone):
    found = left_alone(customer(), *(stranger(n) for n in range(1, 6)))
    assert found == [f"203.0.113.{n}" for n in range(1, 6)]


def test_four_may_be_the_servers_own_clients(left_alone):
    assert not left_alone(customer(), *(stranger(n) for n in range(1, 5)))


def test_five_tries_of_fewer_hosts_are_no_five_strangers(left_alone):
    again = Conversation(client="203.0.113.1:41000", server=f"{HOST}:23", recorded_at="server").syns(1, lost=False)
    assert not left_alone(customer(), again, *(stranger(n) for n in range(1, 5)))


def test_where_others_are_served_at_that_port_it_is_the_service_that_fails(left_alone):
    assert not left_alone(customer(port=23), *(stranger(n) for n in range(1, 6)))


def test_hosts_of_the_same_link_are_no_strangers(left_alone):
    assert not left_alone(customer(), *(stranger(n, hops=NEAR) for n in range(1, 6)))


def test_a_host_that_serves_nobody_may_just_be_down_but_not_at_five_ports(left_alone):
    beside = Conversation(client="203.0.113.201:50000", server=f"{HOST}:443", recorded_at="server")
    beside.client.synchronizes()
    beside.server.refuses()  # it is there, and takes nothing
    assert not left_alone(beside, *(stranger(n) for n in range(1, 6)))
    ports = left_alone(*(stranger(n, port=20 + n) for n in range(1, 6)), _refused_here())
    assert "203.0.113.1" in ports
    assert not left_alone(*(stranger(n, port=20 + n % 4) for n in range(1, 6)), _refused_here())


def _refused_here():
    talk = Conversation(client="203.0.113.202:50000", server=f"{HOST}:20", recorded_at="server")
    talk.client.synchronizes()
    talk.server.refuses()
    return talk

"""A server's flight that stops, told from a capture that lacks parts of the connection, and from a server that repeats itself."""

import pytest

from captures.recipes import Conversation, Timeline
from captures.recipes.frames import CLIENT_MAC
from netanalyze.api import analyze
from netanalyze.causes.tls.server_flight_incomplete import REPEATS

CAUSE = "tls/server-flight-incomplete"
HERE = bytes.fromhex(CLIENT_MAC.replace(":", ""))


def begin():
    talk = Conversation(client="192.0.2.10:50999", server="198.51.100.7:8443", rtt="40 ms")
    talk.handshake().client_hello(sni="a.example.org", go="another")
    return talk


def partial():
    """Two segments of a flight, and no more."""
    talk = begin()
    return talk, talk.server_flight(certificate=6000, lost=range(2, 20))


@pytest.fixture
def cause(tmp_path):
    def of(talk, **how):
        path = tmp_path / "talk.pcapng"
        path.write_bytes(Timeline(talk.passes("9 s").link_is_alive(), **how).octets())
        return analyze([path]).verdict.cause

    return of


def test_a_flight_that_is_acknowledged_as_far_as_it_came_has_stopped(cause):
    assert cause(partial()[0]) == CAUSE


@pytest.mark.parametrize("fewer", [0, 1])
def test_a_server_that_sends_it_again_and_again_waits_for_its_client(fewer, cause):
    talk, cuts = partial()
    talk.server.backs_off(*cuts[1], times=int(REPEATS.value) - fewer, lost=False)
    assert (cause(talk) == CAUSE) is (fewer > 0)


def test_where_nobody_acknowledges_what_came_frames_are_missing(cause):
    talk = partial()[0]
    hello = talk.frames[3][0]
    assert cause(talk, keep=lambda at, octets: at <= hello or octets[6:12] != HERE) != CAUSE


def test_where_the_server_acknowledges_more_than_the_file_has_the_client_went_on(cause):
    talk = begin()
    talk.server_flight(certificate=3000)
    talk.client_finished().request(acknowledged=False).settings().fetches()
    hello = talk.frames[3][0]
    assert cause(talk, keep=lambda at, octets: at <= hello or octets[6:12] != HERE) != CAUSE

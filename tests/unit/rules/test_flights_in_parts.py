"""A server's flight that stops, told from a capture that lacks parts of the connection, and from a server that repeats itself."""

import pytest

from captures.recipes import Conversation, Timeline
from captures.recipes.frames import CLIENT_MAC
from netanalyze.causes.tls.server_flight_incomplete import REPEATS
from tests.rules.results import story

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
        return story(Timeline(talk.passes("9 s").link_is_alive(), **how), tmp_path / "talk.pcapng").verdict.cause

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


CONNECT = b"CONNECT a.example.org:443 HTTP/1.1\r\nHost: a.example.org:443\r\n\r\n"
REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nProxy-Authenticate: Basic\r\n\r\n"
BEFORE = {
    "socks": ((1, b"\5\1\0"), (0, b"\5\0"), (1, b"\5\1\0\3\x0da.example.org\1\xbb"), (0, b"\5\0\0\1" + bytes(6))),
    "starttls": (
        (0, b"220 m ESMTP\r\n"), (1, b"EHLO a\r\n"), (0, b"250-m\r\n250 STARTTLS\r\n"), (1, b"STARTTLS\r\n"), (0, b"220 go\r\n"),
    ),
    "asks-who": ((1, CONNECT), (0, REFUSED), (1, CONNECT), (0, b"HTTP/1.1 200 OK\r\n\r\n")),
}  # fmt: skip
"""What is said ahead of a ClientHello: by the client if 1."""


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("turns", [1, 3])
def test_turns_are_counted_from_the_client_hello_on(before, turns, cause):
    talk = Conversation(client="192.0.2.10:50999", server="198.51.100.7:1080", rtt="40 ms").handshake()
    for mine, octets in BEFORE[before]:
        side = talk.client if mine else talk.server
        side.sends(octets)
        side.peer.acknowledges()
    talk.client_hello(sni="a.example.org", go="another")
    talk.server_flight(certificate=6000, lost=range(2, 20))
    for _ in range(turns - 1):
        talk.client.sends(bytes(70))
        talk.server.acknowledges()
        talk.server.sends(bytes(70))
        talk.client.acknowledges()
    assert (cause(talk) == CAUSE) is (turns == 1)

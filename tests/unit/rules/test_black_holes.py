"""How sure it is that large segments vanish: what was heard since, what came before, whether the SYN is there."""

import pytest

from captures.recipes import Conversation

CAUSE = "tcp/mtu-black-hole"


@pytest.fixture
def verdict(result):
    return lambda *stories, **how: result(*stories, client="go", **how).verdict


def hole(segments=1, **how):
    """A ClientHello, and of the server's flight a short last segment behind so many that never come."""
    talk = Conversation(client="192.0.2.10:50444", server="198.51.100.5:8443", rtt="40 ms", **how)
    talk.handshake().client_hello(sni="mirror.example.org")
    talk.server_flight(certificate=446 + (segments - 1) * talk.server.segment, lost=range(segments))
    return talk


def without_the_opening(talk):
    """The same from behind the SYN and SYN-ACK."""
    talk.frames = talk.frames[2:]
    return talk


def test_one_segment_behind_a_hole_proves_little_where_nothing_was_heard_since(verdict):
    found = verdict(hole().passes("9 s").link_is_alive())
    assert (found.cause, found.confidence) == (CAUSE, 0.75)
    assert found.alternatives[0].cause == "tcp/path-death"


def test_a_server_that_is_heard_later_is_alive(verdict):
    talk = hole().passes("9 s")
    talk.client.closes()
    talk.server.acknowledges()
    found = verdict(talk)
    assert (found.cause, found.confidence) == (CAUSE, 0.9)
    assert "tcp/path-death" not in {other.cause for other in found.alternatives}


def test_of_several_in_a_row_none_is_lost_by_chance(verdict):
    found = verdict(hole(segments=4).passes("9 s").link_is_alive())
    assert (found.cause, found.confidence) == (CAUSE, 0.9)


def test_without_the_syn_nobody_knows_how_large_segments_may_be(verdict):
    found = verdict(without_the_opening(hole(segments=4)).passes("9 s").link_is_alive())
    assert found.confidence <= 0.65


def test_a_path_whose_segments_are_smaller_than_usual_misses_none_that_is_large(verdict):
    talk = without_the_opening(hole(mtu=1100))
    assert verdict(talk.passes("9 s").link_is_alive()).cause != CAUSE

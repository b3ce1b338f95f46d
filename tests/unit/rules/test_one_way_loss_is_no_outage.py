"""While both sides are heard to repeat themselves, the path is not gone."""

import pytest

from captures.recipes import Conversation


def unheard(server_repeats):
    """A request that is lost four times in 2 s, while the server repeats what it said, or does not."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response("600 B")
    asked = len(talk.client.stream)
    told = (len(talk.server.stream) - 100, len(talk.server.stream))
    talk.passes("300 us").client.sends(talk.record(46), lost=True)
    piece = (asked, len(talk.client.stream))
    for _ in range(4):
        talk.passes("300 ms").client.resends(*piece, lost=True)
        if server_repeats:
            talk.passes("200 ms").server.resends(*told)
            talk.client.acknowledges()
        else:
            talk.passes("200 ms")
    talk.passes("300 ms").client.resends(*piece)
    talk.server.acknowledges()
    talk.response("6 kB")
    return talk.exits()


@pytest.fixture
def causes(result):
    return lambda talk: {finding.cause for finding in result(talk).findings}


def test_a_server_that_is_heard_all_the_while_shows_that_the_path_is_there(causes):
    assert "tcp/outage" not in causes(unheard(server_repeats=True))


def test_silence_of_the_server_is_an_outage(causes):
    assert "tcp/outage" in causes(unheard(server_repeats=False))

"""A file that is cut: what had not come at its end is less sure, what had ended before is as sure as ever."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze


def silent():
    """A request that is acknowledged and not answered until the file ends."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5").handshake().opens()
    talk.response("600 B")
    talk.request(46)
    return talk.passes("30 s").link_is_alive()


def refused_and_gone_on():
    """A connection that is refused, and half a minute in which others go on."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.client.synchronizes()
    talk.server.refuses()
    return talk.passes("30 s").link_is_alive()


@pytest.fixture
def found(tmp_path):
    def of(talk, behind=b""):
        """The findings of a capture; of a pcapng in which a last block begins and does not end."""
        path = tmp_path / "talk.pcapng"
        path.write_bytes(Timeline(talk).octets() + behind)
        result = analyze([path])
        return {f.cause: (f.confidence, [str(text) for text in f.counter_evidence]) for f in result.findings}

    return of


BEGUN = bytes.fromhex("06000000 6c000000 00000000")
"""The first octets of an Enhanced Packet Block of 108."""


@pytest.mark.parametrize(("story", "cause"), [(silent, "http/response-missing")])
def test_an_absence_at_the_end_of_a_cut_file_is_less_sure(found, story, cause):
    whole, cut = found(story())[cause], found(story(), BEGUN)[cause]
    assert cut[0] < whole[0]
    assert "the file is cut: what is missing may have come after its end" in cut[1]
    assert "the file is cut: what is missing may have come after its end" not in whole[1]


def test_what_had_ended_before_is_as_sure_in_a_cut_file(found):
    assert found(refused_and_gone_on(), BEGUN)["tcp/refused"] == found(refused_and_gone_on())["tcp/refused"]

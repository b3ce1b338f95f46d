"""That a capture's clock was set ahead is told by the clocks of both ends."""

import pytest

from captures.recipes import Conversation, Timeline
from netanalyze.units import SECOND_NS
from tests.rules.results import story


@pytest.fixture
def verdict(tmp_path):
    def of(talk):
        result = story(Timeline(talk), tmp_path / "talk.pcapng")
        kinds = {row.kind for row in result.capture.diagnostics}
        return result.verdict, "clock_set_ahead" in kinds

    return of


def told(wait="1 ms", seconds=0, timestamps=True):
    talk = Conversation(server="198.51.100.5:443").dns("a.example.test", "198.51.100.5")
    talk.handshake(timestamps=timestamps).opens(sni="a.example.test").response("40 kB")
    talk.request(46)
    before = talk.now
    talk.response("9 kB", after=wait)
    talk.exits()
    talk.frames = [(at + seconds * SECOND_NS * (at > before), octets) for at, octets in talk.frames]
    return talk


def test_a_server_that_takes_its_time_counts_it(verdict):
    found, ahead = verdict(told(wait="5 s"))
    assert (found.cause, ahead) == ("http/response-late", False)
    assert found.confidence >= 0.78


@pytest.mark.parametrize("seconds", [3, 3600])
def test_a_wait_that_neither_end_counted_was_none(seconds, verdict):
    found, ahead = verdict(told(seconds=seconds))
    assert ahead
    assert found.confidence < 0.8


def test_where_nobody_counts_nothing_is_said(verdict):
    assert verdict(told(seconds=3, timestamps=False))[1] is False

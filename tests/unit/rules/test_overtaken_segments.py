"""Segments that are overtaken: told where repeats were needless or the wait for them was long, and never called lost."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.units import seconds
from tests.rules.results import story

FLIGHTS, SEGMENTS, NEEDLESS = 40, 10, 5


@pytest.fixture
def judged(tmp_path):
    def of(late):
        """A download in flights whose first segment comes so late, behind the others; five are repeated needlessly."""
        talk = Conversation(server="198.51.100.5:443", rtt="300 ms").dns("proxy.golang.org", "198.51.100.5")
        talk.handshake().opens()
        size = SEGMENTS * talk.server.segment
        body = talk.body(FLIGHTS * size)
        for flight in range(FLIGHTS):
            cuts = talk.server.sends(body[flight * size : (flight + 1) * size], lost=[0], unasked=True)
            talk.client.acknowledges(unasked=True)
            talk.passes(late).server.resends(*cuts[0])
            talk.client.acknowledges(unasked=True)
            if flight < NEEDLESS:
                talk.passes("20 ms").server.resends(*cuts[0])
                talk.client.acknowledges(again=cuts[0])
        talk.consumes(len(body))
        talk.exits()
        return story(Timeline(talk), tmp_path / "talk.pcapng")

    return of


def test_a_long_wait_for_overtaken_segments_is_told_with_what_it_cost(judged):
    result = judged("150 ms")
    assert result.verdict.cause == "tcp/reordering"
    assert "on the way here" in str(result.verdict.summary)
    (found,) = [f for f in result.findings if f.cause == "tcp/reordering"]
    assert found.quantities["overtaken"] == FLIGHTS
    assert found.quantities["waited"] == pytest.approx(FLIGHTS * 0.15, rel=0.02)
    assert found.attributes["direction"] == "down"
    owned = sum(seconds(row.ns) for row in result.ledger if row.cause == "tcp/reordering")
    assert owned == pytest.approx(result.verdict.seconds)
    assert owned == pytest.approx(FLIGHTS * 0.15, rel=0.1)


def test_a_short_wait_is_not_called_a_fault_and_what_came_late_is_not_called_lost(judged):
    result = judged("2 ms")
    assert result.verdict.status == "healthy"
    limits = " ".join(str(limit.text) for limit in result.verdict.limits)
    assert "were lost" not in limits
    assert "tcp/loss" not in {f.cause for f in result.findings}

"""A segment that was recorded and sent again without a D-SACK was thrown away behind the recorder."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from netanalyze.units import nanoseconds

SEGMENTS, REFUSED = 300, range(10, 290, 20)


def damaged(frame):
    """A frame's octets with another IP identification, and one bit of the payload turned over on the way."""
    octets = bytearray(frame)
    octets[18] ^= 0x40
    octets[-1] ^= 0x01
    return bytes(octets)


@pytest.fixture
def findings(tmp_path):
    def of(refused):
        """The findings where some segments come twice: the first copy damaged, or the second one needless."""
        talk = Conversation(server="198.51.100.5:443", rtt="30 ms").dns("proxy.golang.org", "198.51.100.5")
        talk.handshake().opens()
        size = SEGMENTS * talk.server.segment - 400
        cuts = talk.streams(talk.body(size), lost=REFUSED if refused else ())
        for start, end in [cuts[index] for index in REFUSED]:
            talk.passes("5 ms").server.resends(start, end)
            if refused:
                talk.adds(talk.now - nanoseconds("4 ms"), damaged(talk.last_frame()))
            talk.client.acknowledges(again=None if refused else (start, end))
        talk.consumes(size)
        talk.exits()
        path = tmp_path / "talk.pcapng"
        path.write_bytes(Timeline(talk).octets())
        return {f.cause: f for f in analyze([path]).findings}

    return of


def test_copies_of_damaged_segments_are_losses_behind_the_recorder(findings):
    loss = findings(refused=True)["tcp/loss"]
    assert loss.quantities["refused"] == len(REFUSED)
    assert loss.attributes["direction"] == "down"
    assert "after they had passed the recorder" in str(loss.message)


def test_copies_that_the_client_calls_needless_are_none(findings):
    assert "tcp/loss" not in findings(refused=False)

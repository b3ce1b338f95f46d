"""What was said and is not in the capture: how much of it makes a conversation one that is not known."""

import pytest

from captures.recipes import Conversation
from netanalyze.flows.network.unseen import lacks_words, unseen
from tests.rules.results import judged_story


@pytest.fixture
def flow(tmp_path):
    def of(there, lacking, side="server", behind=0):
        """A conversation in clear of which one side's second piece is not in the capture, though it was acknowledged."""
        talk = Conversation(server="198.51.100.5:9000").handshake()
        talk.client.sends(b"hello")
        talk.server.acknowledges()
        speaker = getattr(talk, side)
        speaker.sends(there, unasked=True)
        speaker.peer.acknowledges(unasked=True)
        if lacking:
            before = len(talk.frames)
            talk.passes("1 s")
            speaker.sends(lacking, unasked=True)
            del talk.frames[before]
            talk.passes("1 s")
            speaker.peer.acknowledges(unasked=True)
        if behind:
            talk.passes("1 s")
            speaker.sends(behind, unasked=True)
            speaker.peer.acknowledges(unasked=True)
        _, case = judged_story(talk.both_close(), tmp_path / "talk.pcapng")
        return next(one for one in case.everything if one.is_tcp)

    return of


@pytest.mark.parametrize(("there", "lacking", "much"), [(900, 100, False), (899, 101, True), (1000, 0, False)])
def test_more_than_a_tenth_of_what_one_side_said_is_much(flow, there, lacking, much):
    talk = flow(there, lacking)
    assert (unseen(talk, 1), lacks_words(talk)) == (lacking, much)


def test_either_side_counts_by_itself(flow):
    talk = flow(600, 400, side="client")
    assert [unseen(talk, side) for side in (0, 1)] == [400, 0]
    assert lacks_words(talk)


def test_between_two_moments_only_what_was_said_between_them(flow):
    talk = flow(500, 400, behind=300)
    said = talk.data_packets[1]
    before, after = said[0].time_ns, said[1].time_ns
    assert unseen(talk, 1) == 400
    assert unseen(talk, 1, (before, after)) == 400
    assert unseen(talk, 1, (before - 1, before)) == 0, "what came until then begins where the capture does"
    assert unseen(talk, 1, (after, after + 1)) == 0, "all of it had been said by then"

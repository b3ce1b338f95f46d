"""Large segments that vanish on their way up: how large, how often, and what of theirs came through."""

import pytest

from captures.recipes import Conversation
from netanalyze.flows.black_hole import FULL, only_large_repeated, upward
from tests.rules.results import judged_story

HEADERS = 52
"""Octets of IPv4, TCP and its time stamps."""


@pytest.fixture
def stuck(tmp_path):
    def of(segment=1448, repeats=4, through=0, small=0):
        """A flow whose client sends full segments in vain, so often again, behind which a short one is SACKed.

        Args:
            through: octets in one segment that came through before.
            small: short segments that are repeated in vain, too.
        """
        talk = Conversation(server="198.51.100.5:443", rtt="40 ms", mtu=segment + HEADERS)
        talk.dns("upload.example.org", "198.51.100.5").handshake(mss=segment + 12).opens(
            "upload.example.org", go="another"
        )
        talk.response("600 B")
        if through:
            talk.client.sends(through)
            talk.server.acknowledges()
        cuts = talk.client.sends(segment + 211, lost=[0])
        talk.server.acknowledges()
        talk.client.backs_off(*cuts[0], times=repeats)
        begin, _ = cuts[0]
        for _ in range(small):
            talk.passes("1 s").client.resends(begin, begin + 100, lost=True)
        talk.passes("1 s").link_is_alive()
        _, case = judged_story(talk, tmp_path / "talk.pcapng")
        return next(flow for flow in case.flows if flow.is_tcp)

    return of


def found(flow):
    return upward(flow, flow.last_ns) is not None, only_large_repeated(flow)


def test_a_full_segment_that_is_repeated_in_vain_while_a_short_one_comes_through(stuck):
    hole = upward(stuck(), 0)
    assert (hole.direction, hole.missing) == ("up", 1448)


@pytest.mark.parametrize(("segment", "told"), [(FULL, True), (FULL - 1, False)])
def test_what_every_path_must_carry_is_not_large(stuck, segment, told):
    assert found(stuck(segment)) == (told, told)


@pytest.mark.parametrize(("repeats", "told"), [(2, False), (3, True)])
def test_two_repeats_are_chance(stuck, repeats, told):
    assert found(stuck(repeats=repeats))[0] == told


@pytest.mark.parametrize(("through", "told"), [(1447, True), (1448, False)])
def test_where_one_as_large_came_through_it_is_not_the_size(stuck, through, told):
    assert found(stuck(through=through)) == (told, told)


@pytest.mark.parametrize(("small", "told"), [(1, True), (2, False)])
def test_where_short_ones_are_in_vain_as_well_it_is_not_the_size(stuck, small, told):
    assert found(stuck(small=small)) == (told, told)

"""What a run would have taken without its cause: a figure where all of its work was seen, else a bound, or that nobody knows."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from tests.rules.results import story


def verdict(tmp_path, *stories, **how):
    """The verdict on conversations of go that share a clock."""
    return story(Timeline(*stories), tmp_path / "talk.pcapng", client="go", **how).verdict


def opened(**how):
    talk = Conversation(server="198.51.100.5:443", **how).dns("proxy.golang.org", "198.51.100.5")
    return talk.handshake().opens().fetches("1200 B")


def late(after):
    talk = opened().request(46)
    talk.response("6 kB", after=after)
    return talk.exits()


def test_a_run_that_ended_well_would_have_taken_what_the_cause_did_not_cost(tmp_path):
    slow, quick = verdict(tmp_path, late("12 s")), late("40 ms")
    whole = max(at for at, _ in quick.frames) - min(at for at, _ in quick.frames)
    assert slow.status == "degraded"
    assert slow.without_it == pytest.approx(whole / 1e9, abs=0.1)
    assert slow.without_it_at_least is None
    assert str(slow.without_it_how)


def test_what_others_do_after_the_run_is_no_part_of_it(tmp_path):
    other = Conversation(client="192.0.2.77:40000", server="203.0.113.9:443", rtt="20 ms").dns(
        "news.example", "203.0.113.9"
    )
    other.handshake().passes("60 s")
    other.client.closes()
    alone, beside = verdict(tmp_path, late("12 s")), verdict(tmp_path, late("12 s"), other, hosts=["proxy.golang.org"])
    assert beside.without_it == pytest.approx(alone.without_it, abs=0.01)


def test_of_a_run_that_hangs_what_it_had_done_is_the_least_it_would_have_taken(tmp_path):
    talk = opened().passes("3 s").request(46)
    talk.stays_silent("62 s", probing=("client", "server"))
    found = verdict(tmp_path, talk)
    assert found.status == "hung"
    assert found.without_it is None
    assert found.without_it_at_least == pytest.approx(3, rel=0.1)


def test_of_a_run_that_had_done_nothing_yet_it_is_not_known_and_said_so(tmp_path):
    talk = Conversation(server="198.51.100.5:443", rtt="2 ms").dns("proxy.golang.org", "198.51.100.5")
    found = verdict(tmp_path, talk.syns())
    assert found.cause == "tcp/syn-unanswered"
    assert found.without_it is None
    assert found.without_it_at_least is None
    assert "before anything" in str(found.without_it_how)


def test_a_command_that_was_told_no_is_asked_for_no_figure(tmp_path):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.client.synchronizes()
    talk.server.refuses()
    found = verdict(tmp_path, talk)
    assert found.cause == "tcp/refused"
    assert (found.without_it, found.without_it_at_least) == (None, None)


def test_what_sets_the_pace_of_all_that_moves_leaves_no_figure():
    from netanalyze.causes import causes
    from netanalyze.causes.command import OfCommand
    from netanalyze.diagnosis.group import Group
    from netanalyze.diagnosis.outcome import PACE, without_it

    class Seen(OfCommand):
        run, flows, lookups, start_ns, end_ns = None, (), (), 0, 10**10

    paces = [id_ for id_, cause in causes().items() if cause.paces]
    assert paces
    for cause in paces:
        found = without_it(Seen(), Group(cause, [], 3 * 10**9, False), "degraded", [], 3 * 10**9)
        assert (found.figure, found.at_least, found.how) == (None, None, PACE)

"""What arrives at this machine and is not heard by it, told from what never arrives and from what is lost once."""

import pytest

from captures.recipes import Conversation, Script
from captures.recipes.timeline import Timeline
from netanalyze.analyzer import Analyzer
from netanalyze.api import analyze
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.result import RunFacts

CAUSE = "local/ingress-dropped"


def verdict(tmp_path, *stories):
    """The verdict on these stories."""
    path = tmp_path / "talk.pcapng"
    path.write_bytes(Timeline(*stories).octets())
    return analyze([path], client="go").verdict


def talk(**where):
    """A connection that has been used once."""
    ttl = where.pop("ttl", 64)
    begun = Conversation(server="198.51.100.5:443", **where).dns("proxy.golang.org", "198.51.100.5")
    begun.client.ttl = ttl
    begun.handshake().opens().response("600 B")
    return begun


def goes_deaf(begun, repeats):
    """A request; its acknowledgment and the response are captured, and the response is sent again and again."""
    begun.request(46)
    start = len(begun.server.stream)
    begun.server.sends(begun.record(900))
    begun.server.backs_off(start, len(begun.server.stream), times=repeats, lost=False)
    return begun


def test_a_response_that_is_sent_again_and_again_and_never_acknowledged_was_not_heard(tmp_path):
    found = verdict(tmp_path, goes_deaf(talk(), 5).passes("10 s").link_is_alive())
    assert (found.cause, found.culprit.role, found.status) == (CAUSE, "client-host", "hung")
    assert found.seconds > 10


@pytest.mark.parametrize("repeats", [1, 2])
def test_one_or_two_repeats_are_chance(tmp_path, repeats):
    assert verdict(tmp_path, goes_deaf(talk(), repeats).passes("10 s").link_is_alive()).cause != CAUSE


def test_whoever_acknowledges_in_the_end_has_heard(tmp_path):
    begun = goes_deaf(talk(), 5)
    begun.client.acknowledges()
    assert verdict(tmp_path, begun.exits()).cause != CAUSE


def test_between_client_and_server_it_is_not_said_who_did_not_hear(tmp_path):
    assert verdict(tmp_path, goes_deaf(talk(ttl=60), 5).passes("10 s").link_is_alive()).cause != CAUSE


def ended_by_hand(tmp_path, story):
    """The verdict on a run that a person ended when the story was over."""
    path = tmp_path / "talk.pcapng"
    path.write_bytes(Timeline(story).octets())
    engine, diagnostics = Engine(mode="plain"), Diagnostics()
    analyzer = Analyzer(engine, diagnostics)
    with open_source([str(path)], diagnostics, engine) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    return analyzer.finish(story.now, RunFacts(("go", "mod", "download"), None, story.start_ns, story.now)).verdict


def test_where_nobody_can_tell_who_did_not_hear_it_is_said_what_was_not_acknowledged(tmp_path):
    found = ended_by_hand(tmp_path, goes_deaf(talk(ttl=60), 5).passes("30 s"))
    assert (found.status, found.cause) == ("hung", None)
    assert found.summary.startswith("Unexplained: what proxy.golang.org sends has not been acknowledged for ")


def test_a_run_that_a_person_ended_while_nothing_moved_is_not_healthy(tmp_path):
    story = Conversation(server="198.51.100.5:6379").handshake()
    story.client.sends(b"PING\r\n")
    story.server.acknowledges()
    found = ended_by_hand(tmp_path, story.passes("30 s"))
    assert (found.status, found.cause) == ("hung", None)
    assert found.attributes["unexplained"]


def test_where_either_side_may_be_the_recorders_it_is_not_said_loudly(tmp_path):
    found = verdict(tmp_path, goes_deaf(talk(hops=0, rtt="200 us"), 5).passes("10 s").link_is_alive())
    assert (found.cause, found.confidence) == (CAUSE, 0.6)
    assert "tcp/path-death" in {other.cause for other in found.alternatives}


def rounds(count, every="5.003 s", name="proxy.golang.org"):
    """The same name asked for again and again, and answered each time."""
    script = Script()
    for number in range(count):
        begun = script.now
        script.dns(name, "198.51.100.5")
        script.now = begun
        script.passes(every if number < count - 1 else "5 s")
    return script


def test_a_name_that_is_asked_for_again_by_the_timer_though_answered_was_not_heard(tmp_path):
    found = verdict(tmp_path, rounds(4).link_is_alive())
    assert (found.cause, found.culprit.role) == (CAUSE, "client-host")
    assert found.seconds > 14


def test_of_a_known_command_one_repeat_by_the_timer_tells(tmp_path):
    found = verdict(tmp_path, rounds(2).link_is_alive())
    assert found.cause == CAUSE
    assert found.confidence < 0.8


def test_a_name_that_is_merely_asked_for_again_is_nobodys_fault(tmp_path):
    assert verdict(tmp_path, rounds(4, every="3.2 s").link_is_alive()).cause != CAUSE


def test_of_no_known_command_a_name_asked_for_twice_says_nothing(tmp_path):
    path = tmp_path / "talk.pcapng"
    path.write_bytes(Timeline(rounds(2).link_is_alive()).octets())
    assert analyze([path], client="generic").verdict.cause is None


def test_a_client_that_connects_has_heard_the_answers(tmp_path):
    begun = Conversation(server="198.51.100.5:443", start=rounds(4).now).handshake().opens().fetches().exits()
    assert verdict(tmp_path, rounds(4), begun).cause is None

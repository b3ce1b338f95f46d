"""What arrives at this machine and is not heard by it, told from what never arrives and from what is lost once."""

import pytest

from captures.recipes import Conversation, Script, frames
from captures.recipes.timeline import Timeline
from netanalyze.analyzer import Analyzer
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.result import RunFacts
from tests.rules.results import story

CAUSE = "local/ingress-dropped"


def verdict(tmp_path, *stories, client="go"):
    """The verdict on these stories."""
    return story(Timeline(*stories), tmp_path / "talk.pcapng", client=client).verdict


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
    assert str(found.summary).startswith("Unexplained: what proxy.golang.org sends has not been acknowledged for ")


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


def rounds(count, every="5.003 s", name="proxy.golang.org", **where):
    """The same name asked for again and again, and answered each time."""
    script = Script(**where)
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
    assert story(Timeline(rounds(2).link_is_alive()), tmp_path / "talk.pcapng", client="generic").verdict.cause is None


def test_a_client_that_connects_has_heard_the_answers(tmp_path):
    begun = Conversation(server="198.51.100.5:443", start=rounds(4).now).handshake().opens().fetches().exits()
    assert verdict(tmp_path, rounds(4), begun).cause is None


def damaged(script, sender, count=1 << 62):
    """The first datagrams of a sender with another checksum than they must have."""
    for at, (when, octets) in enumerate(script.frames):
        header = 14 + (20 if octets[12:14] == b"\x08\0" else 40)
        if octets[6:12] == sender and octets[header : header + 4].count(b"\0\x35") and count:
            script.frames[at] = when, octets[: header + 6] + b"\x12\x34" + octets[header + 8 :]
            count -= 1
    return script


HERE, THERE = (bytes.fromhex(mac.replace(":", "")) for mac in (frames.CLIENT_MAC, frames.GATEWAY_MAC))
V6 = {"client": "[2001:db8::10]:0", "resolver": "2001:db8::53"}


@pytest.mark.parametrize("where", [{}, V6], ids=["IPv4", "IPv6"])
def test_an_answer_with_a_wrong_checksum_is_thrown_away_by_whoever_gets_it_and_by_no_firewall(tmp_path, where):
    found = verdict(tmp_path, damaged(rounds(4, **where), THERE).link_is_alive())
    assert (found.cause, found.culprit.role, found.attributes["direction"]) == ("tcp/bad-checksum", "resolver", "down")
    assert "checksum is wrong" in str(found.proof)
    assert found.seconds > 14


def test_where_whole_answers_are_not_heard_either_a_checksum_explains_nothing(tmp_path):
    assert verdict(tmp_path, damaged(rounds(4), THERE, count=2).link_is_alive()).cause == CAUSE


def test_what_this_machine_asks_may_have_its_checksum_filled_in_by_its_card(tmp_path):
    assert verdict(tmp_path, damaged(rounds(4), HERE).link_is_alive()).cause == CAUSE


@pytest.mark.parametrize(("ttl", "cause"), [(61, "tcp/bad-checksum"), (64, "dns/resolver-unanswered")])
def test_queries_that_are_damaged_on_their_way_are_not_answered(tmp_path, ttl, cause):
    script = Script()
    script.asks("db.example.org", port=40001)
    for wait in ("5 s", "5 s"):
        question = script.frames[0][1]
        script.passes(wait).adds(script.now, question)
    other = talk(ttl=ttl).exits()  # by which one can tell where the recorder was
    damaged(script, HERE).passes("6 s").link_is_alive()
    assert verdict(tmp_path, other, script, client="generic").cause == cause

"""What a capture lacks is concluded from what it has: a handshake that must have been, an answer that was used, a last word."""

import pytest

from captures.recipes import Conversation, Script
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from netanalyze.wire.layers import ACK, FIN, RST, SYN
from tests.rules.ordinary import ADDRESS, NAME, clear, greets, lines
from tests.rules.results import story

FLAGS = 14 + 20 + 13


def result(tmp_path, *stories, keep=None):
    """The analysis of stories that share a clock, of which the capture holds the frames that ``keep`` says."""
    return story(Timeline(*stories, keep=keep), tmp_path / "talk.pcapng")


def verdict(tmp_path, *stories, keep=None):
    """Its verdict."""
    return result(tmp_path, *stories, keep=keep).verdict


def database(talk):
    """Greeting, log-in, a query, and six seconds later the client's farewell."""
    greets(talk, b"J\0\0\0\x0a8.0.36\0" + bytes(60))
    lines(talk, (bytes(120), b"\x07\0\0\x02\0\0\0\x02\0\0\0"), (b"\x09\0\0\0\x03SELECT 1", bytes(60)))
    talk.passes("6 s").client.sends(b"\x01\0\0\0\x01")
    talk.server.acknowledges()
    return talk.both_close()


def is_syn_ack(octets):
    return octets[23] == 6 and octets[FLAGS] & (SYN | ACK) == SYN | ACK


def test_a_syn_whose_answer_is_not_in_the_capture_was_answered_where_the_conversation_went_on(tmp_path):
    talk = database(clear("198.51.100.8:3306", "db.example.org"))
    assert verdict(tmp_path, talk, keep=lambda _, octets: not is_syn_ack(octets)).status == "healthy"


def test_a_client_that_closes_had_its_syn_answered(tmp_path):
    """FTP opens a connection for data that it then does not need; of it the capture lacks the SYN-ACK."""
    talk = clear("198.51.100.8:20021", "files.example.org")
    talk.client.closes()
    talk.passes("20 ms").server.resets()
    assert verdict(tmp_path, talk, keep=lambda _, octets: not is_syn_ack(octets)).cause is None


def test_a_reset_is_a_refusal_where_the_client_had_said_nothing_but_its_syn(tmp_path):
    talk = Conversation(server="198.51.100.8:20021")
    talk.client.synchronizes()
    talk.server.refuses()
    assert verdict(tmp_path, talk).cause == "tcp/refused"


def asked(after):
    """A lookup of which the capture lacks the answer for A, and the conversation that begins so much later."""
    script = Script()
    script.asks(NAME, "A", edns=False, port=33000)
    quad = script.asks(NAME, "AAAA", edns=False, port=33000)
    script.answers(quad)
    talk = Conversation(server="198.51.100.8:3306", start=script.passes(after).now).handshake()
    return script, database(talk)


def test_whoever_connects_at_once_had_the_answer_that_the_capture_lacks(tmp_path):
    assert verdict(tmp_path, *asked("1 ms")).status == "healthy"


def test_a_connection_that_begins_later_shows_no_answer(tmp_path):
    assert verdict(tmp_path, *asked("400 ms")).cause == "dns/one-family-unanswered"


def two_ports(after):
    """A client that dials a second port of its server, which refuses, so long after the first."""
    talk = Conversation(server="198.51.100.8:445")
    other = Conversation(client="192.0.2.10:51001", server="198.51.100.8:139", start=talk.passes("1 us").now)
    talk.handshake()
    lines(talk, (bytes(200), bytes(300)), (bytes(90), bytes(90)))
    other.passes(after).client.synchronizes()
    other.server.refuses()
    return talk.both_close(), other


def test_of_two_ports_dialled_at_once_one_is_enough(tmp_path):
    assert verdict(tmp_path, *two_ports("5 ms")).status == "healthy"


def test_a_port_dialled_when_the_first_had_long_answered_is_refused(tmp_path):
    assert verdict(tmp_path, *two_ports("4 s")).cause == "tcp/refused"


def reset_after_a_query(farewell):
    """A server that answers a query and four seconds later resets the connection, which lay idle; the answer's octets."""
    talk = clear("198.51.100.8:3306", "db.example.org")
    greets(talk, bytes(70))
    lines(talk, (bytes(120), bytes(11)), (b"\x09\0\0\0\x03SELECT 1", farewell))
    talk.passes("4 s").server.resets()
    return talk


def test_a_last_word_that_the_capture_lacks_was_heard_all_the_same(tmp_path):
    """The client acknowledged what the file does not hold; so the reset broke nothing off."""
    talk = reset_after_a_query(bytes(61))
    found = verdict(tmp_path, talk, keep=lambda _, octets: len(octets) != 14 + 20 + 32 + 61)
    assert found.status == "healthy"


def test_a_reset_in_the_place_of_an_answer_is_named(tmp_path):
    talk = clear("198.51.100.8:3306", "db.example.org")
    greets(talk, bytes(70))
    lines(talk, (bytes(120), bytes(11)))
    talk.client.sends(b"\x09\0\0\0\x03SELECT 1")
    talk.server.acknowledges()
    talk.passes("4 s").server.resets()
    assert verdict(tmp_path, talk).cause == "tcp/reset"


def test_of_a_flow_joined_late_the_client_is_who_has_a_clients_port(tmp_path):
    """The first frame left is the server's, and its port is no well-known one."""
    talk = clear(f"{ADDRESS}:8080")
    talk.get("/no", NAME, agent="Fetch/1")
    begins = talk.now
    talk.replies("403 Forbidden", b"no")
    found = verdict(
        tmp_path, talk.both_close(), keep=lambda at, octets: at > begins and octets[FLAGS] & (FIN | RST | ACK)
    )
    assert (found.cause, found.culprit.address) == ("http/error-status", ADDRESS)


def camera(answer):
    """RTSP, of which the second request gets no answer for nine seconds, or one; then the client closes."""
    talk = clear("198.51.100.9:554", "cam.example.org")
    lines(talk, (b"OPTIONS rtsp://cam/live RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"))
    talk.client.sends(b"DESCRIBE rtsp://cam/live RTSP/1.0\r\nCSeq: 2\r\n\r\n")
    talk.server.acknowledges()
    if answer:
        greets(talk, b"RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n")
    return talk.passes("9 s").both_close()


def test_what_begins_like_http_and_is_none_owes_its_answers_too(tmp_path):
    assert verdict(tmp_path, camera(answer=True)).status == "healthy"
    found = verdict(tmp_path, camera(answer=False))
    assert (found.status, found.cause) == ("hung", None)


@pytest.mark.parametrize("answer", ["refuses", "nothing"])
def test_of_two_addresses_without_a_name_the_first_may_be_one_that_failed_for_both(answer, tmp_path):
    """With the lookup in the capture it is one name, that the second address served."""
    found = {}
    for next_port in (443, 8443):
        first = Conversation(server="198.51.100.6:443")
        first.syns(1 if answer == "refuses" else 5, lost=answer != "refuses")
        if answer == "refuses":
            first.server.refuses()
        second = Conversation(client="192.0.2.10:51002", server=f"198.51.100.5:{next_port}", start=first.now)
        second.passes("200 ms").handshake().opens(sni="a.example.test", go="another").fetches().exits()
        findings = result(tmp_path, first, second).findings
        found[next_port] = {f.cause: f.confidence for f in findings}
    cause = "tcp/refused" if answer == "refuses" else "tcp/syn-unanswered"
    assert found[443][cause] <= 0.7 < 0.8 <= found[8443][cause]


def test_a_handshake_is_over_for_whoever_speaks_once_more_than_it_asks_for(tmp_path):
    """The snap length hides what each record is."""
    talk = Conversation(server="198.51.100.5:443").handshake().opens()
    talk.response("9 kB")
    talk.request(46).stays_silent("60 s")
    path = tmp_path / "cut.pcapng"
    path.write_bytes(Timeline(talk, snapshot=68).octets())
    assert "tls/server-flight-incomplete" not in {f.cause for f in analyze([path]).findings}


def test_a_question_that_nobody_asks_again_was_answered(tmp_path):
    """Whoever waits for an answer asks again after five seconds."""
    found = []
    for times in (1, 2):
        script = Script()
        for _ in range(times):
            four, _six = script.asks_both(NAME)
            script.answers(four, ("A", ADDRESS.partition(":")[0]))
            script.passes("5 s")
        found.append({f.cause for f in result(tmp_path, script.passes("10 s").link_is_alive()).findings})
    assert ["dns/one-family-unanswered" in causes for causes in found] == [False, True]

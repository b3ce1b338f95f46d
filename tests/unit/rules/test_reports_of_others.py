"""Faults as people report them, each beside what looks nearly so: answers that come to nobody, late, or from a far side that
has forgotten the connection."""

from captures.recipes import Conversation, Script, frames, names

MYSQL = b"\x4a\0\0\0\x0a8.0.36\0" + bytes(66)
HEAD = "GET {} HTTP/1.1\r\nHost: api.example.test\r\nUser-Agent: {}\r\n\r\n"


def asked(server="198.51.100.20:5432", **how):
    """A connection on which a question of an unread protocol was answered."""
    talk = Conversation(server=server, rtt="3 ms", **how)
    talk.handshake()
    talk.client.sends(b"\x01question")
    talk.server.sends(b"\x02answer")
    talk.client.acknowledges()
    return talk


def elsewhere(after="300 ms"):
    """Another program's healthy errand."""
    talk = Conversation("192.0.2.10:40222", "203.0.113.200:80")
    talk.passes(after)
    talk.handshake().get("/check", "updates.example.test", agent="Updater/2")
    talk.replies("204 No Content")
    return talk.both_close()


def test_a_reset_without_ack_answers_what_was_asked_after_a_pause(verdict):
    talk = asked().passes("421 s")
    talk.client.sends(b"\x01question")
    talk.server.forged_reset(53, after="600 us")
    assert (verdict(talk).status, verdict(talk).cause) == ("failed", "tcp/reset")


def test_a_reset_that_acknowledges_less_may_have_crossed_the_question(verdict):
    talk = asked().passes("421 s")
    heard = talk.client.next
    talk.client.sends(b"\x01question")
    talk.server.forged_reset(53, acknowledging=heard, after="600 us")
    assert verdict(talk).cause != "tcp/reset"


def too_big(obeyed):
    talk = Conversation(server="198.51.100.109:22")
    talk.handshake()
    talk.server.sends(b"SSH-2.0-OpenSSH_9.2\r\n")
    talk.client.sends(b"SSH-2.0-OpenSSH_9.6\r\n")
    (start, end), _ = talk.client.sends(1536, lost=[0])
    talk.icmp_error(talk.frames[-2][1], 3, 4, mtu=1400)
    talk.server.acknowledges()  # the line before, and not what ICMP speaks of
    if obeyed:
        talk.client.resends(start, start + 1348)
        talk.client.resends(start + 1348, end)
        talk.server.acknowledges()
        talk.server.sends(1080)
        talk.client.acknowledges()
        return talk.both_close()
    talk.client.backs_off(start, end, times=6)
    return talk.passes("3 s")


def test_an_acknowledgment_of_earlier_octets_heeds_no_icmp(verdict):
    found = verdict(too_big(obeyed=False))
    assert (found.status, found.cause) == ("hung", "tcp/mtu-signalled")


def test_one_of_the_octets_themselves_does(verdict):
    assert verdict(too_big(obeyed=True)).status == "healthy"


def refused():
    talk = Conversation(server="198.51.100.116:389")
    talk.syns(1, lost=False)
    talk.server.refuses()
    return talk


def test_another_program_s_errand_makes_no_refusal_good(verdict):
    found = verdict(refused(), elsewhere())
    assert (found.status, found.cause) == ("failed", "tcp/refused")


def test_the_same_server_that_serves_in_the_end_does(verdict):
    later = Conversation("192.0.2.10:51001", "198.51.100.116:389")
    later.passes("1 s")
    later.handshake()
    later.client.sends(b"\x01question")
    later.server.sends(b"\x02answer")
    later.client.acknowledges()
    later.both_close()
    assert verdict(refused(), later, elsewhere()).cause != "tcp/refused"


def test_a_request_that_names_another_program_is_another_s(verdict):
    talk = Conversation(server="198.51.100.71:8443")
    talk.handshake().get("/v1", "vault.example.test:8443", agent="curl/8.5.0")
    talk.server.sends(bytes.fromhex("15030100020246"))
    talk.server.closes(unasked=True)
    talk.client.closes()
    found = verdict(talk, elsewhere())
    assert (found.status, found.cause, found.attributes["spoke"]) == ("failed", "tcp/early-close", "http")


def greets(after):
    talk = Conversation(server="198.51.100.107:3306")
    talk.handshake().passes(after)
    talk.server.sends(MYSQL)
    talk.client.sends(80)
    talk.server.sends(b"\7\0\0\2\0\0\0\2\0\0\0")
    talk.client.sends(b"\1\0\0\0\1")
    return talk.both_close()


def test_a_server_that_speaks_first_and_takes_ten_seconds_is_late(verdict):
    found = verdict(greets("10 s"))
    assert (found.status, found.cause) == ("degraded", "http/response-late")


def test_one_that_takes_a_second_is_not(verdict):
    assert verdict(greets("1 s")).status == "healthy"


def test_ssh_s_first_line_is_owed(verdict):
    talk = Conversation(server="198.51.100.74:22")
    talk.handshake()
    talk.client.sends(b"SSH-2.0-OpenSSH_9.6\r\n")
    talk.server.acknowledges()
    talk.passes("120 s").client.closes()
    talk.server.acknowledges()
    assert verdict(talk).cause == "http/response-missing"


def test_a_server_of_nobody_knows_what_owes_no_first_line(verdict):
    talk = Conversation(server="198.51.100.74:7000")
    talk.handshake()
    talk.client.sends(b"\x01hello\r\n")
    talk.server.acknowledges()
    talk.passes("120 s").client.closes()
    talk.server.acknowledges()
    assert verdict(talk).cause is None


def told_to_wait(status, rest):
    talk = Conversation(server="198.51.100.80:80")
    talk.handshake().get("/simple/", "api.example.test", agent="tool/1")
    talk.replies(status, b"slow down", retry_after="30")
    talk.passes(rest).get("/simple/", "api.example.test", agent="tool/1")
    talk.replies("200 OK", b"x" * 900)
    return talk.both_close()


def test_the_rest_after_a_429_is_the_429_s(verdict):
    found = verdict(told_to_wait("429 Too Many Requests", "30 s"))
    assert (found.status, found.cause, found.attributes["status"]) == ("degraded", "http/error-status", 429)


def test_the_rest_after_an_answer_is_nobody_s(verdict):
    assert verdict(told_to_wait("200 OK", "30 s")).status == "healthy"


def test_a_rest_before_the_last_question_is_no_end(verdict):
    talk = told_to_wait("200 OK", "30 s")
    talk.frames = [(at, octets.replace(b"tool/1", b"pip/24")) for at, octets in talk.frames]
    assert verdict(talk).status == "healthy"


def crossing(again):
    talk = Conversation(server="198.51.100.105:80", rtt="30 ms")
    talk.handshake().get("/a", "api.example.test", agent="tool/1")
    talk.replies("200 OK", b"ok")
    talk.passes("75 s").client.sends(HEAD.format("/b", "tool/1").encode())
    talk.server.closes(unasked=True)
    talk.client.acknowledges()
    talk.server.refuses()
    if not again:
        return (talk,)
    other = Conversation("192.0.2.10:51001", "198.51.100.105:80", start=talk.now)
    other.handshake().get("/b", "api.example.test", agent="tool/1")
    other.replies("200 OK", b"ok")
    return talk, other.both_close()


def test_a_request_that_met_the_close_of_an_idle_connection_and_was_not_made_again_has_failed(verdict):
    found = verdict(*crossing(again=False))
    assert (found.status, found.cause) == ("failed", "tcp/early-close")


def test_one_that_was_made_again_has_not(verdict):
    assert verdict(*crossing(again=True)).status == "healthy"


def answered_from(address, identifier=None):
    """Four queries, and answers to them from an address."""
    story = Script("10.244.1.7:40000", resolver="10.96.0.10")
    for port in (41000, 41001):
        question = story.asks("redis.default.svc.cluster.test", edns=False, port=port)
        answer = names.response(
            identifier or question.identifier, question.name, "A", [("A", "10.244.9.9")], edns=False
        )
        story.adds(story.now + 900_000, frames.udp(False, (address, 53), ("10.244.1.7", port), 62, 9, answer))
        story.passes("5 s")
    return story


def test_an_answer_from_who_was_not_asked_is_unusable(verdict):
    found = verdict(answered_from("10.244.0.3"))
    assert (found.cause, found.attributes["answered_by"]) == ("dns/answer-unusable", "10.244.0.3")


def test_another_query_s_answer_from_elsewhere_tells_nothing_of_this_one(verdict):
    assert verdict(answered_from("10.244.0.3", identifier=7)).cause == "dns/resolver-unanswered"


def hello_in_vain(repeats_syn_ack):
    talk = Conversation(server="198.51.100.103:443")
    talk.handshake()
    (cut,) = talk.client_hello(sni="app.example.test", go="another", lost=True, acknowledged=False)
    wait = 205_000_000
    for index in range(6):
        talk.passes(wait)
        talk.client.resends(*cut, lost=True)
        if repeats_syn_ack and index > 1:
            talk.server.synchronizes(acknowledging=True)
            talk.client.acknowledges(lost=True)
        wait *= 2
    return talk


def test_a_server_that_goes_on_answering_the_syn_has_not_even_taken_the_ack(verdict):
    filtered, full = verdict(hello_in_vain(False)), verdict(hello_in_vain(True))
    assert filtered.confidence >= 0.9
    assert full.confidence <= 0.5
    assert "SYN-ACK" in str(full.alternatives)

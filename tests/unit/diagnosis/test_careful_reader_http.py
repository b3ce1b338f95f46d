"""What the order, the times and the lengths of records say of requests and responses, and what they do not."""

import pytest

from captures.recipes import Conversation
from netanalyze.findings import Frames

PROXY, STORE = "198.51.100.5", "198.51.100.50"
TLS_RECORD = 5 + 17
"""Octets a record of TLS 1.3 is longer than its content: header, content type, tag."""


def connected(name="proxy.golang.org", address=PROXY, **how):
    """A connection on which the first request lies open."""
    return Conversation(server=f"{address}:443", **how).dns(name, address).handshake().opens(name)


def cut_body(talk, octets=40_000):
    """The beginning of a response, which ends nowhere one could tell."""
    talk.server.sends(talk.record(88))
    cuts = talk.streams(talk.body(octets, ends=False))
    talk.consumes(octets)
    return cuts


def findings(found, cause):
    return [finding for finding in found.findings if finding.cause == cause]


def test_what_arrives_sooner_than_a_round_trip_after_a_request_does_not_answer_it(result):
    talk = connected(rtt="40 ms")
    talk.fetches("1200 B").request(46)
    talk.server.sends(talk.record(88))
    halves = talk.body(30_000, ends=False), talk.body(10_000, ends=False)
    talk.streams(halves[0])
    talk.client.sends(talk.record(46))  # the rest of the body is under way
    asked = len(talk.frames)
    talk.passes("5 ms")
    talk.server.sends(halves[1], unasked=True)
    talk.client.acknowledges()
    talk.server.acknowledges()
    talk.stays_silent("62 s", probing=("client", "server"))
    found = result(talk)
    assert found.verdict.cause == "http/response-missing"
    assert found.verdict.proof[0][0] == Frames(asked)


def test_a_body_counts_its_own_octets_and_cites_its_last_one(result):
    talk = connected()
    talk.fetches("1200 B").request(46)
    cut_body(talk)
    talk.stays_silent("62 s", probing=("client", "server"))
    talk.exits()  # its close_notify is no part of a body
    (stalled,) = findings(result(talk), "http/body-stalled")
    sent = 2 * (TLS_RECORD + 88) + TLS_RECORD + 9 + 1200  # both heads, the first body
    sent += sum(TLS_RECORD + 9 + min(4096, 40_000 - at) for at in range(0, 40_000, 4096))
    assert stalled.quantities["octets"] == sent
    last, taken = (int(evidence.ref) for evidence in stalled.evidence[:2])
    assert taken > last
    frames = sorted(talk.frames, key=lambda frame: frame[0])
    from_server = bytes.fromhex("c6336405")
    assert frames[last - 1][1][26:30] == from_server
    assert frames[taken - 1][1][30:34] == from_server


def test_a_command_that_asks_elsewhere_at_once_had_the_whole_of_the_response_before(result):
    def run(pause):
        first = connected()
        first.response("1200 B")
        second = connected("storage.googleapis.com", STORE, client="192.0.2.10:51002", start=first.now + 5_000_000)
        cut_body(second)
        first.now = second.now
        first.passes(pause)
        first.request(46, acknowledged=False)
        first.client.backs_off(first.client.next - 68, first.client.next, 6)
        second.now = first.now
        second.exits()
        return result(first, second, client="go")

    assert not findings(run("20 ms"), "http/body-stalled")
    assert findings(run("30 s"), "http/body-stalled")


def test_records_whose_headers_were_cut_off_are_not_said_to_be_whole_and_short(result):
    def told(**options):
        talk = connected()
        talk.fetches("1200 B").request(46)
        cut_body(talk, 200_000)
        talk.stays_silent("62 s", probing=("client", "server"))
        (stalled,) = findings(result(talk, **options), "http/body-stalled")
        return stalled

    whole, cut = told(), told(snapshot=300)
    assert "the last record is whole" in str(whole.evidence[0].shows)
    assert "not in the capture" in str(cut.evidence[0].shows)
    assert cut.confidence <= whole.confidence


def test_the_acknowledgment_cited_is_one_of_the_request(result):
    talk = connected()
    talk.stays_silent("62 s", probing=("client", "server"))
    (missing,) = findings(result(talk), "http/response-missing")
    cited = {str(evidence.shows): int(evidence.ref) for evidence in missing.evidence if evidence.kind == "frame"}
    frames = sorted(talk.frames, key=lambda frame: frame[0])
    asked = next(number for shows, number in cited.items() if shows.startswith("the request: "))
    acknowledged = cited["the request is acknowledged"]
    number = int.from_bytes(frames[asked - 1][1][38:42]) + len(frames[asked - 1][1]) - 66
    assert int.from_bytes(frames[acknowledged - 1][1][42:46]) >= number & 0xFFFFFFFF


def test_a_word_on_a_connection_that_was_there_before_wants_no_answer_that_one_knew_of(result):
    def waits(begun, answering):
        talk = Conversation(server="198.51.100.70:5050")
        talk.handshake()
        talk.server.sends(b"hello")
        talk.client.acknowledges()
        before = talk.now
        talk.passes("2 s")
        if answering:
            talk.client.sends(b"who")
            talk.server.sends(b"me")
            talk.client.acknowledges()
            talk.passes("2 s")
        talk.client.sends(b"still here")
        talk.server.acknowledges()
        talk.passes("25 s").dns("later.example.org", "198.51.100.71")
        found = result(talk, keep=None if begun else lambda at, octets: at > before)
        stalls = found.stalls
        return [
            stalls.waiting_for[at] for at in range(len(stalls)) if stalls.end_ns[at] - stalls.start_ns[at] > 20 * 10**9
        ]

    assert waits(begun=False, answering=False) == ["request"]
    assert waits(begun=False, answering=True) == ["response"]


def test_work_before_the_first_request_is_not_said_to_follow_an_answer(result):
    def limits(*pauses):
        start = Conversation(server=f"{PROXY}:443")
        start.link_is_alive()
        before, after = pauses
        start.passes(before)
        talk = connected(start=start.now)
        talk.response("1200 B")
        talk.passes(after)
        talk.request(46)
        talk.response("1200 B")
        talk.exits()
        return [str(limit.text) for limit in result(start, talk).verdict.limits]

    assert any("before the first thing asked" in limit for limit in limits("900 ms", "10 ms"))
    assert any("between an answer and the next thing" in limit for limit in limits("10 ms", "900 ms"))


def test_few_waits_of_different_length_have_no_rule(result):
    talk = connected()
    for wait in ("900 ms", "100 ms"):
        talk.request(46)
        talk.passes(wait)
        talk.response("1200 B")
    talk.exits()
    told = " ".join(str(limit.text) for limit in result(talk).verdict.limits)
    assert "20 ms to 921 ms each" in told
    assert "as a rule" not in told


URL = "https://proxy.golang.org/example.com/m/@v/v1.0.0.zip"


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ("http/goaway", f'read "{URL}": http2: server sent GOAWAY and closed the connection; LastStreamID=5'),
        ("http/stream-reset", f'read "{URL}": stream error: stream ID 5; INTERNAL_ERROR; received from peer'),
        ("http/error-status", f"reading {URL}: 500 Internal Server Error"),
    ],
)  # fmt: skip
def test_an_error_is_laid_on_the_connection_that_answered_not_on_a_surplus_one(result, cause, error):
    working = connected()
    surplus = Conversation(server=f"{PROXY}:443", client="192.0.2.10:51002", start=working.now - 60_000_000)
    surplus.handshake()
    surplus.client_hello()
    surplus.server_flight()
    surplus.client.closes()
    surplus.server.closes()
    surplus.client.acknowledges()
    working.fetches("1200 B", "1200 B")
    answered = len(working.frames) + len(surplus.frames)
    working.passes("5 ms")
    working.client.closes()
    working.server.sends(working.close_notify())
    (found,) = findings(result(working, surplus, client="go", trace=f"go: example.com/m@v1.0.0: {error}\n"), cause)
    frames = [int(evidence.ref) for evidence in found.evidence if evidence.kind == "frame"]
    assert found.flow_id == 2  # behind both lookups
    assert len(frames) == 1
    assert frames[0] <= answered or cause != "http/error-status"  # a close_notify is no answer


def test_what_the_proxy_acknowledged_the_server_may_never_have_got(result):
    talk = Conversation(server="198.51.100.80:3128").dns("proxy.corp.test", "198.51.100.80")
    talk.handshake().connect_request()
    talk.server.sends(b"HTTP/1.1 200 Connection established\r\n\r\n")
    talk.client_hello()
    talk.passes("10 s")
    talk.client.closes()
    talk.server.acknowledges()
    found = result(talk, client="go")
    (missing,) = findings(found, "tls/server-hello-missing")
    assert str(missing.message).startswith("proxy.corp.test took the ClientHello for proxy.golang.org")
    assert "proxy" in str(found.verdict.where)
    assert "-x http://proxy.corp.test:3128 https://proxy.golang.org/ " in found.verdict.verify.command


def test_a_certificate_that_one_connection_took_is_not_turned_down_on_another(result):
    def surplus(talk):
        """Finished and close_notify at once, as of a connection that came second; the server's FIN before the client's."""
        talk.handshake()
        talk.client_hello()
        talk.server_flight()
        talk.client_finished(preface=False)
        talk.client.sends(talk.close_notify())
        talk.server.closes(unasked=True)
        talk.client.closes()
        talk.server.acknowledges()
        return talk

    name = Conversation(server=f"{PROXY}:443").dns("proxy.golang.org", PROXY)
    alone = surplus(Conversation(server=f"{PROXY}:443", client="192.0.2.10:51002", start=name.now))
    assert findings(result(name, alone), "tls/certificate-rejected")
    working = connected(client="192.0.2.10:51004")
    working.fetches("1200 B").exits()
    beside = surplus(Conversation(server=f"{PROXY}:443", client="192.0.2.10:51002", start=working.frames[4][0]))
    assert not findings(result(working, beside), "tls/certificate-rejected")


def test_a_handshake_that_is_refused_is_looked_at_before_anything_is_renewed(result):
    talk = Conversation(server=f"{PROXY}:443").dns("proxy.golang.org", PROXY).handshake()
    talk.client_hello()
    talk.server.sends(bytes([21, 3, 3, 0, 2, 2, 40]))
    talk.server.closes(unasked=True)
    talk.client.closes()
    verdict = result(talk, client="generic").verdict
    assert (verdict.cause, verdict.attributes["alert"]) == ("tls/alert", "handshake_failure")
    renew = next(at for at, step in enumerate(verdict.fix) if str(step.text).startswith("Renew"))
    assert renew == len(verdict.fix) - 1
    assert verdict.fix[0].command


def test_one_query_without_an_answer_is_cited_once(result):
    talk = Conversation(server=f"{PROXY}:443")
    talk.asks("proxy.golang.org")
    talk.passes("6 s").link_is_alive()
    (silent,) = findings(result(talk), "dns/resolver-unanswered")
    cited = [evidence.ref for evidence in silent.evidence]
    assert len(cited) == len(set(cited)) == 1

"""Nobody is said to have been silent whose words only the capture lacks: an extract, a filter, a recorder that lost frames."""

import pytest

from captures.recipes import Conversation, Script
from captures.recipes.pcapng import pcapng
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from netanalyze.units import SECOND_NS
from tests.rules.ordinary import browses, clear, secure
from tests.rules.results import CAPTURES
from tests.rules.variants import timeline

CLIENT_MAC = bytes.fromhex("02000000000a")
FLAGS, HEADERS = 14 + 20 + 13, 14 + 20


def payload(octets):
    """Octets of payload in an IPv4 frame that bears TCP."""
    if octets[23] != 6:
        return 0
    return int.from_bytes(octets[16:18], "big") - 20 - (octets[HEADERS + 12] >> 4) * 4


def of(client, octets):
    """Whether a frame is the client's, or the server's, and bears octets of the stream."""
    return (octets[6:12] == CLIENT_MAC) is client and payload(octets) > 0


def verdict(tmp_path, talk, keep):
    """The verdict on the frames of a story that ``keep`` says, by their number and octets."""
    path = tmp_path / "extract.pcapng"
    numbered = iter(range(1, len(talk.frames) + 1))
    path.write_bytes(Timeline(talk, keep=lambda _, octets: keep(next(numbered), octets)).octets())
    return analyze([path]).verdict


def test_a_farewell_behind_a_response_that_was_not_captured_is_no_alert(tmp_path):
    talk = secure("198.51.100.5:443", "api.example.org", alpn=("http/1.1",))
    talk.request(200)
    response = len(talk.frames)
    for content in (200, 900):
        talk.server.sends(talk.record(content))
        talk.client.acknowledges()
    farewell = len(talk.frames)
    talk.server.sends(talk.close_notify())
    talk.server.closes()
    talk.client.closes()
    talk.server.acknowledges()
    lost = range(response + 1, farewell + 1)
    assert verdict(tmp_path, talk, lambda number, octets: number not in lost or of(True, octets)).cause != "tls/alert"


def numbers(talk, client):
    """The numbers of the frames in which one side says something."""
    return [number for number, (_, octets) in enumerate(talk.frames, 1) if of(client, octets)]


def page():
    """One page over HTTP/2, and the client closes."""
    return browses().both_close()


def test_a_certificate_was_not_turned_down_where_the_capture_lacks_what_the_client_said_next(tmp_path):
    talk = page()
    _hello, *rest = numbers(talk, client=True)
    found = verdict(tmp_path, talk, lambda number, _: number not in rest)
    assert (found.status, found.cause) == ("healthy", None)
    assert found.confidence <= 0.5
    assert any("lacks much of what was said" in str(limit.text) for limit in found.limits)


def test_it_was_where_nothing_is_lacking(tmp_path):
    talk = clear("198.51.100.5:443")
    talk.client_hello("app.example.org", go="another")
    talk.server_flight()
    talk.both_close()
    assert verdict(tmp_path, talk, lambda *_: True).cause == "tls/certificate-rejected"


def silent_server(answered):
    """A ClientHello, and nothing for 12 s but the client's close; ``answered``: the server had said all it had to."""
    talk = page() if answered else Conversation().handshake()
    if not answered:
        talk.client_hello()
    talk.passes("12 s").link_is_alive()
    return talk


def test_a_server_whose_octets_were_acknowledged_was_not_silent(tmp_path):
    talk = silent_server(answered=True)
    found = verdict(tmp_path, talk, lambda number, _: number not in numbers(talk, client=False))
    assert found.cause is None
    assert verdict(tmp_path, silent_server(answered=False), lambda *_: True).cause == "tls/server-hello-missing"


@pytest.mark.parametrize(("lost", "cause"), [(0, "http/response-late"), (1, None)])
def test_an_answer_of_which_the_first_part_came_unseen_was_not_late(tmp_path, lost, cause):
    """The head of a response, and its body 9 s later: late is only what had not begun."""
    talk = secure(alpn=("http/1.1",))
    talk.client.sends(talk.record(300))
    talk.server.acknowledges()
    if lost:
        talk.server.sends(talk.record(400))
        talk.client.acknowledges()
    head = len(talk.frames) - 1 if lost else 0
    talk.passes("9 s").server.sends(talk.record(900))
    talk.client.acknowledges()
    assert verdict(tmp_path, talk.both_close(), lambda number, _: number != head).cause == cause


def test_a_reset_by_a_client_that_had_spoken_gives_no_dial_up(tmp_path):
    """Only SYN, FIN and RST were captured; the number of the RST tells that 1.5 kB went before it."""
    first, second = page(), Conversation(client="192.0.2.10:51002")
    second.handshake()
    second.client_hello()
    second.client.resets()
    path = tmp_path / "extract.pcapng"
    path.write_bytes(Timeline(first, second, keep=lambda _, o: o[23] != 6 or o[FLAGS] & 7).octets())
    assert analyze([path]).verdict.cause != "tcp/dial-abandoned"


def lookups(tmp_path, other):
    """The causes found where the first query of a socket is answered by what fits a query that the capture lacks."""
    path, script = tmp_path / "pair.pcapng", Script()
    script.asks("app.example.org", "A", edns=False, port=33000)
    lacking = script.asks(other, "AAAA", edns=False, port=33000)
    missing = len(script.frames) - 1
    script.passes("9 ms").answers(lacking)
    script.passes("6 s").asks("later.example.org", "A", edns=False, port=33001)
    frames = script.frames[:missing] + script.frames[missing + 1 :]
    path.write_bytes(pcapng(frames))
    return {finding.cause for finding in analyze([path]).findings}


def test_the_answer_to_the_other_family_is_none_that_does_not_fit_where_the_capture_lacks_its_query(tmp_path):
    assert "dns/answer-unusable" not in lookups(tmp_path, "app.example.org")
    assert "dns/answer-unusable" in lookups(tmp_path, "another.example.org")


@pytest.mark.parametrize("begun", [True, False])
def test_a_status_whose_request_the_capture_lacks_is_not_told_as_surely(tmp_path, begun):
    talk = clear("198.51.100.5:80")
    talk.get("/no", "app.example.org", agent="Fetch/1")
    asked = len(talk.frames)
    talk.replies("403 Forbidden", b"no")
    found = verdict(tmp_path, talk.both_close(), lambda number, _: begun or number > asked)
    assert found.cause == "http/error-status"
    assert (found.confidence >= 0.8) is begun


def doors(tmp_path, opens):
    """What is found in SYN, FIN and RST of a client that dials two ports at once, of which one refuses and one opens or not."""
    talk = Conversation(server="198.51.100.8:445")
    other = Conversation(client="192.0.2.10:51001", server="198.51.100.8:139", start=talk.now)
    if opens:
        talk.handshake()
        talk.client.sends(bytes(100))
        talk.server.acknowledges()
        talk.server.sends(bytes(100))
        talk.client.acknowledges()
        talk.both_close()
    else:
        talk.client.synchronizes()
    other.passes("5 ms").client.synchronizes()
    other.server.refuses()
    path = tmp_path / "doors.pcapng"
    path.write_bytes(Timeline(talk, other, keep=lambda _, o: o[23] != 6 or o[FLAGS] & 7).octets())
    return {finding.cause for finding in analyze([path]).findings}


def test_of_two_ports_one_that_opened_is_enough_though_nothing_is_captured_of_what_was_said_there(tmp_path):
    assert "tcp/refused" not in doors(tmp_path, opens=True)
    assert "tcp/refused" in doors(tmp_path, opens=False)


def unanswered(tmp_path, without):
    """How sure it is that nobody answers SYNs, beside a download of whose segments the capture lacks some."""
    talk = browses().both_close()
    dead = Conversation(client="192.0.2.10:51009", server="198.51.100.77:443", start=talk.now)
    for pause in ("1 s", "1 s", "1 s", "2 s"):
        dead.client.synchronizes()
        dead.passes(pause)
    told = Timeline(talk, dead)
    said = [at for at, (_, octets) in enumerate(told.frames) if of(False, octets)]
    path = tmp_path / "beside.pcapng"
    lost = set(said[1 : 1 + without])
    path.write_bytes(pcapng([frame for at, frame in enumerate(told.frames) if at not in lost]))
    return next(f.confidence for f in analyze([path]).findings if f.cause == "tcp/syn-unanswered")


def test_what_nobody_answers_is_less_sure_where_the_recorder_missed_what_others_acknowledged(tmp_path):
    assert unanswered(tmp_path, without=2) < 0.8 <= unanswered(tmp_path, without=0)


def timed(tmp_path, change, seconds="300 ms"):
    """The verdict on a page of which the server's answer took a while, the time of each frame as ``change`` makes it."""
    talk = secure(alpn=("http/1.1",))
    talk.client.sends(talk.record(300))
    talk.server.acknowledges()
    talk.passes(seconds).server.sends(talk.record(900))
    talk.client.acknowledges()
    frames = talk.both_close().frames
    path = tmp_path / "timed.pcapng"
    path.write_bytes(pcapng([(change(at, ns), octets) for at, (ns, octets) in enumerate(frames)]))
    return analyze([path]).verdict


def test_of_a_clock_that_was_set_back_no_idleness_is_told_and_nothing_surely(tmp_path):
    found = timed(tmp_path, lambda at, ns: ns - 3600 * SECOND_NS * (at > 6))
    assert (found.status, found.cause) == ("healthy", None)
    assert found.confidence <= 0.5 < timed(tmp_path, lambda _, ns: ns).confidence


def test_by_time_stamps_of_whole_seconds_a_long_wait_is_told_as_surely_and_health_is_not(tmp_path):
    def late(coarse):
        def change(_, ns):
            return ns // SECOND_NS * SECOND_NS if coarse else ns

        found = timed(tmp_path, change, "9 s")
        return found.cause, found.confidence

    cause, surely = late(coarse=True)
    assert cause == "http/response-late" == late(coarse=False)[0]
    assert surely == late(coarse=False)[1]  # nine seconds are no matter of one more or less
    assert timed(tmp_path, lambda _, ns: ns // SECOND_NS * SECOND_NS).confidence <= 0.5


def begins_to_walk(tmp_path, walked):
    """How sure it is that a name does not exist, of which one suffix was tried before the capture ended; ``walked``: another
    name had been tried with it, and then found as it is."""
    script = Script()

    def absent(name):
        script.answers(script.asks(name, "A", edns=False), rcode="NXDOMAIN")
        script.passes("1 ms")

    if walked:
        absent("proxy.example.org.corp.example.test")
        script.dns("proxy.example.org", "198.51.100.5")
        script.passes("5 ms")
    absent("sum.example.org.corp.example.test")
    path = tmp_path / "walk.pcapng"
    path.write_bytes(pcapng(script.frames))
    return next(f.confidence for f in analyze([path]).findings if f.cause == "dns/name-not-found")


def test_a_step_of_a_search_list_whose_rest_the_capture_lacks_is_not_surely_a_name_that_was_needed(tmp_path):
    assert begins_to_walk(tmp_path, walked=True) < 0.8 <= begins_to_walk(tmp_path, walked=False)


def silent_path(tmp_path, lasts):
    """The verdict on a connection whose client repeats itself in vain until the capture ends."""
    talk = secure(alpn=("http/1.1",))
    talk.client.sends(talk.record(300), lost=True)
    begins = talk.client.next - 300
    talk.client.backs_off(begins, talk.client.next, lasts)
    path = tmp_path / "silent.pcapng"
    path.write_bytes(pcapng(talk.frames))
    return analyze([path]).verdict


def test_a_path_is_not_surely_dead_while_tcp_still_reckons_with_it(tmp_path):
    begun, over = silent_path(tmp_path, 6), silent_path(tmp_path, 9)
    assert begun.cause == over.cause == "tcp/path-death"
    assert begun.confidence < 0.8 < over.confidence
    assert "tcp/outage" in [other.cause for other in begun.alternatives]
    assert "tcp/outage" not in [other.cause for other in over.alternatives]


@pytest.mark.parametrize(("snapshot", "sure"), [(96, False), (300, True)])
def test_health_is_sure_where_the_first_octets_of_each_frame_are_enough(tmp_path, snapshot, sure):
    path = tmp_path / "heads.pcapng"
    path.write_bytes(pcapng(page().frames, snapshot=snapshot))
    found = analyze([path]).verdict
    assert found.status == "healthy"
    assert (found.confidence > 0.5) is sure


@pytest.mark.parametrize("cut", [True, False])
def test_health_up_to_where_a_file_was_cut_is_not_sure(tmp_path, cut):
    path = tmp_path / "cut.pcapng"
    octets = pcapng(page().frames)
    path.write_bytes(octets[:-9] if cut else octets)
    found = analyze([path]).verdict
    assert found.status == "healthy"
    assert (found.confidence <= 0.5) is cut


@pytest.mark.parametrize("ended", [True, False])
def test_health_of_a_capture_that_ends_before_an_answer_does_is_not_sure(tmp_path, ended):
    talk = clear("198.51.100.5:80")
    talk.get("/", "app.example.org", agent="Fetch/1")
    asked = len(talk.frames)
    talk.replies("200 OK", b"yes")
    found = verdict(tmp_path, talk.both_close(), lambda number, _: ended or number <= asked)
    assert found.status == "healthy"
    assert (found.confidence > 0.5) is ended


def extracted(tmp_path, folder, kind, keep):
    """How sure each finding is on the frames of a recipe that ``keep`` says."""
    path = tmp_path / "part.pcapng"
    path.write_bytes(pcapng([frame for frame in timeline(CAPTURES / folder, kind).frames if keep(frame[1])]))
    return {finding.cause: finding.confidence for finding in analyze([path]).findings}


def is_dns(octets):
    return octets[23] == 17 and 53 in (octets[35], octets[37])


def test_what_took_over_from_encrypted_dns_is_not_told_by_an_extract_without_plain_dns(tmp_path):
    folder = "dns/encrypted_blocked"
    assert extracted(tmp_path, folder, "near_miss", lambda octets: not is_dns(octets))["dns/encrypted-blocked"] < 0.8
    assert extracted(tmp_path, folder, "hit", lambda _: True)["dns/encrypted-blocked"] >= 0.8


def test_what_took_over_from_quic_is_not_told_by_an_extract_without_tcp(tmp_path):
    folder, cause = "quic/handshake_unanswered", "quic/handshake-unanswered"
    assert extracted(tmp_path, folder, "near_miss", lambda octets: octets[23] == 17)[cause] < 0.8
    assert extracted(tmp_path, folder, "hit", lambda _: True)[cause] >= 0.8


def test_a_tcp_connection_took_over_from_quic_though_its_handshake_is_not_in_the_capture(tmp_path):
    def keep(octets):
        return octets[23] != 6 or not octets[FLAGS] & 2

    assert "quic/handshake-unanswered" not in extracted(tmp_path, "quic/handshake_unanswered", "near_miss", keep)


@pytest.mark.parametrize("asked_on", [True, False], ids=["another is asked for", "the last"])
@pytest.mark.parametrize(("body", "cause"), [(b"", None), (b"cats", "tcp/early-close")])
def test_no_body_is_owed_by_a_response_that_may_answer_head(body, cause, asked_on, tmp_path):
    talk = clear()
    opening = len(talk.frames) + 1
    talk.get("/a", "www.example.org").server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body)
    talk.client.acknowledges()
    if asked_on and not body:
        talk.get("/b", "www.example.org").replies(200, b"ok")
    talk.passes("3 s").server.closes()
    talk.client.closes()
    talk.server.acknowledges()
    assert verdict(tmp_path, talk, lambda number, _: number > opening).cause == cause

"""Nobody is said to have been silent whose words only the capture lacks: an extract, a filter, a recorder that lost frames."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from tests.rules.ordinary import browses, clear, secure

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

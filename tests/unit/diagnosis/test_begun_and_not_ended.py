"""What was begun and never ended is owed its end, whatever is spoken; what is whole, and who only told, are not."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from tests.rules.ordinary import NAME, clear
from tests.rules.results import story

SSH = b"SSH-2.0-OpenSSH_9.6\r\n"
KEYS = b"\0\0\5\xdc\x0a\x14" + bytes(1494)
ENDS = ["none", "client"]


@pytest.fixture
def verdict(tmp_path):
    def of(talk, end):
        if end == "client":
            talk.client.closes(unasked=True)
            talk.passes("20 ms").server.acknowledges(unasked=True)
        return story(Timeline(talk.link_is_alive()), tmp_path / "talk.pcapng").verdict

    return of


def nameless(port=443):
    """TLS 1.3 of a client that names no protocol."""
    talk = clear(server=f"198.51.100.5:{port}")
    talk.client_hello(NAME, go="another", alpn=())
    talk.server_flight()
    return talk.client_finished(preface=False)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("whole", [True, False])
def test_a_record_that_was_begun_is_owed_its_rest(whole, end, verdict):
    talk = nameless(9443)
    talk.client.sends(talk.record(90), unasked=True)
    record = talk.record(9000)
    talk.passes("20 ms").server.sends(record if whole else record[:6000], unasked=True)
    talk.client.acknowledges(unasked=True)
    got = verdict(talk.passes("20 s"), end)
    assert (got.status == "healthy") is whole


def test_a_record_behind_octets_that_the_capture_lacks_is_none_that_was_begun(verdict):
    talk = nameless(9443)
    talk.client.sends(talk.record(90), unasked=True)
    talk.passes("20 ms").server.sends(talk.record(300), unasked=True, lost=True)
    talk.server.sends(talk.record(64), unasked=True)
    assert verdict(talk.passes("20 s"), "none").status == "healthy"


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("answered", [True, False])
def test_a_server_of_ssh_says_its_keys(answered, end, verdict):
    talk = Conversation(server="198.51.100.5:22").handshake()
    talk.passes("20 ms").server.sends(SSH, unasked=True)
    talk.client.sends(SSH + KEYS, unasked=True)
    talk.passes("20 ms").server.acknowledges(unasked=True)
    if answered:
        talk.server.sends(KEYS[:1000], unasked=True)
        talk.client.acknowledges(unasked=True)
    got = verdict(talk.passes("20 s"), end)
    assert (got.status == "healthy") is answered


@pytest.mark.parametrize(("gone", "status"), [("9 s", False), ("1 s", True)])
def test_a_request_that_is_acknowledged_when_its_client_leaves_had_no_answer(gone, status, verdict):
    talk = clear()
    start, end = talk.client.sends(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", lost=True)[0]
    for wait in ("200 ms", "400 ms", "800 ms"):
        talk.passes(wait).client.resends(start, end, lost=True)
    talk.passes(gone).client.resends(start, end)
    talk.client.closes(unasked=True)
    talk.passes("20 ms").server.acknowledges(unasked=True)
    assert (verdict(talk, "none").status == "healthy") is status


@pytest.mark.parametrize("fields", [b"Content-Length: 900000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_nobody_waits_for_an_answer_to_a_request_whose_body_is_under_way(fields, verdict):
    talk = clear()
    talk.client.sends(b"POST /x HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n", unasked=True)
    for _ in range(20):
        talk.passes("400 ms").client.sends(b"400\r\n" + bytes(1024) + b"\r\n", unasked=True)
        talk.passes("20 ms").server.acknowledges(unasked=True)
    assert verdict(talk.passes("1 s"), "none").status == "healthy"


def test_a_long_body_is_not_counted_as_waiting_for_its_answer(verdict):
    talk = clear()
    talk.client.sends(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20480\r\n\r\n", unasked=True)
    for _ in range(20):
        talk.passes("1 s").client.sends(bytes(1024), unasked=True)
        talk.passes("20 ms").server.acknowledges(unasked=True)
    assert verdict(talk.passes("2 s"), "none").status == "healthy"

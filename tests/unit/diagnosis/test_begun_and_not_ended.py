"""What was begun and never ended is owed its end, whatever is spoken; what is whole, and who only told, are not."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from tests.rules.ordinary import NAME, clear

SSH = b"SSH-2.0-OpenSSH_9.6\r\n"
KEYS = b"\0\0\5\xdc\x0a\x14" + bytes(1494)
ENDS = ["none", "client"]


@pytest.fixture
def verdict(tmp_path):
    def of(talk, end):
        if end == "client":
            talk.client.closes(unasked=True)
            talk.passes("20 ms").server.acknowledges(unasked=True)
        path = tmp_path / "talk.pcapng"
        path.write_bytes(Timeline(talk.link_is_alive()).octets())
        return analyze([path]).verdict

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

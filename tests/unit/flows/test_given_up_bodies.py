"""A body that a client gave up and asked for anew was awaited; a handshake that a client ended by an alert is not over."""

import pytest

from captures.recipes import Conversation, Timeline
from tests.rules.results import story

SERVER, HOST = "198.51.100.61", "files.example.org"


def begun(port=51000, start=None):
    """A connection to the server, through its handshake."""
    given = {} if start is None else {"start": start}
    talk = Conversation(client=f"192.0.2.10:{port}", server=f"{SERVER}:443", rtt="40 ms", **given)
    talk.handshake()
    talk.client_hello(HOST)
    talk.server_flight()
    return talk.client_finished(preface=False)


def analysed(tmp_path, *talks):
    return story(Timeline(*talks), tmp_path / "talk.pcapng")


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "held back"])
def test_a_body_that_stops_in_mid_record_was_awaited_though_it_is_asked_for_anew(lost, tmp_path):
    talk = begun().request(580)
    body = b"".join(talk.record(16384) for _ in range(10))
    talk.passes("2 ms").server.sends(talk.record(111))
    talk.streams(body[:96000])
    talk.server.sends(body[96000:102000], lost=lost)
    talk.passes("15 s").client.closes()
    talk.passes("40 ms").server.sends(body[102000:])
    talk.client.refuses()
    anew = begun(51001, talk.now).request(580)
    anew.passes("2 ms").server.sends(anew.record(111))
    anew.streams(b"".join(anew.record(16384) for _ in range(10)) + anew.record(900))
    anew.passes("1 ms").both_close()
    verdict = analysed(tmp_path, talk, anew).verdict
    assert (verdict.status, verdict.cause) == ("degraded", "tcp/outage" if lost else "http/body-stalled")
    assert verdict.seconds == pytest.approx(15, abs=1)


def test_application_data_went_both_ways_where_the_client_said_more_than_an_alert(tmp_path):
    talk = Conversation(server=f"{SERVER}:443", rtt="40 ms")
    talk.handshake()
    talk.client_hello(HOST)
    talk.server_flight()
    talk.client.sends(talk.record(2))
    talk.passes("1 ms").both_close()
    assert list(analysed(tmp_path, talk).tls.established) == [0]
    asked = begun().request(580)
    asked.response("600 B")
    for talk in (begun(), asked):
        talk.passes("1 ms").both_close()
        assert list(analysed(tmp_path, talk).tls.established) == [1]

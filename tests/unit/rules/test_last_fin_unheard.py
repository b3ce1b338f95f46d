"""Captures that end before the last FIN is acknowledged, and servers of TLS that say nothing but tickets."""

import pytest

from captures.recipes import Conversation
from tests.rules.ordinary import NAME, clear


@pytest.mark.parametrize("heard", [True, False])
def test_a_flight_that_stops_is_one_whether_or_not_the_last_fin_is_heard(heard, verdict):
    talk = Conversation(server="198.51.100.5:443").handshake()
    talk.client_hello(sni="app.example.org")
    flight = Conversation(server="198.51.100.5:443").handshake()
    flight.client_hello(sni="app.example.org")
    flight.server_flight()
    talk.passes("20 ms").server.sends(bytes(flight.server.stream[:700]), unasked=True)
    talk.client.acknowledges()
    talk.passes("30 s").client.closes(unasked=True)
    talk.passes("20 ms").server.closes(unasked=True)
    if heard:
        talk.client.acknowledges()
    assert verdict(talk).cause == "tls/server-flight-incomplete"


@pytest.mark.parametrize("size", [60, 90])
@pytest.mark.parametrize("alpn", [("h2", "http/1.1"), ("http/1.1",), ()])
def test_who_is_asked_and_says_nothing_but_tickets_owes_an_answer(size, alpn, verdict):
    """What was on offer is no matter: a server of HTTP/2 would have acknowledged its client's settings."""
    talk = clear()
    talk.client_hello(NAME, go="another", alpn=alpn)
    talk.server_flight()
    talk.client_finished(preface=False)
    talk.client.sends(talk.record(size), unasked=True)
    talk.passes("20 ms").server.acknowledges(unasked=True)
    talk.passes("60 s").server.resets(unasked=True)
    got = verdict(talk)
    assert (got.status, got.cause) == ("failed", "tcp/reset")

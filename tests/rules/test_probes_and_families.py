"""Who only looks whether TLS works there; and IPv6 that leads nowhere before IPv4 does."""

import pytest

from captures.recipes import Conversation, Script, Timeline
from tests.rules.ordinary import ADDRESS, BROWSER, NAME, clear
from tests.rules.results import story

TICKETS = 243
ALERT = 2


def looks(alpn, *, after="0 s", tickets_first=False):
    """Finished, and a farewell, with no request between; the server's tickets come before it or cross it."""
    talk = clear(f"{ADDRESS}:443")
    talk.client_hello(NAME, go="another", alpn=alpn)
    talk.server_flight()
    talk.client_finished(preface=False)
    if tickets_first:
        talk.passes("20 ms").server.sends(talk.record(TICKETS))
        talk.client.acknowledges()
    talk.passes(after).client.sends(talk.record(ALERT), unasked=True)
    return talk.both_close()


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        (looks(()), None),
        (looks(("h2", "http/1.1")), "tls/certificate-rejected"),
        (looks(("h2", "http/1.1"), after="10 ms", tickets_first=True), None),
    ],
    ids=["nothing to ask for", "a client of HTTP", "long after the tickets came"],
)
def test_who_said_finished_may_only_have_looked(talk, cause, tmp_path):
    verdict = story(talk, tmp_path / "talk.pcapng").verdict
    assert verdict.cause == cause
    assert verdict.status == ("failed" if cause else "healthy")
    assert verdict.confidence <= 0.8


HERE, THERE = "[2001:db8::10]:51000", "2001:db8:7::5"


def then_ipv4(*, names=True, again=False, syn_only=False):
    """IPv6 in vain for 20 s, then IPv4; the client may look the name up in between."""
    asked = Script()
    if names:
        asked.dns(NAME, "198.51.100.7", THERE)
    dead = Conversation(HERE, f"[{THERE}]:80", start=asked.now).syns()
    talk = Conversation("192.0.2.10:51001", "198.51.100.7:80", start=dead.now).passes("500 ms")
    if again:
        talk.answers(talk.asks(NAME), ("A", "198.51.100.7"))
    if syn_only:
        return Timeline(asked, dead, talk.syns(1))
    talk.handshake().get("/", NAME, BROWSER).replies(200, b"cats")
    return Timeline(asked, dead, talk.both_close())


@pytest.mark.parametrize(
    ("told", "status", "cause", "most"),
    [
        (then_ipv4(), "degraded", "tcp/ipv6-fallback", 0.9),
        (then_ipv4(again=True), "degraded", "tcp/ipv6-fallback", 0.9),
        (then_ipv4(names=False), "degraded", "tcp/syn-unanswered", 0.7),
        (then_ipv4(syn_only=True), "hung", "tcp/syn-unanswered", 0.7),
    ],
    ids=["at once", "looked up anew", "without names", "just being tried"],
)
def test_ipv6_in_vain_and_then_ipv4(told, status, cause, most, tmp_path):
    verdict = story(told, tmp_path / "talk.pcapng").verdict
    assert (verdict.status, verdict.cause) == (status, cause)
    assert verdict.confidence <= most


@pytest.mark.parametrize(("waits", "status"), [("9 s", "hung"), ("2 s", "degraded")])
def test_a_window_that_stays_closed_to_the_end_hangs(waits, status, tmp_path):
    talk = clear()
    talk.get("/", NAME, agent=BROWSER)
    talk.server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + bytes(20_000))
    talk.client.acknowledges(window=0)
    talk.passes("1 s").server.keeps_alive()
    talk.client.acknowledges()
    talk.passes(waits).server.keeps_alive()
    talk.client.acknowledges()
    verdict = story(talk, tmp_path / "talk.pcapng").verdict
    assert (verdict.status, verdict.cause) == (status, "tcp/receiver-window-closed")

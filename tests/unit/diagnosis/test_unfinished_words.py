"""A server of a protocol of lines owes an answer once its client is done; what worked at one place later is no failure."""

import pytest

from captures.recipes import Conversation
from tests.rules.ordinary import clear, greets, lines, look_up

GREETED = {25: b"220 mx ESMTP\r\n", 143: b"* OK ready\r\n"}


def dialogue(port, *said):
    talk = clear(f"198.51.100.8:{port}", "mail.example.org")
    greets(talk, GREETED[port])
    lines(talk, *said[:-1])
    talk.client.sends(said[-1])
    talk.server.acknowledges()
    return talk.passes("40 s")


MAIL = (b"DATA\r\n", b"354 go\r\n")
LITERAL = (b"a APPEND x {600}\r\n", b"+ go\r\n")


@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize(
    ("port", "said", "status"),
    [
        (25, (MAIL, b"Subject: a\r\n\r\nb\r\n"), "healthy"),
        (25, (MAIL, b"Subject: a\r\n\r\nb\r\n.\r\n"), "hung"),
        (143, (LITERAL, bytes(400)), "healthy"),
        (143, (LITERAL, bytes(600) + b"\r\n"), "hung"),
    ],
)
def test_an_answer_is_owed_once_the_client_is_done(port, said, status, closes, verdict):
    talk = dialogue(port, *said)
    found = verdict(talk.both_close() if closes else talk.link_is_alive())
    assert (found.status, found.cause) == (status, None)


def refused(named):
    talk = Conversation(client="192.0.2.10:51006", server="198.51.100.8:25")
    if named:
        look_up(talk, "mx.example.org", "198.51.100.8")
    talk.client.synchronizes()
    talk.server.refuses()
    return talk


def says_and_closes(word, start):
    talk = Conversation(client="192.0.2.10:51007", server="198.51.100.8:25", start=start).handshake()
    greets(talk, word)
    talk.server.closes()
    talk.client.closes()
    talk.server.acknowledges()
    return talk.passes("3 s").link_is_alive()


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    ("word", "cause"),
    [(b"220 mx ESMTP\r\n", None), (b"421 too busy\r\n", "tcp/refused"), (b"-ERR busy\r\n", "tcp/refused")],
)
def test_what_serves_later_was_not_what_failed(word, cause, named, verdict):
    first = refused(named)
    assert verdict(first, says_and_closes(word, first.now + 2 * 10**9)).cause == cause

"""How connections are opened that come to nothing, and what is said of it."""

import pytest

from captures.recipes import Conversation, Timeline, frames
from tests.rules.pairs_refusals import talks
from tests.rules.results import story

GREETING = b"SSH-2.0-OpenSSH_9.6\r\n"


@pytest.fixture
def verdict(tmp_path):
    def of(*told):
        return story(Timeline(*told), tmp_path / "talk.pcapng").verdict

    return of


@pytest.mark.parametrize("greeting", [GREETING, b"\x4a\0\0\0\x0a8.0.36\0" + bytes(67)])
def test_who_asks_in_http_and_is_greeted_otherwise_has_come_to_the_wrong_port(greeting, verdict):
    asked = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
    found = verdict(talks(2222, (False, greeting), (True, asked), (False, b"Invalid SSH identification string.\r\n")))
    assert (found.status, found.cause) == ("failed", None)
    assert "and no HTTP" in str(found.summary)


@pytest.mark.parametrize(
    ("port", "said", "headline"),
    [
        (143, (), "closes before it has greeted"),
        (5432, ((True, bytes.fromhex("00000008 04d2162f")),), "closes without an answer"),
        (80, ((True, b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), (False, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")),
         "closes before the response is whole"),
    ],
)  # fmt: skip
def test_a_close_is_called_by_what_was_owed(port, said, headline, verdict):
    assert headline in str(verdict(talks(port, *said)).summary)


def test_a_reset_in_the_place_of_a_greeting_is_called_one(verdict):
    talk = Conversation(server="198.51.100.5:22").handshake()
    talk.client.sends(GREETING)
    talk.server.acknowledges()
    talk.passes("40 ms").server.resets()
    assert "before the server has greeted" in str(verdict(talk).summary)


@pytest.mark.parametrize(("option", "status"), [(b"\x10\x02" + bytes(8), "healthy"), (b"\x01\x81", "failed")])
def test_a_subflow_that_is_refused_leaves_its_connection_as_it_is(option, status, verdict):
    talk = Conversation(server="198.51.100.5:443").dns("a.example.test", "198.51.100.5").handshake()
    here, there = ("192.0.2.11", 51001), ("198.51.100.5", 443)
    talk.opens(sni="a.example.test")
    talk.adds(talk.now, frames.tcp(True, here, there, 64, 7, "S", 5, 0, 64240, [("MSS", 1460), ("MPTCP", option)]))
    talk.adds(talk.now + 20_000_000, frames.tcp(False, there, here, 53, 0, "RA", 0, 6, 0))
    talk.response("9 kB")
    assert verdict(talk.exits()).status == status


@pytest.mark.parametrize(
    ("port", "refused", "resumed", "status", "confidence"),
    [
        (80, False, True, "hung", 0.6),
        (80, True, True, "failed", 0.6),
        (80, False, False, "hung", 0.95),
        (5432, False, True, "hung", 0.95),
        (5432, True, True, "failed", 0.95),
    ],
)
def test_what_fails_in_the_midst_of_a_handshake_that_goes_on_is_less_sure_where_it_may_be_a_question_aside(
    port, refused, resumed, status, confidence, verdict
):
    """A list of revoked certificates is asked for in clear, before the Finished; a database is no such question."""
    talk = Conversation(server="198.51.100.5:443").dns("a.example.test", "198.51.100.5").handshake()
    talk.client_hello("a.example.test", go="another")
    talk.server_flight()
    shorter = Conversation(client="192.0.2.10:51001", server="198.51.100.6:443", start=talk.now)
    shorter.handshake().client_hello("b.example.test", go="another")
    shorter.server_flight()
    aside = Conversation(client="192.0.2.10:51099", server=f"203.0.113.80:{port}", start=shorter.now)
    aside.dns("crl.example.test", "203.0.113.80").syns(1 if refused else 5, lost=not refused)
    if refused:
        aside.server.refuses()
    shorter.passes("1 s").client_finished().request(acknowledged=False).settings().response("3 kB")
    talk.joins(aside).passes("9 s")
    if resumed:
        talk.client_finished().request(acknowledged=False).settings().response("3 kB")
    found = verdict(talk.exits(), aside, shorter.exits())
    assert (found.status, found.cause) == (status, "tcp/refused" if refused else "tcp/syn-unanswered")
    assert round(found.confidence, 2) == confidence

"""Whose move it is in the midst of a request: a client that pauses in its body owes the rest of it, and the server nothing."""

import pytest

from tests.rules.ordinary import NAME, browses, clear, secure, tells, trade
from tests.rules.results import story

HTTP1 = ("http/1.1",)
HEAD = b"PUT /images/7 HTTP/1.1\r\nHost: app.example.org\r\n"
SIZED, CHUNKED = HEAD + b"Content-Length: 30000\r\n\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LEAVE, CONTINUE = HEAD + b"Expect: 100-continue\r\nContent-Length: 9000\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
CHUNK, LAST = b"1000\r\n" + bytes(4096) + b"\r\n", b"0\r\n\r\n"
FULL, HUNG, UNSURE = 16384, ("hung", "http/response-missing", 0.75), ("hung", "http/response-missing", 0.5)
OWN = ("hung", None, 0.5)


def puts(*pieces, rests="20 s", answer=b""):
    """What a client says in clear, bytes that are the server's aside (they begin with HTTP), pauses in between; then silence."""
    talk = clear()
    for piece in pieces:
        if isinstance(piece, str):
            talk.passes(piece)
            continue
        side = talk.server if isinstance(piece, bytes) and piece.startswith(b"HTTP") else talk.client
        side.sends(piece, unasked=True)
        side.peer.acknowledges()
    return talk.passes(rests).link_is_alive()


def puts_in_tls(*pieces, alpn=HTTP1, tickets=0):
    """The same by the sizes of records; ``tickets`` of the server's come behind the first two."""
    talk = secure(alpn=alpn)
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            talk.passes(piece)
        else:
            talk.client.sends(talk.record(piece))
            talk.server.acknowledges()
        if place == 1:
            tells(talk, "server", *[249] * tickets)
    return talk.passes("20 s").link_is_alive()


@pytest.mark.parametrize(
    ("talk", "verdict"),
    [
        (puts(SIZED, 30_000), HUNG),
        (puts(SIZED, 12_000), OWN),
        (puts(SIZED), OWN),
        (puts(SIZED, 12_000, "12 s", 12_000), ("healthy", None, 0.5)),
        (puts(SIZED, 12_000, "12 s", 18_000, "22 ms", CREATED, rests="1 s"), ("healthy", None, 0.75)),
        (puts(CHUNKED, CHUNK * 4, LAST), HUNG),
        (puts(CHUNKED, CHUNK * 4), OWN),
        (puts(CHUNKED, CHUNK * 30, LAST), HUNG),
        (puts(CHUNKED, CHUNK * 30), OWN),
        (puts(LEAVE), HUNG),
        (puts(LEAVE, CONTINUE), OWN),
        (puts(LEAVE, CONTINUE, 9000), HUNG),
        (puts_in_tls(180, 3000, tickets=2), HUNG),
        (puts_in_tls(180, 3000, "1 s", 5), HUNG),
        (puts_in_tls(180, FULL), UNSURE),
        (puts_in_tls(180, 3000, "12 s", 3000), ("healthy", None, 0.5)),
        (puts_in_tls(180, 3000, "2 s", 3000), HUNG),
        (puts_in_tls(180, alpn=()), OWN),
    ],
    ids=["whole", "paused", "head alone", "at its pace", "goes on", "last chunk", "chunks", "many chunks and the last",
         "many chunks", "waits for leave", "has leave", "leave and body", "tickets behind the body", "last chunk in TLS",
         "a full record", "at its pace in TLS", "rested less", "no protocol named"],
)  # fmt: skip
def test_a_request_is_owed_an_answer_once_it_is_whole(talk, verdict, tmp_path):
    of = story(talk, tmp_path / "talk.pcapng").verdict
    assert (of.status, of.cause) == verdict[:2], of.summary
    assert of.confidence <= verdict[2] + 0.05


def test_a_fin_is_no_octet_of_a_body(tmp_path):
    talk = puts(SIZED, 29_999)
    talk.client.closes()
    talk.server.acknowledges()
    assert "stopped in the midst of its request" in str(story(talk, tmp_path / "talk.pcapng").verdict.summary)


def test_a_client_that_says_more_than_a_window_unheard_speaks_no_http2(tmp_path):
    talk = secure(alpn=("h2", "http/1.1"))
    tells(talk, "client", 180, *[FULL] * 10, 17, 5)
    trade(talk, 300, 59)
    talk.server.closes()
    talk.client.acknowledges()
    talk.client.closes()
    talk.server.acknowledges()
    assert story(talk, tmp_path / "talk.pcapng").verdict.status == "healthy"


def test_a_request_beside_another_is_no_more_of_it(tmp_path):
    talk = browses().passes("1 s").request().passes("20 s").request().passes("35 s").link_is_alive()
    of = story(talk, tmp_path / "talk.pcapng").verdict
    assert (of.status, of.cause) == ("hung", "http/response-missing")


@pytest.mark.parametrize("alpn", [HTTP1, ("h2", "http/1.1")], ids=["HTTP/1", "HTTP/2 or 1"])
def test_nothing_is_owed_to_a_client_that_said_no_more_than_finished(alpn, tmp_path):
    talk = clear("198.51.100.5:443")
    talk.client_hello(NAME, go="another", alpn=alpn)
    talk.server_flight()
    talk.client_finished(preface=False).server.acknowledges()
    assert story(talk.passes("60 s").link_is_alive(), tmp_path / "talk.pcapng").verdict.status == "healthy"


@pytest.mark.parametrize("port", [6514, 9997, 10516, 12201])
def test_who_ships_logs_waits_for_no_answer(port, tmp_path):
    talk = secure(f"198.51.100.5:{port}", alpn=())
    talk.client.sends(talk.record(200), unasked=True)
    talk.server.acknowledges()
    assert story(talk.passes("30 s").link_is_alive(), tmp_path / "talk.pcapng").verdict.status == "healthy"

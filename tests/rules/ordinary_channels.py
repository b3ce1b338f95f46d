"""Channels over TLS on which nobody owes an answer, and connections that were only begun, of programs that are not known."""

from tests.rules.ordinary import ADDRESS, NAME, clear, secure, stories, tells, trade


def form_sent_in_two_records():
    """HTTP/1 has no requests side by side: a head and its body in a record each are one request."""
    talk = secure(alpn=("http/1.1",), rtt="2 ms")
    for size in (1400, 170):
        talk.client.sends(talk.record(size), unasked=True)
    tells(talk, "server", 1100, after="3 ms")
    return talk.passes("30 s").link_is_alive()


def channel_whose_client_says_a_few_words():
    """Thirty octets are no request for a host of this name, and a WebSocket's ping needs no answer."""
    talk = secure(alpn=())
    trade(talk, 430, 240)
    tells(talk, "server", 70)
    tells(talk, "client", 35)
    return talk.passes("9 s").both_close()


def tunnel_that_names_no_protocol():
    talk = secure(alpn=())
    tells(talk, "client", 430)
    return talk.passes("25 s").link_is_alive()


def close_of_the_server_that_the_client_has_forgotten():
    talk = clear()
    talk.client.closes()
    talk.server.acknowledges()
    talk.passes("13 s").server.closes(lost=True)
    for pause in ("1 s", "2 s", "4 s"):
        talk.passes(pause).server.closes(lost=True)
    return [talk, clear(f"{ADDRESS}:443", NAME, port=51007, start=talk.now).both_close()]


STORIES = stories(globals())

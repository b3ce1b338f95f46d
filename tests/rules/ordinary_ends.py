"""Ends that are none of a fault: the last word needs no answer, and all that was asked for had come."""

from captures.recipes import Script
from tests.rules.ordinary import ADDRESS, BROWSER, NAME, clear, lines, stories


def closes_first(talk):
    """The server closes, and the client after it."""
    talk.server.closes()
    talk.client.acknowledges()
    talk.client.closes()
    talk.server.acknowledges()
    return talk


def database_told_to_quit():
    talk = clear("198.51.100.8:3306", "db.example.org")
    talk.server.sends(b"J\0\0\0\x0a8.0.36\0" + bytes(60), unasked=True)
    talk.client.acknowledges()
    lines(talk, (bytes(120), b"\x07\0\0\x02\0\0\0\x02\0\0\0"), (b"\x09\0\0\0\x03SELECT 1", bytes(60)))
    talk.client.sends(b"\x01\0\0\0\x01")  # COM_QUIT
    talk.server.acknowledges()
    return closes_first(talk)


def directory_unbound():
    talk = clear("198.51.100.8:389", "ldap.example.org")
    lines(
        talk,
        (
            b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0",
            b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0",
        ),
    )
    talk.client.sends(b"\x30\x05\x02\x01\x02\x42\0")  # unbindRequest
    talk.server.acknowledges()
    return closes_first(talk)


def terminal_left_by_exit():
    talk = clear("198.51.100.8:23", "router.example.org")
    talk.server.sends(b"login: ", unasked=True)
    talk.client.acknowledges()
    lines(talk, (b"me\r\n", b"$ "), (b"ls\r\n", b"a b c\r\n$ "))
    talk.client.sends(b"exit\r\n")
    talk.server.acknowledges()
    return closes_first(talk)


def outstation_that_is_polled():
    """DNP3: every frame begins with 05 64, as no greeting of SOCKS does."""
    talk = clear("198.51.100.9:20000", "plant.example.org")
    for _ in range(4):
        lines(talk, (b"\x05\x64\x0b\xc4\x01\0\x02\0" + bytes(9), b"\x05\x64\x1c\x44\x02\0\x01\0" + bytes(28)))
        talk.passes("5 s")
    talk.client.sends(b"\x05\x64\x0b\xc4\xff\xff\x02\0" + bytes(9))  # to all stations, which owe no answer
    talk.server.acknowledges()
    return talk.passes("9 s").link_is_alive()


def sends_chunks(talk, body, *, last):
    """A response in chunks of 16,000 octets; ``last`` ends it."""
    talk.get("/", NAME, agent=BROWSER)
    chunks = [body[at : at + 16_000] for at in range(0, len(body), 16_000)]
    data = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    talk.passes("20 ms").server.sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data + last)
    talk.client.acknowledges()


def long_response_in_chunks_and_a_close_later():
    talk = clear()
    sends_chunks(talk, b"x" * 200_000, last=b"0\r\n\r\n")
    return closes_first(talk.passes("3 s"))


def long_response_whose_last_chunk_is_a_segment_of_its_own():
    talk = clear()
    sends_chunks(talk, b"x" * 200_000, last=b"")
    talk.passes("2 ms").server.sends(b"0\r\n\r\n", unasked=True)
    talk.client.acknowledges()
    return closes_first(talk.passes("3 s"))


def close_that_nobody_acknowledges():
    talk = clear()
    talk.get("/", NAME, agent=BROWSER)
    talk.replies("200 OK", b"x" * 400)
    talk.client.acknowledges()
    talk.client.closes(lost=True)
    for pause in ("220 ms", "440 ms", "880 ms", "1.76 s", "3.5 s", "7 s"):
        talk.passes(pause).client.closes(lost=True)
    return talk.passes("9 s").link_is_alive()


def name_asked_of_everybody():
    """An access point looks for its controller by broadcast; nobody owes it an answer."""
    script = Script(resolver="255.255.255.255")
    script.asks("controller.example.org")
    script.passes("3 s").asks("controller.example.org")
    return [script.passes("9 s"), clear(ADDRESS + ":443").both_close()]


STORIES = stories(globals())

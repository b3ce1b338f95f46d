"""What ordinary programs do all day on a network that works: stories in which nobody has anything to complain of.

No program in them is one that netanalyze knows: their ClientHellos are nobody's, and they ask for names as libc does.
"""

from captures.recipes import Conversation

ADDRESS, NAME = "198.51.100.5", "app.example.org"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def stories(namespace):
    """What is told in a module: its functions that need nothing."""
    told = [one for one in namespace.values() if getattr(one, "__module__", "") == namespace["__name__"]]
    return [one for one in told if callable(one) and not one.__code__.co_argcount]


def look_up(script, name, address):
    """Both families from one socket, without EDNS, as libc asks."""
    port = 33000 + len(script.frames)
    questions = [script.asks(name, kind, edns=False, port=port) for kind in ("A", "AAAA")]
    script.answers_both(questions, address)


def clear(server=f"{ADDRESS}:80", name=NAME, port=51000, start="2024-01-01T00:00:00Z", rtt="20 ms"):
    """A connection on which TCP stands."""
    talk = Conversation(client=f"192.0.2.10:{port}", server=server, start=start, rtt=rtt)
    look_up(talk, name, server.rpartition(":")[0])
    return talk.handshake()


def secure(server=f"{ADDRESS}:443", name=NAME, alpn=("h2", "http/1.1"), **how):
    """A connection on which TLS stands."""
    talk = clear(server, name, **how)
    return encrypts(talk, name, alpn)


def encrypts(talk, name=NAME, alpn=()):
    """TLS on a connection, of a program that is not known."""
    talk.client_hello(name, go="another", alpn=alpn)
    talk.server_flight()
    return talk.client_finished(preface="h2" in alpn)


def tells(talk, side, *sizes, after="0 s"):
    """One record after the other, each acknowledged, of so many octets of content."""
    speaker = getattr(talk, side)
    for size in sizes:
        talk.passes(after)
        speaker.sends(talk.record(size), unasked=True)
        speaker.peer.acknowledges(unasked=True)


def trade(talk, asked, told, after="22 ms"):
    """A record of the client's, and the server's answer to it."""
    tells(talk, "client", asked)
    tells(talk, "server", told, after=after)


def lines(talk, *pairs):
    """A dialogue in clear: what the client says, and what the server answers."""
    for said, answer in pairs:
        talk.client.sends(said)
        talk.server.sends(answer)
        talk.client.acknowledges()


def greets(talk, greeting):
    """The server speaks first."""
    talk.server.sends(greeting)
    talk.client.acknowledges()


def browses(start=None, **how):
    """HTTP/2: one page."""
    talk = secure(**how) if start is None else secure(start=start, **how)
    talk.request(120, acknowledged=False).settings()
    talk.server.acknowledges()
    talk.response("9 kB")
    return talk


# HTTP that waits on purpose


def upgraded(talk):
    """A WebSocket in clear."""
    talk.get("/socket", NAME, agent=BROWSER)
    talk.server.sends(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    talk.client.acknowledges()
    return talk


def websocket_whose_client_spoke_last():
    talk = upgraded(clear())
    for _ in range(4):
        talk.passes("25 s").client.sends(b"\x89\x84abcdabcd")
        talk.server.sends(b"\x8a\x04abcd")
        talk.client.acknowledges()
    talk.passes("3 s").client.sends(b"\x81\x85abcdhello")
    talk.server.acknowledges()
    return talk.passes("40 s").both_close()


def websocket_on_which_the_server_pushes():
    talk = upgraded(clear())
    for wait in (9, 31, 6):
        talk.passes(f"{wait} s").server.sends(b"\x81\x20" + b"n" * 32, unasked=True)
        talk.client.acknowledges()
    return talk.passes("20 s").both_close()


def websocket_in_tls():
    talk = secure(alpn=("http/1.1",))
    trade(talk, 420, 180)
    tells(talk, "server", 60, 77, 69, after="17 s")
    trade(talk.passes("9 s"), 10, 44)
    tells(talk, "server", 91, after="23 s")
    return talk.passes("12 s").link_is_alive()


def tunnel_in_tls_whose_client_speaks_on_unanswered():
    talk = secure(alpn=("http/1.1",))
    trade(talk, 400, 600)
    for size in range(5):
        trade(talk.passes("700 ms"), 120 + 7 * size, 200 + 11 * size)
    tells(talk, "client", 100, 100, 100, after="20 s")
    return talk.passes("30 s").link_is_alive()


def long_poll_in_clear():
    talk = clear()
    for since in range(4):
        talk.get(f"/poll?since={since}", NAME, agent=BROWSER)
        talk.replies("204 No Content", after="30 s")
        talk.client.acknowledges()
    return talk.both_close()


def long_poll_in_tls():
    talk = secure(alpn=("http/1.1",))
    for _ in range(4):
        trade(talk, 420, 200, after="30 s")
    return talk.both_close()


def server_sent_events():
    talk = clear()
    talk.get("/events", NAME, agent=BROWSER)
    talk.server.sends(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    talk.client.acknowledges()
    for wait in (15, 4, 22):
        talk.passes(f"{wait} s").server.sends(b"d\r\ndata: hello\r\n\r\n", unasked=True)
        talk.client.acknowledges()
    return talk.passes("12 s").link_is_alive()


def stream_of_messages_over_http2():
    talk = browses()
    tells(talk.passes("5 s"), "client", 60)
    tells(talk, "server", 88, 70, after="30 ms")
    tells(talk, "server", 70, 71, 70, 72, after="11 s")
    return talk.passes("8 s").both_close()


def pings_over_http2():
    talk = browses()
    for _ in range(6):
        trade(talk.passes("20 s"), 17, 17)
    return talk.passes("8 s").both_close()


def radio():
    talk = clear(f"{ADDRESS}:8000")
    talk.get("/live.mp3", NAME, agent=BROWSER)
    talk.server.sends(b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n")
    talk.client.acknowledges()
    for _ in range(30):
        talk.passes("400 ms").server.sends(8000, unasked=True)
        talk.client.acknowledges()
    talk.client.resets()
    return talk


def radio_that_answers_icy():
    talk = clear(f"{ADDRESS}:8000")
    talk.get("/live", NAME, agent="Player/1")
    greets(talk, b"ICY 200 OK\r\nicy-name: radio\r\n\r\n")
    for pause in ("300 ms", "300 ms", "6 s", "300 ms", "7 s", "300 ms"):
        talk.passes(pause).server.sends(4000, unasked=True)
        talk.client.acknowledges()
    talk.client.resets()
    return talk


def video_sent_in_bursts():
    talk = clear()
    talk.get("/film", NAME, agent=BROWSER)
    talk.streams(b"HTTP/1.1 200 OK\r\nContent-Length: 240000\r\n\r\n")
    for _ in range(4):
        talk.streams(60_000)
        talk.passes("10 s")
    return talk.both_close()


# How connections end, and wait


def idle_server_says_goodbye_and_is_called_again():
    talk = browses()
    talk.passes("60 s")
    for size in (17, 2):
        talk.server.sends(talk.record(size), unasked=True)
    talk.server.closes(unasked=True)
    talk.client.sends(talk.record(2))
    talk.client.closes()
    talk.server.refuses()
    return talk, browses(talk.now + 20 * 10**9, port=51002).exits()


def idle_client_closes_and_calls_again():
    talk = browses()
    talk.passes("90 s")
    talk.client.sends(talk.record(17) + talk.record(2))
    talk.client.closes()
    talk.server.sends(talk.record(2))
    talk.client.refuses()
    return talk, browses(talk.now + 20 * 10**9, port=51002).exits()


def answered(closer):
    """A request and its whole answer, after which only one side closes."""
    talk = clear()
    talk.get("/a", NAME, agent=BROWSER)
    talk.replies("200 OK", b"x" * 900)
    talk.client.acknowledges()
    side = getattr(talk, closer)
    side.closes(unasked=True)
    side.peer.acknowledges()
    return talk.passes("70 s").link_is_alive()


def socket_that_its_client_keeps():
    return answered("server")


def socket_that_its_server_keeps():
    return answered("client")


def upload_at_its_clients_pace():
    talk = clear()
    talk.client.sends(b"POST /up HTTP/1.1\r\nHost: app.example.org\r\nContent-Length: 100000\r\n\r\n")
    talk.server.acknowledges()
    for _ in range(10):
        talk.passes("1900 ms").client.sends(10_000)
        talk.server.acknowledges()
    talk.replies("200 OK", b"ok")
    return talk.both_close()


def file_and_then_nothing():
    talk = secure(alpn=("http/1.1",))
    tells(talk, "client", 420)
    for size in (16_383, 16_383, 16_383, 5_123):
        talk.streams(talk.record(size))
    return talk.passes("30 s").link_is_alive()


def file_over_http2_whose_last_piece_ends_it():
    talk = secure()
    talk.request(120, acknowledged=False).settings()
    talk.response("30 kB", ends=False)
    return talk.passes("30 s").link_is_alive()


def short_answer_and_then_nothing():
    talk = secure(alpn=("http/1.1",))
    tells(talk, "server", 240, 240)
    trade(talk, 420, 3000)
    trade(talk.passes("1 s"), 500, 230)
    return talk.passes("30 s").link_is_alive()


def http1_where_http2_was_offered():
    talk = clear(f"{ADDRESS}:443")
    talk.client_hello(NAME, go="another")
    talk.server_flight()
    talk.client_finished(preface=False)
    tells(talk, "server", 240, 240)
    for size in (250, 9000, 251, 260):
        trade(talk, 420 + size % 7, size)
        talk.passes("2 s")
    return talk.passes("30 s").link_is_alive()


def connection_in_reserve_that_the_server_gives_up():
    talk = clear()
    talk.passes("20 s").server.sends(
        b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", unasked=True
    )
    talk.server.closes(unasked=True)
    talk.client.acknowledges()
    talk.client.closes()
    talk.server.acknowledges()
    return talk


def proxy_that_wants_a_password_first():
    talk = clear("198.51.100.7:3128", "proxy.example.org")
    talk.client.sends(b"CONNECT app.example.org:443 HTTP/1.1\r\nHost: app.example.org:443\r\n\r\n")
    lines(talk, (b"", b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    lines(
        talk,
        (
            b"CONNECT app.example.org:443 HTTP/1.1\r\nProxy-Authorization: NTLM x\r\n\r\n",
            b"HTTP/1.1 200 Connection established\r\n\r\n",
        ),
    )
    encrypts(talk, alpn=("h2", "http/1.1")).request(120, acknowledged=False).settings()
    talk.response("3 kB")
    return talk.exits()


STORIES = stories(globals())

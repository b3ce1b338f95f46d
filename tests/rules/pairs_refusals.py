"""Stories in pairs, of servers that say no in clear, and of what only looks like a no."""

import struct

from captures.recipes import Conversation
from netanalyze.wire.message.http1 import HTTP2_PREFACE

HOST = "198.51.100.5"
RSYNC, SSH, RFB = b"@RSYNCD: 31.0 sha512 md5\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"RFB 003.008\n"


def talks(port, *said, start=None, closes=True, local=51000, host=HOST):
    """A connection on which ``(mine, octets)`` are said, and that the server closes."""
    more = {} if start is None else {"start": start}
    talk = Conversation(client=f"192.0.2.10:{local}", server=f"{host}:{port}", **more).handshake()
    for mine, octets in said:
        side = talk.client if mine else talk.server
        side.sends(octets)
        side.peer.acknowledges()
    if closes:
        talk.passes("40 ms").server.closes()
        talk.client.closes()
        talk.server.acknowledges()
    return talk


def files_that_too_many_fetch():
    """rsync's daemon greets, and then declines.

    hit:        @ERROR in the place of the module
    near_miss:  its modules are listed, and it says that this was all
    """
    refuses = RSYNC + b"@ERROR: max connections (4) reached -- try again later\n"
    lists = (True, RSYNC), (False, RSYNC), (True, b"#list\n"), (False, b"data           \tthe data\n@RSYNCD: EXIT\n")
    return talks(873, (True, RSYNC), (False, refuses)), talks(873, *lists)


def desk_that_too_many_watch():
    """VNC offers no security type.

    hit:        none, and why
    near_miss:  one (None), and its desktop is shown
    """
    why = b"Too many security failures"
    begin = (False, RFB), (True, RFB)
    served = (False, b"\1\1"), (True, b"\1"), (False, bytes(4)), (True, b"\1"), (False, bytes(24))
    return talks(5900, *begin, (False, bytes(1) + struct.pack(">I", len(why)) + why)), talks(5900, *begin, *served)


def files_that_may_not_be_seen():
    """vsftpd ends a session that it had begun.

    hit:        500 OOPS after the password
    near_miss:  500 for a command it does not know, and the session goes on to its end
    """
    begin = (False, b"220 (vsFTPd 3.0.5)\r\n"), (True, b"USER a\r\n"), (False, b"331 go on\r\n"), (True, b"PASS b\r\n")
    oops = b"500 OOPS: vsftpd: refusing to run with writable root inside chroot()\r\n"
    unknown = (False, b"230 in\r\n"), (True, b"MLSD\r\n"), (False, b"500 Unknown command.\r\n")
    ends = (True, b"QUIT\r\n"), (False, b"221 Goodbye.\r\n")
    return talks(21, *begin, (False, oops)), talks(21, *begin, *unknown, *ends)


def shell_at_another_port():
    """SSH is declined at port 22.

    hit:        and served at another host
    near_miss:  and served at port 443 of the same host
    """

    def declined():
        return talks(22, (True, SSH), (False, b"Not allowed at this time\r\n"))

    first = declined()
    keys = b"\0\0\1\x04\x06\x14" + bytes(258)
    second = (True, SSH), (False, SSH), (True, keys), (False, keys)
    elsewhere = talks(22, *second, start=first.now, local=51001, host="198.51.100.7")
    return (declined(), elsewhere), (first, talks(443, *second, start=first.now, local=51001))


def frame(kind, flags, stream, said):
    return len(said).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + said


CALM = frame(7, 0, 0, struct.pack(">II", 1, 11) + b"too_many_pings")
SETTINGS, ASKED = frame(4, 0, 0, b""), frame(1, 5, 1, b"\x83\x86" + bytes(30))
ANSWERED = frame(1, 4, 1, b"\x88") + frame(0, 1, 1, b"hello")


BEGIN = (True, HTTP2_PREFACE + SETTINGS), (False, SETTINGS), (True, ASKED)


def calls(*said, **how):
    return talks(50051, *BEGIN, *((False, octets) for octets in said), **how)


def goaway(last, code=0):
    return frame(7, 0, 0, struct.pack(">II", last, code))


def asks(stream):
    return frame(1, 5, stream, b"\x83\x86" + bytes(30))


def answers(stream, octets, over=True):
    """A response of so many octets, of which ``over`` says whether its end comes."""
    sizes = [min(16384, octets - at) for at in range(0, octets, 16384)]
    data = (frame(0, int(over and at == len(sizes) - 1), stream, bytes(size)) for at, size in enumerate(sizes))
    return frame(1, 4, stream, b"\x88") + b"".join(data)


def calls_that_are_too_many():
    """HTTP/2 in clear.

    hit:        GOAWAY in the place of the answer
    near_miss:  behind the answer
    """
    return calls(CALM), calls(ANSWERED, CALM)


def call_that_is_reset():
    """HTTP/2 in clear.

    hit:        RST_STREAM in the place of the answer
    near_miss:  behind it, without an error
    """
    return calls(frame(3, 0, 1, struct.pack(">I", 2))), calls(ANSWERED, frame(3, 0, 1, bytes(4)))


def call_that_lasts():
    """HTTP/2 in clear: the server takes no more requests than the one it answers.

    hit:        and closes in the midst of the response
    near_miss:  and closes behind it, and it is longer than what is read of a connection
    """
    return calls(goaway(1), answers(1, 30_000, over=False)), calls(goaway(1), answers(1, 300_000))


def call_that_watches():
    """HTTP/2 in clear: a response that has no end, and GOAWAY that announces the server's.

    hit:        the server closes
    near_miss:  the client does, which watches elsewhere
    """
    said = answers(1, 1000, over=False), goaway(0x7FFFFFFF)
    moves_on = calls(*said, closes=False)
    moves_on.passes("1 s").client.closes()
    moves_on.server.acknowledges()
    moves_on.server.closes()
    moves_on.client.acknowledges()
    return calls(*said), moves_on


def call_behind_the_last():
    """HTTP/2 in clear: asked behind GOAWAY.

    hit:        that names an error, and the server closes
    near_miss:  that names none: it is safe to repeat
    """
    later = (True, asks(3))
    return (
        talks(50051, *BEGIN, (False, answers(1, 1000) + goaway(1, 11)), later),
        talks(50051, *BEGIN, (False, answers(1, 1000) + goaway(1)), later),
    )


def call_behind_the_last_of_an_open_connection():
    """HTTP/2 in clear: asked behind a GOAWAY that names an error.

    hit:        the server closes
    near_miss:  the capture ends first
    """
    said = *BEGIN, (False, answers(1, 1000) + goaway(1, 11)), (True, asks(3))
    return talks(50051, *said), talks(50051, *said, closes=False)


def call_that_is_repeated():
    """HTTP/2 in clear: GOAWAY in the place of the answer.

    hit:        twice
    near_miss:  once, and the answer on another connection
    """
    first, other = calls(goaway(1, 2)), calls(goaway(1, 2))
    again = {"start": first.now, "local": 51001}
    return (first, calls(goaway(1, 2), **again)), (other, calls(answers(1, 1000), **again))


def call_that_is_refused():
    """HTTP/2 in clear: REFUSED_STREAM, and asked again on the same connection.

    hit:        it is refused again
    near_miss:  it is answered, with more than what is read of a connection
    """
    refused = struct.pack(">I", 7)
    again = *BEGIN, (False, frame(3, 0, 1, refused)), (True, asks(3))
    return (
        talks(50051, *again, (False, frame(3, 0, 3, refused))),
        talks(50051, *again, (False, answers(3, 300_000))),
    )


def call_that_is_refused_once():
    """HTTP/2 in clear: REFUSED_STREAM, which is safe to repeat.

    hit:        the connection ends
    near_miss:  the capture does
    """
    refused = (False, frame(3, 0, 1, struct.pack(">I", 7)))
    return talks(50051, *BEGIN, refused), talks(50051, *BEGIN, refused, closes=False)


def call_that_is_reset_before_the_last():
    """HTTP/2 in clear: RST_STREAM, and GOAWAY behind it.

    hit:        in the place of the answer
    near_miss:  behind it, without an error
    """
    return calls(frame(3, 0, 1, struct.pack(">I", 2)), goaway(1)), calls(ANSWERED, frame(3, 0, 1, bytes(4)), goaway(1))


def a_certificate_that_the_client_lacks():
    """TLS 1.3: nothing but a record of an alert's size comes back to the client's Finished and to what it asked with it.

    hit:        the server closes behind it: it wants a certificate
    near_miss:  the same record ends a connection on which a response had come
    """

    def begin(*records):
        talk = Conversation(server="198.51.100.5:8443").handshake()
        talk.client_hello("api.example.org", go="another", alpn=())
        talk.server_flight()
        talk.client_finished(preface=False).request(200)
        for content in records:
            talk.server.sends(talk.record(content))
        talk.server.sends(talk.close_notify(), unasked=True)
        talk.server.closes(unasked=True)
        talk.client.acknowledges()
        talk.client.closes()
        talk.server.acknowledges()
        return talk

    return begin(), begin(600)


def a_session_that_somebody_else_ends():
    """A session of a shell: something is typed after a while, and a RST answers it.

    hit:        from another distance (TTL 120) than the server's packets come from, before the server can have heard of it
    near_miss:  from its distance, and no sooner: the server may end what was idle
    """
    begin = (False, SSH), (True, SSH), (False, bytes(1000)), (True, bytes(1000)), (False, bytes(300)), (True, bytes(44))

    def typed():
        talk = talks(22, *begin, (False, bytes(76)), closes=False).passes("6 s")
        before = len(talk.client.stream)
        talk.client.sends(bytes(44))
        return talk, before

    hit, before = typed()
    hit.server.forged_reset(ttl=120, acknowledging=before)
    near_miss, before = typed()
    near_miss.server.forged_reset(
        near_miss.server.ttl, acknowledging=before, after="30 ms", ip_id=near_miss.server.ip_id + 1
    )
    return hit, near_miss


PAIRS = (
    (a_session_that_somebody_else_ends, "tcp/reset", "path", None),
    (a_certificate_that_the_client_lacks, "tls/alert", "server", None),
    (files_that_too_many_fetch, "tcp/service-declined", "server", None),
    (desk_that_too_many_watch, "tcp/service-declined", "server", None),
    (files_that_may_not_be_seen, "tcp/service-declined", "server", None),
    (shell_at_another_port, "tcp/service-declined", "vcs-host", None),
    (calls_that_are_too_many, "http/goaway", "server", None),
    (call_that_lasts, "http/goaway", "server", None),
    (call_that_watches, "http/goaway", "server", None),
    (call_behind_the_last, "http/goaway", "server", None),
    (call_behind_the_last_of_an_open_connection, "http/goaway", "server", None),
    (call_that_is_repeated, "http/goaway", "server", None),
    (call_that_is_reset, "http/stream-reset", "server", None),
    (call_that_is_refused, "http/stream-reset", "server", None),
    (call_that_is_refused_once, "http/stream-reset", "server", None),
    (call_that_is_reset_before_the_last, "http/stream-reset", "server", None),
)
"""Story, what its hit is and who is to blame for it, and what its near miss is."""

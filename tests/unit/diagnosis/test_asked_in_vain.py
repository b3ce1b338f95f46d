"""Who was answered each time waits for its answer; peers that tell, and calls that wait by design, are owed none."""

import struct

import pytest

from captures.recipes import Conversation, Script, frames
from tests.rules.ordinary import clear

LOGON, ORDER, REPORT, HEARTBEAT = b"A", b"D", b"8", b"0"


def trades(port, *pairs, apart="1500 ms"):
    """Questions in a protocol that nobody reads, each answered at once."""
    talk = Conversation(server=f"198.51.100.9:{port}", rtt="2 ms").handshake()
    for asked, answer in pairs:
        talk.client.sends(asked, unasked=True)
        talk.passes("3 ms").server.sends(answer, unasked=True)
        talk.client.acknowledges(unasked=True)
        talk.passes(apart)
    return talk


def asks(talk, *words, apart="3 s"):
    """What is acknowledged, and not answered."""
    for word in words:
        talk.client.sends(word, unasked=True)
        talk.passes("2 ms").server.acknowledges(unasked=True)
        talk.passes(apart)
    return talk.link_is_alive()


def fix(kind):
    body = b"35=" + kind + b"\x0149=A\x0156=B\x01"
    return b"8=FIX.4.4\x019=" + str(len(body)).encode() + b"\x01" + body + b"10=001\x01"


def kafka(call, number, octets):
    body = struct.pack(">hhi", call, 3, number) + bytes(octets)
    return struct.pack(">I", len(body)) + body


def dce_rpc(number, call):
    return b"\5\0\0\3\x10\0\0\0" + struct.pack("<HHIIHH", 64, 0, number, 40, 0, call) + bytes(40)


def poll(number):
    return struct.pack(">HHHBBHH", number, 0, 6, 1, 3, 16, 4)


FIX = [(fix(LOGON), fix(LOGON)), *[(fix(ORDER), fix(REPORT))] * 3]
KAFKA = [(kafka(18, 1, 30), bytes(300)), *((kafka(c, n, 60), bytes(200)) for n, c in ((2, 0), (3, 0), (4, 1), (5, 1)))]
ERLANG = [
    (b"\0\x15n\0\5\0\0\0\x07abcdefgh@host1", b"\0\3sok"),
    *[(b"\0\0\0\x30p" + b"x" * 47, b"\0\0\0\x20p" + b"y" * 31)] * 4,
]
MEMCACHED = [(b"set key%d 0 0 5\r\nhello\r\n" % n, b"STORED\r\n") for n in range(4)]
CALLS = [(b"\5\0\x0b\3\x10\0\0\0" + bytes(64), bytes(60)), *((dce_rpc(n, 1), bytes(64)) for n in range(2, 6))]


@pytest.mark.parametrize(
    ("port", "answered", "last", "hangs"),
    [
        (9876, FIX, fix(ORDER), True),
        (9876, FIX, fix(HEARTBEAT), False),
        (9092, KAFKA, kafka(0, 9, 60), True),
        (9092, KAFKA, kafka(1, 9, 60), False),
        (4370, ERLANG, b"\0\0\0\x30p" + b"x" * 47, False),
        (11211, MEMCACHED, b"set key9 0 0 5\r\nhello\r\n", True),
        (11211, MEMCACHED, b"set key9 0 0 5 noreply\r\nhello\r\n", False),
        (49664, CALLS, dce_rpc(9, 1), True),
        (49664, CALLS, dce_rpc(9, 58), False),
    ],
)
def test_what_is_told_and_what_waits_by_design_is_owed_no_answer(port, answered, last, hangs, verdict):
    got = verdict(asks(trades(port, *answered), last, apart="12 s"))
    assert (got.status, got.cause) == ("hung" if hangs else "healthy", None)


POLLS = [(poll(n), b"\0\0\0\0\0\x0b\1\3\x08" + bytes(8)) for n in range(6)]


@pytest.mark.parametrize(
    ("answered", "in_vain", "status"),
    [
        (POLLS, [poll(7), poll(8), poll(9)], "hung"),
        (POLLS, [poll(7), poll(8)], "healthy"),  # two may be told
        (POLLS[:4], [poll(7), poll(8), poll(9)], "healthy"),  # who was answered so seldom may tell
        (POLLS, [poll(7), poll(8), b"\0" * 5 + b"other"], "healthy"),  # not the like of what was answered
    ],
)
@pytest.mark.parametrize("gives_up", [False, True])
def test_polls_in_vain_hang_also_where_they_go_on(answered, in_vain, status, gives_up, verdict):
    talk = asks(trades(502, *answered), *in_vain)
    if gives_up:
        talk.client.closes(unasked=True)
        talk.passes("2 ms").server.closes(unasked=True)
        talk.client.acknowledges(unasked=True)
    got = verdict(talk)
    assert (got.status, got.cause) == (status, None)


def loses_a_segment(asked_again, filled):
    """A download of which one segment is lost; the client asks for it again and again."""
    talk = clear()
    talk.client.sends(b"GET /x HTTP/1.0\r\n\r\n")
    talk.passes("20 ms").server.sends(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1000, unasked=True)
    talk.client.acknowledges(unasked=True)
    start, end = talk.server.sends(b"y" * 1000, lost=True, unasked=True)[0]
    for _ in range(asked_again):
        talk.server.sends(b"z" * 1000, unasked=True)
        talk.client.acknowledges(unasked=True)
    if filled:
        talk.passes("250 ms").server.resends(start, end)
        talk.client.acknowledges(unasked=True)
    return talk.passes("20 s").link_is_alive()


def test_a_hole_that_nobody_fills_is_owed_a_repeat(verdict):
    left, filled = verdict(loses_a_segment(4, filled=False)), verdict(loses_a_segment(4, filled=True))
    assert (left.status, filled.status) == ("hung", "healthy")


def ntp(answers, silent):
    """One client, several servers of NTP of which some say nothing."""
    script = Script()
    here = ("192.0.2.10", 123)
    for turn in range(3):
        for number in range(answers + silent):
            there = (f"198.51.100.{number + 20}", 123)
            script.adds(script.now, frames.udp(True, here, there, 64, 1, b"\x23" + bytes(47)))
            script.passes("20 ms")
            if number < answers:
                script.adds(script.now, frames.udp(False, there, here, 60, 1, b"\x24" + bytes(47)))
        script.passes("16 s" if turn < 2 else "3 s")
    return script.link_is_alive()


@pytest.mark.parametrize(("answers", "silent", "status"), [(3, 1, "degraded"), (0, 1, "hung"), (3, 0, "healthy")])
def test_who_asks_several_servers_does_not_hang_for_one_of_them(answers, silent, status, verdict):
    assert verdict(ntp(answers, silent)).status == status


@pytest.mark.parametrize(("whole", "cause"), [(True, None), (False, "tcp/outage")])
def test_what_was_lost_behind_a_whole_answer_nobody_waited_for(whole, cause, verdict):
    """A client closes, and what the server says then lies behind what was lost."""
    talk = clear()
    talk.client.sends(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
    body = b"x" * (1000 if whole else 900)
    talk.passes("20 ms").server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + body, unasked=True)
    talk.client.acknowledges(unasked=True)
    talk.passes("2 s").server.sends(b"y" * 50, lost=True, unasked=True)
    talk.passes("1 s").client.closes(unasked=True)
    talk.passes("10 ms").server.sends(b"z" * 50, unasked=True)
    talk.client.resets()
    assert verdict(talk).cause == cause

"""GOAWAY and RST_STREAM in clear: what is said of them is said once, and of a connection that was read to its end."""

import struct

import pytest

from captures.recipes import Conversation
from netanalyze.wire.message.http2 import CODES
from tests.rules.pairs_refusals import BEGIN, answers, asks, calls, frame, goaway, talks


@pytest.fixture
def causes(result):
    return lambda *talk: [one.cause for one in result(*talk).findings]


def test_a_stream_that_the_server_reset_is_not_left_to_goaway_as_well(causes):
    assert causes(calls(frame(3, 0, 1, struct.pack(">I", 2)), goaway(1))) == ["http/stream-reset"]


@pytest.mark.parametrize("more", [(), (1,)])
def test_no_goaway_is_a_late_response(more, causes):
    talk = talks(50051, *BEGIN, closes=False).passes("8 s")
    for last in (0x7FFFFFFF, *more):
        talk.passes("1 ms").server.sends(goaway(last))
        talk.client.acknowledges()
    talk.server.closes()
    talk.client.closes()
    talk.server.acknowledges()
    assert causes(talk) == ["http/goaway"]


def test_a_request_that_waited_and_was_never_taken_up_was_late(causes):
    talk = talks(50051, *BEGIN, closes=False).passes("8 s")
    talk.server.sends(goaway(0))
    talk.client.acknowledges()
    talk.server.closes()
    talk.client.closes()
    assert causes(talk) == ["http/response-late"]


@pytest.mark.parametrize("whole", [True, False])
def test_what_the_reader_did_not_reach_may_be_the_answer(whole, causes):
    unread = () if whole else ((False, answers(3, 300_000)),)
    talk = talks(50051, *BEGIN, (True, asks(3)), (False, goaway(3, CODES.index("INTERNAL_ERROR"))), *unread)
    assert causes(talk) == (["http/goaway"] if whole else [])


def test_a_server_that_resets_the_connection_behind_goaway_has_closed_it(causes):
    talk = calls(goaway(1), closes=False)
    talk.passes("40 ms").server.resets()
    assert "http/goaway" in causes(talk)


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (goaway(1, CODES.index("INTERNAL_ERROR")), "http/goaway"),
        (frame(3, 0, 1, struct.pack(">I", CODES.index("INTERNAL_ERROR"))), "http/stream-reset"),
    ],
)
@pytest.mark.parametrize(
    ("port", "octets", "over"), [(50051, 1000, True), (50051, 300_000, False), (50052, 1000, True)]
)
def test_what_the_same_server_answers_on_another_connection_is_not_lost(sent, cause, port, octets, over, causes):
    first = calls(sent)
    later = talks(port, *BEGIN, (False, answers(1, octets)), start=first.now, local=51001, closes=over)
    assert causes(first, later) == ([] if port == 50051 else [cause])


NAMES = ("a.example.test", "b.example.test")


@pytest.mark.parametrize(("names", "found"), [((None, None), []), ((NAMES[0], NAMES[0]), []), (NAMES, ["http/goaway"])])
def test_where_no_name_is_known_another_address_may_be_the_same_server(names, found, causes):
    def at(address, name, said, **start):
        talk = Conversation(client="192.0.2.10:51000", server=f"{address}:50051", **start)
        (talk.dns(name, address) if name else talk).handshake()
        for mine, octets in (*BEGIN, (False, said)):
            side = talk.client if mine else talk.server
            side.sends(octets)
            side.peer.acknowledges()
        return talk

    first = at("198.51.100.5", names[0], goaway(1, CODES.index("INTERNAL_ERROR")))
    first.passes("40 ms").server.closes()
    first.client.closes()
    first.server.acknowledges()
    assert causes(first, at("198.51.100.6", names[1], answers(1, 1000), start=first.now)) == found

"""One direction of a TLS connection, record by record."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.conversations.handshake import HandshakeReader, Pending
from netanalyze.wire.message import tls
from netanalyze.wire.message.tls_names import FATAL

RANDOM = bytes(range(32))


def record(content_type: int, body: bytes, version: int = 0x0303) -> bytes:
    return bytes([content_type]) + version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def message(number: int, body: bytes) -> bytes:
    return bytes([number]) + len(body).to_bytes(3, "big") + body


def client_hello(padding: int = 0) -> bytes:
    extension = b"\0\x15" + padding.to_bytes(2, "big") + bytes(padding)
    rest = b"\0\0\2\x13\1\1\0" + len(extension).to_bytes(2, "big") + extension
    return message(tls.CLIENT_HELLO, b"\3\3" + RANDOM + rest)


def server_hello(random: bytes = RANDOM) -> bytes:
    return message(tls.SERVER_HELLO, b"\3\3" + random + b"\0\x13\1\0")


CHAIN = message(11, b"\0\0\x09\0\0\2ab\0\0\1c")
DONE = message(14, b"")
CHANGE = record(tls.CHANGE_CIPHER_SPEC, b"\1")
SECRET = record(tls.HANDSHAKE, bytes(8) + b"\xaa" * 32)
DATA = record(tls.APPLICATION_DATA, b"\x55" * 300)
CLIENT = record(tls.HANDSHAKE, client_hello(), 0x0301)


def read(stream: bytes, at: int = 0) -> list:
    return HandshakeReader().feed(stream, at)


def kinds(stream: bytes) -> list[str]:
    return [event.kind for event in read(stream)]


def test_a_hello_has_the_offsets_of_its_record():
    (event,) = read(CLIENT, at=1000)
    assert (event.kind, event.start, event.end) == ("client_hello", 1000, 1000 + len(CLIENT))
    assert event.message.cipher_suites == (0x1301,)


def test_several_messages_in_one_record_each_end_where_they_end():
    flight = server_hello() + CHAIN + DONE
    events = read(record(tls.HANDSHAKE, flight))
    assert [event.kind for event in events] == ["server_hello", "certificate", "server_hello_done"]
    assert {event.start for event in events} == {0}
    ends = [5 + len(server_hello()), 5 + len(server_hello() + CHAIN), 5 + len(flight)]
    assert [event.end for event in events] == ends
    assert events[1].message == (b"ab", b"c")


def test_a_hello_in_two_records_begins_in_the_first():
    hello = client_hello(2000)
    stream = record(22, hello[:1000]) + record(22, hello[1000:])
    (event,) = read(stream)
    assert (event.kind, event.start, event.end) == ("client_hello", 0, len(stream))


def test_a_hello_without_its_tail_says_how_long_it_is():
    stream = record(22, client_hello(1480))
    reader = HandshakeReader()
    assert reader.feed(stream[:1448], 0) == []
    assert reader.pending == Pending("client_hello", 0, len(stream), 1448)
    assert len(reader.feed(stream[1448:], 1448)) == 1
    assert reader.pending is None


def test_pending_knows_as_much_as_has_come():
    stream = record(22, client_hello(100))
    seen = []
    for had in range(1, len(stream)):
        reader = HandshakeReader()
        reader.feed(stream[:had], 0)
        seen.append(reader.pending)
    assert seen[0] == Pending("record", 0, 5, 1)
    assert seen[4] == Pending("handshake", 0, len(stream), 5)
    assert all(one == Pending("client_hello", 0, len(stream), had) for had, one in enumerate(seen[5:], 6))


def test_pending_counts_the_header_of_the_record_to_come():
    hello = client_hello(2000)
    stream = record(22, hello[:1000]) + record(22, hello[1000:])
    reader = HandshakeReader()
    for at in range(len(stream) - 1):
        reader.feed(stream[at : at + 1], at)
        if at >= 8:
            assert reader.pending == Pending("client_hello", 0, len(stream), at + 1)


def test_after_change_cipher_spec_there_is_ciphertext():
    stream = CLIENT + record(22, message(16, b"key")) + CHANGE + SECRET + record(21, bytes(26)) + DATA
    reader = HandshakeReader()
    events = reader.feed(stream, 0)
    assert [event.kind for event in events] == [
        "client_hello",
        "client_key_exchange",
        "change_cipher_spec",
        "finished_or_encrypted",
        "alert",
        "application_data",
    ]
    assert events[4].message == ("encrypted", 26)
    assert events[-1].end == len(stream)
    assert reader.encrypted


def test_a_second_hello_behind_a_change_cipher_spec_of_no_meaning_is_read():
    retry = record(22, server_hello(tls.RETRY_RANDOM))
    assert kinds(CLIENT + CHANGE + CLIENT + DATA) == [
        "client_hello",
        "change_cipher_spec",
        "client_hello",
        "application_data",
    ]
    events = read(retry + CHANGE + record(22, server_hello()) + DATA)
    assert [event.kind for event in events][:3] == ["hello_retry_request", "change_cipher_spec", "server_hello"]
    assert events[2].start == len(retry + CHANGE)


def test_application_data_alone_turn_the_reader_encrypted():
    reader = HandshakeReader()
    assert [event.kind for event in reader.feed(DATA + SECRET, 0)] == ["application_data", "finished_or_encrypted"]
    assert reader.encrypted


def test_an_alert_in_clear_has_level_and_description():
    (event,) = read(record(21, b"\2\x2a"))
    assert (event.kind, event.message, event.end) == ("alert", (FATAL, 42), 7)
    assert [one.message for one in read(record(21, b"\2") + record(21, b"\x28"))] == [(2, 40)]
    assert [one.message for one in read(CHANGE + record(21, b"\1\0"))][1:] == [(1, 0)]


@pytest.mark.parametrize(
    ("octets", "end"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", 1),
        (b"\x16\x02\x00", 2),
        (b"\x16\x03\x03\x48\x01", 5),
        (b"\x80\x2e\x05\x00\x02", 3),
        (b"\x80\x2e\x04\x02", 4),
        (b"\x80\x2e\x01\x02", 4),
        (b"\x80\x02\x01\x00\x02", 5),
    ],
)
def test_what_is_no_record_ends_the_reading(octets, end):
    reader = HandshakeReader()
    (event,) = reader.feed(octets + bytes(50), 7)
    assert (event.kind, event.start, event.end) == ("not_tls", 7, 7 + end)
    assert reader.not_tls
    assert reader.feed(CLIENT, 7 + len(octets) + 50) == []
    assert reader.pending is None


def test_the_longest_record_is_still_one():
    assert kinds(record(23, bytes(2**14 + 2048))) == ["application_data"]
    assert kinds(DATA + b"\x16\x02") == ["application_data", "not_tls"]


def test_an_ssl_2_server_hello_is_read_and_nothing_after_it():
    body = b"\4\0\1\0\2" + b"\0\5\0\3\0\x10" + b"a DER" + b"\1\0\x80" + bytes(16)
    (event,) = HandshakeReader().feed(bytes([0x80, len(body)]) + body + b"\x17\x03\x03\0\1a", 0)
    assert (event.kind, event.message.version, event.message.ja3s) == ("server_hello", 2, None)
    assert event.end == 2 + len(body)


def test_a_hello_in_an_sslv2_record_is_read_and_tls_follows():
    body = b"\1\3\1\0\3\0\0\0\x10\0\0\x2f" + bytes(16)
    stream = bytes([0x80, len(body)]) + body
    reader = HandshakeReader()
    reader.feed(stream[:10], 0)
    assert reader.pending == Pending("client_hello", 0, len(stream), 10)
    events = reader.feed(stream[10:] + CHANGE, 10)
    assert [(event.kind, event.end) for event in events] == [
        ("client_hello", len(stream)),
        ("change_cipher_spec", len(stream) + 6),
    ]
    assert events[0].message.is_sslv2
    assert kinds(CHANGE + stream) == ["change_cipher_spec", "not_tls"]


def test_a_body_that_contradicts_its_format_is_malformed_and_reading_goes_on():
    stream = record(22, message(1, b"\3\3") + message(99, b"?") + server_hello())
    assert kinds(stream) == ["malformed", "malformed", "server_hello"]


def test_another_content_type_breaks_an_unfinished_message_off():
    stream = record(22, client_hello()[:20]) + record(21, b"\2\x50")
    events = read(stream)
    assert [(event.kind, event.end) for event in events] == [("malformed", 25), ("alert", 32)]


def test_messages_too_long_to_keep_are_passed_over_by_their_length():
    for number, kind in ((11, "certificate"), (1, "malformed")):
        body = message(number, bytes(100_000)) + DONE
        stream = b"".join(record(22, body[at : at + 2**14]) for at in range(0, len(body), 2**14))
        reader = HandshakeReader()
        events = []
        for at in range(0, len(stream), 1448):
            events += reader.feed(stream[at : at + 1448], at)
            assert len(reader._message) <= 64 * 1024
        assert [(event.kind, event.message) for event in events] == [(kind, None), ("server_hello_done", None)]


def test_octets_seen_before_are_passed_over():
    reader = HandshakeReader()
    reader.feed(CLIENT[:40], 0)
    assert [event.kind for event in reader.feed(CLIENT[20:], 20)] == ["client_hello"]
    assert reader.feed(CLIENT, 0) == []


def test_a_hole_in_ciphertext_is_passed_over_and_one_in_a_hello_is_not():
    reader = HandshakeReader()
    reader.feed(DATA[:100], 0)
    assert [event.kind for event in reader.feed(DATA[200:] + DATA, 200)] == ["application_data"] * 2
    reader.feed(DATA[:100], 2 * len(DATA))
    assert [event.kind for event in reader.feed(DATA, 3 * len(DATA))] == ["application_data"] * 2
    assert reader.feed(DATA, 5 * len(DATA)) == []
    assert reader.lost
    reader = HandshakeReader()
    reader.feed(CLIENT[:40], 0)
    assert reader.feed(CLIENT[41:], 41) == []
    assert reader.lost


pieces = st.sampled_from(
    [
        CLIENT,
        CHANGE,
        SECRET,
        DATA,
        record(22, server_hello() + CHAIN),
        record(22, client_hello(60)[:50]),
        record(22, client_hello(60)[50:]),
        record(22, server_hello(tls.RETRY_RANDOM)),
        record(21, b"\2\x28"),
        record(21, b"\2"),
        record(22, b""),
        record(23, b""),
        record(24, b"\1\0\3abc"),
        bytes([0x80, 28]) + b"\1\3\1\0\3\0\0\0\x10\0\0\x2f" + bytes(16),
        message(11, bytes(70_000)),
        b"GET /",
    ]
)
streams = st.lists(pieces | st.binary(max_size=8), max_size=8).map(b"".join)


@given(stream=streams, cuts=st.lists(st.integers(0, 400), max_size=12), at=st.integers(0, 2**33))
def test_the_events_do_not_depend_on_the_pieces(stream, cuts, at):
    whole = HandshakeReader()
    expected = whole.feed(stream, at)
    reader, events = HandshakeReader(), []
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for begin, end in itertools.pairwise(edges):
        events += reader.feed(stream[begin:end], at + begin)
    assert events == expected
    assert reader.pending == whole.pending
    assert (reader.encrypted, reader.not_tls) == (whole.encrypted, whole.not_tls)


@given(stream=streams)
def test_one_octet_at_a_time_gives_the_same_events(stream):
    stream = stream[:600]
    reader, events = HandshakeReader(), []
    for at in range(len(stream)):
        events += reader.feed(stream[at : at + 1], at)
        assert reader.pending is None or 0 < reader.pending.had <= reader.pending.total
    assert events == read(stream)


@given(feeds=st.lists(st.tuples(streams, st.integers(0, 500)), max_size=5))
def test_it_never_raises_whatever_comes_wherever(feeds):
    reader = HandshakeReader()
    for octets, at in feeds:
        for event in reader.feed(octets, at):
            assert event.start <= event.end
        assert reader.pending is None or reader.pending.total >= reader.pending.had


@pytest.mark.parametrize(
    ("begins", "is_hello"),
    [
        (b"\x80\x1c\1\0\2\0\3", True),
        (b"\x80\x1c\1\3\1\0\3", True),
        (b"\xc0\x01\1\0\x5e\x21\x07", False),  # TACACS+: an authentication, its session's number
        (b"\xc0\x01\1\3\x5e\x21\x07", False),
    ],
)
def test_a_hello_of_sslv2_bears_a_version_that_there_is(begins, is_hello):
    reader = HandshakeReader()
    reader.feed(begins, 0)
    assert (reader.pending is not None) is is_hello

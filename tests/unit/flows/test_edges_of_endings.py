"""Where an end breaks something off, and where records tell of it: each size and moment at its limit, and beside it."""

from types import SimpleNamespace

import pytest

from netanalyze.flows import application as of_records
from netanalyze.flows import endings
from netanalyze.flows.application import (
    FRAME_HEADER,
    FULL_RECORD,
    TICKET_LEAST,
    TICKET_MOST,
    TICKETS,
    TICKETS_DIFFER,
    TLS12_OVERHEAD,
    TLS13_OVERHEAD,
    WINDOW_UPDATE,
)
from netanalyze.tracking.records import HEADER_LENGTH
from tests.unit.stand_ins import flow, half, packet

EXTRA = TLS13_OVERHEAD
SETTINGS = FRAME_HEADER + EXTRA


def record(length=900, frame=5, ns=0, direction=1, offset=1, kind=23):
    return SimpleNamespace(
        length=length, frame_number=frame, time_ns=ns, direction=direction, stream_offset=offset, content_type=kind
    )


def laid(*lengths, direction=1):
    """Records end to end."""
    made, offset = [], 1
    for at, length in enumerate(lengths):
        made.append(record(length, at + 1, at, direction, offset))
        offset += HEADER_LENGTH + length
    return made


def read(octets=endings.CUT_LEAST, responses=None, **more):
    said = [record()] if responses is None else list(responses)
    usual = {"octets_since_request": lambda frame: octets, "responses": said, "ended": None, "requests": []}
    return SimpleNamespace(**usual | {"answered": True, "why": "x"} | more)


RESET, CLOSED = endings.RESET_SOON_NS, endings.CLOSED_SOON_NS


@pytest.mark.parametrize(
    ("ended", "octets", "http2", "goodbye", "cut"),
    [
        (("rst", 1, RESET - 1, 9), endings.CUT_LEAST, False, False, True),
        (("rst", 1, RESET, 9), endings.CUT_LEAST, False, False, False),
        (("rst", 1, 0, 9), endings.CUT_LEAST - 1, False, False, False),
        (("rst", 0, 0, 9), endings.CUT_LEAST, False, False, False),
        (None, endings.CUT_LEAST, True, False, False), (("fin", 1, CLOSED - 1, 9), endings.CUT_LEAST, True, False, True),
        (("fin", 1, CLOSED, 9), endings.CUT_LEAST, True, False, False),
        (("fin", 1, 0, 9), endings.CUT_LEAST, False, False, False),
        (("fin", 1, 0, 9), endings.CUT_LEAST, True, True, False), (("rst", 1, 0, 9), endings.CUT_LEAST, True, True, True),
    ],
)  # fmt: skip
def test_ends_that_interrupt_a_download(monkeypatch, ended, octets, http2, goodbye, cut):
    monkeypatch.setattr(endings, "offers_http2", lambda flow: http2)
    monkeypatch.setattr(endings, "_said_goodbye", lambda flow: goodbye)
    assert (endings._interrupted(SimpleNamespace(ended=lambda: ended), read(octets)) is not None) is cut


@pytest.mark.parametrize(
    ("ended", "octets", "goodbye", "short", "cut", "reset"),
    [
        (("fin", 1, CLOSED - 1, 9), endings.CUT_LEAST, False, False, True, False), (None, 9999, False, False, False, False),
        (("fin", 1, CLOSED, 9), endings.CUT_LEAST, False, False, False, False),
        (("fin", 0, 0, 9), 9999, False, False, False, False),
        (("fin", 1, 0, 9), endings.CUT_LEAST - 1, False, False, False, False),
        (("fin", 1, 0, 9), 9999, True, False, False, False),
        (("fin", 1, 0, 9), 9999, True, True, True, False), (("rst", 1, RESET - 1, 9), 9999, False, False, False, True),
        (("rst", 1, RESET, 9), 9999, False, False, False, False), (("rst", 0, 0, 9), 9999, False, False, False, False),
    ],
)  # fmt: skip
def test_ends_that_perhaps_cut_a_response(monkeypatch, ended, octets, goodbye, short, cut, reset):
    monkeypatch.setattr(endings, "handshake_complete", lambda flow: True)
    monkeypatch.setattr(endings, "application", lambda flow: read(octets))
    monkeypatch.setattr(endings, "_said_goodbye", lambda flow: goodbye)
    made = SimpleNamespace(ended=lambda: ended, tls=1)
    assert endings.perhaps_cut(made, short) is cut
    assert endings.perhaps_reset(made) is reset


def test_what_never_answered_was_not_cut(monkeypatch):
    monkeypatch.setattr(endings, "handshake_complete", lambda flow: flow.whole)
    monkeypatch.setattr(endings, "application", lambda flow: read(responses=()))
    for tls, whole in ((None, True), (1, False), (1, True)):
        made = SimpleNamespace(ended=lambda: ("rst", 1, 0, 9), tls=tls, whole=whole)
        assert not endings.perhaps_reset(made)


@pytest.mark.parametrize(
    ("frame", "ended", "ns", "heard"),
    [
        (5, None, 0, True), (5, ("fin", 0, 10, 9), 0, True), (9, ("fin", 1, 10, 9), 0, False),
        (8, ("fin", 1, 10, 9), 0, True),
        (5, ("fin", 1, 10, 9), 5, True), (5, ("fin", 1, 10, 9), 6, False), (4, ("fin", 1, 10, 9), 9, True),
        (5, ("rst", 1, 10, 9), 9, True),
    ],
)  # fmt: skip
def test_what_a_server_can_have_heard_before_it_ended(frame, ended, ns, heard):
    made = flow(packet(5, ns, direction=0), ended=lambda: ended, round_trip_ns=5)
    assert endings._heard(made, frame) is heard


@pytest.mark.parametrize(("direction", "flags", "says"), [(1, 16, True), (1, 4, False), (0, 16, False)])
def test_last_segments_that_say_how_far_was_heard(direction, flags, says):
    assert endings.acknowledges(flow(packet(5, direction=direction, flags=flags)), 5) is says
    assert not endings.acknowledges(flow(), 5)


@pytest.mark.parametrize(
    ("data", "conversation", "ssh", "port", "start", "greets"),
    [
        ((False, False), None, False, 22, True, False), ((False, False), None, False, 443, True, True),
        ((True, False), 1, True, 22, True, True),
        ((False, False), None, True, 443, True, False), ((False, True), None, False, 22, True, True),
        ((False, True), 1, False, 22, True, True), ((False, True), 1, True, 443, True, False),
        ((False, False), None, False, 22, False, True),
    ],
)  # fmt: skip
def test_servers_that_greet_nobody(data, conversation, ssh, port, start, greets):
    made = flow(
        sides=(half(sent_data=data[1]), half(sent_data=data[0], port=port)), conversation=conversation, speaks_ssh=ssh,
        seen_from_start=start,
    )  # fmt: skip
    assert endings._greets_nobody(made) is not greets


@pytest.mark.parametrize(
    ("said", "asked", "ssh", "whole", "owed"),
    [
        (b"SSH-2.0-x\r\n", b"SSH-2.0-y\r\nkeys", True, True, True), (b"SSH-2.0-x\r\n", b"SSH-2.0-y\r\n", True, True, False),
        (b"SSH-2.0-x", b"SSH-2.0-y\r\nkeys", True, True, False), (b"busy\r\n", b"SSH-2.0-y\r\nkeys", True, True, False),
        (b"hi\r\nSSH-2.0-x\r\n", b"SSH-2.0-y\r\nkeys", True, True, True),
        (b"SSH-2.0-x\r\n", b"y\r\nkeys", False, True, False),
        (b"SSH-2.0-x\r\n", b"SSH-2.0-y\r\nkeys", True, False, False),
    ],
)  # fmt: skip
def test_keys_that_a_server_of_ssh_owes(said, asked, ssh, whole, owed):
    made = SimpleNamespace(
        seen_from_start=True, opening_is_all=lambda at: whole, opening=lambda at: (asked, said)[at], speaks_ssh=ssh
    )
    assert endings._keys_owed(made) is owed


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, None), ({"ended": False}, "middle"), ({"requests": [record()], "answered": False}, "owed"),
        ({"requests": [record()]}, None), ({"requests": [record()], "answered": False, "ended": True}, "owed"),
    ],
)  # fmt: skip
def test_what_an_end_broke_off_in_tls(monkeypatch, more, told):
    for name, value in (
        ("handshake_complete", True),
        ("_client_said_goodbye", False),
        ("hidden_alert", None),
        ("_interrupted", None),
    ):
        monkeypatch.setattr(endings, name, lambda *_, value=value: value)
    monkeypatch.setattr(endings, "application", lambda flow: read(**more))
    monkeypatch.setattr(endings, "_heard", lambda flow, frame: True)
    for http in (True, False):
        found = endings._broken_off_tls(SimpleNamespace(speaks_http=http))
        assert (told in str(found)) if told == "middle" or (told and http) else found is None


@pytest.mark.parametrize(("hidden", "goodbye", "whole"), [(1, False, True), (None, True, True), (None, False, False)])
def test_what_was_said_to_be_over_was_not_broken_off(monkeypatch, hidden, goodbye, whole):
    for name, value in (("handshake_complete", whole), ("_client_said_goodbye", goodbye), ("hidden_alert", hidden)):
        monkeypatch.setattr(endings, name, lambda *_, value=value: value)
    monkeypatch.setattr(endings, "application", lambda flow: read(ended=False))
    assert endings._broken_off_tls(None) is None


def exchange(**more):
    usual = {
        "asked_by": 0,
        "request_frame": 1,
        "response_frame": 2,
        "body_over": False,
        "body_kind": "length",
        "followed": False,
    }
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize(
    ("more", "whole", "ended", "told"),
    [
        ({}, False, None, True), ({}, True, None, False), ({"body_over": True}, False, None, False),
        ({}, False, ("fin", 0, 9, 9), False),
        ({"body_kind": "chunked"}, False, None, False), ({"body_kind": "chunked", "followed": True}, False, None, True),
        ({"body_kind": "close"}, False, None, False), ({"response_frame": 0}, False, None, True),
        ({}, False, ("fin", 1, 9, 9), True),
        ({"response_frame": 0, "request_frame": 0}, False, None, False),
    ],
)  # fmt: skip
def test_what_an_end_broke_off_in_clear(monkeypatch, more, whole, ended, told):
    monkeypatch.setattr(endings, "greeted_otherwise", lambda flow: None)
    monkeypatch.setattr(endings, "body_complete", lambda flow, exchange: whole)
    made = flow(ended=lambda: ended, http=SimpleNamespace(exchanges=[exchange(**more)]), round_trip_ns=0)
    assert (endings._broken_off_http(made) is not None) is told


@pytest.mark.parametrize(
    ("length", "extra", "ticket"),
    [
        (TICKET_LEAST, EXTRA, True), (TICKET_LEAST - 1, EXTRA, False), (TICKET_MOST, EXTRA, True),
        (TICKET_MOST + 1, EXTRA, False),
        (TICKET_LEAST, TLS12_OVERHEAD, False),
    ],
)  # fmt: skip
def test_records_of_the_size_of_a_ticket(length, extra, ticket):
    assert of_records._ticket(record(length), extra) is ticket


@pytest.mark.parametrize(
    ("lengths", "count"),
    [
        ((), 0), ((200, 200 + TICKETS_DIFFER), 2), ((200, 201 + TICKETS_DIFFER), 1), ((200,) * (TICKETS + 1), TICKETS),
        ((900, 200), 0),
    ],
)  # fmt: skip
def test_tickets_at_the_beginning(lengths, count):
    assert len(of_records._tickets(laid(*lengths), EXTRA)) == count


@pytest.mark.parametrize(
    ("client", "server", "declined"),
    [
        ((300,), (900, 900), True), ((300,), (900,), False), ((300,), (200,), True), ((300,), (), True),
        ((300, SETTINGS), (900, 900), False), ((SETTINGS, 300), (900, 900), True),
    ],
)  # fmt: skip
def test_servers_that_decline_http2(client, server, declined):
    assert of_records._declined(laid(*client), laid(*server), EXTRA, {SETTINGS}) is declined
    assert not of_records._declined(laid(*client), laid(*server), TLS12_OVERHEAD, set())


@pytest.mark.parametrize(
    ("lengths", "left"),
    [
        ((TICKET_LEAST, 87, 900), 1), ((87, 900), 1), ((88, 900), 2), ((200,) * (TICKETS + 1), 1), ((87, SETTINGS, 900), 1),
        ((87, SETTINGS, SETTINGS), 1), ((87, 2 * FRAME_HEADER + WINDOW_UPDATE + EXTRA, 900), 1), ((87, 30, SETTINGS, 900), 1),
        ((87, 30, 30), 1), ((87, SETTINGS, 30), 1), ((87, 900, 30), 2), ((), 0),
    ],
)  # fmt: skip
def test_what_a_server_of_http2_says_unasked(lengths, left):
    assert len(of_records._without_prelude(laid(*lengths), EXTRA)) == left


FULL, END_MARK = FULL_RECORD + EXTRA, FRAME_HEADER + EXTRA


@pytest.mark.parametrize(
    ("lengths", "http2", "ended"),
    [
        ((900,), True, None), ((900, END_MARK), True, True), ((900, END_MARK), False, None), ((FULL, END_MARK), True, None),
        ((FULL - 1, END_MARK), True, True), ((FULL,), False, False), ((FULL - 2 * FRAME_HEADER,), False, False),
        ((FULL - 2 * FRAME_HEADER - 1,), False, None), ((1400, 1400, 1400), False, False), ((1400, 1400), False, None),
        ((1000, 1000, 1000), False, None), ((1001, 1001, 1001), False, False), ((1400, 1400, 1399), False, None),
        ((1200, 1400, 1400), False, False), ((1200, 1200, 1400), False, None),
        ((1200, END_MARK, 1200, END_MARK, 1001), True, False), ((1200, END_MARK, 1200, END_MARK, 1000), True, None),
        ((1200, END_MARK, 1001), True, None),
    ],
)  # fmt: skip
def test_how_the_last_response_ended(lengths, http2, ended):
    records = laid(*lengths)
    behind = records[-1].stream_offset + HEADER_LENGTH + records[-1].length
    made = flow(
        sides=(half(), half(next=behind, contiguous=behind, acked=0)), whole=lambda record: True, records=records
    )
    assert of_records._ended(made, [record(frame=0)], records, records, EXTRA, http2)[0] is ended


@pytest.mark.parametrize(
    ("sent", "fin", "others", "beyond"),
    [(0, 0, (), "nothing"), (1, 0, (), False), (1, 1, (), "nothing"), (HEADER_LENGTH - 1, 0, (), False),
    (HEADER_LENGTH, 0, (), None),
     (9, 0, (0,), "nothing"), (9, 0, (4,), None)],
)  # fmt: skip
def test_octets_behind_the_last_record(sent, fin, others, beyond):
    last = record(100)
    end = 1 + HEADER_LENGTH + 100
    later = [record(5, offset=end + at) for at in others]
    made = flow(sides=(half(), half(next=end + sent, fin_frame=fin)), records=[last, *later])
    found = of_records._beyond(made, last)
    assert ("nothing" if found is None else found[0]) == beyond


@pytest.mark.parametrize(("gap", "side"), [(0, True), (1, False), (-1, False)])
def test_records_side_by_side(gap, side):
    earlier = record(100)
    assert of_records._side_by_side(earlier, record(offset=1 + HEADER_LENGTH + 100 + gap)) is side

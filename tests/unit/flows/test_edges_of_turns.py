"""Who asked and who answered in protocols that nobody reads: the pause, the size and the count that make the difference."""

from types import SimpleNamespace

import numpy as np
import pytest

from netanalyze.flows import pushing, turns
from netanalyze.flows.turns import APART_NS, TakenTurn
from netanalyze.tracking.bins import BIN
from netanalyze.tracking.marks import RETRANSMISSION

ASKED, ANSWERED = 0, 1


def packet(direction, ns, frame, length=10, offset=1, marks=0):
    return SimpleNamespace(
        direction=direction, time_ns=ns, frame_number=frame, length=length, offset=offset, marks=marks
    )


def flow(*packets, opening=(b"", b""), **more):
    usual = {
        "known": {}, "tls": None, "http": None, "seen_from_start": True, "lacks_last_word": lambda direction: False,
        "conversation": SimpleNamespace(last=(0, b""), lines=None, ftp=None), "opening": lambda at: opening[at],
        "data_packets": tuple([p for p in packets if p.direction == at] for at in (0, 1)),
        "client": SimpleNamespace(first_data_frame=1), "server": SimpleNamespace(first_data_frame=2, last_data_frame=0),
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


def spoken(*who_and_when):
    return [packet(direction, ns, frame) for frame, (direction, ns) in enumerate(who_and_when, 1)]


@pytest.mark.parametrize(
    ("said", "on"),
    [
        (((0, 0), (0, APART_NS)), True), (((0, 0), (0, APART_NS - 1)), False), (((0, 0), (1, 5), (0, APART_NS)), False),
        (((1, 0), (1, APART_NS)), False), (((0, 0), (1, APART_NS)), False),
    ],
)  # fmt: skip
def test_clients_that_speak_on_unheard(said, on):
    assert turns.speaks_on(flow(*spoken(*said))) is on


def test_what_is_sent_again_is_no_other_word():
    again = packet(0, APART_NS, 2, marks=RETRANSMISSION)
    assert not turns.speaks_on(flow(packet(0, 0, 1), again))


@pytest.mark.parametrize(
    ("said", "last_answer", "counts"),
    [
        (((0, 0), (1, 5)), 2, (1, 1, 0)), (((1, 0), (0, 5), (1, 9)), 3, (1, 1, 0)), (((0, 0), (0, 5), (1, 9)), 3, (1, 1, 0)),
        (((0, 0), (0, APART_NS)), 0, (1, 0, 1)), (((0, 0), (0, APART_NS - 1)), 0, (1, 0, 0)),
        (((0, 0), (0, APART_NS), (0, APART_NS + 1)), 0, (1, 0, 1)), (((0, 0), (0, APART_NS),
        (0, 2 * APART_NS)), 0, (1, 0, 2)),
        (((0, 0), (0, APART_NS), (1, APART_NS + 1)), 3, None), (((0, 0), (1, 5), (1, 5 + APART_NS)), 3, None),
        (((0, 0), (0, APART_NS)), 2, (1, 0, 1)), (((0, 0), (0, APART_NS)), 3, None), ((), 0, (0, 0, 0)),
    ],
)  # fmt: skip
def test_turns_that_were_taken(said, last_answer, counts):
    server = SimpleNamespace(first_data_frame=2, last_data_frame=last_answer)
    taken = turns.taken_turns(flow(*spoken(*said), server=server))
    assert (taken and (len(taken.questions), len(taken.answers), len(taken.again))) == counts


@pytest.mark.parametrize(
    "more",
    [
        {"tls": 1},
        {"seen_from_start": False},
        {"conversation": None},
        {"lacks_last_word": lambda direction: direction == 1},
    ],
)
def test_flows_whose_turns_nobody_can_tell(more):
    assert turns.taken_turns(flow(**more)) is None


def turn(direction, ns, length=10, offset=1):
    said = packet(direction, ns, 1, length, offset)
    return TakenTurn(direction, said, said)


@pytest.mark.parametrize(("answer_ns", "late"), [(APART_NS - 1, 0), (APART_NS, 1)])
def test_answers_that_come_late(answer_ns, late):
    assert len(turns.Turns((turn(0, 0),), (turn(1, answer_ns),)).late) == late


A, B = (b"GET ",), (b"PUT ",)


@pytest.mark.parametrize(
    ("asked", "length", "likes", "alike"),
    [
        (A, 5, [(A, 5)], True), (A, 5, [(A, 5), (B, 5)], False), (B, 5, [(A, 5)], False),
        (A, 5, [(A, 9)] * 2 + [(B, 5)], True),
        (A, 5, [(A, 9), (B, 5), (B, 5)], False), (A, 5, [(A, 9), (B, 9), (None, 5)], True),
        (A, 5, [(A, 9), (B, 9), (None, 6)], False), (A, 5, [(B, 9), (None, 5), (None, 5), (None, 5)], False),
        (A, 5, [(A, 9), (None, 6)], True), ((), 5, [((), 5)], False), (None, 5, [(A, 5)], True), (None, 5, [(A, 5),
        (B, 5)], False),
        (None, 5, [((), 5)], False), (None, 5, [(None, 5)], False), (A, 5, [], False),
    ],
)  # fmt: skip
def test_questions_of_one_kind(asked, length, likes, alike):
    assert turns._is_alike(asked, length, likes) is alike


REDIS, FIX = b"*1\r\n$4\r\nPING\r\n", b"8=FIX.4.2\x019=5\x0135=%b\x01"


@pytest.mark.parametrize(
    ("begins", "like"),
    [
        (REDIS, (b"PING",)), (b"*1\r\n$5\r\nbrpop\r\n", ()), (b"*1\r\n$5\r\nget\r\n", (b"GET",)), (FIX % b"0", ()),
        (FIX % b"D", (b"D",)), (b"PRIVMSG x", ()), (b"HELLO WORLD", (b"HELL",)), (b"\x01\x02\x03", (1,)), (b"\0abc", (0, 10)),
        (b"\x05\x64\0\0\0\xff" + b"x" * 20, ()), (b"\x05\x64\0\0\0\xfe" + b"x" * 20, (5,)), (b"set a noreply\r\n", ()),
        (b"\5\0\0" + b"x" * 19 + b"ab", (b"\5\0\0", b"ab")), (b"xxxx\xfeSMB" + b"x" * 8 + b"\x0c\0", ()),
        (b"xxxx\xfeSMB" + b"x" * 8 + b"\x0d\0", (b"\xfeSMB",)), (b"xxxx\xffSMB\xa0", ()),
        (b"xxxx\xffSMB\xa1", (b"\xffSMB",)), (b"", None),
    ],
)  # fmt: skip
def test_what_a_question_has_in_common_with_others(begins, like):
    talk = SimpleNamespace(last=(1, begins))
    assert turns._like(flow(conversation=talk), turn(0, 0)) == like


@pytest.mark.parametrize(
    ("kept", "offset", "like"),
    [(24, 1, (b"xxxx",)), (23, 1, None), (25, 2, (b"xxxx",)), (24, 2, None)],
    ids=["whole", "too short", "behind an octet", "behind one, too short"],
)
def test_a_question_is_known_by_its_first_octets_where_all_were_kept(kept, offset, like):
    opening = b"x" * kept
    assert turns._like(flow(opening=(opening, b"")), turn(0, 0, offset=offset)) == like


def test_requests_of_kafka_are_told_by_their_numbers():
    opening = b"xxxx" + turns.KAFKA_FIRST + b"x" * 18
    for number, like in ((b"\0\1", ()), (b"\0\2", (b"\0\2",))):
        talk = SimpleNamespace(last=(1, b"\0\0\0\x09" + number + b"x"))
        assert turns._like(flow(conversation=talk, opening=(opening, b"")), turn(0, 0)) == like


def binned(*rows):
    cells = np.zeros((len(rows), BIN.WIDTH), dtype=np.int64)
    for at, (last_ns, octets, packets) in enumerate(rows):
        cells[at, BIN.LAST_NS], cells[at, BIN.OCTETS], cells[at, BIN.PACKETS] = last_ns, octets, packets
    return 1, cells


@pytest.mark.parametrize(
    ("bins", "largest", "bulk"),
    [
        (None, 1460, False), (((5, turns.FULL * 1460, 1),), 1460, True), (((5, turns.FULL * 1460 - 1, 1),), 1460, False),
        (((5, turns.FULL * turns.LARGE, 1),), turns.LARGE, True), (((5, 10**6, 1),), turns.LARGE - 1, False),
        (((5, 14600, 20),), 1460, turns.FULL <= 10), (((5, 14600, 21),), 1460, False), (((1, 10**6, 1),), 1460, False),
        (((2, 10**6, 1),), 1460, True), (((9, 10**6, 1),), 1460, True), (((10, 10**6, 1),), 1460, False),
    ],
)  # fmt: skip
def test_bulk_between_two_moments(bins, largest, bulk):
    sides = SimpleNamespace(largest=0), SimpleNamespace(largest=largest)
    made = SimpleNamespace(bins=(None, bins and binned(*bins)), halves=sides)
    assert turns._bulk_between(made, 1, 1, 9) is bulk


def gap(last_frame=9, data_direction=0, start_ns=9):
    return SimpleNamespace(last_frame=last_frame, data_direction=data_direction, start_ns=start_ns)


@pytest.mark.parametrize(
    ("turn_of", "other", "last"), [(None, 1, 1), (0, 0, 0), (1, -1, 1), (0, 1, 1), ("nobody", 1, None)]
)
def test_who_spoke_last(turn_of, other, last):
    read = None
    if turn_of is not None:
        said = packet(0, 1, 1)
        read = SimpleNamespace(
            turn=lambda frame: None if turn_of == "nobody" else turn_of, requests=[said], responses=[said]
        )
    sides = SimpleNamespace(largest=1460), SimpleNamespace(largest=1460)
    made = SimpleNamespace(bins=(binned((5, 10**6, 9)),) * 2, halves=sides)
    assert turns.spoke_last(made, gap(data_direction=other), read) == last


def test_who_had_not_begun_cannot_have_sent_in_bulk_since():
    read = SimpleNamespace(turn=lambda frame: 0, requests=[packet(0, 1, 10)], responses=[])
    assert turns.spoke_last(SimpleNamespace(bins=None, halves=None), gap(data_direction=1), read) == 0


@pytest.mark.parametrize(
    ("lengths", "paced"),
    [
        ((10, 10, 10), 3), ((10, 10), 0), ((90, 100, 110), 3), ((89, 100, 110), 0), ((90, 100, 111), 0),
        ((1, 90, 100, 110, 500), 3),
    ],
)  # fmt: skip
def test_waits_of_one_timer(lengths, paced):
    assert len(pushing.paced([SimpleNamespace(ns=ns) for ns in lengths])) == paced


@pytest.mark.parametrize(
    ("targets", "least", "polls"),
    [
        (("/a", "/a", "/a"), 10, 3),
        (("/a", "/a", "/a"), 11, 0),
        (("/a", "/b", "/a"), 10, 0),
        ((None, None, None), 10, 0),
    ],
)
def test_long_polls(monkeypatch, targets, least, polls):
    monkeypatch.setattr(pushing, "_request", lambda flow, frame: targets[frame])
    waits = [SimpleNamespace(ns=10, last_frame=at) for at in range(3)]
    assert len(pushing.polls(None, waits, least)) == polls


def messages(*rows):
    return [SimpleNamespace(direction=d, content_type=kind, time_ns=ns, length=length) for d, kind, ns, length in rows]


MOST = pushing.MESSAGE_MOST


@pytest.mark.parametrize(
    ("records", "speaks"),
    [
        ([(1, 23, 5, MOST - 1)], True), ([(1, 23, 5, MOST)], False), ([], False), ([(0, 23, 5, 9)], False),
        ([(1, 22, 5, 9)], False),
        ([(1, 23, 0, 9)], False), ([(1, 23, 1, 9)], True), ([(1, 23, 9, 9)], True), ([(1, 23, 10, 9)], False),
        ([(1, 23, 5, 9), (1, 23, 6, MOST)], False), ([(1, 23, 5, 9), (1, 23, 10, MOST)], True),
    ],
)  # fmt: skip
def test_servers_that_speak_in_messages(records, speaks):
    for talk in (None, SimpleNamespace(is_http2_clear=False)):
        made = SimpleNamespace(conversation=talk, records=messages(*records))
        assert pushing.speaks_in_messages(made, 1, 9) is speaks


@pytest.mark.parametrize(
    ("ns", "length", "speaks"),
    [(1, MOST, False), (9, MOST, False), (0, MOST, True), (10, MOST, True), (5, MOST - 1, True)],
)
def test_servers_that_speak_in_messages_in_clear(ns, length, speaks):
    talk = SimpleNamespace(is_http2_clear=True)
    made = SimpleNamespace(conversation=talk, data_packets=([], messages((1, 0, ns, length))))
    assert pushing.speaks_in_messages(made, 1, 9) is speaks


@pytest.mark.parametrize(
    ("frames", "answers", "asked"),
    [((1, 5), True, False), ((1, 6), True, True), ((1, 6), False, False), ((6,), True, False), ((), True, False)],
)
def test_something_asked_and_answered_before_more_was_said(monkeypatch, frames, answers, asked):
    records = [SimpleNamespace(frame_number=frame) for frame in frames]
    read = SimpleNamespace(
        requests=records, responses=[SimpleNamespace(frame_number=5)], may_answer=lambda asked, told: answers
    )
    monkeypatch.setattr(pushing, "application", lambda flow: read)
    assert pushing._asked_before(None) is asked


@pytest.mark.parametrize(
    ("tls", "names"),
    [
        (None, True), (SimpleNamespace(client_hello=None), True),
        (SimpleNamespace(client_hello=SimpleNamespace(message=None)), True),
        (SimpleNamespace(client_hello=SimpleNamespace(message=SimpleNamespace(alpn=()))), False),
        (SimpleNamespace(client_hello=SimpleNamespace(message=SimpleNamespace(alpn=("h2",)))), True),
    ],
)  # fmt: skip
def test_clients_that_name_what_they_speak(tls, names):
    assert pushing._names_a_protocol(SimpleNamespace(tls=tls)) is names


@pytest.mark.parametrize(
    ("kinds", "played"),
    [((), False), ((None,), False), (("text/html",), False), (("audio/ogg",), True), (("a", "video/mp4"), True)],
)
def test_responses_that_are_played(kinds, played):
    clear = SimpleNamespace(exchanges=[SimpleNamespace(content_type=kind) for kind in kinds])
    assert pushing.played(SimpleNamespace(clear=clear)) is played
    assert not pushing.played(SimpleNamespace(clear=None))

"""Where a client's close counts as turning a certificate down: each limit of time and size, at it and one beside it."""

from types import SimpleNamespace

import pytest

from netanalyze.flows import rejection as of
from netanalyze.flows.application import FINISHED_SHA256
from netanalyze.tracking.records import HEADER_LENGTH
from netanalyze.units import NEVER_NS

FLIGHT_NS, FINISHED = 10**9, FINISHED_SHA256 + of.OVERHEAD


def record(direction, length, ns=FLIGHT_NS, frame=5, kind=of.APPLICATION_DATA, offset=400):
    return SimpleNamespace(
        direction=direction, length=length, time_ns=ns, frame_number=frame, content_type=kind, stream_offset=offset
    )


def flow(*records, client=None, server=None, tls=None, data=()):
    half = {"fin_frame": 0, "rst_frame": 0, "fin_ns": NEVER_NS, "rst_ns": NEVER_NS, "unacked": 0, "fin_offset": 1}
    sides = half | {"next": 1, "contiguous": 1, "acked": 1}
    return SimpleNamespace(
        records=list(records), first_ns=0, tls=tls, data_packets=(list(data), []),
        client=SimpleNamespace(**sides | (client or {})), server=SimpleNamespace(**sides | (server or {})),
    )  # fmt: skip


def close(ns, frame=9):
    return of._Close(ns, frame)


@pytest.mark.parametrize(
    ("direction", "kind", "ns", "heard"),
    [
        (1, 23, 10, True), (1, 23, 11, False), (1, 23, 0, False), (1, 23, 1, True), (0, 23, 10, False), (1, 22, 10, False),
    ],
)  # fmt: skip
def test_tickets_that_came_a_while_before_the_alert(direction, kind, ns, heard):
    alert = record(0, 19, of.LOOKED_NS + 10)
    assert of._heard_between(flow(record(direction, 250, ns, kind=kind)), record(0, FINISHED, 0), alert) is heard


@pytest.mark.parametrize(
    ("lengths", "on"),
    [((), False), ((FINISHED,), False), ((FINISHED, 19), False), ((FINISHED, 24), False), ((FINISHED, 20), True),
     ((FINISHED, 19, 19), True)],
)  # fmt: skip
def test_what_is_more_than_a_finished_and_an_alert(lengths, on):
    assert of._spoke_on([record(0, length) for length in lengths]) is on


def hello(end=300):
    return SimpleNamespace(client_hello=SimpleNamespace(end=end, ns=0))


@pytest.mark.parametrize(
    ("tls", "data", "fin", "whole"),
    [
        (hello(300), 300, 0, True), (hello(300), 301, 0, False), (hello(301), 301, 0, True), (hello(), 0, 300, True),
        (hello(), 0, 301, False), (SimpleNamespace(client_hello=None), 0, 0, False),
    ],
)  # fmt: skip
def test_clients_of_whom_every_record_was_read(tls, data, fin, whole):
    packets = [SimpleNamespace(offset=1, length=data - 1)] if data else []
    client = {"fin_frame": 9, "fin_offset": fin} if fin else {"fin_offset": 999}
    assert of._read_to_the_end(flow(client=client, tls=tls, data=packets)) is whole


@pytest.mark.parametrize(("direction", "whole"), [(0, True), (1, False)])
def test_only_the_clients_own_records_count(direction, whole):
    said = record(direction, 100, offset=300)
    packets = [SimpleNamespace(offset=1, length=300 + HEADER_LENGTH + 100 - 1)]
    assert of._read_to_the_end(flow(said, tls=hello(), data=packets)) is whole


@pytest.mark.parametrize(
    ("server", "client", "records", "ended"),
    [
        ({}, {}, "s", True), ({}, {}, "", False), ({"fin_frame": 9}, {}, "s", True), ({"fin_frame": 8}, {}, "s", False),
        ({"fin_frame": 4}, {}, "sc", False), ({"fin_frame": 5}, {}, "sc", True), ({"fin_frame": 5}, {}, "sh", False),
        ({"rst_frame": 9}, {}, "s", True), ({"rst_frame": 8}, {}, "s", False), ({}, {"unacked": 1}, "s", True),
        ({}, {"unacked": 2}, "s", False), ({"next": 5, "contiguous": 5}, {}, "s", True),
        ({"next": 5, "acked": 5}, {}, "s", True), ({"next": 6, "acked": 5, "contiguous": 5}, {}, "s", False),
    ],
)  # fmt: skip
def test_clients_that_ended_it(monkeypatch, server, client, records, ended):
    monkeypatch.setattr(of, "unseen", lambda *_: False)
    made = {"s": record(1, 900), "c": record(0, 19), "h": record(0, 40, kind=22)}
    tls = hello(9_999)
    mine = [made[one] for one in records if one != "s"]
    lines = flow(*(made[one] for one in records), client=client, server=server, tls=tls)
    assert of._client_ended_it(lines, mine, close(FLIGHT_NS)) is ended


def test_what_the_capture_lacks_may_be_what_the_client_said_last(monkeypatch):
    monkeypatch.setattr(of, "unseen", lambda *_: True)
    assert not of._client_ended_it(flow(record(1, 900), tls=hello()), [], close(FLIGHT_NS))


SOON, ONCE = of.SOON_NS, of.AT_ONCE_NS


@pytest.mark.parametrize(
    ("sent", "flight", "over", "told"),
    [
        ([], (of.LEAST_FLIGHT,), close(FLIGHT_NS + SOON - 1), True), ([], (of.LEAST_FLIGHT - 1,), close(FLIGHT_NS), False),
        ([], (), close(FLIGHT_NS), False), ([], (900,), close(FLIGHT_NS + SOON), False), ([], (900,), close(FLIGHT_NS, 5), False),
        ([], (900,), close(FLIGHT_NS, 6), True), ([19], (900,), close(FLIGHT_NS + SOON - 1), True),
        ([19], (900,), close(FLIGHT_NS + SOON), False), ([35], (900,), close(FLIGHT_NS), True),
        ([34], (900,), close(FLIGHT_NS), False),
        ([FINISHED], (900,), close(FLIGHT_NS + ONCE - 1), True), ([FINISHED], (900,), close(FLIGHT_NS + ONCE), False),
        ([FINISHED + 1], (900,), close(FLIGHT_NS), False), ([FINISHED, 19], (900,), close(FLIGHT_NS + SOON - 1), True),
        ([FINISHED, 24], (900,), close(FLIGHT_NS), True), ([FINISHED, 19], (900,), close(FLIGHT_NS + SOON), False),
        ([FINISHED, 20], (900,), close(FLIGHT_NS), False), ([FINISHED, 19, 19], (900,), close(FLIGHT_NS), False),
        ([19], (200, 100), close(FLIGHT_NS), True),
    ],
)  # fmt: skip
def test_closes_that_tell_in_tls_1_3(sent, flight, over, told):
    answers = [record(1, length, frame=5) for length in flight]
    mine = [record(0, length, frame=6 + at) for at, length in enumerate(sent)]
    assert (of._in_secret(flow(*answers, *mine, tls=hello()), mine, over) is not None) is told


@pytest.mark.parametrize(("ns", "told"), [(0, True), (1, False), (10, False), (11, True)])
def test_an_answer_between_finished_and_the_close_is_no_rejection(ns, told):
    mine = [record(0, FINISHED, frame=6)]
    lines = flow(record(1, 900), record(1, 900, FLIGHT_NS + ns, frame=7), *mine, tls=hello())
    assert (of._in_secret(lines, mine, close(FLIGHT_NS + 10)) is not None) is told


@pytest.mark.parametrize(
    ("alert_ns", "over_ns", "answer", "behind"),
    [
        (ONCE - 1, ONCE, None, True), (ONCE, ONCE, None, False), (9, 8 + SOON, None, True), (9, 9 + SOON, None, False),
        (9, 99, (9, 23, 900), True), (9, 99, (10, 23, 900), False), (9, 99, (99, 23, 900), False), (9, 99, (100, 23, 900), True),
        (9, 99, (10, 22, 900), True), (9, 99, (10, 23, 19), True), (9, 99, (10, 23, 24), True), (9, 99, (10, 23, 25), False),
    ],
)  # fmt: skip
def test_alerts_right_behind_finished(alert_ns, over_ns, answer, behind):
    sent = [record(0, FINISHED, 0), record(0, 19, alert_ns)]
    answers = [record(1, answer[2], answer[0], kind=answer[1])] if answer else []
    assert of._alert_behind_finished(flow(*answers), sent, answers, close(over_ns)) is behind


@pytest.mark.parametrize(
    ("over_ns", "done", "record_kind", "offset", "told"),
    [
        (SOON - 1, True, None, 0, True), (SOON, True, None, 0, False), (0, False, None, 0, False), (0, True, 23, 300, False),
        (0, True, 20, 300, False), (0, True, 22, 299, True), (0, True, 21, 300, True),
    ],
)  # fmt: skip
def test_closes_that_tell_in_tls_1_2(over_ns, done, record_kind, offset, told):
    tls = hello()
    tls.first = lambda kind: SimpleNamespace(ns=0, frame=5) if done else None
    records = [record(0, 40, kind=record_kind, offset=offset)] if record_kind else []
    assert (of._without_a_word(flow(tls=tls), tls, records, close(over_ns)) is not None) is told


@pytest.mark.parametrize(
    ("direction", "number", "done", "told"),
    [(0, 42, True, True), (0, 42, False, True), (1, 42, True, False), (0, 40, True, False)],
)
def test_alerts_in_clear_that_are_of_a_certificate(direction, number, done, told):
    tls = hello()
    tls.first = lambda kind: SimpleNamespace(ns=1, frame=5) if done else None
    tls.server_hello = SimpleNamespace(ns=1, frame=4)
    alert = SimpleNamespace(direction=direction, message=(2, number), frame=8, ns=9)
    found = of._in_clear(flow(tls=tls), tls, alert)
    assert (found and (found.flight_frame, found.close_frame)) == ((5 if done else 4, 8) if told else None)


@pytest.mark.parametrize(
    ("client", "frame"),
    [({}, 0), ({"fin_ns": 5, "fin_frame": 3}, 3), ({"fin_ns": 5, "fin_frame": 3, "rst_ns": 4, "rst_frame": 2}, 2)],
)
def test_the_first_of_its_closes_counts(client, frame):
    assert of._close(flow(client=client)).frame == frame

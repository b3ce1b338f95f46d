"""What was waited for on connections that went smoothly: the frame and the moment from which it is another thing."""

import pytest

from netanalyze.flows.smooth import waits as of
from netanalyze.flows.smooth.requests import NO_ROLE, REQUEST, RESPONSE, SMOOTH, TALK
from netanalyze.tracking.gaps import GAP, KIND_ACK, KIND_DATA, KIND_FIN, KIND_NONE, KIND_RST, KIND_SYN, KIND_SYN_ACK
from netanalyze.tracking.records import RECORD

FAR = 1 << 40


def row(layout, **values):
    cells = [0] * layout.WIDTH
    for name, value in values.items():
        cells[layout.names.index(name)] = value
    return cells


def records(*frames_and_moments):
    return [cell for frame, ns in frames_and_moments for cell in row(RECORD, frame_number=frame, time_ns=ns)]


@pytest.mark.parametrize(
    ("roles", "frame", "turn"),
    [
        ([REQUEST, RESPONSE], 2, 1), ([REQUEST, RESPONSE], 1, 0), ([REQUEST, RESPONSE], 0, -1), ([RESPONSE, NO_ROLE], 9, 1),
        ([NO_ROLE, RESPONSE], 9, 1), ([NO_ROLE, REQUEST], 9, 0), ([REQUEST, NO_ROLE], 9, 0), ([RESPONSE, REQUEST], 9, 0),
        ([NO_ROLE, NO_ROLE], 9, -1),
    ],
)  # fmt: skip
def test_whose_turn_the_last_was(roles, frame, turn):
    assert of.turn_by(records((1, 1), (2, 9)), 0, 2, roles, frame, 8) == turn


@pytest.mark.parametrize(("second", "soonest", "turn"), [((2, 9), 8, 1), ((2, 9), 9, 0), ((1, 9), 8, 0)])
def test_a_response_that_cannot_answer_is_no_turn(second, soonest, turn):
    assert of.turn_by(records((1, 1), second), 0, 2, [REQUEST, RESPONSE], 9, soonest) == turn


@pytest.mark.parametrize(
    ("gap", "owed"),
    [
        ({"data_direction": 1, "next_kind": KIND_DATA}, of.CLIENT_FINISHED),
        ({"data_direction": 1, "next_kind": KIND_DATA, "next_direction": 1}, of.SERVER_FLIGHT),
        ({"data_direction": 1, "next_kind": KIND_ACK}, of.SERVER_FLIGHT), ({"last_frame": 5}, of.SERVER_FLIGHT),
        ({"last_frame": 4}, of.SERVER_HELLO), ({"last_frame": 4, "unacked_0": 1, "next_kind": KIND_ACK}, of.ACK),
        ({"last_frame": 4, "unacked_0": 1, "next_kind": KIND_DATA}, of.SERVER_HELLO),
    ],
)  # fmt: skip
def test_moves_owed_in_a_handshake(gap, owed):
    assert of.owed_in_handshake(row(GAP, **gap), 0, 5) == owed


GOES_ON = {"data_direction": 1, "next_kind": KIND_DATA, "next_direction": 1}
TALKED = {"last_word_frame": 20, "last_frame": 30, "requests": 1}


@pytest.mark.parametrize(
    ("gap", "more", "roles", "owed"),
    [
        ({"data_direction": 0, "next_kind": KIND_DATA, "next_direction": 1}, {}, [REQUEST, NO_ROLE], of.RESPONDED),
        ({"data_direction": 0, "next_kind": KIND_DATA}, {}, [REQUEST, NO_ROLE], of.UNSURE),
        ({"data_direction": 0, "next_kind": KIND_ACK}, {}, [REQUEST, NO_ROLE], of.RESPONDED),
        ({"data_direction": 1, "next_kind": KIND_ACK}, {}, [REQUEST, RESPONSE], of.OWN_ACK),
        ({"data_direction": 1, "next_kind": KIND_ACK, "next_direction": 1}, {}, [REQUEST, RESPONSE], of.ACKED),
        ({"data_direction": 1, "next_kind": KIND_FIN}, {}, [REQUEST, RESPONSE], of.UNSURE),
        ({"data_direction": 1, "next_kind": KIND_DATA}, {}, [REQUEST, RESPONSE], of.REQUESTED),
        (GOES_ON | {"next_frame": 20}, {}, [REQUEST, RESPONSE], of.BODY),
        (GOES_ON | {"next_frame": 21}, {}, [REQUEST, RESPONSE], of.UNSURE),
        (GOES_ON | {"next_frame": 30}, {}, [REQUEST, RESPONSE], of.UNSURE),
        (GOES_ON | {"next_frame": 31}, {}, [REQUEST, RESPONSE], of.BODY),
        ({"data_direction": 1, "next_kind": KIND_ACK}, {"client_body": 1}, [REQUEST, NO_ROLE], of.RESPONDED),
        ({"data_direction": 1, "next_kind": KIND_ACK}, {"server_body": 1}, [REQUEST, NO_ROLE], of.UNSURE),
        ({"data_direction": -1, "next_kind": KIND_ACK}, {"http2_offered": 1}, [REQUEST, NO_ROLE], of.RESPONDED),
        ({"data_direction": 1, "next_kind": KIND_ACK}, {"server_body": 1}, [NO_ROLE, NO_ROLE], of.OWN_ACK),
        ({"data_direction": 0, "next_kind": KIND_ACK}, {"client_body": 1}, [NO_ROLE, NO_ROLE], of.RESPONDED),
    ],
)  # fmt: skip
def test_moves_owed_behind_a_handshake(gap, more, roles, owed):
    smooth = row(SMOOTH, record_behind=2, round_trip_ns=16, **more)
    gaps, talks = row(GAP, last_frame=9, **gap), row(TALK, **TALKED)
    assert of.owed_behind_handshake(gaps, 0, records((1, 1), (2, 9)), smooth, 0, talks, 0, roles) == owed


@pytest.mark.parametrize(
    ("http2", "requests", "owed"),
    [(1, 1, of.BODY), (1, 2, of.UNSURE), (0, 2, of.BODY)],
    ids=["one", "several", "in HTTP/1"],
)
def test_of_several_requests_at_once_nobody_knows_whose_body_it_is(http2, requests, owed):
    gaps = row(GAP, last_frame=9, data_direction=1, next_kind=KIND_DATA, next_direction=1, next_frame=9)
    talks = row(TALK, **TALKED | {"http2": http2, "requests": requests})
    told = of.owed_behind_handshake(
        gaps, 0, records((1, 1), (2, 9)), row(SMOOTH, record_behind=2), 0, talks, 0, [REQUEST, RESPONSE]
    )
    assert told == owed


@pytest.mark.parametrize(
    ("gap", "owed"),
    [
        ({"last_kind": KIND_RST}, of.OVER), ({"last_kind": KIND_NONE}, of.OVER), ({"last_kind": KIND_SYN}, of.SYN_ACK),
        ({"last_kind": KIND_SYN_ACK}, of.OWN_ACK), ({"last_frame": 8, "data_direction": -1}, of.REQUESTED),
        ({"last_frame": 39, "data_direction": -1}, of.REQUESTED), ({"last_frame": 40}, of.FIN_ACK),
        ({"last_frame": 49}, of.FIN_ACK),
        ({"last_frame": 50}, of.OVER), ({"last_frame": 4}, of.SERVER_HELLO), ({"last_frame": 9}, of.SERVER_FLIGHT),
        ({"last_frame": 10}, of.RESPONDED),
    ],
)  # fmt: skip
def test_moves_owed_in_the_course_of_a_connection(gap, owed):
    smooth = row(SMOOTH, client_fin_frame=40, server_fin_frame=50, server_first_frame=5, record_behind=0)
    gaps = row(GAP, **{"last_kind": KIND_DATA, "data_direction": 0} | gap)
    assert of.owed_during(gaps, 0, [], smooth, 0, row(TALK, finished_frame=10, **TALKED), 0, []) == owed


@pytest.mark.parametrize(
    ("spans", "under_way"),
    [
        ([(0, 15)], [1]),
        ([(0, 16)], [0]),
        ([(0, 8), (8, 15)], [1, 1]),
        ([(0, 8), (8, 16)], [1, 0]),
        ([(0, 8), (9, 24)], [1, 1]),
    ],
)
def test_what_came_sooner_than_a_round_trip_was_under_way(spans, under_way):
    waiting = {"last_kind": KIND_DATA, "next_kind": KIND_DATA, "next_direction": 1, "last_frame": 9}
    gaps = [cell for start, end in spans for cell in row(GAP, start_ns=start, end_ns=end, **waiting)]
    smooth = row(SMOOTH, gap_behind=len(spans), round_trip_ns=16, client_fin_frame=FAR)
    written = [0] * (len(spans) * of.WAIT.WIDTH)
    count = of.read_waits(gaps, [], 1, smooth, row(TALK, is_told=1, finished_frame=5), [], written)
    assert count == len(spans)
    assert written[of.WAIT.UNDER_WAY :: of.WAIT.WIDTH] == under_way

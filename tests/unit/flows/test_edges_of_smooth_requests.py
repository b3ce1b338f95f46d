"""Where the roles of records have their edges: sizes and frames with one answer, and the next with the other."""

import pytest

from netanalyze.flows.application import TICKET_LEAST, TICKET_MOST, TICKETS, TICKETS_DIFFER, TLS13_OVERHEAD
from netanalyze.flows.smooth.requests import (
    CLIENTS,
    NEVER_FRAME,
    NO_ROLE,
    OPENING_LEAST,
    REQUEST,
    RESPONSE,
    SERVERS,
    TALK,
    declined,
    lie_end_to_end,
    note_http1,
    note_http2,
    note_sides,
    tickets_of,
    was_answered,
)
from netanalyze.tracking.records import APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER_LENGTH, RECORD

C, S = CLIENTS, SERVERS
ALERT = TLS13_OVERHEAD + 2
SETTINGS, BODY = TLS13_OVERHEAD + 9, 900


def matrix(*rows):
    """Records as kernels have them; each a mapping of the columns that matter."""
    cells = [0] * (len(rows) * RECORD.WIDTH)
    for at, row in enumerate(rows):
        for name, value in ({"frame_number": at + 1, "time_ns": at + 1} | row).items():
            cells[at * RECORD.WIDTH + RECORD.names.index(name)] = value
    return cells


def sized(*lengths):
    return matrix(*({"length": length} for length in lengths))


HELLOS = [(0, HANDSHAKE, 1, 300), (1, HANDSHAKE, 1, 90)]
CLIENT_END, SERVER_END = 1 + HEADER_LENGTH + 300, 1 + HEADER_LENGTH + 90


@pytest.mark.parametrize(
    ("more", "client_end", "server_end", "whole"),
    [
        ((), CLIENT_END, SERVER_END, True), ((), CLIENT_END + 1, SERVER_END, False), ((), CLIENT_END, SERVER_END - 1, False),
        (((0, CHANGE_CIPHER_SPEC, CLIENT_END, 1),), CLIENT_END + 6, SERVER_END, True),
        (((1, APPLICATION_DATA, SERVER_END, 10),), CLIENT_END, SERVER_END + 15, True),
        (((0, 21, CLIENT_END, 1),), CLIENT_END + 6, SERVER_END, False),
        (((0, HANDSHAKE, CLIENT_END, 1),), CLIENT_END + 6, SERVER_END, False),
        (((0, APPLICATION_DATA, CLIENT_END + 1, 1),), CLIENT_END + 6, SERVER_END, False),
        (((1, APPLICATION_DATA, SERVER_END + 1, 1),), CLIENT_END, SERVER_END + 6, False),
    ],
)  # fmt: skip
def test_records_that_lie_end_to_end(more, client_end, server_end, whole):
    names = ("direction", "content_type", "stream_offset", "length")
    rows = [dict(zip(names, row)) for row in (*HELLOS, *more)]
    assert lie_end_to_end(matrix(*rows), 0, len(rows), client_end, server_end) is whole


def test_a_flow_whose_first_record_is_no_handshake_is_not_read():
    assert not lie_end_to_end(
        matrix({"stream_offset": 1, "content_type": APPLICATION_DATA}), 0, 1, 1 + HEADER_LENGTH, 1
    )


@pytest.mark.parametrize(
    ("rows", "roles"),
    [
        ([(0, 53), (0, 100), (1, 900)], [NO_ROLE, C, S]),
        ([(1, 900), (0, 53), (0, 100), (1, 900)], [NO_ROLE, NO_ROLE, C, S]),
        ([(0, 53), (0, 100), (1, ALERT)], [NO_ROLE, C, NO_ROLE]),
        ([(0, 53), (0, 100), (0, 100), (1, 1)], [NO_ROLE, C, C, S]),
        ([(0, 500), (0, 53), (0, 100), (1, 1)], [NO_ROLE, NO_ROLE, C, S]),
        ([(0, 500), (0, 500), (0, 69), (0, 100)], [NO_ROLE, NO_ROLE, NO_ROLE, C]),
        ([(0, 500), (0, 500), (0, 500), (0, 69)], [NO_ROLE, C, C, C]),
        ([(0, 53), (1, 900)], None), ([(0, 53), (0, ALERT)], None), ([(0, ALERT), (0, ALERT)], None),
    ],
)  # fmt: skip
def test_sides_from_the_finished_on(rows, roles):
    names = ("direction", "length")
    cells = matrix(*({"content_type": APPLICATION_DATA} | dict(zip(names, row)) for row in rows))
    noted, talks = [NO_ROLE] * len(rows), [0] * TALK.WIDTH
    assert note_sides(cells, 0, len(rows), noted, talks, 0) is (roles is not None)
    assert roles is None or noted == roles


def test_what_a_server_says_in_the_moment_of_the_first_words_is_behind_them():
    rows = [(0, 53, 1), (0, 100, 5), (1, 900, 5), (1, 900, 4)]
    names = ("direction", "length", "time_ns")
    cells = matrix(*({"content_type": APPLICATION_DATA} | dict(zip(names, row)) for row in rows))
    roles = [NO_ROLE] * 4
    note_sides(cells, 0, 4, roles, [0] * TALK.WIDTH, 0)
    assert roles == [NO_ROLE, C, S, NO_ROLE]


@pytest.mark.parametrize(
    ("lengths", "count"),
    [
        ([TICKET_LEAST], 1), ([TICKET_LEAST - 1], 0), ([TICKET_MOST], 1), ([TICKET_MOST + 1], 0),
        ([200, 200 + TICKETS_DIFFER], 2), ([200, 201 + TICKETS_DIFFER], 1), ([200, 200 - TICKETS_DIFFER], 2),
        ([200, 199 - TICKETS_DIFFER], 1), ([200] * TICKETS, TICKETS), ([200] * (TICKETS + 1), TICKETS),
    ],
)  # fmt: skip
def test_tickets_by_their_sizes(lengths, count):
    assert tickets_of(sized(*lengths), 0, len(lengths), [S] * len(lengths), -1, NEVER_FRAME) == count


@pytest.mark.parametrize(("after", "until", "count"), [(0, 3, 2), (1, 3, 1), (0, 2, 1), (2, 9, 0)])
def test_tickets_between_two_frames(after, until, count):
    assert tickets_of(sized(200, 200), 0, 2, [S, S], after, until) == count


@pytest.mark.parametrize(
    ("roles", "lengths", "http1"),
    [
        ([C, S, S], [300, 900, 900], True), ([C, S], [300, 900], False), ([C, S], [300, 200], True), ([C], [300], True),
        ([C, C, S, S], [300, SETTINGS, 900, 900], False), ([C, C, S, S], [300, 300, 900, 900], True),
        ([C, S, S], [SETTINGS, 900, 900], True),
    ],
)  # fmt: skip
def test_servers_that_choose_http1(roles, lengths, http1):
    assert declined(sized(*lengths), 0, len(roles), roles) is http1


@pytest.mark.parametrize(
    ("roles", "lengths", "after"),
    [
        ([C, C], [100, 100], [C, REQUEST]), ([C, C, C], [100, 100, 100], [C, REQUEST, REQUEST]),
        ([C, C], [100, SETTINGS], [C, C]), ([C], [OPENING_LEAST], [REQUEST]), ([C], [OPENING_LEAST - 1], [C]),
        ([C, S, S], [100, TICKET_LEAST, 87], [C, S, S]), ([C, S, S], [100, TICKET_LEAST - 1, 87], [C, RESPONSE, RESPONSE]),
        ([C, S, S], [100, TICKET_MOST, 87], [C, S, S]), ([C, S, S], [100, TICKET_MOST + 1, 87], [C, RESPONSE, RESPONSE]),
        ([C, S, S], [100, 87, BODY], [C, S, RESPONSE]), ([C, S], [100, 88], [C, RESPONSE]),
        ([C] + [S] * (TICKETS + 1), [100] + [200] * (TICKETS + 1), [C] + [S] * TICKETS + [RESPONSE]),
        ([C, S, S, S], [100, 60, 26, BODY], [C, S, S, RESPONSE]), ([C, S, S, S], [100, 60, 39, BODY], [C, S, S, RESPONSE]),
        ([C, S, S, S, S], [100, 60, 30, 26, BODY], [C, S, S, S, RESPONSE]),
        ([C, S, S, S], [100, 60, 30, 30], [C, S, S, RESPONSE]), ([C, S, S, S], [100, 60, 26, 30], [C, S, S, RESPONSE]),
        ([C, S, S, S], [100, 60, BODY, 30], [C, S, RESPONSE, RESPONSE]),
        ([C, S, S, S], [100, 60, 26, 26], [C, S, S, RESPONSE]),
    ],
)  # fmt: skip
def test_roles_in_http2(roles, lengths, after):
    roles = list(roles)
    note_http2(sized(*lengths), 0, len(roles), roles)
    assert roles == after


@pytest.mark.parametrize(
    ("roles", "lengths", "after"),
    [
        ([S, C, S], [BODY, 100, BODY], [S, REQUEST, RESPONSE]), ([C, S], [ALERT, BODY], [C, S]),
        ([C, S], [ALERT + 1, BODY], [REQUEST, RESPONSE]), ([S], [BODY], [S]),
        ([C, S, S], [100, 200, BODY], [REQUEST, S, RESPONSE]), ([C, S], [100, 200], [REQUEST, RESPONSE]),
        ([C, S, C], [100, 200, 100], [REQUEST, RESPONSE, REQUEST]),
        ([C, S, C, S], [100, 200, 100, 200], [REQUEST, RESPONSE, REQUEST, RESPONSE]),
        ([C, S, S, C, S], [100, 200, 200, 100, BODY], [REQUEST, S, S, REQUEST, RESPONSE]),
        ([C, C, S, S], [100, 100, 200, BODY], [REQUEST, REQUEST, RESPONSE, RESPONSE]),
    ],
)  # fmt: skip
def test_roles_in_http1(roles, lengths, after):
    roles = list(roles)
    note_http1(sized(*lengths), 0, len(roles), roles)
    assert roles == after


@pytest.mark.parametrize(
    ("server_frame", "roles"),
    [(1, [REQUEST, S, REQUEST]), (2, [REQUEST, RESPONSE, REQUEST]), (3, [REQUEST, RESPONSE, REQUEST])],
)
def test_a_response_comes_in_a_later_frame_than_its_request(server_frame, roles):
    noted = [C, S, C]
    frames = (1, server_frame, 3)
    note_http1(matrix(*({"length": 200, "frame_number": frame} for frame in frames)), 0, 3, noted)
    assert noted == roles


@pytest.mark.parametrize(
    ("roles", "lengths", "http2", "requests"),
    [
        ([REQUEST, RESPONSE], [100, BODY], False, 1), ([RESPONSE, REQUEST], [BODY, 100], False, 0),
        ([RESPONSE], [BODY], False, 0), ([REQUEST, REQUEST, RESPONSE], [100, 100, BODY], True, 2),
        ([REQUEST, RESPONSE], [100, 26], True, 0),
        ([REQUEST, RESPONSE], [100, 26], False, 1), ([REQUEST, S], [100, BODY], False, 0),
    ],
)  # fmt: skip
def test_requests_that_were_answered(roles, lengths, http2, requests):
    assert was_answered(sized(*lengths), 0, len(roles), roles, 1, http2) == requests


@pytest.mark.parametrize(("frame", "ns", "soonest", "count"), [(2, 9, 8, 1), (2, 9, 9, 0), (1, 9, 8, 0)])
def test_an_answer_comes_in_a_later_frame_and_no_sooner_than_it_can(frame, ns, soonest, count):
    cells = matrix(
        {"length": 100, "frame_number": 1, "time_ns": 1}, {"length": BODY, "frame_number": frame, "time_ns": ns}
    )
    assert was_answered(cells, 0, 2, [REQUEST, RESPONSE], soonest, False) == count

"""What a socket alone shows that it waits for: each counter at the value that makes the difference, and beside it."""

from types import SimpleNamespace

import pytest

from netanalyze.causes.from_sockets import judge as of_sockets
from netanalyze.causes.from_sockets import waiting_socket as sockets
from netanalyze.causes.from_sockets.waiting_socket import Shape
from netanalyze.causes.tls import certificate_expired
from netanalyze.clients import client_by_name
from netanalyze.findings import Culprit
from netanalyze.processes import CHILD, IDLE, NETWORK, PIPE, Process, Processes, ProcessWait
from netanalyze.sockets import ESTABLISHED, SYN_SENT, TCP, UDP, SocketHistory, SocketSample
from netanalyze.units import SECOND_NS

END = 100 * SECOND_NS


def case(**more):
    usual = {
        "end_ns": END, "start_ns": 0, "processes": None, "trace": None, "client": client_by_name("curl"), "wall": (0, END),
        "index": SimpleNamespace(of_ends={}), "environment": {}, "http_proxy": None, "final_error": None,
        "role": lambda host, port=None: "server",
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


LAST = {"sent": 500, "acked": 501, "last_ack_ms": 10_000, "last_sent_ms": 10_000, "last_received_ms": 10_000}
LARGE, ANSWER, OPENED = (round(one.value) for one in (sockets.LARGE_ANSWER, sockets.HELLO_ANSWER, sockets.OPENED))


def history(port=443, transport=TCP, gone=False, **last):
    sample = SocketSample(time_ns=END, **{"state": ESTABLISHED} | LAST | last)
    first = SocketSample(time_ns=END - 5 * SECOND_NS, state=ESTABLISHED)
    return SocketHistory(transport, "192.0.2.10", 5, "192.0.2.1", port, samples=[first, sample], gone=gone)


@pytest.mark.parametrize(
    ("how", "last", "shape"),
    [
        ({"transport": UDP}, {}, None), ({"port": 53}, {}, None), ({}, {"state": SYN_SENT}, None),
        ({}, {"unacked": 1}, None), ({}, {"unsent": 5}, None),
        ({}, {"unacked": 1, "backoff": 1}, Shape.HELLO_BEGUN), ({}, {"unacked": 1, "retransmits": 1}, None),
        ({}, {"sent": 0}, None),
        ({}, {"unacked": 1, "retransmits": 2, "acked": 1}, Shape.HELLO_SILENT),
        ({}, {"unacked": 1, "backoff": 1, "selected": 1}, Shape.HELLO_WITH_HOLE),
        ({}, {"unacked": 1, "backoff": 1, "received": 1}, Shape.PATH_SILENT),
        ({"port": 80}, {"unacked": 1, "backoff": 1}, Shape.PATH_SILENT),
        ({}, {"unsent": 5, "window": 0}, Shape.WINDOW_CLOSED), ({}, {"unordered": 1}, Shape.ANSWER_WITH_HOLE),
        ({}, {}, Shape.HELLO_UNANSWERED),
        ({"port": 80}, {}, Shape.REQUEST_UNANSWERED),
        ({}, {"received": LARGE - 1, "last_received_ms": 9_990}, Shape.FLIGHT_STOPPED),
        ({}, {"received": LARGE, "last_received_ms": 9_990}, Shape.BODY_STOPPED),
        ({"port": 80}, {"received": 9, "last_received_ms": 9_990}, Shape.BODY_STOPPED),
        ({}, {"received": LARGE, "last_received_ms": 10_020}, Shape.BODY_STOPPED),
        ({}, {"received": LARGE, "last_received_ms": 10_021}, Shape.NEXT_UNANSWERED),
        ({}, {"received": LARGE - 1, "last_received_ms": 10_000}, Shape.LAST_WORD),
        ({"port": 80}, {"received": 9, "last_received_ms": 10_001}, Shape.NEXT_UNANSWERED),
        ({"port": 80}, {"received": 9, "rtt_us": 3_999}, Shape.BODY_STOPPED),
        ({"port": 80}, {"received": 9, "rtt_us": 4_000}, Shape.LAST_WORD),
    ],
)  # fmt: skip
def test_what_a_socket_waits_for(how, last, shape):
    assert sockets.WaitingSocket(case(), history(**how, **last)).shape is shape


@pytest.mark.parametrize(
    ("past", "shape"), [(sockets.PATIENCE.ns, Shape.BODY_STOPPED), (sockets.PATIENCE.ns + 1, None)]
)
def test_a_socket_that_was_left_behind_is_nobodys_wait(past, shape):
    one = history(received=LARGE, last_received_ms=9_990, gone=True)
    assert sockets.WaitingSocket(case(end_ns=END + past), one).shape is shape


@pytest.mark.parametrize(
    ("past", "until"), [(0, END), (sockets.MOMENT_NS, END + sockets.MOMENT_NS), (sockets.MOMENT_NS + 1, END), (-1, END)]
)
def test_what_was_seen_waiting_shortly_before_the_end_waited_to_it(past, until):
    asked = case(end_ns=END + past, wall=(0, END + past))
    one = sockets.WaitingSocket(asked, history())
    found = one.finding(
        certificate_expired.CAUSE, Culprit("server"), END - SECOND_NS, "x", "y", certificate_expired.OUT_OF_DATE
    )
    assert found.end_ns == until


@pytest.mark.parametrize(
    ("waits", "idle"),
    [
        (((CHILD, END),), True), (((NETWORK, END),), False), (((IDLE, END),), False), ((), False),
        (((NETWORK, END - SECOND_NS), (PIPE, END)), False),
        (((NETWORK, END - SECOND_NS - 1), (PIPE, END)), True),
    ],
)  # fmt: skip
def test_commands_of_which_no_process_waits_for_the_network(waits, idle):
    made = tuple(ProcessWait(7, kind, 0, end_ns) for kind, end_ns in waits)
    assert of_sockets._idle(case(processes=Processes(7, (Process(7, 1, 0),), waits=made))) is idle
    assert not of_sockets._idle(case())

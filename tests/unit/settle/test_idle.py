"""Connections that are left idle: what a server on this machine does with them, and what is said of that."""

import contextlib
import socket
import threading
import time

import pytest

from netanalyze.settle import connection, idle, run
from netanalyze.settle.connection import Came
from netanalyze.settle.document import document
from netanalyze.settle.from_verdict import IDLE_DROPPED, causes_of
from netanalyze.settle.idle import ANSWERED, CLOSED, RESET, SILENT, IdleOutcome, ask_twice, idle_bit
from netanalyze.settle.run import Probing
from netanalyze.settle.target import CONNECTION, SettleTarget

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
ALIVE, DEAD = IdleOutcome(ANSWERED, "204"), IdleOutcome(SILENT)


@contextlib.contextmanager
def server(*acts):
    """A server that does one act after each request of a connection: sends octets, or calls what is no octets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            sock, _ = listener.accept()
            with sock:
                for act in acts:
                    sock.recv(1000)
                    sock.sendall(act) if isinstance(act, bytes) else act(sock)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def asked(port, pause=0.0):
    return ask_twice("127.0.0.1", port, "host.example", pause, secure=False)


def test_a_connection_that_answers_twice_lives():
    with server(ANSWER, ANSWER) as port:
        outcome = asked(port, 0.01)
    assert (outcome.manner, outcome.detail) == (ANSWERED, "204")


def test_a_server_that_closes_meanwhile_has_done_so_itself():
    with server(ANSWER) as port:
        assert asked(port, 2.0).manner == CLOSED


def test_a_reset_of_the_second_request_is_told():
    with server(ANSWER, reset) as port:
        assert asked(port).manner == RESET


def test_a_reset_while_it_is_idle_is_told():
    with server(lambda sock: (sock.sendall(ANSWER), reset(sock))) as port:
        assert asked(port, 5.0).manner == RESET


def test_what_comes_while_it_is_idle_and_means_nothing_ends_no_wait():
    def ticket(sock):
        sock.sendall(ANSWER)
        threading.Timer(0.05, sock.sendall, [b"x"]).start()

    with server(ticket, ANSWER) as port:
        assert asked(port, 0.2).manner == ANSWERED


def test_a_head_that_drips_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(idle, "PATIENCE", type("Short", (), {"value": 0.2}))

    def drip(sock):
        with contextlib.suppress(OSError):
            for octet in ANSWER:
                sock.sendall(bytes([octet]))
                time.sleep(0.02)

    with server(ANSWER, drip) as port:
        assert asked(port).manner == SILENT


def test_where_too_little_time_is_left_to_wait_for_the_second_it_is_not_called_dead():
    with server(ANSWER, ANSWER) as port:
        outcome = ask_twice("127.0.0.1", port, "host.example", 0.01, secure=False, most=1.0)
    assert (outcome.manner, outcome.detail) == ("failed", idle.TIME_UP)


def test_without_an_answer_to_the_first_nothing_is_known():
    with server(reset) as port:
        assert asked(port).manner == "failed"


def test_silence_is_told_after_the_patience(monkeypatch):
    monkeypatch.setattr(idle, "PATIENCE", type("Short", (), {"value": 0.2}))
    over = threading.Event()
    with server(ANSWER, lambda sock: over.wait(3)) as port:
        assert asked(port).manner == SILENT
        over.set()


@pytest.mark.parametrize(
    ("control", "outcomes", "bit"),
    [
        (ALIVE, [DEAD, DEAD], "idle"),
        (ALIVE, [DEAD, IdleOutcome(RESET)], "idle"),
        (ALIVE, [DEAD, ALIVE], "none"),
        (ALIVE, [DEAD, IdleOutcome(CLOSED)], "none"),
        (ALIVE, [DEAD], ""),
        (DEAD, [DEAD, DEAD], ""),
        (ALIVE, [DEAD, IdleOutcome("failed")], ""),
    ],
)
def test_only_where_all_that_were_idle_die_and_the_other_lives_it_is_named(control, outcomes, bit):
    assert idle_bit(control, outcomes) == bit


def settled(monkeypatch, outcomes, control=ALIVE, hello="server-hello"):
    monkeypatch.setattr(connection, "send_hello", lambda *_: Came(hello, octets=500, mss=1448))
    monkeypatch.setattr(connection, "has_route", lambda address: True)
    monkeypatch.setattr(idle, "idle_outcomes", lambda *_: outcomes)
    monkeypatch.setattr(idle, "ask_twice", lambda *_: control)
    monkeypatch.setattr(run, "_by_libc", lambda host, port: [])
    target = SettleTarget("192.0.2.1", 443, "host.example", ("192.0.2.1",), focus=CONNECTION, idle=300)
    return Probing(target).settle()


def test_what_dies_of_idleness_is_said_with_its_seconds_and_its_cause(monkeypatch):
    found = settled(monkeypatch, [DEAD, DEAD])
    assert causes_of(found) == (IDLE_DROPPED,)
    made = document(found)["settled"]
    assert made["bit"] == "idle"
    assert made["sentences"][0].startswith("A connection that said nothing for 300 s dies")
    assert [(row["kind"], row["control"], row["came"]) for row in made["table"][-3:]] == [
        ("pair", False, "silent"), ("pair", False, "silent"), ("pair", True, "answered"),
    ]  # fmt: skip


def test_the_connections_get_the_time_that_is_left(monkeypatch):
    given = []
    monkeypatch.setattr(idle, "idle_outcomes", lambda *words: given.append(words[-1]) or [ALIVE, ALIVE])
    monkeypatch.setattr(idle, "ask_twice", lambda *words: given.append(words[-1]) or ALIVE)
    target = SettleTarget("192.0.2.1", 443, "host.example", ("192.0.2.1",), focus=CONNECTION, idle=300)
    probing = Probing(target, seconds=5.0)
    probing.found.bit, probing.found.address = "none", "192.0.2.1"
    probing._idle()
    assert 0 < given[0] <= 5.0
    assert given[1] == idle.EXCHANGE_S


def test_where_hellos_die_nobody_waits(monkeypatch):
    found = settled(monkeypatch, [DEAD, DEAD], hello="silent")
    assert not [row for row in found.rows if row.kind == "pair"]

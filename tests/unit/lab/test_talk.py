"""How conversations are played: who waits for whom, over sockets of this machine."""

import socket
import threading
import time

import pytest

from netanalyze.lab.reproduction.conversation import PlayedFlow, PlayedStep
from netanalyze.lab.reproduction.members import CLIENT, SERVER
from netanalyze.lab.reproduction.talk import Heard, Player, Turn, ask

ENDS_S, SOON_S = 20.0, 3.0


def played(talk):
    """How long it takes until a client's turn is done, with a run that lasts much longer."""
    turn = Turn(0, talk, time.monotonic(), ENDS_S, Heard([talk]), threading.Event())
    threading.Thread(target=ask, args=(turn,), daemon=True).start()
    begun = time.monotonic()
    return time.monotonic() - begun if turn.done.wait(SOON_S) else None


def asking(server, dropped_from):
    steps = (PlayedStep(CLIENT, 0.0, "say", b"question"), PlayedStep(SERVER, 0.02, "say", b"answer"))
    return PlayedFlow("udp", ("127.0.0.1", 0), server, steps=steps, dropped_from=dropped_from)


@pytest.fixture
def silent_server():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()


def test_answers_that_the_firewall_drops_are_not_waited_for(silent_server):
    assert played(asking(silent_server, 0.0)) is not None


def test_answers_that_should_come_are_waited_for(silent_server):
    assert played(asking(silent_server, -1.0)) is None


def player(steps, by=CLIENT):
    """A client of a connection, and the server's end of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    sock = socket.create_connection(listener.getsockname())
    peer, _ = listener.accept()
    listener.close()
    talk = PlayedFlow("tcp", sock.getsockname(), peer.getpeername(), steps=steps)
    return Player(sock, talk, by, time.monotonic(), ENDS_S), peer


@pytest.mark.parametrize(("finishes", "waits"), [(True, False), (False, True)])
def test_what_a_server_would_say_to_a_client_that_has_closed_is_not_waited_for(finishes, waits):
    last = [PlayedStep(CLIENT, 0.02, "finish")] if finishes else []
    steps = (PlayedStep(CLIENT, 0.0, "say", b"hello"), *last, PlayedStep(SERVER, 0.03, "say", b"x" * 24))
    one, peer = player(steps)
    with one.sock, peer:
        threading.Thread(target=one.play, daemon=True).start()
        assert one.done.wait(SOON_S) != waits

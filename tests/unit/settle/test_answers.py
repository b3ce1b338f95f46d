"""What comes back of a hello, from a server of a test's own: whole records, a part of one, or nothing."""

import socket
import threading

import pytest

from netanalyze.settle.connection import Dialled

HELLO, MORE = bytes.fromhex("160303000702000003aabbcc"), bytes.fromhex("1703030003aabbcc")


@pytest.fixture
def answered():
    """The manner of an answer that comes in these pieces, after which the server closes, or keeps still."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def ask(*pieces, closes=False, patience=0.3):
        def serve():
            peer, _ = listener.accept()
            with peer:
                for piece in pieces:
                    peer.sendall(piece)
                    ended.wait(0.05)
                if not closes:
                    ended.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with Dialled("127.0.0.1", listener.getsockname()[1]) as dialled:
                assert dialled.connected(5) is None
                return dialled.answer(patience)
        finally:
            ended.set()
            thread.join()

    yield ask
    listener.close()


def test_a_record_that_is_whole_is_an_answer_however_it_comes(answered):
    assert answered(HELLO) == ("server-hello", "")
    assert answered(HELLO[:7], HELLO[7:] + MORE, patience=5) == ("server-hello", "")


@pytest.mark.parametrize("closes", [True, False])
def test_a_record_that_breaks_off_is_a_part_of_an_answer(answered, closes):
    assert answered(HELLO + MORE[:-1], closes=closes) == ("partial", "")


def test_no_octet_is_silence_or_a_close(answered):
    assert answered() == ("silent", "")
    assert answered(closes=True) == ("closed", "")


def test_what_is_no_tls_is_told_by_its_first_octets(answered):
    assert answered(b"SSH-2.0-x\r\n")[0] == "other"

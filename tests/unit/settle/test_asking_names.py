"""Asking a resolver by a stream: when an answer is whole, and that no server keeps us beyond the patience."""

import contextlib
import socket
import struct
import threading

import pytest

from netanalyze.settle import names
from netanalyze.settle.names import QueryForm, ask

RESOLVER, NAME = "192.0.2.53", "host.example"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\nContent-Length: %d\r\n\r\n"


def response():
    """A response that has no address."""
    octets = names.query(NAME, QueryForm(edns=False))
    return octets[:2] + b"\x81\x80" + octets[4:]


@contextlib.contextmanager
def server(monkeypatch, act):
    """A resolver to which every stream goes, in the clear; it acts once it was asked, and closes nothing before the end."""
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(names.socket, "create_connection", lambda place, timeout: ours)
    monkeypatch.setattr(names, "_secured", lambda sock, until: sock)
    over = threading.Event()

    def serve():
        theirs.recv(1000)
        with contextlib.suppress(OSError):
            act(theirs, over)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with ours, theirs:
        yield
        over.set()
        thread.join(5)


@pytest.mark.parametrize("transport", ["doh", "dot", "tcp"])
def test_a_server_that_says_an_octet_at_a_time_is_silent_after_the_patience(monkeypatch, transport):
    octets = response()
    front = HEAD % len(octets) if transport == "doh" else struct.pack(">H", len(octets))

    def drip(sock, over):
        for octet in front + octets:
            sock.sendall(bytes([octet]))
            over.wait(0.02)

    with server(monkeypatch, drip):
        assert ask(RESOLVER, NAME, QueryForm(transport), 0.2).manner == "silent"


@pytest.mark.parametrize("name", [b"Content-Length", b"content-length"])
def test_an_answer_by_https_is_whole_at_its_length_though_the_connection_stays(monkeypatch, name):
    octets = response()
    head = (HEAD % len(octets)).replace(b"Content-Length", name)
    with server(monkeypatch, lambda sock, over: sock.sendall(head + octets)):
        reply = ask(RESOLVER, NAME, QueryForm("doh"), 2.0)
    assert (reply.manner, reply.rcode) == ("answered", "NOERROR")


def test_an_answer_by_https_without_a_length_ends_with_the_connection(monkeypatch):
    octets = response()

    def act(sock, over):
        sock.sendall((HEAD % 0).replace(b"Content-Length: 0\r\n", b"") + octets)
        sock.shutdown(socket.SHUT_WR)

    with server(monkeypatch, act):
        assert ask(RESOLVER, NAME, QueryForm("doh"), 2.0).rcode == "NOERROR"


def test_an_answer_by_tcp_is_whole_at_its_length(monkeypatch):
    octets = response()
    with server(monkeypatch, lambda sock, over: sock.sendall(struct.pack(">H", len(octets)) + octets)):
        assert ask(RESOLVER, NAME, QueryForm("tcp"), 2.0).rcode == "NOERROR"

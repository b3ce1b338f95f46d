"""Servers that speak unasked, and clients that take turns: the size and the pause that make the difference."""

from types import SimpleNamespace

import pytest

from netanalyze.flows import pushing
from netanalyze.flows.application import ALERT_LENGTH, FRAME_HEADER, PING, TLS13_OVERHEAD, WINDOW_UPDATE
from netanalyze.tracking.records import HEADER_LENGTH

EXTRA, ALERT = TLS13_OVERHEAD, TLS13_OVERHEAD + ALERT_LENGTH
SHORTEST = pushing.SHORTEST_REQUEST + len("a.test") + EXTRA


WHILE = pushing.WHILE_NS


def record(length=900, frame=1, ns=0, direction=1, kind=23):
    return SimpleNamespace(length=length, frame_number=frame, time_ns=ns, direction=direction, content_type=kind)


def flow(client=(), told=(), alpn=("x",), **more):
    """A flow of TLS 1.3 with these application records."""
    hello = SimpleNamespace(message=SimpleNamespace(alpn=alpn))
    usual = {
        "known": {}, "clear": None, "seen_from_start": True, "tls": SimpleNamespace(sni="a.test", client_hello=hello),
        "application_records": lambda direction: list((client, told)[direction]), "records": [*client, *told],
        "server": SimpleNamespace(fin_frame=9, rst_frame=0, next=1), "read": None,
    }  # fmt: skip
    return SimpleNamespace(**usual | more)


@pytest.fixture(autouse=True)
def tls13(monkeypatch):
    monkeypatch.setattr(pushing, "overhead", lambda flow: EXTRA)
    monkeypatch.setattr(pushing, "offers_http2", lambda flow: "h2" in flow.tls.client_hello.message.alpn)
    monkeypatch.setattr(pushing, "_asked_before", lambda flow: False)
    monkeypatch.setattr(pushing, "application", lambda flow: flow.read)


def said(*lengths):
    """Records of the client's, each answered before it speaks again, a while later."""
    return [record(length, 2 * at, 2 * at * WHILE, 0) for at, length in enumerate(lengths)]


ANSWERS = [record(900, 2 * at + 1, (2 * at + 1) * WHILE) for at in range(3)]
FIRST, LATER = SimpleNamespace(responses=()), SimpleNamespace(responses=(1,))


@pytest.mark.parametrize(
    ("made", "takes"),
    [
        (flow(tls=None), True), (flow(seen_from_start=False), False), (flow(alpn=("h2",), client=said(53, 53, 1)), True),
        (flow(said(53, 53, SHORTEST), ANSWERS), True), (flow(said(53, 53, SHORTEST - 1), ANSWERS), False),
        (flow(said(53, 53, SHORTEST), ANSWERS, alpn=()), False),
        (flow(said(53, 53, 1), ANSWERS, read=FIRST), True), (flow(said(53, 53, 1), ANSWERS, read=LATER), False),
        (flow(said(53, 53, 1), ANSWERS, alpn=(), read=FIRST), False),
    ],
)  # fmt: skip
def test_clients_that_ask_and_wait(made, takes):
    assert pushing.takes_turns(made) is takes


@pytest.mark.parametrize(
    ("moments", "heard", "unheard"),
    [
        ((0, 1, 2), (), False), ((0, 1, 1 + WHILE), (), True), ((0, 1, WHILE), (), False), ((0, 1, 1 + WHILE), (5,), False),
        ((0, 1, 1 + WHILE), (0,), True), ((0, 1, 1 + WHILE), (2 + WHILE,), True), ((0, 1, 1 + WHILE, 2 + 2 * WHILE),
        (5,), True),
    ],
)  # fmt: skip
def test_clients_that_speak_again_unheard(moments, heard, unheard):
    client = [record(900, 10 * at, ns, 0) for at, ns in enumerate(moments)]
    server = [record(900, 5, ns) for ns in heard]
    assert pushing._speaks_again_unheard(flow(client, server)) is unheard


@pytest.mark.parametrize(
    ("records", "frame", "sent", "octets", "closes"),
    [
        ([(900, 1, 23), (ALERT, 5, 23)], 5, 0, ALERT, True), ([(900, 1, 23), (ALERT, 5, 23)], 1, 0, ALERT, False),
        ([(900, 1, 23), (900, 5, 23)], 5, 0, 900, False), ([(900, 1, 23), (ALERT, 5, 23)], 6, 0, ALERT, False),
        ([(900, 1, 23), (30, 5, 21)], 5, 0, 30, True), ([(900, 1, 23), (ALERT, 5, 23)], 5, 0, ALERT + 1, False),
        ([], 5, 0, 0, False),
        ([(900, 1, 23), (ALERT, 5, 23)], 2, 0, ALERT, True), ([(900, 1, 23), (ALERT, 5, 23)], 5, 1, ALERT + 1, True),
    ],
)  # fmt: skip
def test_servers_that_only_close(records, frame, sent, octets, closes):
    made = [record(length, at, kind=kind) for length, at, kind in records]
    server = SimpleNamespace(fin_frame=9, rst_frame=0, next=octets + HEADER_LENGTH + 1)
    for ending, so in ((server, closes), (SimpleNamespace(fin_frame=0, rst_frame=0, next=server.next - 1), False)):
        assert pushing.only_closes(flow(told=made, server=ending), frame, sent) is so


@pytest.mark.parametrize(
    ("length", "alpn", "closes"),
    [
        (FRAME_HEADER + PING + EXTRA, ("h2",), True), (FRAME_HEADER + WINDOW_UPDATE + EXTRA, ("h2",), True),
        (FRAME_HEADER + PING + EXTRA, (), False),
    ],
)  # fmt: skip
def test_the_farewells_of_http2(length, alpn, closes):
    made = [record(900, 1), record(length, 5)]
    server = SimpleNamespace(fin_frame=9, rst_frame=0, next=length + HEADER_LENGTH + 1)
    assert pushing.only_closes(flow(told=made, alpn=alpn, server=server), 5, 0) is closes


@pytest.mark.parametrize(("target", "path"), [("/a?b=1", "/a"), ("/a", "/a"), (None, "")])
def test_requests_are_told_by_their_path(monkeypatch, target, path):
    monkeypatch.setattr(pushing, "last_asked", lambda flow, frame: SimpleNamespace(target=target) if frame else None)
    assert pushing._request(flow(clear=1), 5) == path
    assert pushing._request(flow(clear=1), 0) is None


def test_requests_in_tls_are_told_by_their_size():
    assert pushing._request(flow(said(50, 60)), 2) == 60
    assert pushing._request(flow(), 1) is None

"""Heads of HTTP/1 and the ends of bodies."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.errors import MessageError
from netanalyze.wire.message import http1
from netanalyze.wire.message.http1 import ChunkedReader, body_rule, parse_head

CONNECT = b"CONNECT proxy.golang.org:443 HTTP/1.1\r\nHost: proxy.golang.org:443\r\nUser-Agent: Go\r\n\r\n"


def response(status: int, *lines: str, version: str = "1.1") -> http1.HttpHead:
    text = "\r\n".join((f"HTTP/{version} {status} Some Reason", *lines, "", ""))
    return parse_head(text.encode())


def test_a_request_is_read_to_its_blank_line():
    head = parse_head(CONNECT + b"\x16\x03\x01")
    assert head.is_request
    assert (head.method, head.target, head.version) == ("CONNECT", "proxy.golang.org:443", "1.1")
    assert head.header("user-agent") == "Go"
    assert head.head_length == len(CONNECT)
    assert (head.status, head.reason) == (None, None)
    assert not head.close


def test_a_response_is_read_with_its_reason():
    head = response(407, "Proxy-Authenticate:  Basic ", "Content-Length: 0")
    assert (head.status, head.reason) == (407, "Some Reason")
    assert head.headers == (("proxy-authenticate", "Basic"), ("content-length", "0"))
    assert parse_head(b"HTTP/1.1 200\r\n\r\n").reason == ""


def test_until_it_is_whole_there_is_no_head():
    for cut in range(len(CONNECT)):
        assert parse_head(CONNECT[:cut]) is None


def test_lines_may_end_with_a_line_feed_alone_and_be_folded():
    head = parse_head(b"\r\nGET / HTTP/1.0\nA: b\n  c\n\n")
    assert head.headers == (("a", "b c"),)
    assert head.close


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 mail.example.test ESMTP\r\n",
        http1.HTTP2_PREFACE,
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /" + b"a" * http1.HEAD_LIMIT,
        b"\n" * 20,
    ],
)
def test_what_is_no_head_is_refused(octets):
    with pytest.raises(MessageError):
        parse_head(octets)


def test_long_blanks_take_no_longer_than_they_are():
    with pytest.raises(MessageError):
        parse_head(b"HTTP/1.1 200 " + b" " * 60_000 + b"\0\r\nA:" + b" " * 5 + b"\r\n\r\n")
    with pytest.raises(MessageError):
        parse_head(b"HTTP/1.1 200 OK\r\nA:" + b" " * 60_000 + b"\0\r\n\r\n")


def test_first_octets_tell_requests_from_responses():
    assert http1.starts_like_request(b"GET / HT")
    assert http1.starts_like_request(b"CONN")
    assert not http1.starts_like_request(b"GETTING")
    assert not http1.starts_like_request(b"")
    assert http1.starts_like_response(b"HTTP/1.1 200")
    assert http1.starts_like_response(b"HT")
    assert not http1.starts_like_response(b"SSH-2.0")


@pytest.mark.parametrize(
    ("head", "method", "rule"),
    [
        (response(200, "Content-Length: 5"), "GET", ("length", 5)),
        (response(200, "Content-Length: 5, 5"), "GET", ("length", 5)),
        (response(200, "Content-Length: 0"), "GET", ("none", 0)),
        (response(200, "Content-Length: 5"), "HEAD", ("none", 0)),
        (response(200, "Transfer-Encoding: gzip, Chunked", "Content-Length: 5"), "GET", ("chunked", 0)),
        (response(200, "Transfer-Encoding: gzip"), "GET", ("until-close", 0)),
        (response(200), "GET", ("until-close", 0)),
        (response(200, "Content-Length: 5"), "CONNECT", ("none", 0)),
        (response(502, "Content-Length: 5"), "CONNECT", ("length", 5)),
        (response(304, "Content-Length: 5"), "GET", ("none", 0)),
        (response(204), "GET", ("none", 0)),
        (response(100), "POST", ("none", 0)),
        (response(101), "GET", ("none", 0)),
        (parse_head(CONNECT), None, ("none", 0)),
        (parse_head(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"), None, ("length", 3)),
    ],
)
def test_the_head_says_where_the_body_ends(head, method, rule):
    assert body_rule(head, method) == rule


def test_interim_responses_are_told_from_a_switch_of_protocols():
    assert response(100).is_interim
    assert response(103).is_interim
    assert not response(101).is_interim
    assert not response(200).is_interim


def test_the_connection_closes_when_either_version_says_so():
    assert response(200, "Connection: keep-alive, Close").close
    assert response(200, version="1.0").close
    assert not response(200, "Connection: keep-alive", version="1.0").close


CHUNKED = b"4;name=value\r\nWiki\r\n0A \r\npedia\r\n\r\n \r\n0\r\nTrailer: x\r\n\r\n"


@given(st.lists(st.integers(0, len(CHUNKED)), max_size=6))
def test_a_chunked_body_ends_where_it_ends_however_it_is_cut(cuts):
    reader, taken = ChunkedReader(), 0
    edges = [0, *sorted(cuts), len(CHUNKED)]
    for begin, end in itertools.pairwise(edges):
        assert not reader.complete or begin == end == len(CHUNKED)
        taken += reader.feed(CHUNKED[begin:end])
    assert reader.complete
    assert reader.body_length == 14
    assert taken == len(CHUNKED)


def test_octets_behind_a_chunked_body_are_left_alone():
    reader = ChunkedReader()
    assert reader.feed(CHUNKED + b"HTTP/1.1 200") == len(CHUNKED)
    assert reader.feed(b"more") == 0


@pytest.mark.parametrize(
    "octets", [b"x\r\n", b"\r\n", b"3\r\nabcd\r\n", b"1" * 20_000, b"0\r\n" + b"a: b\r\n" * 20_000]
)
def test_what_is_no_chunked_body_is_refused(octets):
    with pytest.raises(MessageError):
        ChunkedReader().feed(octets)

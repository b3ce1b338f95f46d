"""What is said before a SOCKS tunnel opens."""

import pytest

from netanalyze.errors import MessageError
from netanalyze.wire.message.socks import parse_client, parse_server

NAME = b"\x0cexample.test\x01\xbb"


def test_a_socks5_client_names_where_it_wants_to_go():
    said = b"\5\1\0" + b"\5\1\0\3" + NAME
    client = parse_client(said + b"\x16\x03\x01")
    assert (client.version, client.methods, client.command) == (5, (0,), 1)
    assert (client.host, client.port, client.length) == ("example.test", 443, len(said))


def test_a_password_comes_before_the_request_and_is_not_kept():
    client = parse_client(b"\5\2\0\2" + b"\1\3bob\6secret" + b"\5\1\0\1\xc0\0\2\1\0\x50")
    assert (client.host, client.port) == ("192.0.2.1", 80)
    assert "secret" not in repr(client)


def test_what_is_not_said_yet_is_none():
    said = b"\5\1\0" + b"\5\1\0\3" + NAME
    for cut in range(1, len(said)):
        client = parse_client(said[:cut])
        assert client.host is None
        assert client.length == (3 if cut >= 3 else 0)


def test_a_socks5_proxy_says_why_it_refuses():
    server = parse_server(b"\5\0" + b"\5\5\0\1" + bytes(6))
    assert (server.reply_name, server.granted, server.length) == ("connection refused", False, 12)
    assert parse_server(b"\5\0").granted is None
    assert parse_server(b"\5\xff").granted is False
    assert parse_server(b"\5\2\1\1").password_status == 1
    opened = parse_server(b"\5\0" + b"\5\0\0\4" + bytes(15) + b"\1\0\x50")
    assert (opened.granted, opened.host, opened.port) == (True, "::1", 80)


def test_socks4_and_4a_are_known():
    assert parse_client(b"\4\1\0\x50\xc0\0\2\1bob\0").host == "192.0.2.1"
    client = parse_client(b"\4\1\1\xbb\0\0\0\1\0example.test\0")
    assert (client.version, client.host, client.port) == (4, "example.test", 443)
    server = parse_server(b"\0\x5b\0\0\0\0\0\0")
    assert (server.version, server.reply_name, server.granted) == (4, "rejected or failed", False)


@pytest.mark.parametrize("octets", [b"", b"GET / HTTP/1.1", b"\5\0", b"\5\1\0\6", b"\5\1\0\5\1\0\2", b"\4\7\0\0"])
def test_what_no_socks_client_says_is_refused(octets):
    if octets == b"\4\7\0\0":
        octets += bytes(8)
    with pytest.raises(MessageError):
        parse_client(octets)


@pytest.mark.parametrize("octets", [b"", b"HTTP/1.1", b"\0\0", b"\5\0\x16\x03"])
def test_what_no_socks_proxy_says_is_refused(octets):
    with pytest.raises(MessageError):
        parse_server(octets)

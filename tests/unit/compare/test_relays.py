"""What ends between the points and goes on as another connection: a proxy that carries TLS, and one that ends it."""

from two_points import MILLISECOND, TwoPoints, written

from captures.recipes.hello import client_hello
from captures.recipes.tls import server_hello
from netanalyze.compare.comparison import compare
from netanalyze.compare.text import render

NAME = "www.example.org"
LONG = 30_000 * MILLISECOND


def handshake(talk, go, seed, before=()):
    """Both hellos; ``before`` them what the client and the server say."""
    for side, octets in before:
        talk.says(side, octets)
    talk.says(0, client_hello(NAME, go, seed))
    talk.says(1, server_hello(b"\0" * 32, seed))
    return talk


def test_tls_that_something_between_ends_is_told_by_randoms_and_fingerprints(tmp_path):
    outside, inside = TwoPoints(seed=1).handshake(), TwoPoints(seed=2, nat=True)
    inside.now = outside.now + MILLISECOND
    inside.handshake()
    handshake(outside, "1.27", "client's")
    handshake(inside, "another", "middlebox's")
    inside.passes(LONG).segment(0, "FA")
    outside.passes(LONG + 200 * MILLISECOND).segment(0, "FA")
    files = [str(written(rows, tmp_path / name)) for rows, name in
             ((outside.client, "client.pcapng"), (inside.server, "server.pcapng"))]  # fmt: skip
    compared = compare(files)
    (end,) = compared.tls_ends
    assert (end.place.key(compared.names), end.name) == ("client > server", NAME)
    assert end.before != end.after
    assert f"TLS to {NAME} is ended between the client and the server" in render(compared).replace("\n  ", " ")


def test_tls_in_a_tunnel_is_one_handshake_on_two_connections(tmp_path):
    connect = (
        (0, f"CONNECT {NAME}:443 HTTP/1.1\r\nHost: {NAME}:443\r\n\r\n".encode()),
        (1, b"HTTP/1.1 200 OK\r\n\r\n"),
    )
    outside, inside = TwoPoints(seed=1).handshake(), TwoPoints(seed=2, nat=True)
    inside.now = outside.now + 12 * MILLISECOND
    inside.handshake()
    outside.passes(60 * MILLISECOND)
    handshake(outside, "1.27", "client's", connect)
    inside.passes(100 * MILLISECOND)
    handshake(inside, "1.27", "client's")
    files = [str(written(rows, tmp_path / name)) for rows, name in
             ((outside.client, "client.pcapng"), (inside.server, "server.pcapng"))]  # fmt: skip
    compared = compare(files)
    assert compared.tls_ends == []
    (connection,) = compared.to_json()["connections"]
    assert connection["joined_by"] == ["hello"]
    assert not connection["one_connection"]
    assert compared.spans[0].relayed == 1


def test_a_proxy_that_was_captured_itself_is_the_place_where_it_stops(tmp_path):
    """The proxy took the CONNECT, its own SYN was never answered."""
    outside, inside = TwoPoints(seed=1).handshake(), TwoPoints(seed=2, nat=True, port=50001)
    outside.says(0, f"CONNECT {NAME}:443 HTTP/1.1\r\nHost: {NAME}:443\r\n\r\n".encode())
    inside.now = outside.now
    for copy in range(4):
        inside.segment(0, "S", lost=True, again=copy > 0)
        inside.passes(6000 * MILLISECOND)
    outside.passes(LONG).segment(0, "FA")
    other = TwoPoints(seed=3, port=50002).handshake()
    files = [str(written(rows, tmp_path / name)) for rows, name in (
        (outside.client, "client.pcapng"), (outside.server + inside.client_as_nat(), "proxy.pcapng"),
        (other.server, "server.pcapng"),
    )]  # fmt: skip
    compared = compare(files)
    assert compared.to_json()["verdict"]["place"] == "proxy > server"
    assert "SYN left proxy" in str(compared.headline)

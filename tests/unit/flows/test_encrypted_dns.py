"""Encrypted DNS is told from other TLS and HTTP."""

import pytest

from netanalyze.conversations.http import Exchange, HttpConversation
from netanalyze.conversations.tls import Move, TlsConnection
from netanalyze.flows.names.encrypted_dns import encrypted_dns


class Hello:
    def __init__(self, sni, alpn):
        self.sni, self.alpn = sni, alpn


class Side:
    def __init__(self, port):
        self.port = port


class Seen:
    """As much of a flow as is asked for."""

    def __init__(self, port=443, sni=None, alpn=(), secure="tls", target=None):
        self.server, self.tls, self.surely_quic, self.http = Side(port), None, None, None
        tls = TlsConnection(0)
        tls.said.append(Move("client_hello", 0, 0, 1, 1, 1, Hello(sni, alpn)))
        if secure == "tls":
            self.tls = tls
        elif secure == "quic":
            self.surely_quic = type("Quic", (), {"tls": tls})
        else:
            self.http = HttpConversation(0)
            self.http.exchanges.append(Exchange(0, "GET", target))


@pytest.mark.parametrize(
    ("flow", "told"),
    [
        (Seen(853, "resolver.example.test"), "dot"),
        (Seen(8853, None, ("dot",)), "dot"),
        (Seen(443, "dns.google", ("h2",)), "doh"),
        (Seen(443, "abc123.dns.nextdns.io"), "doh"),
        (Seen(443, "DNS.Quad9.net."), "doh"),
        (Seen(853, "resolver.example.test", ("doq",), "quic"), "doq"),
        (Seen(443, "dns.google", ("h3",), "quic"), "doh"),
        (Seen(80, secure="http", target="/dns-query?dns=AAAB"), "doh"),
        (Seen(443, "www.google.com", ("h2",)), None),
        (Seen(443, "notdns.google.example.test"), None),
        (Seen(443, None), None),
        (Seen(443, "www.example.test", ("h3",), "quic"), None),
        (Seen(80, secure="http", target="/index.html"), None),
    ],
)
def test_encrypted_dns_is_told(flow, told):
    assert encrypted_dns(flow) == told

"""Any octets at all: a parser gives a message or raises MessageError, and nothing else."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRROPT

from netanalyze.errors import MessageError
from netanalyze.wire.message import certificates, dns, http1, socks, tls


def vector(width: int, octets: bytes) -> bytes:
    return len(octets).to_bytes(width, "big") + octets


def _dns() -> bytes:
    answers = [
        DNSRR(rrname="a.example.test", type="CNAME", rdata="b.example.test"),
        DNSRR(rrname="b.example.test", type="A", rdata="192.0.2.1"),
        DNSRR(rrname="b.example.test", type="TXT", rdata=[b"v=1"]),
    ]
    message = DNS(qr=1, qd=[DNSQR(qname="a.example.test")], an=answers, ar=[DNSRROPT(rclass=1232)])
    return bytes(message.compress())


def _extensions() -> bytes:
    found = {
        0: vector(2, b"\0" + vector(2, b"example.test")),
        10: vector(2, b"\0\x1d"),
        11: b"\1\0",
        13: vector(2, b"\4\3"),
        16: vector(2, vector(1, b"h2")),
        43: vector(1, b"\3\4\x7f\x1c"),
        51: vector(2, b"\0\x1d" + vector(2, b"key")),
    }
    return vector(2, b"".join(kind.to_bytes(2, "big") + vector(2, data) for kind, data in found.items()))


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.test")])
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 5)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2025, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("example.test")]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def _chunks(octets: bytes) -> None:
    http1.ChunkedReader().feed(octets)


def _hello_with_fingerprints(body: bytes) -> None:
    hello = tls.parse_client_hello(body)
    assert len(hello.ja3) == 32
    assert len(hello.ja4) == 36


SERVER_HELLO = b"\3\3" + bytes(32) + b"\0\x13\1\0" + _extensions()
REAL = {
    dns.parse: _dns(),
    dns.split_stream: vector(2, _dns()) * 2,
    _hello_with_fingerprints: b"\3\3"
    + bytes(32)
    + vector(1, bytes(32))
    + vector(2, b"\x13\1")
    + b"\1\0"
    + _extensions(),
    tls.parse_server_hello: SERVER_HELLO,
    tls.parse_draft_hello_retry_request: b"\x7f\x13\x13\1" + _extensions(),
    tls.parse_sslv2_server_hello: bytes([0x80, 30]) + b"\4\0\1\0\2\0\0\0\3\0\x10\1\0\x80" + bytes(16),
    tls.parse_sslv2_client_hello: bytes([0x80, 28]) + b"\1\3\1\0\3\0\0\0\x10\0\0\x2f" + bytes(16),
    certificates.parse_certificates: b"\0\0\x09\0\0\2ab\0\0\1c",
    certificates.summary: _certificate(),
    http1.parse_head: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    _chunks: b"4\r\nWiki\r\n0\r\nA: b\r\n\r\n",
    socks.parse_client: b"\5\1\2\1\1a\1b\5\1\0\3\1a\0\x50",
    socks.parse_server: b"\5\2\1\0\5\0\0\1\0\0\0\0\0\0",
}
PARSERS = pytest.mark.parametrize("parser", REAL, ids=lambda parser: f"{parser.__module__}.{parser.__name__}")


def only_message_errors(parser, octets: bytes) -> None:
    caught = None
    try:
        parser(octets)
    except MessageError as error:
        caught = error
    if caught is not None:
        assert str(caught)
        assert caught.offset >= 0
        assert not caught.needed or caught.needed > caught.available


@PARSERS
def test_the_real_message_is_one(parser):
    parser(REAL[parser])


@PARSERS
@given(octets=st.binary(max_size=200))
def test_any_octets(parser, octets):
    only_message_errors(parser, octets)


@PARSERS
@given(data=st.data())
def test_a_real_message_with_octets_changed_cut_out_or_put_in(parser, data):
    octets = bytearray(REAL[parser])
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(octets)))
        end = data.draw(st.integers(begin, min(begin + 3, len(octets))))
        octets[begin:end] = data.draw(st.binary(max_size=3))
    only_message_errors(parser, bytes(octets))


@given(names=st.lists(st.text(max_size=20), max_size=3), host=st.text(max_size=20))
def test_any_names_and_host_are_compared(names, host):
    assert certificates.covers(names, host) in (True, False)

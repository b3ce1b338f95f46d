"""QUIC connections are named by what their Initial packets hide; packets are made here with the keys of RFC 9001."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from feeding import Capture, Frame, analysed
from traffic import client_hello, ethernet, ipv4, server_hello, udp

from netanalyze.conversations.quic import DATAGRAMS_MOST, QuicConnection
from netanalyze.errors import MessageError
from netanalyze.wire.message import quic

CONNECTION = bytes.fromhex("8394c8f03e515708")
HELLO = client_hello()[5:]
ANSWER = server_hello()[5:-4]


def integer(value):
    """An integer in two octets (RFC 9000 section 16)."""
    return (0x4000 | value).to_bytes(2, "big")


def crypto(offset, octets):
    return b"\x06" + integer(offset) + integer(len(octets)) + octets


def initial(frames, number=0, version=1, side=0, destination=CONNECTION, keyed_by=CONNECTION, pad=1162):
    """An Initial packet, protected."""
    keys = quic.initial_keys(version, keyed_by)[side]
    kinds = quic.KINDS_2 if version == quic.VERSION_2 else quic.KINDS
    first = 0xC0 | kinds.index("initial") << 4 | 1
    frames = frames + bytes(max(pad - len(frames), 0))
    head = bytes([first]) + version.to_bytes(4, "big") + bytes([len(destination)]) + destination + b"\0" + b"\0"
    head += integer(2 + len(frames) + 16) + number.to_bytes(2, "big")
    nonce = (int.from_bytes(keys.nonce, "big") ^ number).to_bytes(12, "big")
    body = AESGCM(keys.key).encrypt(nonce, frames, head)
    mask = Cipher(algorithms.AES(keys.mask), modes.ECB()).encryptor().update(body[2:18])
    head = bytes([head[0] ^ mask[0] & 15]) + head[1:-2] + bytes(a ^ b for a, b in zip(head[-2:], mask[1:]))
    return head + body


def hello_of(*datagrams):
    """The connection after the client's datagrams."""
    connection = QuicConnection(0)
    for number, datagram in enumerate(datagrams):
        connection.take(0, datagram, number + 1, number)
    return connection


def test_the_keys_are_those_of_the_rfc():
    """RFC 9001 appendix A.1, RFC 9369 appendix A.1."""
    client, server = quic.initial_keys(quic.VERSION_1, CONNECTION)
    assert client.key.hex() == "1f369613dd76d5467730efcbe3b1a22d"
    assert client.nonce.hex() == "fa044b2f42a3fd3b46fb255c"
    assert client.mask.hex() == "9f50449e04a0e810283a1e9933adedd2"
    assert server.key.hex() == "cf3a5331653c364c88f0f379b6067e37"
    client, _ = quic.initial_keys(quic.VERSION_2, CONNECTION)
    assert client.key.hex() == "8b1a0bc121284290a29e0971b5cd045d"


@pytest.mark.parametrize(
    ("version", "name"), [(1, "1"), (quic.VERSION_2, "2"), (0xFF00001D, "draft-29"), (0xFF000022, "draft-34")]
)
def test_a_client_hello_in_one_packet_names_the_flow(version, name):
    connection = hello_of(initial(crypto(0, HELLO), version=version))
    assert (connection.version_name, connection.tls.sni) == (name, "www.example.test")
    (row,) = connection.tls.rows(3, {})
    assert (row["kind"], row["handshake"], row["client_hello_frame"]) == ("quic", 3, 1)
    assert row["ja4"].startswith("q13d")


def test_a_client_hello_in_pieces_out_of_order_over_packets_and_datagrams():
    a, b, c = HELLO[:90], HELLO[90:200], HELLO[200:]
    first = initial(b"\x01" + crypto(200, c) + crypto(0, a[:50]), pad=500) + initial(crypto(50, a[50:]), 1, pad=300)
    connection = hello_of(first, initial(b"\x02\x00\x00\x00\x00" + crypto(90, b), 2))
    assert connection.tls.sni == "www.example.test"
    assert connection.tls.client_hello.frame == 2


def test_the_server_answers_with_keys_of_the_client_s_connection_id():
    connection = hello_of(initial(crypto(0, HELLO)))
    connection.take(1, initial(crypto(0, ANSWER), side=1, destination=b"client"), 2, 5)
    assert [one.kind for one in connection.tls.said] == ["client_hello", "server_hello"]
    assert connection.tls.said[1].direction == 1


def test_after_a_retry_the_new_connection_id_gives_the_keys():
    retry = b"\xf0\0\0\0\1\0\4abcdtoken" + bytes(16)
    connection = hello_of(
        initial(crypto(0, HELLO[:100])), initial(crypto(0, HELLO), 1, destination=b"abcd", keyed_by=b"abcd")
    )
    connection.take(1, retry, 3, 9)
    assert connection.tls.sni == "www.example.test"


def test_what_does_not_decrypt_is_no_quic():
    damaged = bytearray(initial(crypto(0, HELLO)))
    damaged[400] ^= 1
    connection = hello_of(bytes(damaged), initial(crypto(0, HELLO), keyed_by=b"other"))
    assert (connection.sure, connection.version_name, connection.tls.said) == (False, None, [])


def test_only_so_many_datagrams_are_looked_at():
    connection = hello_of(
        *[initial(crypto(0, HELLO), keyed_by=b"other", pad=60)] * DATAGRAMS_MOST, initial(crypto(0, HELLO))
    )
    assert connection.tls.sni is None


@pytest.mark.parametrize("frames", [b"\x08\0", b"\x06\0\x44", b"\x1e", b"\x02\0\0\x44\0"])
def test_frames_that_no_initial_packet_holds_are_refused(frames):
    with pytest.raises(MessageError):
        quic.crypto_frames(frames)


def test_a_flow_to_any_port_has_name_service_and_row():
    def frame(side, payload, ns):
        (a, p), (b, q) = ((10, 50000), (80, 8443))[:: 1 - 2 * side]
        octets = ethernet(ipv4(a, b, 17, udp(p, q, payload)))
        return Frame(1_700_000_000_000_000_000 + ns, octets, len(octets))

    talk = (
        frame(0, initial(crypto(0, HELLO)), 0),
        frame(1, initial(crypto(0, ANSWER), side=1, destination=b""), 9),
        frame(0, b"\x40" + bytes(40), 12),
    )
    result = analysed(Capture(talk))
    (flow,) = result.flows.rows()
    assert (flow["transport"], flow["service"], flow["sni"], flow["host"]) == (
        "udp",
        "quic",
        "www.example.test",
        "www.example.test",
    )
    (row,) = result.tls.rows()
    assert (row["kind"], row["quic_version"], row["client_hello_frame"], row["server_hello_frame"]) == (
        "quic",
        "1",
        1,
        2,
    )

"""The segments and datagrams of the recipes are, octet for octet, what scapy builds."""

import pytest

from captures.recipes import frames

inet = pytest.importorskip("scapy.layers.inet")
inet6 = pytest.importorskip("scapy.layers.inet6")
l2 = pytest.importorskip("scapy.layers.l2")

V4, V6 = ("192.0.2.10", "198.51.100.5"), ("2001:db8::10", "2001:db8:7::5")
HANDSHAKE = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (7, 0)), ("NOP", None), ("WScale", 7)]
HOLES = [("NOP", None), ("NOP", None), ("Timestamp", (1, 2)), ("NOP", None), ("NOP", None), ("SAck", (9, 10, 20, 30))]


def headers(addresses, outgoing, ttl, number):
    """Ethernet and IP as scapy has them."""
    source, destination = (frames.CLIENT_MAC, frames.GATEWAY_MAC)[:: 1 if outgoing else -1]
    if ":" in addresses[0]:
        network = inet6.IPv6(src=addresses[0], dst=addresses[1], hlim=ttl, fl=number)
    else:
        network = inet.IP(src=addresses[0], dst=addresses[1], ttl=ttl, id=number, flags="DF")
    return l2.Ether(src=source, dst=destination) / network


@pytest.mark.parametrize("addresses", [V4, V6])
@pytest.mark.parametrize("outgoing", [True, False])
@pytest.mark.parametrize(
    ("flags", "options", "payload"), [("S", HANDSHAKE, b""), ("PA", HOLES, b"odd"), ("FAUEC", [], b"")]
)
def test_a_segment(addresses, outgoing, flags, options, payload):
    numbers = 0xFFFF_FFF0, 12345, 8192
    ours = frames.tcp(outgoing, (addresses[0], 51000), (addresses[1], 443), 61, 777, flags, *numbers, options, payload)
    seq, ack, window = numbers
    segment = inet.TCP(sport=51000, dport=443, flags=flags, seq=seq, ack=ack, window=window, options=options)
    assert ours == bytes(headers(addresses, outgoing, 61, 777) / segment / payload)


@pytest.mark.parametrize("addresses", [V4, V6])
@pytest.mark.parametrize("payload", [b"", b"\x01", bytes(range(256)) * 3])
def test_a_datagram(addresses, payload):
    ours = frames.udp(True, (addresses[0], 40000), (addresses[1], 53), 64, 9, payload)
    assert ours == bytes(headers(addresses, True, 64, 9) / inet.UDP(sport=40000, dport=53) / payload)

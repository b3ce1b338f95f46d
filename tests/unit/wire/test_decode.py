"""Headers of every link type and network layer, one frame each."""

import struct

import numpy as np
import pytest
from feeding import START_NS, Capture, Frame, batches
from links import FOUR, OTHER_LINKS, SEGMENT, SIX, SNAP, TAGGED, TUNNELS
from traffic import ethernet, ipv4, ipv6, tcp, udp

from netanalyze.kernel import Engine
from netanalyze.tracking.outer import outer_headers
from netanalyze.wire import layers
from netanalyze.wire.layers import PACKET
from netanalyze.wire.packets import decode

VLAN_7, VLAN_9 = b"\x81\x00\x60\x07", b"\x88\xa8\x00\x09"
PLAIN = bytes(12)


def decoded(octets, link_type=1, original=None):
    """The fields of one frame, by name."""
    capture = Capture((Frame(START_NS, octets, original or len(octets)),), (link_type,))
    (batch,) = batches(capture)
    table = decode(batch, np.array(capture.link_types), Engine(mode="plain"))
    return dict(zip(PACKET.names, (int(value) for value in list(np.asarray(table).reshape(-1)))))


@pytest.mark.parametrize(
    ("link_type", "octets"),
    [
        pytest.param(1, PLAIN + b"\x08\x00" + FOUR, id="Ethernet"),
        pytest.param(1, PLAIN + VLAN_7 + b"\x08\x00" + FOUR, id="802.1Q"),
        pytest.param(1, PLAIN + VLAN_9 + VLAN_7 + b"\x08\x00" + FOUR, id="802.1ad"),
        pytest.param(1, PLAIN + b"\x00\x40\xaa\xaa\x03\0\0\0\x08\x00" + FOUR, id="LLC and SNAP"),
        pytest.param(1, PLAIN + b"\x88\x64\x11\0\0\1\0\x30\0\x21" + FOUR, id="PPPoE"),
        pytest.param(1, PLAIN + b"\x88\x47\0\1\0\x40\0\2\1\x40" + FOUR, id="MPLS, two labels"),
        pytest.param(113, bytes(14) + b"\x08\x00" + FOUR, id="Linux cooked"),
        pytest.param(276, b"\x08\x00" + bytes(18) + FOUR, id="Linux cooked, version 2"),
        pytest.param(0, b"\2\0\0\0" + FOUR, id="loopback, little-endian"),
        pytest.param(0, b"\0\0\0\2" + FOUR, id="loopback, big-endian"),
        pytest.param(108, b"\0\0\0\2" + FOUR, id="OpenBSD loopback"),
        pytest.param(101, FOUR, id="raw IP"),
        pytest.param(228, FOUR, id="raw IPv4"),
        pytest.param(9, b"\xff\3\0\x21" + FOUR, id="PPP"),
        pytest.param(9, b"\x21" + FOUR, id="PPP, compressed"),
        pytest.param(50, b"\xff\3\0\x21" + FOUR, id="PPP in HDLC"),
        pytest.param(104, b"\x0f\0\x08\x00" + FOUR, id="Cisco HDLC"),
        *(pytest.param(number, head + FOUR, id=name) for number, name, head in OTHER_LINKS),
    ],
)
def test_the_segment_is_found_behind_every_link_header(link_type, octets):
    fields = decoded(octets, link_type)
    assert fields["layers"] == layers.IP | layers.TCP
    assert (fields["src_port"], fields["dst_port"]) == (40000, 443)
    assert (fields["tcp_seq"], fields["tcp_ack"], fields["tcp_flags"], fields["tcp_window"]) == (1000, 2000, 24, 321)
    assert (fields["ttl"], fields["ip_id"], fields["ip_version"]) == (61, 777, 4)
    assert fields["payload_length"] == fields["payload_captured"] == 5
    assert octets[fields["payload_start"] :] == b"hello"


@pytest.mark.parametrize(
    ("link_type", "head"),
    [
        (1, PLAIN + b"\x86\xdd"),
        (0, b"\x1e\0\0\0"),
        (0, b"\x18\0\0\0"),
        (108, b"\0\0\0\x1c"),
        (101, b""),
        (229, b""),
        (9, b"\0\x57"),
    ],
)
def test_ipv6_is_found_too(link_type, head):
    fields = decoded(head + SIX, link_type)
    assert fields["layers"] == layers.IP | layers.TCP
    assert (fields["ip_version"], fields["ttl"], fields["src_high"]) == (6, 62, 0x20010DB800000000)


@pytest.mark.parametrize(("tags", "vlan"), [(b"", 0), (VLAN_7, 7), (VLAN_9 + VLAN_7, 7), (VLAN_9, 9)])
def test_the_innermost_vlan_counts(tags, vlan):
    assert decoded(PLAIN + tags + b"\x08\x00" + FOUR)["vlan_id"] == vlan


EXTENSIONS = {
    "hop by hop": bytes((60, 0)) + bytes(6),
    "destination options, 16 octets": bytes((43, 1)) + bytes(14),
    "routing": bytes((51, 0)) + bytes(6),
    "authentication, 12 octets": bytes((6, 1)) + bytes(10),
}


def test_ipv6_extension_headers_are_passed_over():
    chain = b"".join(EXTENSIONS.values())
    fields = decoded(ethernet(ipv6(10, 80, 0, chain + SEGMENT)))
    assert fields["layers"] == layers.IP | layers.TCP
    assert (fields["ip_protocol"], fields["dst_port"], fields["payload_length"]) == (6, 443, 5)


def test_an_ipv6_fragment_is_a_fragment_and_an_atomic_one_is_whole():
    head = struct.pack(">BBHI", 6, 0, 0x0008 | 1, 99)
    assert decoded(ethernet(ipv6(10, 80, 44, head + SEGMENT)))["layers"] == layers.IP | layers.FRAGMENT
    atomic = struct.pack(">BBHI", 6, 0, 0, 99)
    fields = decoded(ethernet(ipv6(10, 80, 44, atomic + SEGMENT)))
    assert fields["layers"] == layers.IP | layers.TCP
    assert fields["ip_id"] == 99


@pytest.mark.parametrize("place", [0x2000, 0x2001, 0x0001])
def test_an_ipv4_fragment_is_no_segment(place):
    fields = decoded(ethernet(ipv4(10, 80, 6, SEGMENT, fragment=place)))
    assert fields["layers"] == layers.IP | layers.FRAGMENT
    assert fields["src_port"] == 0


@pytest.mark.parametrize(
    "packet",
    [
        ipv4(1, 2, 4, FOUR),
        ipv4(1, 2, 47, b"\0\0\x08\x00" + FOUR),
        ipv4(1, 2, 47, b"\x30\0\x65\x58" + bytes(8) + ethernet(FOUR)),
        ipv4(1, 2, 47, b"\x10\0\x88\xbe" + bytes(12) + ethernet(FOUR)),
        ipv4(1, 2, 17, udp(5, 4789, b"\x08" + bytes(7) + ethernet(FOUR))),
        ipv6(1, 2, 4, FOUR),
        ipv4(1, 2, 47, b"\x10\0\x22\xeb" + bytes(4) + b"\x20" + bytes(11) + ethernet(FOUR)),
        ipv4(1, 2, 47, b"\x30\x01\x88\x0b" + bytes(8) + b"\xff\x03\0\x21" + FOUR),
        ipv4(1, 2, 47, b"\0\0\x88\x47\0\0\1\x40" + FOUR),
        ipv4(1, 2, 97, b"\x30\0" + ethernet(FOUR)),
        ipv4(1, 2, 17, udp(5, 6081, b"\1\0\x65\x58" + bytes(8) + ethernet(FOUR))),
        ipv4(1, 2, 17, udp(6081, 5000, b"\0\0\x08\x00" + bytes(4) + FOUR)),
        ipv4(1, 2, 17, udp(5, 2152, b"\x30\xff\0\x2d" + bytes(4) + FOUR)),
        ipv4(1, 2, 17, udp(2152, 2152, b"\x36\xff\0\x35" + bytes(7) + b"\xc0\1\0\0\0" + FOUR)),
        ipv4(1, 2, 51, b"\4\4" + bytes(22) + FOUR),
        ipv4(1, 2, 47, b"\0\0\x08\x00" + ipv4(3, 4, 17, udp(5, 4789, b"\x08" + bytes(7) + ethernet(FOUR)))),
    ],
    ids=[
        "IP in IP",
        "GRE",
        "GRE with key and sequence number, Ethernet",
        "ERSPAN II",
        "VXLAN",
        "IPv4 in IPv6",
        "ERSPAN III",
        "GRE with PPP",
        "GRE with MPLS",
        "EtherIP",
        "Geneve, an option, Ethernet",
        "Geneve, IP, an answer",
        "GTP-U",
        "GTP-U with sequence number and extension",
        "IP in IP behind an authentication header",
        "VXLAN in GRE",
    ],
)
def test_the_inside_of_a_tunnel_counts(packet):
    fields = decoded(ethernet(packet))
    assert fields["layers"] == layers.IP | layers.TCP | layers.TUNNELLED
    assert (fields["ip_version"], fields["ttl"], fields["src_high"], fields["dst_port"]) == (4, 61, 0, 443)


@pytest.mark.parametrize(("name", "packet"), TUNNELS)
def test_the_inside_of_the_rarer_tunnels_counts(name, packet):
    for cut in range(14 + len(packet)):
        decoded(ethernet(packet)[:cut])
    fields = decoded(ethernet(packet))
    assert fields["layers"] == layers.IP | layers.TCP | layers.TUNNELLED
    assert (fields["src_port"], fields["dst_port"], fields["payload_length"]) == (40000, 443, 5)
    assert ", ".join(map(str, outer_headers(ethernet(packet), 1))) == f"{name} 192.0.2.1 > 192.0.2.2"


@pytest.mark.parametrize(("name", "octets"), TAGGED)
def test_rarer_tags_are_peeled(name, octets):
    for cut in range(len(octets)):
        decoded(octets[:cut])
    fields = decoded(octets)
    assert fields["layers"] == layers.IP | layers.TCP, name
    assert (fields["dst_port"], fields["payload_length"]) == (443, 5)


def test_a_datagram_to_a_tunnel_s_port_that_holds_no_packet_is_a_datagram():
    for port in (4789, 6081, 2152):
        fields = decoded(ethernet(ipv4(1, 2, 17, udp(5, port, b"\x30\xff\0\4" + bytes(60)))))
        assert (fields["layers"], fields["dst_port"]) == (layers.IP | layers.UDP, port)
    assert decoded(ethernet(ipv4(1, 2, 17, udp(4789, 53, bytes(8) + ethernet(FOUR)))))["dst_port"] == 53


@pytest.mark.parametrize("head", [b"\x08\x41", b"\x48\x01", b"\x80\x00"], ids=["encrypted", "no data", "beacon"])
def test_what_cannot_be_read_of_802_11_is_undecoded(head):
    assert decoded(head + bytes(22) + SNAP + FOUR, 105)["layers"] == layers.UNDECODED
    assert decoded(b"\x08\x01" + bytes(20) + b"\x01\0" + SNAP + FOUR, 105)["layers"] == layers.UNDECODED


def test_pppoe_says_where_its_payload_ends():
    """An access concentrator pads to Ethernet's least length, and a total length may lie within that."""
    packet = bytearray(ipv4(10, 80, 6, tcp(1, 2, 3, 4, 16)))
    packet[2:4] = (46).to_bytes(2, "big")
    fields = decoded(PLAIN + b"\x88\x64\x11\0\0\1\0\x2a\0\x21" + bytes(packet) + bytes(6))
    assert (fields["dst_port"], fields["payload_length"], fields["payload_captured"]) == (2, 0, 0)


def test_what_pads_a_short_frame_is_no_payload():
    fields = decoded(ethernet(ipv4(10, 80, 6, tcp(1, 2, 3, 4, 16))) + bytes(6))
    assert fields["payload_length"] == fields["payload_captured"] == 0


def test_a_total_length_of_zero_means_the_frame_s_length():
    """Segments that the network card has yet to cut are captured so (segmentation offload)."""
    octets = bytearray(ethernet(FOUR))
    octets[16:18] = b"\0\0"
    assert decoded(bytes(octets))["payload_length"] == 5


def test_a_cut_frame_keeps_the_length_it_had_on_the_wire():
    whole = ethernet(ipv4(10, 80, 6, tcp(1, 2, 3, 4, 24, payload=bytes(1000))))
    fields = decoded(whole[:100], original=len(whole))
    assert fields["layers"] == layers.IP | layers.TCP | layers.TRUNCATED
    assert (fields["payload_length"], fields["payload_captured"]) == (1000, 46)


@pytest.mark.parametrize("cut", range(15, 54))
def test_a_header_that_is_cut_is_not_made_up(cut):
    fields = decoded(ethernet(FOUR)[:cut], original=200)
    assert not fields["layers"] & layers.TCP
    assert fields["layers"] & (layers.UNDECODED | layers.MALFORMED | layers.TRUNCATED)


@pytest.mark.parametrize(("octet", "value"), [(14, 0x44), (14, 0x55), (46, 0x40), (46, 0xF0)])
def test_headers_whose_lengths_contradict_themselves_are_malformed_or_undecoded(octet, value):
    octets = bytearray(ethernet(FOUR))
    octets[octet] = value
    fields = decoded(bytes(octets))
    assert fields["layers"] & (layers.MALFORMED | layers.UNDECODED)
    assert not fields["layers"] & layers.TCP


def test_an_unknown_link_type_is_told_from_a_frame_without_ip():
    assert decoded(b"\0" * 60, link_type=147)["layers"] == layers.UNKNOWN_LINK_TYPE
    assert decoded(PLAIN + b"\x88\xcc" + bytes(28))["layers"] == layers.UNDECODED
    assert decoded(PLAIN + b"\x08\x06" + bytes(28))["layers"] == layers.ARP


@pytest.mark.parametrize(("length", "payload"), [(8 + 5, 5), (0, 5), (8 + 2, 2), (999, 5)])
def test_a_udp_length_is_believed_only_if_it_fits(length, payload):
    datagram = bytearray(udp(53, 5000, b"hello"))
    datagram[4:6] = length.to_bytes(2, "big")
    assert decoded(ethernet(ipv4(1, 2, 17, bytes(datagram))))["payload_length"] == payload

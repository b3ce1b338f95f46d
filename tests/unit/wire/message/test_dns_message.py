"""DNS messages, hand-made, with the octets in view, and built by scapy."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRROPT, DNSRRSOA

from netanalyze.errors import MessageError
from netanalyze.wire.message import dns

QUERY = bytes.fromhex("beef 0100 0001 0000 0000 0000 05 50726f7879 07 6578616d706c65 00 001c 0001")
HEADER = bytes.fromhex("0001 8180 0001 0001 0000 0000")
QUESTION = b"\x01a\x04test\0\0\1\0\1"
POINTER_HOME = b"\xc0\x0c"


def record(name: bytes, rtype: int, data: bytes, ttl: int = 60) -> bytes:
    return name + rtype.to_bytes(2, "big") + b"\0\1" + ttl.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def test_a_query_names_what_is_asked_and_keeps_the_case():
    message = dns.parse(QUERY)
    assert message.id == 0xBEEF
    assert not message.is_response
    assert message.recursion_desired
    assert message.questions == (dns.Question("Proxy.example", dns.AAAA, 1),)
    assert message.complete
    assert message.edns is None


def test_answers_follow_compression_and_give_addresses_and_canonical_names():
    built = DNS(
        id=7,
        qr=1,
        aa=1,
        ra=1,
        qd=[DNSQR(qname="www.example.test", qtype="A")],
        an=[
            DNSRR(rrname="www.example.test", type="CNAME", rdata="edge.example.test", ttl=300),
            DNSRR(rrname="edge.example.test", type="A", rdata="192.0.2.7", ttl=30),
            DNSRR(rrname="edge.example.test", type="AAAA", rdata="2001:db8::7", ttl=30),
        ],
        ns=[DNSRRSOA(rrname="example.test", mname="ns.example.test", rname="root.example.test", serial=5, minimum=9)],
    )
    message = dns.parse(bytes(built.compress()))
    assert message.is_response
    assert message.authoritative
    assert message.addresses == ("192.0.2.7", "2001:db8::7")
    assert message.cnames == ("edge.example.test",)
    assert [one.ttl for one in message.answers] == [300, 30, 30]
    assert message.authorities[0].value.startswith("ns.example.test root.example.test 5 ")


def test_a_pointer_back_into_the_question_is_followed():
    message = dns.parse(HEADER + QUESTION + record(POINTER_HOME, dns.A, bytes([192, 0, 2, 1])))
    assert message.answers == (dns.Record("a.test", dns.A, 1, 60, "192.0.2.1"),)


def test_edns_joins_its_bits_into_the_response_code():
    built = DNS(qr=1, rcode=0, qd=[DNSQR(qname="a.test")], ar=[DNSRROPT(rclass=1232, extrcode=1, z=0x8000)])
    message = dns.parse(bytes(built))
    assert (message.header_rcode, message.rcode) == (0, 16)
    assert dns.rcode_name(message.rcode) == "BADVERS"
    assert message.edns == dns.Edns(1232, 0, True)


@pytest.mark.parametrize(("flags", "truncated", "rcode"), [("8380", True, 0), ("8183", False, 3), ("8182", False, 2)])
def test_flags_say_truncated_and_the_response_code(flags, truncated, rcode):
    message = dns.parse(bytes.fromhex("0001" + flags + "0000000000000000"))
    assert (message.truncated, message.rcode) == (truncated, rcode)


def test_a_message_cut_by_the_snap_length_gives_what_stands_before_the_cut():
    first = record(POINTER_HOME, dns.A, bytes([192, 0, 2, 1]))
    whole = HEADER[:7] + b"\2" + HEADER[8:] + QUESTION + first + first
    assert dns.parse(whole).complete
    for cut in range(dns.HEADER_LENGTH, len(whole)):
        message = dns.parse(whole[:cut])
        assert not message.complete
        assert len(message.questions) == (cut >= 12 + len(QUESTION))
        assert len(message.answers) == (cut >= 12 + len(QUESTION) + len(first))


def test_less_than_a_header_is_no_message():
    with pytest.raises(MessageError) as caught:
        dns.parse(QUERY[:11])
    assert caught.value.needed == 2


@pytest.mark.parametrize(
    "name",
    [b"\xc0\x0c", b"\x01a\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\xc0\xff", b"\xc0\x00", b"\x41a\0", b"\x3f" + b"x" * 63],
    ids=["itself", "loop", "loop of two", "ahead", "into the header", "unknown label", "too long"],
)
def test_names_that_lead_nowhere_are_refused(name):
    name = name * 5 if name[0] == 63 else name
    with pytest.raises(MessageError) as caught:
        dns.parse(HEADER[:6] + bytes(6) + name + bytes(300))
    assert not caught.value.needed


def test_odd_octets_in_names_are_written_as_numbers():
    message = dns.parse(HEADER[:6] + bytes(6) + b"\x06a b.\\\xff\0\0\1\0\1")
    assert message.questions[0].name == r"a b\046\092\255"


def test_the_root_is_a_dot():
    assert dns.parse(HEADER[:6] + bytes(6) + b"\0\0\2\0\1").questions == (dns.Question(".", dns.NS, 1),)


@pytest.mark.parametrize(
    ("rtype", "data", "text"),
    [
        (dns.MX, b"\0\x0a\xc0\x0c", "10 a.test"),
        (dns.SRV, b"\0\1\0\2\1\xbb\xc0\x0c", "1 2 443 a.test"),
        (dns.TXT, b"\x03v=1\x02.2", "v=1.2"),
        (dns.PTR, b"\xc0\x0c", "a.test"),
        (dns.HTTPS, b"\0\1\0", r"\# 3 000100"),
        (dns.A, b"\1\2\3", r"\# 3 010203"),
        (dns.MX, b"\0", r"\# 1 00"),
        (dns.A, b"", r"\# 0"),
    ],
)
def test_data_become_text_as_in_a_zone_file(rtype, data, text):
    assert dns.parse(HEADER + QUESTION + record(POINTER_HOME, rtype, data)).answers[0].value == text


def test_a_stream_splits_into_messages_and_leaves_the_unfinished_one():
    stream = b"\0\x03abc\0\0\0\x02de\0\x05fgh"
    assert dns.split_stream(stream) == ([(2, b"abc"), (7, b""), (9, b"de")], 11)
    assert dns.split_stream(b"\0") == ([], 0)


def test_numbers_without_a_name_say_their_number():
    assert (dns.type_name(dns.HTTPS), dns.type_name(65280)) == ("HTTPS", "TYPE65280")
    assert (dns.rcode_name(dns.NXDOMAIN), dns.rcode_name(3841)) == ("NXDOMAIN", "RCODE3841")

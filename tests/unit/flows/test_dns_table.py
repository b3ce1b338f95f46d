"""What the table of DNS transactions holds, by small captures of messages."""

import struct

from feeding import START_NS, Capture, Frame, analysed
from traffic import dns, ethernet, ipv4, tcp, udp

IPV4_HEADER, UDP_HEADER, ETHERNET_HEADER = 20, 8, 14


def rows(*frames):
    """The table after these frames, 10 ms apart; a pair is a frame and the octets captured of it."""
    told = [(frame, len(frame)) if isinstance(frame, bytes) else frame for frame in frames]
    capture = Capture(tuple(Frame(START_NS + n * 10_000_000, o[:most], len(o)) for n, (o, most) in enumerate(told)))
    return list(analysed(capture).dns.rows())


def message(identifier, flags, question=b"", answers=(), kind=1):
    """A message with at most one question, of the class IN."""
    head = struct.pack(">HHHHHH", identifier, flags, bool(question), len(answers), 0, 0)
    return head + (question + struct.pack(">HH", kind, 1) if question else b"") + b"".join(answers)


def ask(octets, port=50000, to=53):
    return ethernet(ipv4(10, 53, 17, udp(port, to, octets)))


def tell(octets, port=50000, of=53):
    return ethernet(ipv4(53, 10, 17, udp(of, port, octets)))


def test_the_root_is_named_as_wireshark_names_it():
    (row,) = rows(ask(message(1, 0x100, b"\0", kind=2)), tell(message(1, 0x8180, b"\0", kind=2)))
    assert (row["qname"], row["qtype_name"], row["response_frame"]) == ("<Root>", "NS", 2)


def test_what_was_asked_beyond_the_snap_length_is_in_no_row():
    head = ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER + 12
    asked, told = ask(dns(5, False)), tell(dns(5, True))
    assert rows((asked, head), (told, head)) == []
    (row,) = rows((asked, head))
    assert (row["qname"], row["response_frame"]) == (None, None)


def test_an_inverse_query_takes_its_question_from_the_answer():
    record = b"\0" + struct.pack(">HHIH", 1, 1, 0, 4) + bytes((192, 0, 2, 1))
    (row,) = rows(
        ask(message(9, 0x0900, b"", [record])), tell(message(9, 0x8980, b"\x0b[192.0.2.1]\0", [b"\xc0\x0c" + record[1:]]))
    )  # fmt: skip
    assert (row["qtype"], row["rcode"], row["response_frame"]) == (1, 0, 2)


def test_a_record_whose_data_contradicts_its_type_loses_neither_the_message_nor_the_others():
    owner = b"\xc0\x0c"
    wrong = owner + struct.pack(">HHIH", 39, 1, 60, 3) + b"\x9a\x01\x02"  # a DNAME with a label of unknown kind
    short = owner + struct.pack(">HHIH", 1, 1, 60, 1) + b"\x07"
    right = owner + struct.pack(">HHIH", 1, 1, 60, 4) + bytes((192, 0, 2, 7))
    (row,) = rows(ask(dns(3, False)), tell(message(3, 0x8180, b"\3www\7example\4test\0", [wrong, short, right])))
    assert (row["response_frame"], row["answers"]) == (2, ["192.0.2.7"])


def test_multicast_names_are_kept_apart():
    kinds = [
        row["kind"]
        for port in (53, 5353, 5355)
        for row in rows(ask(dns(1, False), to=port), tell(dns(1, True), of=port))
    ]
    assert kinds == ["dns", "mdns", "llmnr"]


def test_messages_over_tcp_come_several_in_a_segment_and_one_in_several():
    def said(side, seq, ack, payload=b"", flags=24):
        (a, p), (b, q) = ((10, 50000), (53, 53))[:: 1 - 2 * side]
        return ethernet(ipv4(a, b, 6, tcp(p, q, seq, ack, flags, payload=payload)))

    def framed(octets):
        return len(octets).to_bytes(2, "big") + octets

    asked = framed(dns(1, False)) + framed(dns(2, False, kind=28))
    told = framed(dns(2, True, kind=28)) + framed(dns(1, True))
    found = rows(
        said(0, 0, 0, flags=2), said(1, 0, 1, flags=18), said(0, 1, 1, asked),
        *(said(1, 1 + at, 1 + len(asked), told[at : at + 25]) for at in range(0, len(told), 25)),
    )  # fmt: skip
    assert [(row["dns_id"], row["qtype"], row["transport"], row["query_frame"]) for row in found] == [
        (1, 1, "tcp", 3), (2, 28, "tcp", 3),
    ]  # fmt: skip
    assert found[1]["response_frame"] < found[0]["response_frame"]

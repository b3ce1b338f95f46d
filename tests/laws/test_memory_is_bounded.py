"""Law: hostile input takes no more memory than bounds say, however long it goes on. Measured, not argued."""

import struct
import tracemalloc

import numpy as np
import pytest
from feeding import Capture, Frame, batches, interfaces
from traffic import ethernet, ipv4, tcp, udp

from netanalyze.analyzer import Analyzer
from netanalyze.capture.reader import Reader
from netanalyze.capture.source import open_source
from netanalyze.conversations import messages
from netanalyze.conversations.conversation import Conversation
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.conversations.quic import QuicConnection
from netanalyze.conversations.reassembly import Room, Stream
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.tracking import state, tracker
from netanalyze.tracking.fragments import DATAGRAMS_MOST, HELD_MOST, Fragments
from netanalyze.tracking.state import FLOW, HALF

MIB = 1024 * 1024
ENDS = ("192.0.2.10", 40000, "192.0.2.80", 443)
PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFFFFFF, 1)
SECTION = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
INTERFACE = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)


def record(body):
    """A TLS record of handshake messages."""
    return b"\x16\3\3" + len(body).to_bytes(2, "big") + body


def peak(work):
    """Octets that Python and NumPy held at most while ``work`` ran, beyond what they held before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "octets",
    [
        PCAP + struct.pack("<IIII", 1, 1, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(1000),
        SECTION + INTERFACE + struct.pack("<II", 6, 0xFFFFFFFC) + bytes(1000),
        SECTION + struct.pack("<II", 0x0BAD, 0xFFFFFFFC) + bytes(1000),
        struct.pack("<II", 0x0A0D0D0A, 0xFFFFFFFC) + struct.pack("<I", 0x1A2B3C4D) + bytes(1000),
    ],
    ids=["pcap record", "pcapng packet", "pcapng custom block", "pcapng section"],
)
def test_a_length_of_four_gigabytes_is_not_believed(tmp_path, octets):
    path = tmp_path / "claim.pcap"
    path.write_bytes(octets)

    def read():
        try:
            with open_source([str(path)], Diagnostics(), Engine(mode="plain"), read_octets=65536) as source:
                assert sum(map(len, source.batches())) == 0
                assert source.error is not None
        except Exception as error:
            assert "octet" in str(error)  # noqa: PT017 (whichever way it is refused, it is said where)

    assert peak(read) < 40 * MIB


def flood(first, count):
    """SYNs of so many flows, each from a port and an address of its own."""
    for number in range(first, first + count):
        source = number % 250 + 1
        octets = ethernet(
            ipv4(source, 80, 6, tcp(1024 + number // 250, 443, number, 0, 2, payload=b"GET / HTTP/1.1\r\n"))
        )
        yield Frame(1_700_000_000_000_000_000 + number * 1000, octets, len(octets))


def test_flows_beyond_the_most_take_no_memory(monkeypatch):
    most = 600
    for module in (state, tracker):
        monkeypatch.setattr(module, "FLOWS_TRACKED_MOST", most)
    monkeypatch.setattr(messages, "CONVERSATIONS_MOST", most)
    parts = [Capture(tuple(flood(begin, 300))) for begin in range(0, 6000, 300)]
    analyzer = Analyzer(Engine(mode="plain"), Diagnostics())

    def feed(some):
        for number, part in enumerate(some):
            for batch in batches(part):
                batch.first_frame_number += number * 300
                analyzer.feed(batch, interfaces(part))

    feed(parts[:2])
    assert analyzer.tracker.state.count == most
    assert peak(lambda: feed(parts[2:])) < 2 * MIB
    result = analyzer.finish()
    assert result.capture.packets == 6000
    assert len(result.flows) == most
    assert [(d.kind, d.count) for d in result.capture.diagnostics if d.kind == "detail_limit"] == [
        ("detail_limit", 5400)
    ]


def test_queries_beyond_the_most_take_no_memory(monkeypatch):
    monkeypatch.setattr("netanalyze.conversations.dns_reader.TRANSACTIONS_MOST", 500)
    reader = DnsReader()

    def ask(first, count):
        for number in range(first, first + count):
            query = struct.pack(">HHHHHH", number & 0xFFFF, 0x100, 1, 0, 0, 0) + b"\4%04x\0\0\1\0\1" % (number & 0xFFFF)
            reader.take(number, query, (*ENDS[:3], 53), 0, number, number)

    ask(0, 500)
    assert peak(lambda: ask(500, 5000)) < MIB
    assert len(reader.transactions) == 500


def test_a_handshake_message_that_never_ends_takes_no_memory():
    """It says 16 MiB, and comes in records as long as records may be; beside it, one that comes out of order."""
    body = record(b"\x01\xff\xff\xff" + bytes(16380)) + record(bytes(16384)) * 500
    talk = Conversation(0, ENDS, DnsReader())

    def feed():
        for at in range(0, len(body), 1460):
            talk.take(0, 1 + at, body[at : at + 1460], at, at)
            talk.take(1, 2 + at, body[at : at + 1460], at, at)

    assert peak(feed) < 2 * MIB


def test_what_all_flows_together_hold_back_has_a_bound():
    room = Room(MIB)
    streams = [Stream(room) for _ in range(200)]

    def push():
        for stream in streams:
            for at in range(30):
                list(stream.push(10 + 1000 * at, bytes(1000)))

    assert peak(push) < 2 * MIB
    assert 0 <= room.left < 1000
    for stream in streams:
        list(stream.push(1, bytes(9)))
    assert room.left > MIB // 2


def test_segments_of_one_octet_count_what_they_take():
    room = Room(MIB)
    streams = [Stream(room) for _ in range(20)]

    def push():
        for at in range(2000):
            for stream in streams:
                list(stream.push(10 + 2 * at, b"x"))

    assert MIB // 2 < peak(push) < MIB + MIB // 4
    for stream in streams:
        stream.resume(100_000)
    assert room.left == MIB


def test_short_frames_come_in_batches_of_no_more_rows_than_long_ones(tmp_path):
    """A window of 4 MiB holds tens of thousands of them, and a batch's memory goes by its rows."""
    octets = ethernet(ipv4(10, 80, 17, udp(2000, 9, b"")))
    path = tmp_path / "short.pcap"
    path.write_bytes(PCAP + (struct.pack("<IIII", 1, 1, len(octets), len(octets)) + octets) * 20_000)
    with open_source([str(path)], Diagnostics(), Engine(mode="plain")) as source:
        rows = [len(batch) for batch in source.batches()]
    assert sum(rows) == 20_000
    assert max(rows) <= Reader.ROWS_MOST


def test_room_for_flows_that_may_begin_takes_little():
    """In plain Python a cell is a reference, and what it refers to is shared."""
    fresh = state.FlowState()
    cells = FLOW.WIDTH + 2 * HALF.WIDTH
    assert peak(lambda: fresh.reserve(Reader.ROWS_MOST)) < Reader.ROWS_MOST * cells * 8 * 3


def test_fragments_without_end_take_no_more_than_their_bound():
    held = Fragments()

    def feed():
        for number in range(4 * DATAGRAMS_MOST):
            for offset in range(3):
                held.add(
                    ipv4(1, 2, 17, bytes(800), identification=number & 0xFFFF, fragment=0x2000 | 500 * offset), True
                )

    assert peak(feed) < DATAGRAMS_MOST * 4 * 1500
    one = Fragments()

    def overlap():
        for offset in range(2000):
            one.add(ipv4(1, 2, 17, bytes(1400), identification=1, fragment=0x2000 | offset), True)

    assert peak(overlap) < 2 * HELD_MOST + MIB
    assert one.incomplete == 1


def test_datagrams_that_look_like_quic_take_no_memory():
    connection = QuicConnection(0)
    datagram = b"\xc0\0\0\0\1\x08" + bytes(8) + b"\0\0\x44\xb0" + bytes(1200)

    def feed():
        for number in range(3000):
            changed = datagram[:6] + struct.pack(">Q", number) + datagram[14:]
            connection.take(0, changed, number, number)

    assert peak(feed) < 8 * MIB
    assert not connection.sure


def test_udp_of_a_flow_that_is_not_tracked_is_not_read(monkeypatch):
    for module in (state, tracker):
        monkeypatch.setattr(module, "FLOWS_TRACKED_MOST", 64)
    query = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + b"\1a\0\0\1\0\1"
    frames = [ethernet(ipv4(10, 53, 17, udp(2000 + number, 53, query))) for number in range(100)]
    capture = Capture(tuple(Frame(10**18 + n, octets, len(octets)) for n, octets in enumerate(frames)))
    analyzer = Analyzer(Engine(mode="plain"), Diagnostics())
    for batch in batches(capture, range(1, 100)):
        analyzer.feed(batch, interfaces(capture))
    assert len(analyzer.finish().dns) == 64
    assert np.all(np.array(analyzer.tracker.state.flow("first_frame")) <= 64)

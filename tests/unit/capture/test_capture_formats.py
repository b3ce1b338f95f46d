"""Formats, clocks and link types: what the numbers in a capture file's headers mean."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from single_frames import read_frames

from netanalyze.capture.clocks import FARTHEST_NS, clock, moment_ns
from netanalyze.capture.detect import Format, format_of
from netanalyze.capture.linktypes import link_type
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CorruptCapture
from netanalyze.kernel import Engine


def read(path, octets, **named):
    """Frames as ``(number, time ns, original length, octets)``, the source, the diagnostics."""
    path.write_bytes(octets)
    diagnostics, rows = Diagnostics(), []
    with open_source([path], diagnostics, Engine(mode="plain"), **named) as source:
        for batch in source:
            for row, (start, length, original, time_ns, _, _) in enumerate(batch.frames.tolist()):
                octets = batch.buffer[start : start + length].tobytes()
                rows.append((batch.first_frame_number + row, time_ns, original, octets))
    return rows, source, diagnostics


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(options=b"", order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def interface(link=1, snap=0, options=b"", order="<"):
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def packet(number, units, octets, options=b"", order="<", original=None):
    head = struct.pack(order + "III", number, units >> 32, units & 0xFFFFFFFF)
    head += struct.pack(order + "II", len(octets), len(octets) if original is None else original)
    return block(6, head + octets + bytes(-len(octets) % 4) + options, order)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("d4c3b2a1", Format.PCAP),
        ("a1b2c3d4", Format.PCAP),
        ("4d3cb2a1", Format.PCAP),
        ("a1b23c4d", Format.PCAP),
        ("34cdb2a1", Format.PCAP),
        ("a1b2cd34", Format.PCAP),
        ("0a0d0d0a", Format.PCAPNG),
        ("1f8b0808", Format.GZIP),
        ("28b52ffd", Format.ZSTD),
        ("04224d18", Format.LZ4),
        ("a1b2c3", None),
        ("", None),
        ("504b0304", None),
    ],
)
def test_the_first_octets_tell_the_format(octets, expected):
    assert format_of(bytes.fromhex(octets)) is expected


def test_link_types_are_those_of_tcpdump_org():
    assert [link_type(n) for n in (1, 0, 12, 14, 101, 108, 113, 228, 276)] == [
        1, 0, 101, 101, 101, 108, 113, 228, 276,
    ]  # fmt: skip
    assert link_type(0x3400_0001) == 1, "the upper bits are the length of the frame check sequence"


@given(
    units=st.integers(0, 2**64 - 1),
    resolution=st.integers(0, 255),
    offset=st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**9), 10**9),
)
def test_times_are_exact(units, resolution, offset):
    operation, factor, offset_ns, per_second = clock(resolution, offset)
    assert per_second == (2 if resolution & 0x80 else 10) ** (resolution & 0x7F)
    exact = Fraction(units, per_second) * 10**9 // 1
    if not resolution & 0x80 and resolution > 27:
        exact = 0
    limit = max(-FARTHEST_NS, min(FARTHEST_NS, min(exact, FARTHEST_NS) + offset_ns))
    assert moment_ns(units >> 32, units & 0xFFFFFFFF, operation, factor, offset_ns) == limit


@pytest.mark.parametrize(("version", "exchanged"), [((2, 4), False), ((2, 2), True), ((2, 3), True), ((543, 0), True)])
def test_lengths_of_old_pcap_versions_are_the_other_way_round(tmp_path, version, exchanged):
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, *version, 0, 0, 96, 1)
    lengths = (60, 4) if exchanged else (4, 60)
    rows, _, _ = read(tmp_path / "a", header + struct.pack("<IIII", 1, 2, *lengths) + b"abcd")
    assert rows == [(1, 1_000_002_000, 60, b"abcd")]


@pytest.mark.parametrize(
    ("magic", "header"),
    [(0xA1B2C3D4, 16), (0xA1B2C3D4, 20), (0xA1B2C3D4, 24), (0xA1B23C4D, 24), (0xA1B2CD34, 24), (0xA1B2CD34, 28)],
    ids=["usual", "Nokia", "Red Hat 6.1", "ns, longer", "modified", "SuSE 6.3"],
)
@pytest.mark.parametrize("order", "<>")
def test_records_with_longer_headers_under_the_same_magic_are_told_by_their_looks(tmp_path, magic, header, order):
    octets = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 96, 1)
    for number in range(5):
        body = bytes(range(1, 31)) + bytes(number)
        octets += struct.pack(order + "IIII", 1_700_000_000 + number, 5, len(body), 60) + b"\7" * (header - 16) + body
    for read_octets in (64, 4096):
        rows, source, _ = read(tmp_path / "a", octets, read_octets=read_octets)
        assert source.error is None
        assert [(ns // 1_000_000_000, original, len(body)) for _, ns, original, body in rows] == [
            (1_700_000_000 + number, 60, 30 + number) for number in range(5)
        ]


def test_an_absurd_length_is_corrupt_and_nothing_is_allocated_for_it(tmp_path):
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFFFFFF, 1)
    good = struct.pack("<IIII", 1, 0, 4, 4) + b"abcd"
    rows, source, diagnostics = read(tmp_path / "a", header + good + struct.pack("<IIII", 1, 0, 0xFFFFFFF0, 9) + good)
    assert len(rows) == 1
    assert isinstance(source.error, CorruptCapture)
    assert source.error.offset == 44
    assert [row.kind for row in diagnostics.rows()] == ["corrupt"]
    assert "octet 44" in str(diagnostics.rows()[0].meaning)


@pytest.mark.parametrize(("snap_length", "taken"), [(65535, 262_144), (300_000, 300_000), (2**31, 16 * 2**20)])
def test_frames_may_be_as_long_as_the_snap_length(tmp_path, snap_length, taken):
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap_length, 1)
    frame = struct.pack("<IIII", 1, 0, taken, taken) + bytes(taken)
    rows, source, _ = read(tmp_path / "a", header + frame + struct.pack("<IIII", 1, 0, taken + 1, taken + 1) + b"x")
    assert [len(row[3]) for row in rows] == [taken]
    assert source.error.needed == taken + 1


def test_interface_options_are_read(tmp_path):
    options = option(2, b"eth0") + option(9, b"\x03") + option(14, struct.pack("<q", 100)) + option(0, b"")
    statistics = block(
        5, struct.pack("<III", 0, 0, 0) + option(4, struct.pack("<Q", 90)) + option(5, struct.pack("<Q", 7))
    )
    rows, source, diagnostics = read(
        tmp_path / "a", section() + interface(12, 96, options) + packet(0, 1500, b"abc", original=70) + statistics
    )
    assert rows == [(1, 101_500_000_000, 70, b"abc")]
    (found,) = source.interfaces.rows
    assert (found.link_type, found.snap_length, found.name) == (101, 96, "eth0")
    assert (found.units_per_second, found.offset_seconds) == (1000, 100)
    assert (found.received, found.dropped) == (90, 7)
    assert diagnostics.count("kernel_drops") == 7


def test_sections_of_either_byte_order_number_their_interfaces_anew(tmp_path):
    first = section() + interface(1) + interface(101) + packet(1, 5, b"one")
    second = section(order=">") + interface(113, order=">") + packet(0, 6, b"two", order=">")
    path = tmp_path / "a"
    rows, source, _ = read(path, first + second)
    assert [row[1:] for row in rows] == [(5000, 3, b"one"), (6000, 3, b"two")]
    assert source.interfaces.link_types().tolist() == [1, 101, 113]
    found = read_frames([path], [2, 1, 9])
    assert {number: frame[1].link_type for number, frame in found.items()} == {1: 101, 2: 113}


def test_an_interface_not_described_is_counted_and_has_a_link_type_of_its_own(tmp_path):
    rows, source, diagnostics = read(
        tmp_path / "a", section() + interface() + packet(0, 1, b"a") + packet(7, 2, b"b") + packet(7, 3, b"c")
    )
    assert [row[1] for row in rows] == [1000, 2000, 3000]
    assert source.interfaces.link_types().tolist() == [1, -1]
    (found,) = diagnostics.rows()
    assert (found.kind, found.count, found.first_frame) == ("unknown_interface", 2, 2)


def test_simple_packets_have_the_time_of_the_frame_before(tmp_path):
    simple = block(3, struct.pack("<I", 9) + b"abcd")
    rows, _, _ = read(tmp_path / "a", section() + interface(snap=4) + simple + packet(0, 8, b"x") + simple)
    assert [row[1:] for row in rows] == [(0, 9, b"abcd"), (8000, 1, b"x"), (8000, 9, b"abcd")]


def test_obsolete_packet_blocks_are_read(tmp_path):
    body = struct.pack("<HHIIII", 0, 0xFFFF, 0, 7, 2, 60) + b"ab"
    rows, _, _ = read(tmp_path / "a", section() + interface() + block(2, body))
    assert rows == [(1, 7000, 60, b"ab")]


def test_comments_of_sections_and_frames_are_kept(tmp_path):
    comment = option(2, b"\0\0\0\0") + option(1, "größer".encode()) + option(1, b"second") + option(0, b"")
    octets = section(option(1, b"whole") + option(0, b"")) + interface() + packet(0, 1, b"abc")
    octets += packet(0, 2, b"abc", comment) + section(option(1, b"next", ">"), ">") + interface(order=">")
    octets += packet(0, 3, b"", option(1, b"third", ">"), ">")
    expected = [(None, "whole"), (2, "größer"), (2, "second"), (None, "next"), (3, "third")]
    for size in (40, 4 << 20):
        assert read(tmp_path / "a", octets, read_octets=size)[1].comments == expected


def test_no_more_than_ten_thousand_comments_are_kept(tmp_path):
    one = packet(0, 1, b"", option(1, b"x"))
    rows, source, _ = read(tmp_path / "a", section() + interface() + one * 10_300)
    assert len(rows) == 10_300
    assert len(source.comments) == 10_000
    assert source.comments[-1] == (10_000, "x")


def test_other_blocks_are_skipped_and_unknown_ones_counted(tmp_path):
    octets = section() + block(4, bytes(8)) + interface() + block(10, bytes(40)) + packet(0, 1, b"a")
    octets += block(0x0BAD_CAFE, b"") + packet(0, 2, b"b") + block(0x8000_0001, bytes(9))
    rows, _, diagnostics = read(tmp_path / "a", octets)
    assert [row[0] for row in rows] == [1, 2]
    assert diagnostics.count("unread_blocks") == 2


@pytest.mark.parametrize("size", [16, 4 << 20])
def test_custom_blocks_take_a_frame_number_as_in_wireshark(tmp_path, size):
    custom = block(0xBAD, struct.pack("<I", 32473) + bytes(8))
    octets = section() + interface() + custom + packet(0, 1, b"a") + packet(0, 2, b"b") + custom * 2
    octets += packet(0, 3, b"c", option(1, b"here"))
    rows, source, _ = read(tmp_path / "a", octets, read_octets=size)
    assert [row[0] for row in rows] == [2, 3, 6]
    assert source.comments == [(6, "here")]
    assert source.frame_count == 3


@pytest.mark.parametrize(
    "bad",
    [
        struct.pack("<II", 6, 8) + bytes(40),
        struct.pack("<II", 6, 33) + bytes(40),
        struct.pack("<II", 6, 0xFFFF_FFFC) + bytes(40),
        block(6, bytes(20))[:-4] + struct.pack("<I", 36),
        block(6, struct.pack("<IIIII", 0, 0, 0, 5, 5) + b"abcd"),
        block(6, bytes(16)),
        block(3, b""),
        block(3, struct.pack("<I", 9) + b"abcd"),
        block(1, bytes(4)),
        block(0x0A0D0D0A, bytes(16)),
        struct.pack("<III", 0x0A0D0D0A, 24, 0x1A2B3C4D) + bytes(40),
        section()[:-4] + bytes(4),
    ],
    ids=[
        "too short", "no multiple of 4", "4 GB", "second length", "longer than its block", "header cut", "simple cut",
        "simple too long", "interface cut", "magic", "section too short", "section's second length",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [64, 4 << 20])
def test_a_block_that_contradicts_itself_ends_the_reading(tmp_path, bad, size):
    good = section() + interface() + packet(0, 1, b"abcd")
    rows, source, diagnostics = read(tmp_path / "a", good + bad + packet(0, 2, b"more"), read_octets=size)
    assert len(rows) == 1
    assert isinstance(source.error, CorruptCapture)
    assert source.error.offset == len(good)
    assert [row.kind for row in diagnostics.rows()] == ["corrupt"]


def test_a_first_section_header_that_contradicts_itself_is_raised(tmp_path):
    with pytest.raises(CorruptCapture, match="byte-order magic"):
        read(tmp_path / "a", block(0x0A0D0D0A, bytes(16)))

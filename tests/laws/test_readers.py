"""Laws of the capture readers: how a file is read changes nothing, and nothing in a file is an exception."""

import contextlib
import io
import itertools
import struct

import pytest
from feeding import COMPILED, compiled_kernels
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netanalyze.capture.clocks import clock, moment_ns
from netanalyze.capture.source import open_source
from netanalyze.capture.write import PcapngWriter, PcapWriter
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError, CorruptCapture, NotACapture
from netanalyze.kernel import Engine

MAGICS = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1, 0xA1B2CD34: 1000}
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

times = st.integers(0, (2**32 - 1) * 10**9 + 999_999_999)
frames = st.lists(st.tuples(times, st.binary(max_size=70), st.integers(0, 2000)), max_size=12)


def pcap(content, magic, order):
    """A pcap file and where each of its parts ends: the header, then every record."""
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)]
    for time_ns, octets, more in content:
        second, rest = divmod(time_ns, 10**9)
        head = struct.pack(order + "IIII", second, rest // MAGICS[magic], len(octets), len(octets) + more)
        parts.append(head + (bytes(8) if magic == 0xA1B2CD34 else b"") + octets)
    expected = [(t - t % MAGICS[magic], len(o) + more, o) for t, o, more in content]
    return parts, expected


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def section(content, order):
    """A pcapng section, ns: its parts and the frames in them."""
    parts = [
        block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(order, 1, struct.pack(order + "HHIHHB", 1, 0, 0, 9, 1, 9) + bytes(7)),
    ]
    for time_ns, octets, more in content:
        head = struct.pack(order + "IIIII", 0, time_ns >> 32, time_ns & 0xFFFFFFFF, len(octets), len(octets) + more)
        parts.append(block(order, 6, head + octets))
    return parts, [(t, len(o) + more, o) for t, o, more in content]


def snoop(content):
    """A snoop file: its parts and the frames in them; records are padded to a multiple of four octets."""
    parts = [b"snoop\0\0\0" + struct.pack(">II", 2, 4)]
    for time_ns, octets, more in content:
        padding, (second, rest) = -len(octets) % 4, divmod(time_ns, 10**9)
        length = 24 + len(octets) + padding
        head = struct.pack(">IIIIII", len(octets) + more, len(octets), length, 0, second, rest // 1000)
        parts.append(head + octets + bytes(padding))
    return parts, [(t - t % 1000, len(o) + more, o) for t, o, more in content]


@st.composite
def captures(draw):
    """``(parts, expected)``: the octets of a capture in its parts, and the frames they hold."""
    kind = draw(st.sampled_from(["pcap", "snoop", "pcapng"]))
    if kind == "snoop":
        return snoop(draw(frames))
    if kind == "pcap":
        return pcap(draw(frames), draw(st.sampled_from(list(MAGICS))), draw(st.sampled_from("<>")))
    sections = draw(st.lists(st.tuples(frames, st.sampled_from("<>")), min_size=1, max_size=3))
    made = [section(*one) for one in sections]
    return [part for parts, _ in made for part in parts], [row for _, rows in made for row in rows]


def read(paths, mode="plain", read_octets=4 << 20):
    """All frames as ``(time ns, original length, octets)``, the numbers, the diagnostics and the source."""
    diagnostics = Diagnostics()
    rows, numbers = [], []
    with open_source([str(path) for path in paths], diagnostics, Engine(mode=mode), read_octets) as source:
        for batch in source.batches():
            assert len(batch) > 0
            assert batch.frames.flags.c_contiguous
            assert batch.buffer.flags.c_contiguous
            for row, (start, length, original, time_ns, interface, _) in enumerate(batch.frames.tolist()):
                assert source.interfaces.rows[interface] is not None
                rows.append((time_ns, original, batch.buffer[start : start + length].tobytes()))
                numbers.append(batch.first_frame_number + row)
    return rows, numbers, diagnostics, source


@QUIET
@given(capture=captures(), read_octets=st.integers(1, 1000))
def test_the_size_of_a_read_changes_nothing(tmp_path, capture, read_octets):
    parts, expected = capture
    path = tmp_path / "a.pcap"
    path.write_bytes(b"".join(parts))
    for size in (read_octets, 4 << 20):
        rows, numbers, diagnostics, source = read([path], read_octets=size)
        assert rows == expected
        assert numbers == list(range(1, len(expected) + 1))
        assert diagnostics.rows() == []
        assert source.error is None


@QUIET
@given(capture=captures(), data=st.data())
def test_a_cut_file_gives_all_that_is_whole(tmp_path, capture, data):
    parts, expected = capture
    whole = b"".join(parts)
    cut = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path / "a.pcap"
    path.write_bytes(whole[:cut])
    ends = list(itertools.accumulate(len(part) for part in parts))
    if cut < 4:
        with pytest.raises(NotACapture):
            read([path])
    elif cut < ends[0]:
        with pytest.raises(CorruptCapture):
            read([path])
    else:
        rows, _, diagnostics, source = read([path])
        classic = parts[0][:4] != bytes.fromhex("0a0d0d0a")
        whole_packets = sum(
            end <= cut and (classic or part[:4] in (b"\6\0\0\0", b"\0\0\0\6"))
            for part, end in list(zip(parts, ends))[1:]
        )
        assert len(rows) == whole_packets
        assert rows == expected[: len(rows)]
        assert ("cut_short" in diagnostics) == (cut not in ends) == isinstance(source.error, CorruptCapture)


@QUIET
@given(capture=captures(), damage=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6))
def test_damaged_files_raise_nothing_but_capture_errors(tmp_path, capture, damage):
    octets = bytearray(b"".join(capture[0]))
    for at, value in damage:
        octets[at % len(octets)] = value
    path = tmp_path / "a.pcap"
    path.write_bytes(octets)
    try:
        plain = read([path])[0]
    except CaptureError:
        return
    assert read([path], read_octets=50)[0] == plain


beginnings = st.sampled_from(
    [
        b"",
        bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"),
        bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000"),
        bytes.fromhex("0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c"),
        b"\x1f\x8b\x08\0\0\0\0\0\0\0",
        b"\x1f\x8b",
        bytes.fromhex("28b52ffd"),
        bytes.fromhex("04224d18"),
    ]
)


@QUIET
@given(first=beginnings, rest=st.binary(max_size=300))
def test_any_octets_raise_nothing_but_capture_errors(tmp_path, first, rest):
    path = tmp_path / "a.pcap"
    path.write_bytes(first + rest)
    with contextlib.suppress(CaptureError):
        read([path])


@compiled_kernels
@QUIET
@given(capture=captures(), damage=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=3))
def test_compiled_kernels_read_the_same(tmp_path, capture, damage):
    octets = bytearray(b"".join(capture[0]))
    for at, value in damage:
        octets[at % len(octets)] = value
    path = tmp_path / "a.pcap"
    path.write_bytes(octets)
    found = []
    for mode in ("plain", "compiled"):
        try:
            rows, numbers, diagnostics, _ = read([path, path], mode)
            found.append((rows, numbers, diagnostics.rows()))
        except CaptureError as error:
            found.append(str(error))
    assert found[0] == found[1]


@compiled_kernels
@QUIET
@given(
    units=st.integers(0, 2**64 - 1),
    resolution=st.integers(0, 255),
    offset=st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**9), 10**9),
)
def test_compiled_clocks_tell_the_same_time(units, resolution, offset):
    operation, factor, offset_ns, _ = clock(resolution, offset)
    arguments = (units >> 32, units & 0xFFFFFFFF, operation, factor, offset_ns)
    assert Engine(mode="plain").run(moment_ns, *arguments) == Engine(mode="compiled").run(moment_ns, *arguments)


def by_time(files):
    """The merge as one would say it: always the earliest of the files' first waiting frames."""
    waiting = [list(file) for file in files]
    merged = []
    while any(waiting):
        index = min((file[0][0], index) for index, file in enumerate(waiting) if file)[1]
        merged.append(waiting[index].pop(0))
    return merged


few_times = st.integers(0, 40).map(lambda n: n * 1000)
few_frames = st.lists(st.tuples(few_times, st.binary(max_size=40), st.just(0)), max_size=15)


@QUIET
@given(
    contents=st.lists(few_frames, min_size=2, max_size=5),
    read_octets=st.integers(1, 400),
    sort=st.booleans(),
    later=st.booleans(),
)
def test_files_are_merged_by_time(tmp_path, contents, read_octets, sort, later):
    if sort:
        contents = [sorted(content, key=lambda row: row[0]) for content in contents]
    if later:  # one file after the other, as a ring buffer writes them
        contents = [[(t + 100_000 * n, o, more) for t, o, more in content] for n, content in enumerate(contents)]
    paths, expected = [], []
    for number, content in enumerate(contents):
        parts, rows = pcap(content, 0xA1B2C3D4, "<") if number % 2 else section(content, ">")
        paths.append(tmp_path / f"{number}.pcap")
        paths[-1].write_bytes(b"".join(parts))
        expected.append(rows)
    for mode in ("plain", "compiled") if COMPILED else ("plain",):
        rows, numbers, _, source = read(paths, mode, read_octets)
        assert rows == by_time(expected)
        assert numbers == list(range(1, len(rows) + 1))
        assert len(source.interfaces.rows) == len(contents)


@QUIET
@given(content=frames, comment=st.none() | st.text(max_size=30))
@example(
    content=[(0, b"", 0), (2_592_001 * 10**9, b"", 0), (0, b"", 0), (0, b"", 0)], comment=None
)  # zeros are records
@example(
    content=[
        (0, b"\0", 0),
        (2_592_001 * 10**9, b"7", 0),
        (1, b"", 0),
        (0, b"", 0),
        (0, b"\0", 0),
        (0, b"\0\0", 0),
        (0, b"\0\0\1", 0),
    ],
    comment=None,
)  # with longer headers the third of these would end behind the file
def test_what_is_written_is_read(tmp_path, content, comment):
    path = tmp_path / "a.pcapng"
    stream = io.BytesIO()
    writer = PcapngWriter(stream, comment=comment)
    writer.add_interface("eth0", 1)
    for time_ns, octets, more in content:
        writer.write(0, time_ns, octets, len(octets) + more, comment)
    path.write_bytes(stream.getvalue())
    rows, numbers, diagnostics, source = read([path])
    assert rows == [(t, len(o) + more, o) for t, o, more in content]
    text = [] if comment is None else [comment.rstrip("\0")]
    assert source.comments == [(number, one) for number in [None, *numbers] for one in text] or comment == ""
    assert diagnostics.rows() == []

    stream = io.BytesIO()
    classic = PcapWriter(stream)
    for time_ns, octets, more in content:
        classic.write(time_ns, octets, len(octets) + more)
    path.write_bytes(stream.getvalue())
    assert read([path])[0] == rows

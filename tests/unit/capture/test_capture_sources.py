"""Where captures come from: files, compressed files, pipes, several at once; and how their ends are told."""

import bz2
import gzip
import io
import os
import subprocess
import sys
import threading

import pytest
from single_frames import read_frames

from netanalyze.capture import streams
from netanalyze.capture.batch import FRAME
from netanalyze.capture.source import open_source
from netanalyze.capture.write import PcapngWriter, PcapWriter
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError, CorruptCapture, MissingProgram, NotACapture
from netanalyze.kernel import Engine


def capture(count=500, first_ns=10**18, step_ns=1000, length=60):
    """A pcap file's octets."""
    stream = io.BytesIO()
    writer = PcapWriter(stream)
    for n in range(count):
        writer.write(first_ns + n * step_ns, n.to_bytes(4, "big") * (length // 4))
    return stream.getvalue()


def read(*paths, **named):
    """Octets of all frames, the source, the diagnostics."""
    diagnostics, rows = Diagnostics(), []
    with open_source(paths, diagnostics, Engine(mode="plain"), **named) as source:
        for batch in source.batches():
            for start, length, *_ in batch.frames.tolist():
                rows.append(batch.buffer[start : start + length].tobytes())
    return rows, source, diagnostics


@pytest.fixture
def plain(tmp_path):
    """Path of a pcap file of 500 frames."""
    path = tmp_path / "plain.pcap"
    path.write_bytes(capture())
    return path


def zstd(octets):
    return pytest.importorskip("zstandard").compress(octets)


def lz4(octets):
    return pytest.importorskip("lz4.frame").compress(octets)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("compress", [gzip.compress, zstd, lz4], ids=["gzip", "zstd", "lz4"])
@pytest.mark.parametrize("read_octets", [100, 4 << 20])
def test_compressed_captures_are_read(tmp_path, plain, compress, members, read_octets):
    octets = plain.read_bytes()
    step = -(-len(octets) // members)
    path = tmp_path / "compressed"
    path.write_bytes(b"".join(compress(octets[at : at + step]) for at in range(0, len(octets), step)))
    rows, source, diagnostics = read(path, read_octets=read_octets)
    assert rows == read(plain)[0]
    assert source.formats == [f"{compress.__name__.replace('compress', 'gzip')} pcap"]
    assert source.octets_total == source.octets_done == path.stat().st_size
    assert diagnostics.rows() == []


def test_what_follows_the_last_gzip_member_is_ignored(tmp_path, plain):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()) + bytes(512) + b"garbage")
    rows, _, diagnostics = read(path)
    assert len(rows) == 500
    assert diagnostics.rows() == []


@pytest.mark.parametrize("follows", [b"garbage", b"\x28\xb5\x2f\xfd\xff", bytes(3)])
def test_what_follows_the_last_frame_of_zstd_costs_none_of_the_capture(tmp_path, plain, follows):
    path = tmp_path / "a.zst"
    path.write_bytes(zstd(plain.read_bytes()) + follows)
    assert len(read(path)[0]) == 500


@pytest.mark.parametrize("compress", [gzip.compress, lz4, zstd], ids=["gzip", "lz4", "zstd"])
def test_a_compressed_capture_that_is_cut_gives_what_is_there(tmp_path, compress):
    octets = os.urandom(300_000)
    stream = io.BytesIO()
    writer = PcapWriter(stream)
    for at in range(0, len(octets), 1000):
        writer.write(0, octets[at : at + 1000])
    path = tmp_path / "a"
    path.write_bytes(compress(stream.getvalue())[:200_000])
    rows, source, diagnostics = read(path)
    assert 100 < len(rows) < 200
    assert [row.kind for row in diagnostics.rows()] == ["cut_short"]
    assert isinstance(source.error, CaptureError)


@pytest.mark.parametrize("compress", [gzip.compress, lz4, zstd], ids=["gzip", "lz4", "zstd"])
def test_damaged_compressed_data_is_corrupt(tmp_path, compress):
    stream = io.BytesIO()
    writer = PcapWriter(stream)
    for _ in range(2000):
        writer.write(0, os.urandom(1000))
    octets = bytearray(compress(stream.getvalue()))
    octets[1_500_000:1_500_400] = bytes(400)
    path = tmp_path / "a"
    path.write_bytes(octets)
    rows, _, diagnostics = read(path)
    assert len(rows) <= 2000
    assert len(diagnostics.rows()) <= 1  # zeros within stored data may be seen by nothing but the check sum


def test_a_compressed_bomb_needs_no_memory(tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(capture(1))
        for _ in range(40):
            file.write(bytes(1 << 20))
    with open_source([path], Diagnostics(), Engine(mode="plain"), 1 << 16) as source:
        count = 0
        for batch in source.batches():
            assert len(batch.buffer) <= 1 << 16
            count += len(batch)
            if count > 20_000:
                break
    assert count > 20_000


@pytest.mark.parametrize(
    "octets", [b"", b"\xd4\xc3", b"PK\x03\x04 no capture", gzip.compress(b"no capture either", mtime=0)]
)
def test_what_is_no_capture_is_said_so(tmp_path, octets):
    path = tmp_path / "a"
    path.write_bytes(octets)
    with pytest.raises(NotACapture, match=str(path)):
        read(path)


@pytest.mark.parametrize("octets", [capture(0)[:20], gzip.compress(capture(0)[:20], mtime=0), b"\n\r\r\n" + bytes(4)])
def test_a_file_that_ends_within_its_header_is_corrupt(tmp_path, octets):
    path = tmp_path / "a"
    path.write_bytes(octets)
    with pytest.raises(CorruptCapture):
        read(path)


def test_bz2_is_no_capture_format(tmp_path):
    path = tmp_path / "a.bz2"
    path.write_bytes(bz2.compress(capture(1)))
    with pytest.raises(NotACapture):
        read(path)


def test_what_cannot_be_opened_or_read_is_a_capture_error(tmp_path):
    for path in (tmp_path / "missing.pcap", tmp_path):
        with pytest.raises(CaptureError, match=str(path)) as caught:
            read(path)
        assert type(caught.value) is CaptureError


def test_a_missing_decompressor_is_named_with_its_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    for magic, package in (("28b52ffd", "zstandard"), ("04224d18", "lz4")):
        path = tmp_path / package
        path.write_bytes(bytes.fromhex(magic) + bytes(20))
        with pytest.raises(MissingProgram, match=f"pip install {package}"):
            read(path)


def test_a_pipe_is_read_as_it_comes(tmp_path, plain):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    octets = plain.read_bytes()

    def write():
        with open(path, "wb", buffering=0) as file:
            for at in range(0, len(octets), 777):
                file.write(octets[at : at + 777])

    writer = threading.Thread(target=write)
    writer.start()
    rows, source, _ = read(path)
    writer.join()
    assert rows == read(plain)[0]
    assert source.octets_total is None


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input_is_read(plain, compress):
    program = (
        "from netanalyze.capture.source import open_source\n"
        "from netanalyze.diagnostics import Diagnostics\n"
        "from netanalyze.kernel import Engine\n"
        "with open_source(['-'], Diagnostics(), Engine(mode='plain')) as source:\n"
        "    print(sum(map(len, source)), source.paths, source.octets_total)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=compress(plain.read_bytes()), capture_output=True, check=True
    )
    assert done.stdout.decode() == "500 ['-'] None\n"
    with open(plain, "rb") as file:
        done = subprocess.run([sys.executable, "-c", program], stdin=file, capture_output=True, check=True)
    assert done.stdout.decode() == f"500 ['-'] {plain.stat().st_size}\n"


def test_standard_input_without_a_descriptor_is_read(plain, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(plain.read_bytes())))
    assert read("-")[0] == read(plain)[0]


def test_files_that_follow_one_another_are_handed_on_without_a_copy(tmp_path, monkeypatch):
    paths = []
    for n in range(3):
        paths.append(tmp_path / f"{n}.pcap")
        paths[-1].write_bytes(capture(100, first_ns=10**18 + n * 10**9))
    monkeypatch.setattr("netanalyze.capture.merge.Joint.load", None)
    rows, source, _ = read(*reversed(paths))
    assert rows == [row for path in paths for row in read(path)[0]]
    assert source.formats == ["pcap"] * 3
    assert source.frame_count == 300


def test_many_interleaved_files_are_one_capture(tmp_path):
    paths = []
    for n in range(40):
        paths.append(tmp_path / f"{n}.pcap")
        paths[-1].write_bytes(capture(50, first_ns=10**18 + n, step_ns=40))
    times, interfaces = [], set()
    with open_source(paths, Diagnostics(), Engine(mode="plain"), read_octets=500) as source:
        for batch in source.batches():
            assert batch.first_frame_number == len(times) + 1
            times += batch.frames[:, FRAME.TIME_NS].tolist()
            interfaces |= set(batch.frames[:, FRAME.INTERFACE_ID].tolist())
    assert times == list(range(10**18, 10**18 + 2000))
    assert interfaces == set(range(40))
    assert [interface.file for interface in source.interfaces.rows] == [str(path) for path in paths]


def test_comments_of_merged_files_have_the_numbers_of_the_whole(tmp_path):
    paths = []
    for n in range(2):
        paths.append(tmp_path / f"{n}.pcapng")
        with PcapngWriter(open(paths[-1], "wb"), comment=f"file {n}") as writer:
            writer.add_interface(f"eth{n}")
            for time_ns in range(4):
                writer.write(0, time_ns * 10 + n, b"x", comment=f"{n} at {time_ns}" if time_ns % 2 else None)
    for size in (60, 4 << 20):
        _, source, _ = read(*paths, read_octets=size)
        found = sorted(source.comments, key=lambda row: row[0] or 0)
        assert found == [
            (None, "file 0"), (None, "file 1"), (3, "0 at 1"), (4, "1 at 1"), (7, "0 at 3"), (8, "1 at 3"),
        ]  # fmt: skip


def test_of_merged_files_a_bad_one_ends_alone(tmp_path, plain):
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(capture(100)[:-1])
    rows, source, diagnostics = read(plain, cut)
    assert len(rows) == 599
    assert source.error.path == str(cut)
    assert [(row.kind, str(cut) in row.detail) for row in diagnostics.rows()] == [("cut_short", True)]


def test_progress_rises_to_the_whole(plain):
    seen = []
    read(plain, read_octets=4096, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == (plain.stat().st_size, plain.stat().st_size)


def test_a_source_is_read_once(plain):
    with open_source([plain], Diagnostics(), Engine(mode="plain")) as source:
        list(source.batches())
        with pytest.raises(RuntimeError, match="once"):
            list(source.batches())


def test_no_path_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no path"):
        open_source([], Diagnostics(), Engine(mode="plain"))


def test_frames_are_fetched_by_number(plain):
    found = read_frames([plain], [500, 3, 3, 501, 0])
    assert sorted(found) == [3, 500]
    time_ns, interface, original, octets = found[3]
    assert (time_ns, interface.link_type, original) == (10**18 + 2000, 1, 60)
    assert octets == (2).to_bytes(4, "big") * 15


def test_a_read_error_in_the_middle_ends_the_capture(plain, monkeypatch):
    class Failing(io.FileIO):
        def readinto(self, view):
            if self.tell() > 5000:
                raise OSError(5, "Input/output error")
            return super().readinto(memoryview(view)[:2000])

    monkeypatch.setattr(streams, "_raw", lambda path: Failing(path))
    rows, source, diagnostics = read(plain)
    assert 50 < len(rows) < 100
    assert str(source.error) == f"{plain}: Input/output error"
    assert "corrupt" in diagnostics

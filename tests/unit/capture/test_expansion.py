"""What is compressed costs what its octets cost: bombs end early, with an error that says what to do; true captures are read."""

import gzip
import io
import itertools
import struct
import tarfile

import lz4.frame
import pytest
import zstandard

from netanalyze.capture import expansion
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError
from netanalyze.kernel import Engine

PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
SECTION = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
INTERFACE = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
EMPTY_FRAME = struct.pack("<IIIIIIII", 6, 32, 0, 0, 0, 0, 0, 32)
UNKNOWN, STATISTICS = struct.pack("<III", 0x1234567, 12, 12), struct.pack("<IIIIII", 5, 24, 0, 0, 0, 24)
COMPRESS = {"gzip": gzip.compress, "zstd": zstandard.compress, "lz4": lz4.frame.compress}
compressions = pytest.mark.parametrize("compress", COMPRESS.values(), ids=COMPRESS)


def read(path):
    """(frames, diagnostics, error) of a file, read as far as it goes."""
    diagnostics = Diagnostics()
    with open_source([path], diagnostics, Engine(mode="plain")) as source:
        frames = sum(len(batch) for batch in source.batches())
    return frames, diagnostics, source.error


@pytest.fixture
def tight(monkeypatch):
    """Bounds that are reached soon."""
    monkeypatch.setattr(expansion, "RECORDS_FREE", 1_000)
    monkeypatch.setattr(expansion, "MEMBERS_FREE", 100)
    monkeypatch.setattr(expansion, "OCTETS_FREE", 4_000_000)


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize(
    "bomb",
    [
        PCAP + bytes(16) * 100_000,
        SECTION + INTERFACE + EMPTY_FRAME * 100_000,
        SECTION + INTERFACE * 100_000,
        SECTION * 100_000,
        SECTION + INTERFACE + UNKNOWN * 100_000,
        SECTION + INTERFACE + STATISTICS * 100_000,
    ],
    ids=["frames of pcap", "frames of pcapng", "interfaces", "sections", "blocks nobody knows", "statistics"],
)
def test_more_records_than_octets_end_the_reading(tmp_path, bomb):
    path = tmp_path / "it's a bomb.zst"
    path.write_bytes(zstandard.compress(bomb))
    frames, diagnostics, error = read(path)
    assert "expands_too_far" in diagnostics
    assert frames < 100_000
    assert "records" in str(error)
    assert f"zstd -dc '{tmp_path}/it'\"'\"'s a bomb.zst' | netanalyze analyze -" in str(error)


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("name", ["gzip", "lz4"])
@pytest.mark.parametrize("inside", [b"", b"\0"])
def test_members_that_hold_nothing_end_the_reading(tmp_path, name, inside):
    (tmp_path / "bomb").write_bytes(COMPRESS[name](PCAP) + COMPRESS[name](inside) * 5_000)
    _, diagnostics, error = read(tmp_path / "bomb")
    assert "expands_too_far" in diagnostics
    assert "parts" in str(error)


@pytest.mark.usefixtures("tight")
def test_octets_of_one_repeated_octet_end_the_reading(tmp_path):
    record = struct.pack("<IIII", 0, 0, 262_144, 262_144)
    (tmp_path / "bomb").write_bytes(zstandard.compress(PCAP + (record + bytes(262_144)) * 80))
    assert (tmp_path / "bomb").stat().st_size < 2_000
    _, _, error = read(tmp_path / "bomb")
    assert "octets" in str(error)


@compressions
def test_a_true_capture_of_zeros_is_read_to_its_end(tmp_path, compress):
    frames = [struct.pack("<IIIIQ", n, 7 * n, 1_500, 1_500, n) + bytes(1_492) for n in range(3_000)]
    (tmp_path / "true").write_bytes(compress(PCAP + b"".join(frames)))
    assert read(tmp_path / "true")[0::2] == (3_000, None)


@compressions
def test_many_members_that_hold_something_are_read_to_their_end(tmp_path, compress):
    record = struct.pack("<IIII", 0, 0, 1_500, 1_500) + bytes(1_500)
    (tmp_path / "true").write_bytes(compress(PCAP) + compress(record) * 500)
    assert read(tmp_path / "true")[0::2] == (500, None)


@pytest.mark.parametrize("name", ["zstd", "lz4"])
def test_frames_that_hold_nothing_are_passed_over(tmp_path, name):
    nothing = struct.pack("<II", 0x184D2A53, 5) + b"hello"
    compress = COMPRESS[name]
    octets = nothing * 3 + compress(PCAP) + nothing + compress(struct.pack("<IIII", 0, 0, 4, 4) + b"abcd")
    (tmp_path / "capture").write_bytes(octets)
    assert read(tmp_path / "capture")[0::2] == (1, None)


def test_what_only_the_programs_can_read_names_the_program(tmp_path):
    path = tmp_path / "capture"
    samples = [bytes([n % 251, n % 7]) * 40 for n in range(400)]
    dictionary = zstandard.train_dictionary(400, samples)
    path.write_bytes(zstandard.ZstdCompressor(dict_data=dictionary).compress(PCAP))
    with pytest.raises(CaptureError, match=f"dictionary {dictionary.dict_id()}.*zstd -D DICTIONARY -dc"):
        read(path)
    path.write_bytes(bytes.fromhex("28b52ffd 00 a8 00 00 00"))  # a window of 2**31 octets
    with pytest.raises(CaptureError, match=r"window of.*zstd --long=31 -dc"):
        read(path)
    path.write_bytes(bytes.fromhex("02214c18") + bytes(20))
    with pytest.raises(CaptureError, match=r"legacy.*lz4 -dc"):
        read(path)


@compressions
def test_a_capture_compressed_twice_is_no_capture(tmp_path, compress):
    (tmp_path / "twice").write_bytes(compress(compress(PCAP)))
    with pytest.raises(CaptureError, match=r"not|no capture"):
        read(tmp_path / "twice")


def tar_gz(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(f"netanalyze-record/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return out.getvalue()


def test_a_text_of_an_archive_is_read_up_to_its_bound_and_the_rest_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(expansion, "LINES_FREE", 1_000)
    path = tmp_path / "bomb.tgz"
    path.write_bytes(
        tar_gz({"about.txt": b"netanalyze-record 1\n", "sockets.txt": b"@ 1\n" * 500_000, "exit.txt": b"0"})
    )
    diagnostics = Diagnostics()
    with open_source([path], diagnostics, Engine(mode="plain")) as source:
        list(itertools.chain(source.batches()))
    most = 1_000 + 2 * path.stat().st_size
    assert source.texts["sockets.txt"].count(b"\n") == most
    assert source.texts["exit.txt"] == b"0"
    assert "sockets.txt expands to more than" in str(source.error)

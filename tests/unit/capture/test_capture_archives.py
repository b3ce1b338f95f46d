"""The recorder's archive is read like the capture within it, and nothing in it can do harm."""

import gzip
import io
import random
import struct
import tarfile
from pathlib import Path

import pytest
from archives import TEXTS, tar, tgz, written
from hypothesis import given, settings
from hypothesis import strategies as st
from single_frames import read_frames

from netanalyze.capture import archive
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError
from netanalyze.kernel import Engine

CAPTURE = Path(__file__).parents[3] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
PACKETS = CAPTURE.read_bytes()


def frames(path, diagnostics=None):
    """Frames (time and octets) and texts of a capture."""
    found = []
    with open_source([path], diagnostics or Diagnostics(), Engine()) as source:
        for batch in source.batches():
            for start, captured, _, time_ns, _, _ in batch.frames.tolist():
                found.append((time_ns, batch.buffer[start : start + captured].tobytes()))
        return found, source.texts, source.error


@pytest.mark.parametrize("first", [False, True], ids=["capture last", "capture first"])
@pytest.mark.parametrize("name", ["record.tgz", "whatever", "really.pcap"])
def test_it_is_known_by_its_content_and_read_like_its_capture(tmp_path, name, first):
    found, texts, error = frames(written(tmp_path / name, tgz(capture=PACKETS, first=first)))
    assert found == frames(str(CAPTURE))[0]
    assert texts == TEXTS
    assert error is None


def test_a_tar_that_something_on_the_way_decompressed_is_read_as_well(tmp_path):
    found, texts, _ = frames(written(tmp_path / "r.tar", gzip.decompress(tgz(capture=PACKETS))))
    assert found == frames(str(CAPTURE))[0]
    assert texts == TEXTS


def test_single_frames_are_found_again(tmp_path):
    path = written(tmp_path / "r.tgz", tgz(capture=PACKETS))
    assert read_frames([path], [10])[10][3] == read_frames([CAPTURE], [10])[10][3]


def test_an_archive_without_packets_is_a_capture_of_nothing(tmp_path):
    found, texts, error = frames(written(tmp_path / "r.tgz", tgz()))
    assert (found, texts, error) == ([], TEXTS, None)


def test_any_other_archive_is_refused_and_says_why(tmp_path):
    path = written(tmp_path / "a.tgz", gzip.compress(tar([("x.txt", b"hello")], "elsewhere")))
    with pytest.raises(CaptureError, match="not of netanalyze's recorder"):
        open_source([path], Diagnostics(), Engine())


def test_what_is_called_a_capture_must_be_one(tmp_path):
    path = written(tmp_path / "a.tgz", tgz(capture=b"not a capture at all"))
    with pytest.raises(CaptureError, match="is no capture"):
        open_source([path], Diagnostics(), Engine())


def test_a_cut_archive_gives_what_is_whole(tmp_path):
    whole = tar([*TEXTS.items(), ("capture.pcap", PACKETS)])
    begin = whole.index(PACKETS[:24])
    diagnostics = Diagnostics()
    found, _, error = frames(written(tmp_path / "r.tgz", gzip.compress(whole[: begin + 2_000])), diagnostics)
    assert found
    assert found == frames(str(CAPTURE))[0][: len(found)]
    assert "ends within the capture" in str(error)
    assert "cut_short" in {row.kind for row in diagnostics.rows()}


def member(name, kind=tarfile.REGTYPE, octets=b"", link=""):
    """One member as tar writes it, whatever it is."""
    header = tarfile.TarInfo(name)
    header.type, header.linkname, header.size = kind, link, len(octets)
    return header, octets


@pytest.mark.parametrize(
    "bad",
    [
        member("netanalyze-record/../../escaped.txt", octets=b"no"),
        member("/netanalyze-record/escaped.txt", octets=b"no"),
        member("netanalyze-record/inner/escaped.txt", octets=b"no"),
        member("netanalyze-record/escaped.txt", tarfile.SYMTYPE, link="/etc/passwd"),
        member("netanalyze-record/escaped.txt", tarfile.LNKTYPE, link="/etc/passwd"),
        member("netanalyze-record/escaped.txt", tarfile.CHRTYPE),
        member("netanalyze-record/escaped.txt", tarfile.FIFOTYPE),
        member("netanalyze-record/capture.pcap", tarfile.SYMTYPE, link="/etc/passwd"),
    ],
    ids=["path upwards", "absolute path", "folder", "symbolic link", "hard link", "device", "pipe", "linked capture"],
)
def test_nothing_leaves_the_archive_and_no_link_is_followed(tmp_path, monkeypatch, bad):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for header, octets in [bad, *(member(f"netanalyze-record/{n}", octets=o) for n, o in TEXTS.items())]:
            made.addfile(header, io.BytesIO(octets))
    inside = tmp_path / "inside"
    inside.mkdir()
    path = written(inside / "r.tgz", gzip.compress(out.getvalue()))
    monkeypatch.chdir(inside)
    found, texts, _ = frames(path)
    assert found == []
    assert texts == TEXTS
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["inside", "r.tgz"]


def test_what_is_kept_in_memory_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "TEXT_OCTETS", 1_000)
    monkeypatch.setattr(archive, "TEXTS_OCTETS", 2_500)
    many = TEXTS | {f"{n}.txt": b"x" * 5_000 for n in range(10)}
    found, texts, _ = frames(written(tmp_path / "r.tgz", tgz(many, PACKETS)))
    assert max(map(len, texts.values())) <= 1_000
    assert sum(map(len, texts.values())) <= 2_500
    assert found == frames(str(CAPTURE))[0]


def test_an_archive_of_far_too_much_ends_there(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "PASSED_OCTETS", 100_000)
    texts = TEXTS | {"sockets.txt": bytes(200_000)}
    monkeypatch.setattr(archive, "TEXT_OCTETS", 10)
    with pytest.raises(CaptureError, match="nothing of ours"):
        frames(written(tmp_path / "r.tgz", tgz({"z.txt": bytes(200_000)} | texts, PACKETS)))


def test_a_member_that_claims_to_be_huge_costs_nothing(tmp_path):
    whole = bytearray(tar([*TEXTS.items(), ("processes.txt", b"p" * 100)]))
    at = whole.index(b"netanalyze-record/processes.txt")
    whole[at + 124 : at + 136] = b"77777777777\0"  # 8 GiB
    header = bytes(whole[at : at + 148]) + b" " * 8 + bytes(whole[at + 156 : at + 512])
    whole[at + 148 : at + 156] = b"%06o\0 " % sum(header)
    _, texts, _ = frames(written(tmp_path / "r.tgz", gzip.compress(bytes(whole))))
    assert texts["about.txt"] == TEXTS["about.txt"]
    assert len(texts["processes.txt"]) < 20_000


WHOLE = gzip.decompress(tgz(capture=PACKETS[:3_000]))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_wrong_in_it_only_capture_errors_come_of_it(tmp_path_factory, data):
    octets = bytearray(WHOLE)
    random_ = random.Random(data.draw(st.integers(0, 2**32)))
    for _ in range(data.draw(st.integers(1, 12))):
        at = random_.randrange(len(octets))
        octets[at] = random_.choice((0, 255, octets[at] ^ 1, random_.randrange(256)))
    del octets[data.draw(st.integers(0, len(octets))) :]
    packed = gzip.compress(bytes(octets), 1) if data.draw(st.booleans()) else bytes(octets)
    path = written(tmp_path_factory.mktemp("fuzz") / "r.tgz", packed)
    try:
        frames(path)
    except CaptureError:
        pass


def test_the_empty_capture_is_a_whole_pcapng_section():
    kind, length = struct.unpack_from("<II", archive.EMPTY)
    assert kind == 0x0A0D0D0A
    assert length == len(archive.EMPTY) == struct.unpack("<I", archive.EMPTY[-4:])[0]

"""snoop files (RFC 1761) are read as any other capture."""

import struct

import pytest
from test_readers import snoop

import netanalyze
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError
from netanalyze.kernel import Engine
from netanalyze.wire.link.dispatch import DECODED


def read(path, octets):
    """Frames, the source and the diagnostics."""
    path.write_bytes(octets)
    diagnostics = Diagnostics()
    with open_source([path], diagnostics, Engine(mode="plain")) as source:
        frames = [frame for batch in source.batches() for frame in batch.frames.tolist()]
    return frames, source, diagnostics


def file(data_link=4, version=2, records=b""):
    return b"snoop\0\0\0" + struct.pack(">II", version, data_link) + records


def record(captured=b"", length=None, drops=0):
    return struct.pack(">IIIIII", 60, len(captured), length or 24 + len(captured), drops, 7, 5) + captured


@pytest.mark.parametrize(("data_link", "link_type"), [(0, 1), (4, 1), (2, 6), (8, 10)])
def test_data_link_types_of_the_rfc_are_linktypes(tmp_path, data_link, link_type):
    _, source, _ = read(tmp_path / "a.snoop", file(data_link))
    assert (source.formats, source.interfaces.rows[0].link_type) == (["snoop"], link_type)
    assert link_type in DECODED


def test_a_link_type_that_is_not_read_is_counted_and_named(tmp_path):
    (tmp_path / "a.snoop").write_bytes(file(5, records=record(bytes(20))))
    result = netanalyze.analyze([tmp_path / "a.snoop"])
    assert result.capture.packets == 1
    assert "HDLC" in str(next(row for row in result.capture.diagnostics if row.kind == "unknown_link_type").meaning)


def test_cut_frames_and_padding(tmp_path):
    frames, source, _ = read(tmp_path / "a.snoop", file(records=record(b"abcde", 40) + bytes(11) + record(b"xyz")))
    assert [(captured, original, time_ns) for _, captured, original, time_ns, _, _ in frames] == [
        (5, 60, 7_000_005_000), (3, 60, 7_000_005_000),
    ]  # fmt: skip
    assert source.error is None


def test_what_was_dropped_is_counted_once(tmp_path):
    """The records say how many were dropped until then."""
    _, _, diagnostics = read(tmp_path / "a.snoop", file(records=record(drops=3) + record(drops=3) + record(drops=9)))
    assert diagnostics.count("kernel_drops") == 9


@pytest.mark.parametrize(
    "octets",
    [file(records=record(b"abc", 26)), file(records=record(length=2**31)), file(records=record(b"abc") + b"\0")],
    ids=["shorter than its frame", "longer than any", "cut"],
)
def test_a_record_that_cannot_be_ends_the_reading(tmp_path, octets):
    _, source, _ = read(tmp_path / "a.snoop", octets)
    assert "octet " in str(source.error)


def test_another_version_is_said_with_what_may_help(tmp_path):
    with pytest.raises(CaptureError, match=r"snoop version 3.*editcap"):
        read(tmp_path / "a.snoop", file(version=3))


def test_a_verdict_is_that_of_the_pcap(tmp_path):
    original = "captures/tls/alert/hit.pcapng"
    rows = []
    with open_source([original], Diagnostics(), Engine(mode="plain")) as source:
        for batch in source.batches():
            for start, captured, whole, time_ns, _, _ in batch.frames.tolist():
                octets = batch.buffer[start : start + captured].tobytes()
                rows.append((time_ns, octets, whole - captured))
    (tmp_path / "a.snoop").write_bytes(b"".join(snoop(rows)[0]))
    found, expected = netanalyze.analyze([tmp_path / "a.snoop"]).verdict, netanalyze.analyze([original]).verdict
    assert (found.cause, found.culprit, found.status) == (expected.cause, expected.culprit, expected.status)

"""What is written is what tshark, dpkt and our own reader find there."""

import io
import shutil
import struct
import subprocess

import dpkt
import pytest

from netanalyze.capture.source import open_source
from netanalyze.capture.write import PcapngWriter, PcapWriter
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine

TIME_NS = 1_700_000_000_123_456_789
FRAME = bytes.fromhex("020000000001020000000002 0800") + bytes(46)


def recording():
    stream = io.BytesIO()
    writer = PcapngWriter(stream, comment=["first", "second"])
    eth = writer.add_interface("eth0", 1, 200)
    raw = writer.add_interface("tun0", 101)
    writer.write(eth, TIME_NS, FRAME, 1500)
    writer.write(raw, TIME_NS + 1, b"E" + bytes(20), comment="odd length")
    writer.write_statistics(eth, received=10, dropped=3, start_ns=TIME_NS, end_ns=TIME_NS + 5)
    writer.write_statistics(raw)
    writer.flush()
    return stream.getvalue()


def test_the_reader_finds_all_that_was_written(tmp_path):
    path = tmp_path / "a.pcapng"
    path.write_bytes(recording())
    diagnostics = Diagnostics()
    with open_source([path], diagnostics, Engine(mode="plain")) as source:
        (batch,) = [batch.frames.copy() for batch in source.batches()]
    assert batch[:, 1:5].tolist() == [[60, 1500, TIME_NS, 0], [21, 21, TIME_NS + 1, 1]]
    assert source.comments == [(None, "first"), (None, "second"), (2, "odd length")]
    found = [(i.name, i.link_type, i.snap_length, i.received, i.dropped) for i in source.interfaces.rows]
    assert found == [("eth0", 1, 200, 10, 3), ("tun0", 101, 0, None, None)]
    assert [(row.kind, row.count, row.detail) for row in diagnostics.rows()] == [("kernel_drops", 3, "eth0: 3 of 10")]


def test_every_block_is_a_multiple_of_four_and_has_its_length_twice():
    octets, at = recording(), 0
    while at < len(octets):
        (length,) = struct.unpack_from("<I", octets, at + 4)
        assert length % 4 == 0
        assert struct.unpack_from("<I", octets, at + length - 4) == (length,)
        at += length
    assert at == len(octets)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_it_the_same(tmp_path):
    path = tmp_path / "a.pcapng"
    path.write_bytes(recording())
    fields = ["frame.time_epoch", "frame.cap_len", "frame.len", "frame.interface_name", "frame.comment"]
    command = ["tshark", "-r", path, "-T", "fields", *[word for field in fields for word in ("-e", field)]]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert [line.split("\t") for line in done.stdout.splitlines()] == [
        ["1700000000.123456789", "60", "1500", "eth0", ""],
        ["1700000000.123456790", "21", "21", "tun0", "odd length"],
    ]


@pytest.mark.parametrize(("nanoseconds", "time_ns"), [(True, TIME_NS), (False, TIME_NS // 1000 * 1000)])
def test_pcap_is_read_by_dpkt_and_by_us(tmp_path, nanoseconds, time_ns):
    path = tmp_path / "a.pcap"
    with PcapWriter(open(path, "wb"), link_type=113, nanoseconds=nanoseconds) as writer:
        writer.write(TIME_NS, FRAME, 1500)
        writer.write(TIME_NS, b"")
    with open(path, "rb") as file:
        judge = dpkt.pcap.Reader(file)
        assert judge.datalink() == 113
        assert [octets for _, octets in judge] == [FRAME, b""]
    with open_source([path], Diagnostics(), Engine(mode="plain")) as source:
        (rows,) = [batch.frames.tolist() for batch in source.batches()]
    assert [row[1:4] for row in rows] == [[60, 1500, time_ns], [0, 0, time_ns]]
    assert source.interfaces.rows[0].link_type == 113


def test_what_cannot_be_written_is_a_value_error():
    writer = PcapngWriter(io.BytesIO())
    with pytest.raises(ValueError, match="interface 0"):
        writer.write(0, 0, b"")
    writer.add_interface()
    with pytest.raises(ValueError, match="1970"):
        writer.write(0, -1, b"")
    with pytest.raises(ValueError, match="65535"):
        writer.write(0, 0, b"", comment="x" * 65_536)
    with pytest.raises(ValueError, match="2106"):
        PcapWriter(io.BytesIO()).write(2**32 * 10**9, b"")

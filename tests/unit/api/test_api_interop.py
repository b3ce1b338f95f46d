"""Other people's programs and formats, and their absence."""

import asyncio
import json
import shutil
import sys

import pandas as pd
import pytest

import netanalyze
from netanalyze.notebook.analysis import TABLES

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def test_a_frame_as_scapys_packet(hang):
    pytest.importorskip("scapy")
    frame = hang.frame(12)
    packet = frame.scapy()
    assert packet.haslayer("TCP")
    assert bytes(packet) == frame.octets
    assert int(packet.time * 10**9) == frame.time_ns
    assert packet.wirelen == frame.original_length


def test_a_link_type_scapy_does_not_know_is_raw():
    pytest.importorskip("scapy")
    from netanalyze.interop.scapy import packet

    assert bytes(packet(b"abc", 9999, 5, 3)) == b"abc"


@needs_tshark
def test_a_frame_as_tshark_reads_it_in_its_context(hang):
    packet = hang.frame(17).dissect()
    assert int(packet.number) == 17
    assert hasattr(packet.tcp, "analysis_retransmission")


@needs_tshark
def test_dissecting_works_inside_a_running_event_loop(hang):
    async def cell():
        return hang.frame(3).dissect()

    packet = asyncio.run(cell())
    assert packet.dns.qry_name == "proxy.golang.org"


@needs_tshark
def test_a_frame_of_several_files_is_dissected_by_itself(recorded):
    a = netanalyze.open(recorded("client-hello-dropped"), recorded("forged-dns-answer"))
    assert int(a.frame(a.result.capture.packets).dissect().number) == 1


@pytest.mark.parametrize(
    ("module", "use", "program"),
    [
        ("scapy", lambda a, folder: a.frame(1).scapy(), "scapy"),
        ("pyarrow", lambda a, folder: a.to_parquet(folder), "pyarrow"),
    ],
)
def test_what_is_not_installed_says_how_to_install_it(monkeypatch, hang, tmp_path, module, use, program):
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(netanalyze.MissingProgram, match=f"pip install {program}") as caught:
        use(hang, tmp_path)
    assert caught.value.program == program


def test_no_tshark_says_how_to_install_it(monkeypatch, hang):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(netanalyze.MissingProgram, match="tshark"):
        hang.frame(1).dissect()


def test_parquet_keeps_every_table(hang, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    written = hang.to_parquet(tmp_path / "tables")
    assert [path.stem for path in written] == list(TABLES)
    for path in written:
        table = getattr(hang, path.stem)
        again = pd.read_parquet(path)
        assert list(again.columns) == list(table.columns)
        assert len(again) == len(table)
    flows = pd.read_parquet(tmp_path / "tables" / "flows.parquet")
    assert flows["first"].tolist() == hang.flows["first"].tolist()
    assert str(flows["first"].dtype) == "datetime64[ns, UTC]"
    field = parquet.read_schema(tmp_path / "tables" / "packets.parquet").field("tcp_seq")
    assert field.metadata[b"source"] == b"tcp.seq_raw"
    findings = pd.read_parquet(tmp_path / "tables" / "findings.parquet")
    assert json.loads(findings["quantities"][0])["octets"] == 1538


def test_parquet_of_some_tables(hang, tmp_path):
    pytest.importorskip("pyarrow")
    assert [path.name for path in hang.to_parquet(tmp_path, ["dns"])] == ["dns.parquet"]
    with pytest.raises(KeyError, match="no table 'colours'"):
        hang.to_parquet(tmp_path, ["colours"])

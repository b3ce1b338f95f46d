"""Tables at the door: dtypes, unknown values, and keys that join."""

import pandas as pd
import pytest

import netanalyze
from netanalyze.columns import TEXT, Column, Table, time_column
from netanalyze.notebook.analysis import TABLES
from netanalyze.notebook.tables import data_frame
from netanalyze.tracking.marks import NAMES
from netanalyze.units import NEVER_NS

UTC_NS = "datetime64[ns, UTC]"
FLOW_TABLES = ("findings", "evidence", "ledger", "stalls", "dns", "tls", "http", "packets", "tcp_marks", "events")


class Sample(Table):
    """Every kind of column."""

    schema = (
        time_column("seen_ns", "moment"),
        Column("lasted_ns", "i8", "ns", "span", "test", -1),
        Column("count", "i4", "1", "may be unknown", "test", -1),
        Column("surely", "i4", "1", "is always known", "test"),
        Column("yes", "i1", "1", "1 if so", "test"),
        Column("kind", TEXT, "", "few values", "test"),
        Column("name", TEXT, "", "many values", "test"),
        Column("colour", "i1", "", "words", "test", -1, {0: "red", 1: "blue"}),
    )


def test_each_kind_of_column_has_its_dtype():
    table = Sample(
        seen_ns=[1_700_000_000_123_456_789, NEVER_NS], lasted_ns=[1_500_000_000, -1], count=[3, -1], surely=[-1, 4],
        yes=[1, 0], kind=["a", None], name=["x", None], colour=[1, -1],
    )  # fmt: skip
    frame = data_frame(table)
    assert list(frame.columns) == ["seen", "lasted", "count", "surely", "yes", "kind", "name", "colour"]
    assert str(frame["seen"].dtype) == UTC_NS
    assert frame["seen"][0].nanosecond == 789
    assert frame["seen"][1] is pd.NaT
    assert frame["lasted"].tolist() == [pd.Timedelta("1.5s"), pd.NaT]
    assert frame["count"].dtype == "Int32"
    assert frame["count"][1] is pd.NA
    assert frame["surely"].dtype == "int32"
    assert frame["yes"].tolist() == [True, False]
    assert isinstance(frame["kind"].dtype, pd.CategoricalDtype)
    assert frame["name"].dtype == "string"
    assert frame["name"][1] is pd.NA
    assert frame["colour"].tolist()[0] == "blue"
    assert frame[["kind", "colour"]].iloc[1].isna().all()


def test_a_frame_shares_no_memory_with_the_result(hang):
    fresh = data_frame(hang.result.flows)
    fresh.loc[0, "orig_port"] = 99
    fresh.loc[0, "orig_packets"] = 99
    assert hang.result.flows.orig_port[0] != 99
    assert hang.result.flows.orig_packets[0] != 99


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_the_same_dtypes_with_and_without_rows(name, hang, healthy):
    full, empty = getattr(hang, name), data_frame_of_nothing(name)
    assert list(full.columns) == list(empty.columns)
    for column in full.columns:
        one, other = full[column].dtype, empty[column].dtype
        if isinstance(one, pd.CategoricalDtype):
            assert isinstance(other, pd.CategoricalDtype), column
        else:
            assert one == other, column
    assert not [c for c in full.columns if c.endswith("_ns")]


def data_frame_of_nothing(name):
    """The table as it is where there are no rows."""
    from dataclasses import replace

    from netanalyze.notebook import packets, tables
    from netanalyze.notebook.analysis import Analysis
    from netanalyze.wire.packets import PacketTable

    if name == "packets":
        return packets.packet_frame(PacketTable(), [])
    result = netanalyze.Result(**EMPTY)
    if name in ("findings", "evidence", "ledger", "diagnostics"):
        return getattr(tables, f"{name}_frame")(result)
    return getattr(Analysis(replace(result), []), name)


def empty_result():
    from netanalyze.conversations.dns import DnsTable
    from netanalyze.conversations.http import HttpTable
    from netanalyze.conversations.tls import TlsTable
    from netanalyze.flows.table import EventTable, FlowTable, MarkTable, StallTable
    from netanalyze.result import CaptureFacts, Verdict

    return {
        "version": "0", "capture": CaptureFacts((), 0, NEVER_NS, NEVER_NS, (), None, 0, 0, ()), "run": None,
        "verdict": Verdict("unusable", "Nothing was captured."), "findings": (), "consequences": (), "ledger": (),
        "flows": FlowTable(), "dns": DnsTable(), "tls": TlsTable(), "http": HttpTable(), "stalls": StallTable(),
        "events": EventTable(), "tcp_marks": MarkTable(),
    }  # fmt: skip


EMPTY = empty_result()


@pytest.mark.parametrize("name", FLOW_TABLES)
def test_tables_join_the_flows(name, hang):
    table = getattr(hang, name)
    joined = table.merge(hang.flows[["flow_id", "resp_address"]], on="flow_id", how="left")
    assert len(joined) == len(table)
    known = table["flow_id"].notna()
    assert joined["resp_address"].notna().tolist() == known.tolist()


def test_marks_and_evidence_join_the_packets(lossy, hang):
    marked = lossy.tcp_marks.merge(lossy.packets, on="frame_number", suffixes=("", "_packet"))
    assert len(marked) == len(lossy.tcp_marks) > 100
    assert (marked["flow_id"] == marked["flow_id_packet"]).all()
    bits = marked["mark"].map({name: 1 << bit for bit, name in enumerate(NAMES)}).astype("int64")
    assert ((marked["marks"] & bits) != 0).all()
    proof = hang.evidence.merge(hang.packets, on="frame_number")
    assert len(proof) == len(hang.evidence)


def test_what_never_happened_is_na(hang):
    tls = hang.tls
    assert tls["client_hello_frame"].notna().all()
    assert tls["server_hello_frame"].isna().all()
    assert tls["server_hello"].isna().all()
    assert tls["cipher_suite"].isna().all()
    assert tls["alpn_chosen"].isna().all()
    assert hang.flows["resp_fin"].isna().all()
    numbers = hang.flows.select_dtypes("number").select_dtypes(exclude="timedelta")
    assert not (numbers < -2).any().any()


def test_dns_has_numbers_and_names_beside_them(hang):
    dns = hang.dns
    assert dns["qtype"].tolist() == [28, 1]
    assert dns["qtype_name"].tolist() == ["AAAA", "A"]
    assert dns["rcode"].tolist() == [0, 0]
    assert dns["dns_id"].between(0, 65535).all()
    assert isinstance(dns["answers"][1], list)


def test_the_ledger_adds_up_to_the_capture(hang, healthy):
    for analysis in (hang, healthy):
        capture = analysis.result.capture
        assert analysis.ledger["seconds"].sum() == pytest.approx((capture.end_ns - capture.start_ns) / 1e9)
        assert (analysis.ledger["end"] >= analysis.ledger["start"]).all()


def test_findings_mark_the_root_and_name_their_frames(hang):
    findings = hang.findings
    assert findings["root"].sum() == 1
    root = findings[findings["root"]].iloc[0]
    assert root["cause"] == hang.verdict.cause == "tls/client-hello-dropped"
    assert root["frames"] == hang.finding(int(root["finding"])).frames
    assert findings["consequence_of"].isna().any()


def test_the_verdict_is_an_object_and_a_frame(hang, healthy):
    assert hang.verdict.status == "hung"
    assert hang.verdict.culprit.host == "proxy.golang.org"
    frame = hang.verdict.to_frame()
    assert len(frame) == 1
    assert frame["cause"][0] == "tls/client-hello-dropped"
    assert healthy.verdict.cause is None
    assert "HEALTHY" in repr(healthy)


def test_the_filter_is_that_of_the_reports(hang, healthy):
    assert hang.verdict.filter == hang.result.to_json()["verdict"]["filter"] is not None
    assert healthy.verdict.filter is None


def test_tables_are_made_once(hang):
    assert hang.flows is hang.flows
    assert hang.packets is hang.packets


def test_columns_explain_themselves_with_na(hang):
    columns = hang.columns("tls")
    assert columns.loc["server_hello_frame", "meaning"].endswith("NA where there is none")
    assert columns.loc["client_hello", "unit"] == "UTC"
    with pytest.raises(KeyError, match="no table 'verdict'; there are findings"):
        hang.columns("verdict")


@pytest.mark.parametrize("table", [*TABLES, "timeline"])
def test_every_column_of_every_table_is_described(hang, table):
    columns = hang.columns(table)
    assert list(columns.index) == list(getattr(hang, table).columns)
    assert columns["meaning"].str.len().gt(0).all()
    assert columns["source"].str.len().gt(0).all()


def test_what_is_not_there_says_what_is(hang):
    with pytest.raises(IndexError, match="no flow 99; there are 4"):
        hang.flow(99)
    with pytest.raises(IndexError, match="no finding 9; there are"):
        hang.finding(9)
    with pytest.raises(TypeError, match="needs the path"):
        netanalyze.open()


def test_the_trace_may_be_text_or_a_file(recorded):
    path = recorded("client-hello-dropped")
    printed = path.with_name("go.stderr.txt")
    by_file = netanalyze.open(path, trace=str(printed))
    by_text = netanalyze.open(path, trace=printed.read_text())
    assert by_file.verdict.status == by_text.verdict.status == "failed"


def test_several_threads_get_the_same_tables(recorded):
    from concurrent.futures import ThreadPoolExecutor

    analysis = netanalyze.open(recorded("client-hello-dropped"))
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda name: getattr(analysis, name), TABLES * 4))
    assert len({id(frame) for frame in got}) == len(TABLES)

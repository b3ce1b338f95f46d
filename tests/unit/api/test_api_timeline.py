"""The time line has all that has a moment, in order, and joins the tables that it was made of."""

import pandas as pd
import pytest

import netanalyze
from netanalyze.capture.batch import Interfaces
from netanalyze.capture.recording import RecordedRun
from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.links import Link
from netanalyze.live.capture.recording import Recorder
from netanalyze.processes import CHILD, Process, Processes, ProcessWait

SECOND = 10**9
T0 = 1_700_000_000 * SECOND


@pytest.fixture
def run_recorded(tmp_path):
    """A recording of a run with processes, and with a secret in what it printed."""
    seen = Processes(
        root=10,
        processes=(
            Process(10, 1, T0, T0 + 3 * SECOND, ("sh", "-c", "go mod download"), 1),
            Process(11, 10, T0 + SECOND, argv=("go", "mod", "download")),
        ),
        waits=(ProcessWait(10, CHILD, T0 + SECOND, T0 + 3 * SECOND, "go", 11),),
    )
    trace = "2023-11-14T22:13:22Z # get https://me:sesame@proxy.golang.org/x\nwithout a stamp\n"
    path = str(tmp_path / "run.pcapng")
    recorder = Recorder(path, [Link("eth0", 1)], 262_144, RecordedRun(argv=("sh",), start_ns=T0))
    recorder.add([CapturedFrame(0, T0 + SECOND // 2, bytes(60), 60)])
    recorder.finish([], RecordedRun(("sh",), 1, T0, T0 + 3 * SECOND, trace=trace, processes=seen))
    assert isinstance(recorder.interfaces, Interfaces)
    return path


def test_processes_words_and_packets_stand_in_one_order_of_time(run_recorded):
    line = netanalyze.open(run_recorded).timeline
    assert line["time"].is_monotonic_increasing
    rows = (
        line[["source", "kind", "pid", "text"]]
        .astype(object)
        .where(line[["source", "kind", "pid", "text"]].notna(), None)
    )
    assert [tuple(row) for row in rows.to_numpy()] == [
        ("process", "start", 10, "sh -c go mod download"),
        ("packet", "other", None, None),
        ("process", "start", 11, "go mod download"),
        ("process", "child", 10, "go, held by process 11"),
        ("trace", "line", None, "# get https://xxxxx@proxy.golang.org/x"),
        ("process", "end", 10, "status 1"),
    ]
    assert line["end"].notna().sum() == 1


def test_words_that_are_given_come_before_those_of_the_recording(run_recorded):
    line = netanalyze.open(run_recorded, trace="2023-11-14T22:13:21Z other words\nand more").timeline
    assert line.loc[line["source"] == "trace", "text"].tolist() == ["other words"]


def test_packets_and_stalls_join_their_tables(hang):
    line = hang.timeline
    packets = line[line["source"] == "packet"]
    assert packets["frame_number"].tolist() == hang.packets["frame_number"].tolist()
    assert packets.set_index("frame_number").loc[12, "text"] == "ClientHello"
    stalls = line[line["source"] == "stall"]
    assert sorted(stalls["end"] - stalls["time"]) == sorted(hang.stalls["end"] - hang.stalls["start"])
    assert set(packets["kind"]) == {"udp", "tcp", "other"}


def test_it_has_the_same_dtypes_without_processes(hang, run_recorded):
    other = netanalyze.open(run_recorded).timeline
    for column in hang.timeline.columns:
        assert (hang.timeline[column].dtype == other[column].dtype) or isinstance(
            other[column].dtype, pd.CategoricalDtype
        )


def test_flows_have_the_community_id_that_other_tools_have(hang):
    ids = hang.flows.set_index("flow_id")["community_id"]
    assert ids[2] == "1:fOsp+CTPgtfdJdRkBsEZ3JbirJo="
    assert ids.is_unique
    columns = hang.columns("flows")
    assert list(columns.index) == list(hang.flows.columns)
    assert "Zeek" in columns.loc["community_id", "meaning"]

"""netanalyze batch: a row for each capture, nothing twice, nothing lost to a kill or to a bad file."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

import pandas as pd

import netanalyze
from netanalyze.cli.main import run
from netanalyze.errors import OutputRefused
from netanalyze.fleet import tasks
from netanalyze.fleet.batch import batch, captures_in
from netanalyze.fleet.dataset import Dataset, arrow_schema
from netanalyze.fleet.schema import TABLES, markdown
from netanalyze.fleet.tasks import Task, analysed
from tests.users import CAN_CHANGE, ORDINARY, WHY_NOT

pytestmark = pytest.mark.xdist_group("fleet")  # they share a dataset, which takes seconds to make
ROOT = Path(__file__).resolve().parents[3]
CAPTURES = sorted((ROOT / "captures" / "tls").glob("*/*.pcapng"))[:12]
HANG = ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"


def read(folder, table, of=None):
    rows = pd.read_parquet(Path(folder) / table)
    return rows if of is None else rows[rows.hash == of]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Twelve captures, one of them twice, and three files that are none."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "bad").mkdir()
    (folder / "bad" / "text.pcap").write_text("no capture at all\n")
    (folder / "bad" / "again.pcapng").write_bytes(CAPTURES[0].read_bytes())
    (folder / "bad" / os.fsdecode(b"\xff.pcap0")).write_bytes(b"")
    (folder / "bad" / "notes.txt").write_text("not looked at in a folder\n")
    os.mkfifo(folder / "bad" / "pipe.pcap")
    state = batch([*CAPTURES, HANG, folder / "bad"], folder / "dataset", jobs=2)
    assert (state.files, state.done, state.before, state.bad) == (17, 17, 1, 3)
    return folder / "dataset"


def test_one_row_for_each_capture_says_what_analyze_says(dataset):
    runs = read(dataset, "runs").set_index("file")
    assert len(runs) == 16
    for path in (*CAPTURES[:4], HANG):
        verdict, row = netanalyze.open(path).result.verdict, runs.loc[str(path)]
        assert (row.status, None if pd.isna(row.cause) else row.cause) == (verdict.status, verdict.cause)
    assert runs.loc[str(HANG)].host == "proxy.golang.org"
    assert runs.loc[str(HANG)].seconds == pytest.approx(7.5, abs=0.01)


def test_a_bad_file_is_a_row_with_its_error(dataset):
    bad = read(dataset, "runs").query("status.isna()").set_index("file")
    errors = {os.path.basename(name): error for name, error in bad["error"].items()}
    assert set(errors) == {"text.pcap", "\\udcff.pcap0", "pipe.pcap"}
    assert "is the beginning of no capture format we know" in errors["text.pcap"]
    assert "the file is empty" in errors["\\udcff.pcap0"]
    assert errors["pipe.pcap"].endswith("no regular file")


def test_the_tables_are_those_of_the_notebook(dataset):
    a = netanalyze.open(HANG)
    digest = read(dataset, "runs").set_index("file").loc[str(HANG)].hash
    for name in TABLES:
        if name != "runs":
            ours, theirs = read(dataset, name, digest), getattr(a, name)
            columns = [column for column in theirs.columns if column != "community_id"]  # reckoned in the notebook
            assert list(ours.columns) == ["hash", *columns], name
            assert len(ours) == len(theirs), name
    flows, theirs = read(dataset, "flows", digest), a.flows
    assert flows["first"].tolist() == theirs["first"].tolist()
    assert flows["initial_rtt"].tolist() == theirs["initial_rtt"].tolist()
    assert read(dataset, "dns", digest)["answers"].map(list).tolist() == a.dns["answers"].tolist()
    finding = read(dataset, "findings", digest).query("root").iloc[0]
    assert json.loads(finding.quantities)["octets"] == 1538


def test_each_column_bears_its_meaning_and_the_document_lists_it(dataset):
    assert arrow_schema("flows").field("initial_rtt").metadata[b"meaning"].startswith(b"from the SYN")
    assert markdown() in (ROOT / "docs" / "batch.md").read_text(), (
        "python -m netanalyze.fleet writes docs/batch.md's tables"
    )


def test_what_is_done_is_not_done_again(dataset, monkeypatch):
    before = sorted(dataset.rglob("*.parquet"))
    state = batch([*CAPTURES, HANG], dataset)
    assert (state.done, state.before) == (13, 13)
    assert sorted(dataset.rglob("*.parquet")) == before


PROGRAM = """
import sys
from netanalyze.fleet.batch import batch
batch(sys.argv[2:], sys.argv[1], jobs=2, every_s=0)
"""


def test_killed_half_way_it_goes_on(tmp_path):
    out, whole = tmp_path / "dataset", sorted((ROOT / "captures" / "tcp").glob("*/*.pcapng"))[:24]
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(out), *map(str, whole)]) as process:
        try:
            until = time.monotonic() + 60
            while len(list((out / "runs").glob("part-*.parquet"))) < 3:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.01)
        finally:
            os.kill(process.pid, signal.SIGKILL)
    half = len(read(out, "runs"))
    assert 3 <= half < len(whole)
    assert set(read(out, "ledger").hash) >= set(read(out, "runs").hash), "a row of runs vouches for all others"
    part = sorted((out / "ledger").glob("part-*"))[-1]
    part.with_name("part-000900.parquet").write_bytes(part.read_bytes())  # as if it died before it wrote runs
    (out / "flows" / ".part-000900.parquet.0badcafe.part").write_bytes(b"PAR1")
    state = batch(whole, out)
    assert (state.before, state.bad) == (half, 0)
    runs, ledger = read(out, "runs"), read(out, "ledger")
    assert sorted(runs.file) == sorted(map(str, whole))
    assert runs.hash.is_unique
    assert ledger.groupby("hash").seconds.sum().to_dict() == pytest.approx(runs.set_index("hash").duration.to_dict())
    assert not list(out.rglob("*part-000900*"))


def test_a_dataset_is_added_to_by_one_at_a_time(tmp_path):
    with Dataset(tmp_path / "dataset"), pytest.raises(OutputRefused, match="another netanalyze batch"):
        Dataset(tmp_path / "dataset")
    Dataset(tmp_path / "dataset").__exit__()


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "letters.txt").write_text("dear")
    assert run(["batch", str(HANG), "-o", str(tmp_path)]) == 2
    assert "a folder of something else" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
    assert run(["batch", str(HANG), "-o", str(tmp_path / "letters.txt")]) == 2
    assert "a file; name a folder" in capsys.readouterr().err


def test_a_path_that_is_not_there_is_a_slip(tmp_path, capsys):
    assert run(["batch", str(tmp_path / "no"), "-o", str(tmp_path / "dataset")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert not (tmp_path / "dataset").exists()


def test_the_command_says_what_it_did(tmp_path, capsys):
    assert run(["batch", str(HANG), "-o", str(tmp_path / "dataset"), "--jobs", "1"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"netanalyze: {tmp_path / 'dataset'}: 1 of 1 file analysed\n")


def test_each_verdict_is_printed_as_it_is_done(tmp_path, capsys):
    text = tmp_path / "text.pcap"
    text.write_text("no capture")
    assert run(["batch", str(HANG), str(text), "-o", str(tmp_path / "dataset"), "--brief", "-q"]) == 0
    lines = {line["file"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert lines[str(HANG)]["cause"] == "tls/client-hello-dropped"
    assert "is the beginning of no capture format" in lines[str(text)]["error"]
    kept = read(tmp_path / "dataset", "runs").set_index("file").loc[str(HANG)].brief
    assert json.loads(kept)["proof"] == lines[str(HANG)]["proof"]


def test_folders_are_searched_for_captures_by_name(tmp_path):
    names = ("a.pcap", "b.pcapng.gz", "c.pcap12", "netanalyze-record-1.tgz", "d.CAP", "e.txt", "f.tgz", "pcap")
    for name in names:
        (tmp_path / name).write_bytes(b"")
    assert [Path(path).name for path in captures_in([tmp_path])] == sorted(
        ["a.pcap", "b.pcapng.gz", "c.pcap12", "d.CAP", "netanalyze-record-1.tgz"]
    )


def test_an_error_of_our_own_is_a_row_too(monkeypatch):
    monkeypatch.setattr("netanalyze.api.analyze", lambda paths: 1 // 0)
    rows = analysed(Task(str(HANG), "00", 1))
    assert set(rows) == {"runs"}
    error = rows["runs"][[field.name for field in TABLES["runs"]].index("error")]
    assert error == [f"sorry, an error of our own: ZeroDivisionError at fleet/tasks.py:{analysed_line()}"]


def analysed_line():
    text = Path(tasks.__file__).read_text().splitlines()
    return next(number for number, line in enumerate(text, 1) if "rows_of(analyze(" in line)


def test_without_pyarrow_it_says_how_to_install_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert run(["batch", str(HANG), "-o", str(tmp_path / "dataset")]) == 2
    assert "pip install pyarrow" in capsys.readouterr().err
    assert not (tmp_path / "dataset").exists()


def planted_pipe(path):
    os.mkfifo(path)


def planted_rows(path):
    """A billion rows that are all one, in a few kilobytes."""
    import pyarrow
    from pyarrow import parquet

    with parquet.ParquetWriter(path, pyarrow.schema([("hash", pyarrow.string())])) as writer:
        writer.write_table(pyarrow.table({"hash": pyarrow.array([None] * 3_000_000, pyarrow.string())}))


@pytest.mark.parametrize(
    "plant", [planted_pipe, planted_rows, lambda path: path.write_bytes(b"PAR1")], ids=["pipe", "rows", "cut"]
)
def test_a_part_that_somebody_planted_is_told_and_costs_nothing(plant, tmp_path, capsys):
    with Dataset(tmp_path / "a"):
        pass
    plant(tmp_path / "a" / "runs" / "part-000001.parquet")
    for words in (["summary", str(tmp_path / "a")], ["batch", str(HANG), "-o", str(tmp_path / "a")]):
        assert run(words) == 2
        assert "part-000001.parquet: no part of a dataset" in capsys.readouterr().err


def test_a_mark_that_is_a_pipe_is_no_mark(tmp_path, capsys):
    os.mkfifo(tmp_path / "dataset.json")
    assert run(["summary", str(tmp_path)]) == 2
    assert run(["batch", str(HANG), "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("dataset") >= 2


@pytest.mark.skipif(not CAN_CHANGE, reason=WHY_NOT)
def test_nothing_is_removed_or_written_through_another_users_link(tmp_path, capsys):
    for name in ("theirs", "precious"):
        with Dataset(tmp_path / name):
            pass
    kept = tmp_path / "precious" / "flows" / "part-000007.parquet"
    kept.write_bytes(b"precious")
    (tmp_path / "theirs" / "flows").rmdir()
    (tmp_path / "theirs" / "flows").symlink_to(kept.parent)
    os.lchown(tmp_path / "theirs" / "flows", ORDINARY, ORDINARY)
    assert run(["batch", str(HANG), "-o", str(tmp_path / "theirs")]) == 2
    assert "a symbolic link leads there that is not to be trusted" in capsys.readouterr().err
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]

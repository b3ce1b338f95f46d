"""netanalyze batch by URL: what a server or an archive has is fetched, judged as a file is, and not kept."""

import functools
import socket
import sys
import tempfile
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

import pandas as pd

from netanalyze.cli.main import run
from netanalyze.errors import CaptureError, MissingProgram
from netanalyze.fleet.batch import batch, captures_in

pytest.importorskip("fsspec")
ROOT = Path(__file__).resolve().parents[3]
CAPTURES = sorted((ROOT / "captures" / "dns").glob("*/hit.pcapng"))[:3]


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder of three captures, one of them deeper, beside what is none; and a place of its own for what is fetched."""
    (tmp_path / "meanwhile").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "meanwhile"))
    (tmp_path / "shelf" / "deep").mkdir(parents=True)
    for place, capture in zip(("a.pcapng", "b.pcapng", "deep/c.pcapng"), CAPTURES):
        (tmp_path / "shelf" / place).write_bytes(capture.read_bytes())
    (tmp_path / "shelf" / "notes.txt").write_text("not looked at in a folder\n")
    return tmp_path / "shelf"


@pytest.fixture
def archive(shelf):
    """The same in a zip."""
    path = shelf.parent / "week.zip"
    with zipfile.ZipFile(path, "w") as made:
        for file in sorted(shelf.rglob("*.*")):
            made.write(file, file.relative_to(shelf).as_posix())
    return f"file://{path}"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def server(shelf):
    """A server of the folder, of Python's own kind: it lists folders, and gives no part of a file."""
    pytest.importorskip("aiohttp")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(shelf))) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def runs(folder):
    return pd.read_parquet(folder / "runs").set_index("file").sort_index()


def urls(path):
    return [capture.url for capture in captures_in([path])]


def test_what_a_server_has_is_judged_as_files_are_and_nothing_stays(server, shelf, tmp_path):
    state = batch([f"{server}/"], tmp_path / "by-url", jobs=2)
    assert (state.files, state.done, state.bad) == (3, 3, 0)
    batch([shelf], tmp_path / "by-name", jobs=2)
    far, near = runs(tmp_path / "by-url"), runs(tmp_path / "by-name")
    assert list(far.index) == [f"{server}/{name}" for name in ("a.pcapng", "b.pcapng", "deep/c.pcapng")]
    columns = ["hash", "size", "status", "cause", "summary", "packets"]
    assert far[columns].values.tolist() == near[columns].values.tolist()
    assert list((tmp_path / "meanwhile").iterdir()) == []


def test_a_signed_url_s_secret_is_not_kept(server, tmp_path):
    signed = "a.pcapng?X-Amz-Expires=3&X-Amz-Signature=SECRET"
    state = batch([f"{server}/{signed}"], tmp_path / "dataset", jobs=1)
    assert (state.done, state.bad) == (1, 0)
    assert list(runs(tmp_path / "dataset").index) == [f"{server}/{signed.replace('SECRET', 'xxxxx')}"]


def test_what_was_done_is_not_done_again_wherever_it_lies(archive, shelf, tmp_path):
    batch([shelf / "a.pcapng"], tmp_path / "dataset", jobs=1)
    state = batch([f"zip://*.pcapng::{archive}"], tmp_path / "dataset", jobs=1)
    assert (state.files, state.done, state.before) == (2, 2, 1)
    assert list(runs(tmp_path / "dataset").index) == [str(shelf / "a.pcapng"), f"zip://b.pcapng::{archive}"]
    assert list((tmp_path / "meanwhile").iterdir()) == []


def test_files_folders_and_stars_are_found_in_a_chain_of_urls(archive, shelf):
    assert urls(f"zip://::{archive}") == [f"zip://{n}::{archive}" for n in ("a.pcapng", "b.pcapng", "deep/c.pcapng")]
    assert urls(f"zip://deep::{archive}") == [f"zip://deep/c.pcapng::{archive}"]
    assert urls(f"zip://deep/c.pcapng::{archive}") == [f"zip://deep/c.pcapng::{archive}"]
    assert urls(f"zip://*.txt::{archive}") == [f"zip://notes.txt::{archive}"]
    assert urls(f"file://{shelf}/*.pcapng") == [f"file://{shelf}/{name}.pcapng" for name in "ab"]


def test_a_capture_that_cannot_be_read_is_a_row_with_its_error_and_its_url(shelf, tmp_path):
    (shelf / "a.pcapng").write_text("no capture at all\n")
    state = batch([f"file://{shelf}/a.pcapng", f"file://{shelf}/deep/c.pcapng"], tmp_path / "dataset", jobs=1)
    assert (state.done, state.bad) == (2, 1)
    error = runs(tmp_path / "dataset").loc[f"file://{shelf}/a.pcapng"].error
    assert error.startswith(f"file://{shelf}/a.pcapng: octet 0:")


def test_what_goes_away_before_it_is_fetched_is_a_row_with_its_error(shelf, tmp_path, monkeypatch):
    (capture,) = captures_in([f"file://{shelf}/a.pcapng"])
    (shelf / "a.pcapng").unlink()
    monkeypatch.setattr("netanalyze.fleet.batch.captures_in", lambda _: [capture])
    state = batch([capture.url], tmp_path / "dataset", jobs=1)
    assert (state.done, state.bad) == (1, 1)
    error = runs(tmp_path / "dataset").loc[capture.url].error
    assert error.startswith(f"{capture.url}: cannot be fetched: FileNotFoundError")
    assert list((tmp_path / "meanwhile").iterdir()) == []


@pytest.mark.parametrize(("url", "why"), [
    ("file:///nowhere/x.pcap", "No such file"),
    ("nonsense://x.pcap", "nonsense"),
    ("zip://x.pcap::file:///nowhere/x.zip", "No such file"),
])  # fmt: skip
def test_a_url_that_leads_nowhere_is_a_slip(url, why, tmp_path, capsys):
    assert run(["batch", url, "-o", str(tmp_path / "dataset")]) == 2
    said = capsys.readouterr().err
    assert url in said
    assert why in said
    assert not (tmp_path / "dataset").exists()


def test_a_server_that_cannot_be_reached_is_not_a_file_that_is_missing(tmp_path, capsys):
    pytest.importorskip("aiohttp")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/x.pcap"
        assert run(["batch", url, "-o", str(tmp_path / "dataset")]) == 2
    said = capsys.readouterr().err
    assert "cannot be asked for captures" in said
    assert "No such file" not in said


def test_what_is_missing_for_a_url_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(CaptureError, match="cannot be opened: Install s3fs"):
        captures_in(["s3://bucket/x.pcap"])
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingProgram, match="pip install fsspec"):
        captures_in(["file:///x.pcap"])


def test_a_file_whose_name_looks_like_a_url_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:").mkdir()
    (tmp_path / "s3:" / "x.pcap").write_bytes(b"")
    assert captures_in(["s3://x.pcap"]) == ["s3:/x.pcap"]

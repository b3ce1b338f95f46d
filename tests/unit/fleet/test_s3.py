"""netanalyze batch s3://…: a bucket of a server that speaks S3's protocol (moto), by s3fs, with the usual variables alone."""

from pathlib import Path

import pytest

from netanalyze.cli.main import run

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install '.[s3]'")
server = pytest.importorskip("moto.server", reason="moto is not installed: pip install 'moto[server]'")

ROOT = Path(__file__).resolve().parents[3]
CAPTURES = {path.parent.name: path for path in sorted((ROOT / "captures" / "dns").glob("*/hit.pcapng"))[:4]}


@pytest.fixture
def bucket(monkeypatch):
    """A bucket with captures and a file that is none, on a server of its own; its file system."""
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"), ("NO_PROXY", host),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem()
    files.makedirs("lake", exist_ok=True)
    for name, path in CAPTURES.items():
        files.put(str(path), f"lake/week-48/{name}.pcapng")
    files.pipe("lake/week-48/notes.txt", b"not looked at in a folder\n")
    files.pipe("lake/week-48/bad.pcap", b"no capture")
    yield files
    running.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def rows(dataset):
    """Its runs, by the name of the file."""
    made = pd.read_parquet(dataset / "runs")
    return {Path(file).stem: row for file, row in zip(made["file"], made.to_dict("records"))}


def test_a_prefix_of_a_bucket_is_a_folder_and_is_not_done_again(bucket, tmp_path, capsys):
    assert run(["batch", "s3://lake/week-48/", "-o", str(tmp_path / "dataset"), "-q"]) == 0
    found = rows(tmp_path / "dataset")
    assert set(found) == {*CAPTURES, "bad"}
    assert found["bad"]["error"]
    local = tmp_path / "local"
    assert run(["batch", *map(str, CAPTURES.values()), "-o", str(local), "-q"]) == 0
    same = {row["hash"]: (row["status"], row["cause"]) for row in pd.read_parquet(local / "runs").to_dict("records")}
    assert {found[name]["hash"]: (found[name]["status"], found[name]["cause"]) for name in CAPTURES} == same
    bucket.put(str(ROOT / "captures" / "tcp" / "loss" / "hit.pcapng"), "lake/week-48/later.pcapng")
    capsys.readouterr()
    assert run(["batch", "s3://lake/week-48/*.pcapng", "-o", str(tmp_path / "dataset")]) == 0
    assert "1 of 5 files analysed, 4 files were there already" in capsys.readouterr().err
    assert rows(tmp_path / "dataset")["later"]["cause"] == "tcp/loss"


def test_what_is_not_there_is_named(bucket, tmp_path, capsys):
    assert run(["batch", "s3://lake/nothing.pcap", "-o", str(tmp_path / "dataset")]) == 2
    assert "s3://lake/nothing.pcap" in capsys.readouterr().err
    assert run(["batch", "s3://no-such-bucket/week/", "-o", str(tmp_path / "dataset")]) == 2
    assert "s3://no-such-bucket/week/: cannot be asked for captures" in capsys.readouterr().err

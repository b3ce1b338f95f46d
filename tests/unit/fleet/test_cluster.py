"""netanalyze batch by Dask: the rows that processes give, and a worker killed in mid-task costs none of them."""

import functools
import os
import signal
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

pytest.importorskip("distributed", reason="Dask is not installed: pip install '.[dask]'")

import distributed
import pandas as pd

from netanalyze.cli.main import run
from netanalyze.fleet import cluster as fleet_cluster
from netanalyze.fleet import cluster_tasks
from netanalyze.fleet.batch import batch
from netanalyze.fleet.cluster import Cluster, ClusterError
from netanalyze.fleet.cluster_tasks import ClusterTask, performed
from netanalyze.fleet.schema import TABLES
from netanalyze.fleet.workers import CannotWork

pytestmark = pytest.mark.xdist_group("fleet")
ROOT = Path(__file__).resolve().parents[3]
CAPTURES = sorted((ROOT / "captures" / "dns").glob("*/*.pcapng"))[:8]


@pytest.fixture(scope="module")
def workers():
    """Two workers, each a process of its own, with a scheduler that is reached by its address."""
    made = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**made) as cluster:
        yield cluster


@pytest.fixture
def shelf(tmp_path):
    """Eight captures, two of them of one content, beside what is none."""
    (tmp_path / "shelf").mkdir()
    for number, capture in enumerate(CAPTURES):
        (tmp_path / "shelf" / f"{number}.pcapng").write_bytes(capture.read_bytes())
    (tmp_path / "shelf" / "again.pcapng").write_bytes(CAPTURES[3].read_bytes())
    (tmp_path / "shelf" / "text.pcap").write_text("no capture at all\n")
    (tmp_path / "shelf" / "empty.pcap").write_bytes(b"")
    os.mkfifo(tmp_path / "shelf" / "pipe.pcap")
    return tmp_path / "shelf"


def tables(folder):
    """All that a dataset says, in an order of its own."""
    read = {name: pd.read_parquet(Path(folder) / name) for name in TABLES}
    return {
        name: rows.sort_values("file" if name == "runs" else "hash", kind="stable").astype(str).values.tolist()
        for name, rows in read.items()
    }


def test_rows_are_those_that_processes_give(workers, shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the workers' working directory is another
    with Cluster(workers.scheduler_address) as cluster:
        state = batch(["shelf"], "by-dask", engine=cluster)
        assert (state.files, state.done, state.before, state.bad) == (12, 12, 1, 3)
        again = batch(["shelf"], "by-dask", engine=cluster)
    assert again.before == 11, "what could not be opened is tried again"
    batch(["shelf"], "by-processes", jobs=2)
    batch(["shelf"], "by-processes", jobs=2)
    assert tables("by-dask") == tables("by-processes")
    assert tables("by-dask")["flows"]


@pytest.mark.parametrize("unknown", ["many of one size", "no size"])
def test_of_captures_that_may_be_any_of_many_the_hash_is_asked_for_first(unknown, shelf, tmp_path, monkeypatch):
    notes = tmp_path / "notes"  # what is handed to Dask is a copy: a list would stay empty

    def performed_and_noted(task):
        with notes.open("a") as file:
            file.write("hash\n" if task.known is None else "analysis\n")
        return performed(task)

    monkeypatch.setattr(fleet_cluster, "performed", performed_and_noted)
    monkeypatch.setattr(fleet_cluster, "KNOWN_MOST", 0)
    if unknown == "no size":
        monkeypatch.setattr(fleet_cluster, "size_of", lambda file: 0)
    with Cluster(threads=1) as cluster:
        first = batch([shelf], tmp_path / "dataset", engine=cluster)
        notes.unlink()
        again = batch([shelf], tmp_path / "dataset", engine=cluster)
    assert (first.done, first.bad, again.done, again.before) == (12, 3, 12, 11)
    assert notes.read_text().split() == ["hash"] * 12, "nothing is analysed again"
    batch([shelf], tmp_path / "by-processes", jobs=1)
    assert len(tables(tmp_path / "dataset")["flows"]) == len(tables(tmp_path / "by-processes")["flows"])


class Killing(SimpleHTTPRequestHandler):
    """A server that kills who asks for the first capture, once, before it gives any of it."""

    victims: list[int] = []

    def do_GET(self):
        if self.path.endswith("/0.pcapng") and not self.victims:
            import psutil

            [victim] = {one.pid for one in psutil.net_connections("tcp") if one.laddr[1:] == self.client_address[1:]}
            self.victims.append(victim)
            os.kill(victim, signal.SIGKILL)
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(shelf):
    pytest.importorskip("aiohttp")
    pytest.importorskip("psutil")
    (shelf / "pipe.pcap").unlink()
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Killing, directory=str(shelf))) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/"
        serving.shutdown()


def test_a_worker_killed_in_mid_task_costs_nothing(workers, server, shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(Killing, "victims", [])
    before = {nanny.pid for nanny in workers.workers.values()}
    with Cluster(workers.scheduler_address) as cluster:
        state = batch([server], tmp_path / "by-dask", engine=cluster)
    assert set(Killing.victims) < before, "one of the two workers was killed"
    assert (state.files, state.done, state.before, state.bad) == (11, 11, 1, 2)
    batch([server], tmp_path / "by-processes", jobs=2)
    assert tables(tmp_path / "by-dask") == tables(tmp_path / "by-processes")


def test_what_kills_each_worker_that_opens_it_is_a_row_with_its_error(workers, server, tmp_path, monkeypatch):
    monkeypatch.setattr(Killing, "victims", [])
    monkeypatch.setattr(workers.scheduler, "allowed_failures", 0)
    with Cluster(workers.scheduler_address) as cluster:
        state = batch([f"{server}0.pcapng"], tmp_path / "dataset", engine=cluster)
    assert (state.done, state.bad) == (1, 1)
    assert "workers that were to analyse it died" in pd.read_parquet(tmp_path / "dataset" / "runs").error[0]


def test_a_capture_that_takes_its_process_with_it_costs_itself_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setattr(cluster_tasks, "ANALYSED", "performed:deadly")
    with Cluster(threads=1) as cluster:
        assert batch(CAPTURES[:2], tmp_path / "dataset", engine=cluster).bad == 2
    runs = pd.read_parquet(tmp_path / "dataset" / "runs")
    assert set(runs.error) == {"sorry, an error of our own: its process was ended by SIGKILL"}
    assert runs.hash.notna().all()


def test_the_command_has_a_scheduler_of_its_own_where_none_is_named(shelf, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    words = ["batch", str(shelf), "-o", str(tmp_path / "dataset"), "--engine", "dask", "--jobs", "2"]
    assert run(words) == 0
    told = capsys.readouterr().err
    assert (
        "dataset: 8 of 12 files analysed, 1 file was there already, 3 cannot be analysed (runs.error says why)" in told
    )
    assert cluster_tasks._idle == []


@pytest.mark.parametrize(("options", "why"), [
    (["--engine", "dask", "--scheduler", "tcp://127.0.0.1:9"], "scheduler tcp://127.0.0.1:9: no answer within 0.3 s"),
    (["--engine", "dask", "--scheduler", "nonsense"], "it cannot be reached: missing port number"),
    (["--scheduler", "tcp://127.0.0.1:9"], "give --engine dask"),
    (["--engine", "dask", "--scheduler", "tcp://127.0.0.1:9", "--jobs", "2"], "--jobs is of this machine"),
], ids=["nobody there", "no address", "no engine", "jobs"])  # fmt: skip
def test_a_scheduler_that_cannot_be_reached_is_a_slip(options, why, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fleet_cluster, "REACHED_S", 0.3)
    assert run(["batch", str(CAPTURES[0]), "-o", str(tmp_path / "dataset"), *options]) == 2
    assert why in capsys.readouterr().err
    assert not (tmp_path / "dataset").exists()


def test_the_address_of_a_worker_is_no_scheduler_s(workers):
    worker = next(iter(workers.scheduler_info["workers"]))
    with pytest.raises(ClusterError, match="it is a Worker; give the address of the scheduler"), Cluster(worker):
        pass


def test_without_dask_it_says_how_to_install_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert run(["batch", str(CAPTURES[0]), "-o", str(tmp_path / "dataset"), "--engine", "dask"]) == 2
    assert "pip install distributed" in capsys.readouterr().err
    assert not (tmp_path / "dataset").exists()


@pytest.mark.parametrize(("answer", "why"), [
    ({"version": "9.9"}, "its workers have netanalyze 9.9, this is "),
    ({"missing": True}, f"its workers do not see {CAPTURES[0]}; captures must have the same path there"),
    (ModuleNotFoundError("No module named 'netanalyze'"), "cannot analyse: ModuleNotFoundError: No module named 'neta"),
    (CannotWork(-9), "cannot start: its process was ended by SIGKILL; start workers with fewer threads, or more memory"),
], ids=["version", "missing", "not installed", "no memory"])  # fmt: skip
def test_workers_that_cannot_do_it_end_the_batch(answer, why, tmp_path, monkeypatch):
    def told(task):
        if isinstance(answer, Exception):
            raise answer
        return performed(task)._replace(**answer)

    monkeypatch.setattr(fleet_cluster, "performed", told)
    with Cluster(threads=1) as cluster, pytest.raises(ClusterError) as raised:
        batch([CAPTURES[0]], tmp_path / "dataset", engine=cluster)
    assert why in str(raised.value)


def test_a_scheduler_without_workers_is_waited_for_and_then_told(tmp_path, monkeypatch):
    monkeypatch.setattr(fleet_cluster, "LOOK_S", 0.05)
    monkeypatch.setattr(fleet_cluster, "NO_WORKER_S", 0.2)
    made = {"n_workers": 0, "processes": True, "dashboard_address": "127.0.0.1:0"}
    with (
        distributed.LocalCluster(**made) as empty,
        Cluster(empty.scheduler_address) as cluster,
        pytest.raises(ClusterError, match="it has no worker; start one: dask worker tcp://"),
    ):
        batch([CAPTURES[0]], tmp_path / "dataset", engine=cluster)


def test_a_process_without_a_task_ends_after_a_while(monkeypatch):
    monkeypatch.setattr(cluster_tasks, "IDLE_S", 0.05)
    monkeypatch.setattr(cluster_tasks, "_watched", False)  # a look of half a minute may be ahead
    answer = performed(ClusterTask("a.pcapng", str(CAPTURES[0]), frozenset()))
    assert answer.rows is not None
    waited = threading.Event()
    for _ in range(200):
        if not cluster_tasks._idle:
            break
        waited.wait(0.05)
    assert cluster_tasks._idle == []
    assert performed(ClusterTask("a.pcapng", str(CAPTURES[0]), frozenset([answer.digest]))).rows is None

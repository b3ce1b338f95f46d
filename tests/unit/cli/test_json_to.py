"""The result as JSON in a file or on a descriptor, and alone on standard output whatever the command prints there."""

import json
import os
import subprocess
import sys

import pytest

from netanalyze.cli.main import run
from netanalyze.result import TABLES

LIVE = [sys.executable, "-m", "netanalyze.cli.main", "live", "-i", "lo", "--backend", "raw", "-w", "run.pcapng"]
ANALYZE = [sys.executable, "-m", "netanalyze.cli.main", "analyze", "run.pcapng"]


def test_analyze_writes_the_json_to_a_file_and_prints_the_report(api, capsys, tmp_path):
    assert run(["analyze", "a.pcap", "--json-to", str(tmp_path / "result.json")]) == 1
    assert json.loads((tmp_path / "result.json").read_text())["verdict"]["cause"] == "tls/client-hello-dropped"
    assert capsys.readouterr().out.startswith("FAILED")


def test_only_the_tables_that_were_asked_for_are_in_the_json(api, capsys):
    def tables(*words):
        assert run(["analyze", "a.pcap", "--json", *words]) == 1
        document = json.loads(capsys.readouterr().out)
        assert document["verdict"]["cause"] == "tls/client-hello-dropped"
        return {name for name in TABLES if document[name] is not None}

    assert tables() == tables("--tables", "all") == set(TABLES)
    assert tables("--tables", "none") == set()
    assert tables("--tables", "flows, ledger") == {"flows", "ledger"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--json", "--tables", "flow"], "'flow' is no table; they are ledger, flows"),
        (["--json", "--tables", ""], "'' is no table"),
        (["--tables", "none"], "needs --json or --json-to"),
        (["--brief", "--tables", "none"], "needs --json or --json-to"),
    ],
)
def test_tables_of_no_json_and_tables_that_there_are_not_are_refused(api, capsys, words, why):
    assert run(["analyze", "a.pcap", *words]) == 2
    assert why in capsys.readouterr().err


def test_a_number_is_a_descriptor_that_is_open_for_writing(api, capsys):
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        assert run(["analyze", "a.pcap", "--json-to", str(writing)]) == 1
        assert json.loads(os.read(reading, 1_000_000))["verdict"]["status"] == "failed"
        os.write(writing, b"it is open still")
    finally:
        os.close(reading)
        os.close(writing)
    assert capsys.readouterr().out.startswith("FAILED")


def _closed():
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.close(descriptor)
    return descriptor


def _for_reading():
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    return descriptor


def _our_own():
    return os.open(os.devnull, os.O_WRONLY)


@pytest.mark.parametrize("opened", [_closed, _for_reading, _our_own, lambda: 10**19, lambda: 2**31])
@pytest.mark.parametrize(("command", "status"), [("analyze", 2), ("live", 125)])
def test_a_descriptor_that_nobody_opened_for_writing_is_refused_before_any_work(
    api, capsys, tmp_path, opened, command, status
):
    number = opened()
    started = tmp_path / "started"
    words = ["a.pcap"] if command == "analyze" else ["--", "touch", str(started)]
    assert run([command, "--json-to", str(number), *words]) == status
    assert f"descriptor {number} is not open for writing" in capsys.readouterr().err
    assert not api.calls
    assert not started.exists()


@pytest.mark.parametrize("out", ["capture.pcap", "no/such/folder.json", "-", "."])
def test_a_file_that_cannot_be_the_json_is_refused_before_any_work(api, capsys, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "capture.pcap").write_bytes(b"octets")
    assert run(["analyze", "capture.pcap", "--json-to", out]) == 2
    assert "--json-to" in capsys.readouterr().err
    assert not api.calls
    assert (tmp_path / "capture.pcap").read_bytes() == b"octets"


def test_what_the_command_prints_never_stands_beside_the_json(tmp_path):
    """Neither what it prints itself nor what it leaves behind; its status is ours."""
    script = 'echo "{"; printf "[1, "; (exec 2>&-; sleep 0.8; echo late) & echo err >&2; exit 4'
    done = subprocess.run(
        [*LIVE, "--json", "-w", "run.pcapng", "--", "sh", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 4
    assert json.loads(done.stdout)["run"]["exit_code"] == 4
    assert "{\n[1, " in done.stderr
    assert "err\n" in done.stderr
    assert "late" in done.stderr


def test_with_a_descriptor_of_its_own_the_output_stays_untouched_and_the_command_does_not_get_it(tmp_path):
    script = 'echo out; test -e /proc/self/fd/"$0" && echo inherited; exit 3'
    with open(tmp_path / "result.json", "w+b") as file:
        number = file.fileno()
        done = subprocess.run(
            [*LIVE, "--json-to", str(number), "-w", "run.pcapng", "--", "sh", "-c", script, str(number)],
            capture_output=True, text=True, cwd=tmp_path, pass_fds=[number], check=False,
        )  # fmt: skip
        file.seek(0)
        result = json.loads(file.read())
    assert (done.returncode, done.stdout) == (3, "out\n")
    assert result["run"]["exit_code"] == 3
    assert "Ledger" in done.stderr
    again = subprocess.run(
        [*ANALYZE, "--json-to", "1", "-q"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert f'"status": "{result["verdict"]["status"]}"' in again.stdout


def test_where_the_command_cannot_be_started_there_is_no_json(tmp_path):
    words = [*LIVE, "--json", "--json-to", "result.json", "--", "no-such-command-at-all"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (127, "")
    assert "no-such-command-at-all" in done.stderr
    assert not (tmp_path / "result.json").exists()

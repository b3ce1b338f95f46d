"""Who may not capture: sudo opens the sockets and nothing else, and without it the command runs all the same."""

import os
import socket
import stat
import subprocess
import sys
import time

import pytest

from netanalyze.errors import LiveError
from netanalyze.live.capture import elevated
from netanalyze.live.capture.no_capture import NoCapture

root = pytest.mark.skipif(os.geteuid() != 0, reason="opening packet sockets takes root")


@pytest.fixture
def sudo(tmp_path, monkeypatch):
    """A sudo that asks nothing and drops its own options; its calls are written to a file."""
    calls = tmp_path / "calls"
    program = tmp_path / "sudo"
    program.write_text(f'#!/bin/sh\necho "called with $@" >> {calls}\n[ "$1" = -n ] && shift\nexec "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return calls


@root
def test_sockets_that_sudo_opened_capture_in_this_process(sudo):
    sniffer = elevated.ask(["lo"], "udp port 9", 200)
    assert sniffer is not None
    assert sniffer.backend == "raw"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"one packet" + bytes(500), ("127.0.0.1", 9))
        sender.sendto(b"not asked for", ("127.0.0.1", 10))
    time.sleep(0.2)
    frames = sniffer.read() + sniffer.stop()
    mine = [f for f in frames if b"one packet" in f.octets]
    assert len(mine) == 1
    assert len(mine[0].octets) == 200
    assert not any(b"not asked" in f.octets for f in frames)
    assert sudo.read_text().count("\n") == 1


@root
def test_what_the_elevated_part_refuses_is_said_in_its_own_words(sudo):
    with pytest.raises(LiveError, match="filter"):
        elevated.ask(["lo"], "no filter at all", 200)


def test_a_sudo_that_refuses_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "sudo").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert elevated.ask(["lo"], "", 200) is None


def test_where_there_is_no_sudo_nobody_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert elevated.ask(["lo"], "", 200) is None


def test_a_sniffer_that_sees_nothing_gives_nothing_and_can_be_stopped_twice():
    sniffer = NoCapture()
    sniffer.arm()
    assert sniffer.read() == sniffer.stop() == sniffer.stop() == []
    assert sniffer.links == []


NO_RIGHTS = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]


@root
def test_without_any_right_the_command_runs_with_its_own_status_and_the_report_says_what_is_missing(tmp_path):
    command = [*NO_RIGHTS, sys.executable, "-m", "netanalyze.cli.main", "live", "-w", str(tmp_path / "run.pcapng")]
    done = subprocess.run(
        [*command, "--", "sh", "-c", "echo out; exit 7"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stdout) == (7, "out\n")
    assert "not permitted to capture" in done.stderr
    assert "this rests on what the kernel says of sockets" in " ".join(done.stderr.split())


@root
def test_a_silent_server_is_told_by_its_socket_alone_and_so_again_from_the_recording(tmp_path):
    import json

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = "import socket,time; s=socket.create_connection(('127.0.0.1',%d)); s.sendall(b'GET / HTTP/1.1'); time.sleep(60)"
        recording = str(tmp_path / "run.pcapng")
        live = [*NO_RIGHTS, sys.executable, "-m", "netanalyze.cli.main", "live", "--json", "--patience", "4s"]
        done = subprocess.run(
            [*live, "-w", recording, "--", sys.executable, "-c", client % port],
            capture_output=True,
            text=True,
            check=False,
        )
    said = json.loads(done.stdout)
    assert said["capture"] is None
    assert said["verdict"]["cause"] == "http/response-missing"
    assert {e["kind"] for f in said["findings"] for e in f["evidence"]} == {"socket"}
    again = subprocess.run(
        [sys.executable, "-m", "netanalyze.cli.main", "analyze", "--json", recording],
        capture_output=True,
        text=True,
        check=False,
    )
    later = json.loads(again.stdout)
    assert later["verdict"] == said["verdict"]
    assert later["findings"] == said["findings"]

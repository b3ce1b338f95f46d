"""Joining what runs already: the cause is told from outside, and the process is left as it was."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest

from netanalyze.api import analyze
from netanalyze.errors import LiveError, NotPermitted
from netanalyze.live.attach import began_ns, enter, environment_of, find_target

root = pytest.mark.skipif(os.geteuid() != 0, reason="entering a network namespace takes root")
CLIENT = "import socket,time; s=socket.create_connection(('127.0.0.1',%d)); s.sendall(b'GET /'); time.sleep(600)"


@pytest.fixture
def hanging():
    """A client that waits for a server that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = subprocess.Popen([sys.executable, "-c", CLIENT % server.getsockname()[1]])
        kept, _ = server.accept()
        yield process
        process.kill()
        process.wait()
        kept.close()


def joined(*arguments):
    """The result of joining."""
    command = [sys.executable, "-m", "netanalyze.cli.main", "live", "--json", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@root
def test_a_process_that_waits_for_an_answer_is_told_from_outside_and_runs_on(hanging, tmp_path):
    time.sleep(3)
    done = joined("--pid", str(hanging.pid), "-w", str(tmp_path / "run.pcapng"))
    said = json.loads(done.stdout)
    assert (said["verdict"]["status"], said["verdict"]["cause"]) == ("hung", "http/response-missing")
    assert said["run"]["argv"][0].endswith("python") or "python" in said["run"]["argv"][0]
    assert said["verdict"]["seconds"] >= 3, "what was before it was joined counts"
    assert hanging.poll() is None


@root
def test_that_a_capture_began_late_is_a_diagnostic_and_no_finding(hanging, tmp_path):
    noise = "import socket,time\ns=socket.socket(2,2)\nwhile 1: s.sendto(b'x', ('127.0.0.1', 9)); time.sleep(0.5)"
    other = subprocess.Popen([sys.executable, "-c", noise])
    done = joined("--pid", str(hanging.pid), "-i", "lo", "-w", str(tmp_path / "run.pcapng"), "--patience", "4s")
    other.kill()
    other.wait()
    said = json.loads(done.stdout)
    assert not any(f["cause"].startswith("capture/") for f in said["findings"])
    assert said["verdict"]["cause"] == "http/response-missing"
    assert said["capture"]["packets"]
    assert "capture_started_late" in [d["kind"] for d in said["capture"]["diagnostics"]]


@root
def test_a_network_namespace_is_entered_and_all_in_it_is_watched(tmp_path):
    name = f"netanalyze-test-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        inside = ["ip", "netns", "exec", name]
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        subprocess.run([*inside, "iptables", "-A", "INPUT", "-p", "tcp", "--dport", "4433", "-j", "DROP"], check=True)
        client = "import socket; socket.create_connection(('127.0.0.1', 4433))"
        process = subprocess.Popen([*inside, sys.executable, "-c", client])
        time.sleep(3)
        done = joined("--netns", name, "-w", str(tmp_path / "run.pcapng"))
        running = process.poll() is None
        process.kill()
        process.wait()
        assert json.loads(done.stdout)["verdict"]["cause"] == "tcp/syn-unanswered"
        assert running
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def test_a_process_that_is_not_there_is_said_to_be_so():
    with pytest.raises(LiveError, match="no process 4194305"):
        find_target(4194305, None, None)
    with pytest.raises(LiveError, match="no network namespace nowhere"):
        find_target(None, None, "nowhere")


def test_a_container_without_an_engine_is_asked_for_by_its_process(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LiveError, match="--pid"):
        find_target(None, "web", None)


def test_a_container_is_the_process_its_engine_names(monkeypatch, tmp_path):
    (tmp_path / "docker").write_text(f"#!/bin/sh\n[ $4 = web ] && echo {os.getpid()}\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_target(None, "web", None).pid == os.getpid()
    with pytest.raises(LiveError, match="no running container other"):
        find_target(None, "other", None)


def test_ones_own_namespace_needs_not_be_entered():
    assert enter("/proc/self/ns/net") is False
    with pytest.raises(NotPermitted):
        enter("/proc/4194305/ns/net")


def test_when_a_process_began_and_with_what_environment_is_read():
    assert 0 <= time.time_ns() - began_ns(os.getpid()) < 3600 * 10**9
    assert environment_of(os.getpid()).get("PATH")


@pytest.mark.parametrize("arguments", [[], ["--pid", "1", "--netns", "x"], ["--pid", "1", "--", "true"]])
def test_a_command_or_one_thing_to_join_is_asked_for(arguments):
    done = joined(*arguments)
    assert done.returncode == 125
    assert "--pid" in done.stderr


STALLS = """
import socket, time
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        talk, _ = server.accept()
        talk.recv(4096)
        talk.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\n\\r\\n" + bytes(120))
        kept = talk
"""
READS = """
import socket, sys
talk = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
talk.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
while talk.recv(65536):
    pass
"""


@pytest.fixture
def stalled():
    """A client whose server stopped in the middle of its answer."""
    server = subprocess.Popen([sys.executable, "-c", STALLS], stdout=subprocess.PIPE, text=True)
    client = subprocess.Popen([sys.executable, "-c", READS, server.stdout.readline().strip()])
    time.sleep(0.8)
    yield client
    for process in (client, server):
        process.kill()
        process.wait()
    server.stdout.close()


@root
def test_a_server_that_had_sent_something_is_silent_and_what_came_before_is_not_known(stalled, tmp_path):
    path = str(tmp_path / "run.pcapng")
    done = joined("--pid", str(stalled.pid), "-i", "lo", "--backend", "raw", "-w", path, "--patience", "3s")
    said = json.loads(done.stdout)
    verdict, ledger, run = said["verdict"], said["ledger"], said["run"]
    assert (verdict["status"], verdict["cause"]) == ("hung", "http/body-stalled")
    assert "never" not in verdict["summary"]
    assert verdict["summary"] == "127.0.0.1 has gone silent; octets that had come from it before: 163."
    assert verdict["limits"][0].endswith("before is not known, but for what its sockets count")
    assert verdict["without_it_how"] == "what it had done before netanalyze joined is not known"
    assert "right to capture" not in done.stdout
    assert "sudo" not in done.stdout + done.stderr
    assert said["capture"] is not None
    assert run["start"] < run["joined"] < run["end"]
    assert (ledger[0]["start"], ledger[0]["phase"], ledger[0]["cause"]) == (0, "unexplained", None)
    assert ledger[0]["note"] == "before netanalyze joined: not known"
    assert sum(row["seconds"] for row in ledger) == pytest.approx(run["wall"], abs=1e-6)
    again = analyze([path]).to_json()
    assert (again["verdict"], again["ledger"]) == (verdict, ledger)

